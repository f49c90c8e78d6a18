//! Whom a person chose in the console says nothing about the rules, and the rules go on where it came to nothing.

use shared::domain::escalation::AttemptEnd::{NoAnswer, Rejected, TakenBack};
use shared::domain::escalation::Chosen;
use shared::domain::router::{NobodyWhy, Outcome, chosen};

use crate::scene::{SUPPORT, Scene, VIPS, colleague, rung, target};

fn somebody_chose(scene: &mut Scene, department: &str, operator: Option<&str>) {
    scene.tried(department, operator, NoAnswer);
    scene.attempts.last_mut().unwrap().chosen = true;
}

#[test]
fn a_chosen_department_that_did_not_answer_does_not_end_the_search() {
    let mut scene = Scene::new(vec![colleague("701")]);
    somebody_chose(&mut scene, VIPS, None);
    assert_eq!(rung(&scene.route()), ["701", "d17"]);
    somebody_chose(&mut scene, SUPPORT, None);
    assert_eq!(scene.route().outcome, Outcome::Nobody { why: NobodyWhy::AllTried }, "none is rung twice");
}

#[test]
fn a_chosen_operator_is_not_rung_again_and_takes_no_turn_from_the_others() {
    let mut scene = Scene::new(vec![colleague("701"), colleague("702")]);
    scene.settings.escalation.direct_attempts = 1;
    somebody_chose(&mut scene, SUPPORT, Some("701"));
    assert_eq!(rung(&scene.route()), ["702", "d17"]);
    scene.tried(SUPPORT, Some("702"), Rejected);
    assert_eq!(rung(&scene.route()), ["d17"]);
}

#[test]
fn a_ring_that_was_taken_back_may_be_rung_again() {
    let mut scene = Scene::new(vec![colleague("701")]);
    scene.tried(SUPPORT, Some("701"), TakenBack).tried(SUPPORT, None, TakenBack);
    assert_eq!(rung(&scene.route()), ["701", "d17"]);
}

#[test]
fn the_record_of_a_choice_says_who_chose() {
    let scene = Scene::new(Vec::new());
    let by = serde_json::from_value(serde_json::json!({"email": "ada@example.com", "name": "Ada"})).unwrap();
    let choice = Chosen { target: target(VIPS, Some("701")), note: String::new(), by, rung: false };
    let decision = chosen(&choice, &scene.reason, &scene.settings, None, scene.now);
    assert_eq!(decision.outcome, Outcome::Ring { targets: vec![choice.target.clone()] });
    assert_eq!((decision.chosen_by, decision.considered.len()), (Some(choice.by), 0));
    // Those that were kept before there were choices are still read.
    let old = serde_json::to_value(scene.route()).unwrap();
    assert!(old.get("chosen_by").is_none());
}
