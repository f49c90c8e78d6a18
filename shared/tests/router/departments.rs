//! Which department is rung.

use shared::domain::escalation::AttemptEnd::{self, NoAnswer, Refused, Rejected};
use shared::domain::router::{DEPARTMENT_GONE, Decision, DepartmentSource, NobodyWhy};
use shared::domain::verdict::EscalationReason;

use crate::scene::{CARE, SUPPORT, Scene, VIPS, colleague, department, nobody, rung};

const GONE: AttemptEnd = Refused { code: Some(DEPARTMENT_GONE) };

fn chain(decision: &Decision) -> Vec<(&str, DepartmentSource, bool)> {
    decision.departments.iter().map(|tried| (tried.department.as_str(), tried.source, tried.closed)).collect()
}

/// In department mode, with three departments: the brand's for the reason, the brand's, the default.
fn scene() -> Scene {
    let mut colleague = colleague("701");
    colleague.departments = [CARE, VIPS, SUPPORT].map(department).to_vec();
    let mut scene = Scene::new(vec![colleague]).in_department_mode();
    scene.reason = EscalationReason::ResponsibleGaming;
    let brand = &mut scene.settings.brands[0].escalation;
    brand.departments.insert("responsible_gaming".to_owned(), department(CARE));
    brand.department = Some(department(VIPS));
    scene
}

#[test]
fn the_reason_goes_before_the_brand_and_the_brand_before_the_default() {
    let mut scene = scene();
    let reasons = &mut scene.settings.escalation.departments;
    reasons.insert("responsible_gaming".to_owned(), department("20"));
    reasons.insert("legal".to_owned(), department("21"));
    let expected = [
        (CARE, DepartmentSource::BrandReason, false),
        ("20", DepartmentSource::Reason, false),
        (VIPS, DepartmentSource::Brand, false),
        (SUPPORT, DepartmentSource::Default, false),
    ];
    assert_eq!(chain(&scene.route()), expected);
    assert_eq!(rung(&scene.route()), ["d19"]);
}

#[test]
fn a_department_stands_once_where_it_was_named_first() {
    let mut scene = scene();
    scene.settings.default_department = Some(department(CARE));
    scene.settings.brands[0].escalation.department = Some(department(CARE));
    assert_eq!(chain(&scene.route()), [(CARE, DepartmentSource::BrandReason, false)]);
}

#[test]
fn a_department_that_is_switched_off_gives_way_to_the_next() {
    let mut scene = scene();
    scene.roster.closed_departments = vec![department(CARE), department(VIPS)];
    assert_eq!(rung(&scene.route()), ["d17"]);
    assert_eq!(chain(&scene.route()).iter().map(|(_, _, closed)| *closed).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_department_whose_transfer_is_refused_gives_way_to_the_next() {
    for end in [GONE, Refused { code: Some(1006) }, Refused { code: None }] {
        let mut scene = scene();
        assert_eq!(rung(&scene.tried(CARE, None, end).route()), ["d18"]);
        assert_eq!(rung(&scene.tried(VIPS, None, end).route()), ["d17"]);
        assert_eq!(nobody(&scene.tried(SUPPORT, None, end).route()), Some(NobodyWhy::AllTried));
    }
}

#[test]
fn an_operator_learns_for_all_that_the_department_is_gone() {
    let mut scene = scene();
    assert_eq!(rung(&scene.tried(CARE, Some("702"), Refused { code: Some(1019) }).route()), ["d19"]);
    assert_eq!(rung(&scene.tried(CARE, Some("703"), GONE).route()), ["d18"]);
}

#[test]
fn a_department_that_rang_in_vain_ends_the_search() {
    for end in [Rejected, NoAnswer] {
        let mut scene = scene();
        assert_eq!(nobody(&scene.tried(CARE, None, end).route()), Some(NobodyWhy::AllTried));
    }
    let mut scene = scene();
    scene.tried(CARE, None, GONE).tried(VIPS, None, NoAnswer);
    assert_eq!(nobody(&scene.route()), Some(NobodyWhy::AllTried));
}

#[test]
fn an_operator_who_was_rung_in_vain_does_not_close_the_department() {
    let mut scene = scene();
    assert_eq!(rung(&scene.tried(CARE, Some("702"), NoAnswer).route()), ["d19"]);
}

#[test]
fn without_any_department_nobody_is_rung() {
    let mut scene = Scene::new(vec![colleague("701")]);
    scene.settings.default_department = None;
    let decision = scene.route();
    assert_eq!((nobody(&decision), chain(&decision)), (Some(NobodyWhy::NoDepartment), Vec::new()));
}

#[test]
fn when_all_departments_are_switched_off_nobody_is_rung() {
    let mut scene = Scene::new(vec![colleague("701")]);
    scene.roster.closed_departments = vec![department(SUPPORT)];
    assert_eq!(nobody(&scene.route()), Some(NobodyWhy::NoDepartment));
}
