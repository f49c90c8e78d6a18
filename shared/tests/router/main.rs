//! Whom the router rings, and why (ARCHITECTURE.md, "Escalation").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod chosen;
mod departments;
mod property;
mod scene;

use scene::{
    SUPPORT, Scene, US, VIPS, at, colleague, department, limited, nobody, of, operator, rung, skipped, with_chats,
};
use shared::domain::escalation::AttemptEnd::{self, NoAnswer, Rejected};
use shared::domain::router::{ChatLimit, Colleague, Hours, Judgement, Loads, NobodyWhy, Presence, Skipped};
use shared::domain::settings::{EscalationMode, WhenNobody};

const REFUSED: AttemptEnd = AttemptEnd::Refused { code: Some(1019) };

/// Takes away what speaks against someone.
type Mend = fn(&mut Colleague);

fn not_available(word: &str) -> Skipped {
    Skipped::NotAvailable { said: Some(word.to_owned()) }
}

#[test]
fn the_least_busy_is_rung_first_and_the_department_last() {
    let scene = Scene::new(vec![with_chats("701", 2), with_chats("702", 0), with_chats("703", 1)]);
    assert_eq!(rung(&scene.route()), ["702", "703", "701", "d17"]);
}

#[test]
fn of_equally_busy_ones_the_longest_idle_goes_first_and_then_the_id() {
    let took = |id, seconds| Colleague { took_last_at: Some(at(seconds)), ..colleague(id) };
    let mut scene = Scene::new(vec![took("701", -10), took("702", -90), colleague("704"), colleague("703")]);
    scene.settings.escalation.direct_attempts = 4;
    assert_eq!(rung(&scene.route()), ["703", "704", "702", "701", "d17"]);
    // A ring counts as work, also after it is over and with a chat that is long taken.
    scene.reserve("703", "1", at(-5));
    assert_eq!(rung(&scene.route()), ["704", "702", "701", "703", "d17"]);
    assert_eq!(of(&scene.route(), "703").idle_since, Some(at(0)));
}

#[test]
fn each_reason_to_skip_someone_is_told_and_the_strongest_goes_first() {
    let mut scene = Scene::new(vec![colleague("701")]);
    let mut wrong = limited(US, 5, ChatLimit::AtMost(5));
    wrong.bot = true;
    wrong.deleted = Some(true);
    (wrong.enabled, wrong.confirmed, wrong.chat_enabled) = (Some(false), Some(false), Some(false));
    wrong.departments = vec![department(VIPS)];
    wrong.presence = Presence::Other("Away".to_owned());
    scene.tried(SUPPORT, Some("702"), Rejected);
    let mends: [(Skipped, Mend); 10] = [
        (Skipped::Ours, |who| who.id = operator("702")),
        (Skipped::Bot, |who| who.bot = false),
        (Skipped::Deleted, |who| who.deleted = None),
        (Skipped::Disabled, |who| who.enabled = None),
        (Skipped::Unconfirmed, |who| who.confirmed = None),
        (Skipped::ChatDisabled, |who| who.chat_enabled = None),
        (Skipped::OtherDepartment, |who| who.departments.push(department(SUPPORT))),
        (not_available("Away"), |who| who.presence = Presence::Untold),
        (Skipped::AlreadyTried, |who| who.id = operator("703")),
        (Skipped::AtLimit, |who| who.limit = Some(ChatLimit::Unlimited)),
    ];
    for (why, mend) in mends {
        scene.roster.operators = vec![colleague("701"), wrong.clone()];
        let decision = scene.route();
        assert_eq!(skipped(&decision, wrong.id.as_str()), Some(why));
        assert_eq!(rung(&decision), ["701", "d17"]);
        mend(&mut wrong);
    }
    scene.roster.operators = vec![colleague("701"), wrong];
    assert_eq!(rung(&scene.route()), ["701", "703", "d17"]);
}

#[test]
fn a_busy_operator_is_skipped_and_one_of_whom_nothing_is_told_is_not() {
    let with = |id, presence| Colleague { presence, ..colleague(id) };
    let scene = Scene::new(vec![with("701", Presence::Busy), with("702", Presence::Untold)]);
    assert_eq!(skipped(&scene.route(), "701"), Some(not_available("Busy")));
    assert_eq!(rung(&scene.route()), ["702", "d17"]);
}

#[test]
fn the_limit_is_five_where_salesiq_gives_none_and_unlimited_is_none() {
    let scene = Scene::new(vec![
        with_chats("701", 5),
        with_chats("702", 4),
        limited("703", 0, ChatLimit::AtMost(0)),
        limited("704", u32::MAX, ChatLimit::Unlimited),
    ]);
    let decision = scene.route();
    assert_eq!(rung(&decision), ["702", "704", "d17"]);
    assert_eq!(["701", "703"].map(|id| skipped(&decision, id)), [Some(Skipped::AtLimit), Some(Skipped::AtLimit)]);
    assert_eq!((of(&decision, "701").limit, of(&decision, "704").limit), (Some(5), None));
}

#[test]
fn a_chat_counts_once_whether_it_is_open_or_reserved() {
    let mut scene = Scene::new(vec![Colleague { open_and_reserved: vec![scene::chat("1")], ..with_chats("701", 2) }]);
    scene.reserve("701", "1", at(60));
    scene.reserve("701", "2", at(60));
    scene.reserve("701", "expired", at(0));
    let own = scene.conversation.to_string();
    scene.reserve("701", &own, at(60));
    assert_eq!(of(&scene.route(), "701").load, 3);
}

#[test]
fn loads_never_run_over() {
    let mut scene = Scene::new(vec![with_chats("701", u32::MAX)]);
    scene.reserve("701", "1", at(60));
    assert_eq!(of(&scene.route(), "701").load, u32::MAX);
}

#[test]
fn an_operator_who_was_listed_twice_is_rung_once() {
    let scene = Scene::new(vec![with_chats("701", 1), with_chats("702", 2), with_chats("701", 3)]);
    assert_eq!(rung(&scene.route()), ["702", "701", "d17"]);
    assert_eq!(of(&scene.route(), "701").load, 3);
}

#[test]
fn only_so_many_are_rung_directly_and_the_rest_could_have_been() {
    let mut scene = Scene::new(["701", "702", "703", "704"].map(colleague).to_vec());
    scene.settings.escalation.direct_attempts = 2;
    let decision = scene.route();
    assert_eq!(rung(&decision), ["701", "702", "d17"]);
    assert_eq!(of(&decision, "702").judgement, Judgement::Picked { rank: 2 });
    assert_eq!(of(&decision, "703").judgement, Judgement::Eligible);

    scene.tried(SUPPORT, Some("701"), NoAnswer);
    assert_eq!(rung(&scene.route()), ["702", "d17"]);
    scene.tried(SUPPORT, Some("702"), REFUSED).tried(SUPPORT, Some("703"), Rejected);
    assert_eq!(rung(&scene.route()), ["d17"]);
}

#[test]
fn the_department_is_rung_once_after_everyone_was_tried() {
    let mut scene = Scene::new(["701", "702"].map(colleague).to_vec());
    scene.tried(SUPPORT, Some("701"), Rejected).tried(SUPPORT, Some("702"), NoAnswer);
    assert_eq!(rung(&scene.route()), ["d17"]);
    scene.tried(SUPPORT, None, NoAnswer);
    assert_eq!(nobody(&scene.route()), Some(NobodyWhy::AllTried));
}

#[test]
fn in_department_mode_salesiq_chooses() {
    let scene = Scene::new(vec![with_chats("701", 5), colleague("702")]).in_department_mode();
    let decision = scene.route();
    assert_eq!(rung(&decision), ["d17"]);
    assert_eq!(of(&decision, "702").judgement, Judgement::Eligible);
    assert_eq!(skipped(&decision, "701"), Some(Skipped::AtLimit));
}

#[test]
fn a_brands_mode_goes_before_the_workspaces() {
    let mut scene = Scene::new(vec![colleague("701")]);
    scene.settings.brands[0].escalation.mode = Some(EscalationMode::Department);
    assert_eq!(rung(&scene.route()), ["d17"]);
    assert_eq!(scene.route().mode, EscalationMode::Department);
}

#[test]
fn a_department_whose_people_are_all_at_their_limit_has_a_queue() {
    for scene in [Scene::new(vec![with_chats("701", 5)]), Scene::new(vec![with_chats("701", 5)]).in_department_mode()] {
        assert_eq!(rung(&scene.route()), ["d17"]);
    }
}

#[test]
fn a_department_where_nobody_is_there_is_rung_only_on_request() {
    let busy = Colleague { presence: Presence::Busy, ..colleague("701") };
    let elsewhere = Colleague { departments: vec![department(VIPS)], ..colleague("702") };
    let team = vec![busy, elsewhere, colleague(US)];
    for mut scene in [Scene::new(team.clone()), Scene::new(team.clone()).in_department_mode(), Scene::new(Vec::new())] {
        assert_eq!(nobody(&scene.route()), Some(NobodyWhy::NobodyAvailable));
        scene.settings.escalation.when_nobody = WhenNobody::Ring;
        assert_eq!(rung(&scene.route()), ["d17"]);
    }
}

#[test]
fn with_what_the_ai_sees_alone_the_least_busy_is_still_rung() {
    let mut scene = Scene::new(vec![with_chats("701", 1), colleague("702")]);
    scene.roster.loads = Loads::Partial;
    let decision = scene.route();
    assert_eq!((rung(&decision), decision.loads), (["702", "701", "d17"].map(str::to_owned).to_vec(), Loads::Partial));
}

#[test]
fn when_the_facilitator_is_refused_nobody_is_called_least_busy() {
    let mut scene = Scene::new(vec![colleague("701")]);
    scene.roster.loads = Loads::Refused;
    assert_eq!(rung(&scene.route()), ["d17"]);
    scene.roster.operators[0].presence = Presence::Busy;
    assert_eq!(nobody(&scene.route()), Some(NobodyWhy::NobodyAvailable));
}

#[test]
fn when_operators_could_not_be_read_the_department_is_rung_whoever_may_be_there() {
    let busy = Colleague { presence: Presence::Busy, ..with_chats("701", 9) };
    for operators in [Vec::new(), vec![busy]] {
        let mut scene = Scene::new(operators);
        scene.roster.loads = Loads::Unknown;
        let decision = scene.route();
        assert_eq!(rung(&decision), ["d17"]);
        assert!(decision.considered.iter().all(|one| one.judgement == Judgement::Eligible));
    }
}

#[test]
fn outside_of_business_hours_nobody_is_rung_unless_that_is_asked_for() {
    let mut scene = Scene::new(vec![colleague("701")]);
    let hours = serde_json::json!({"time_zone": "UTC", "week": {"monday": ["14:00-18:00"]}});
    scene.settings.business_hours = serde_json::from_value(hours).unwrap();
    let closed = Hours::Closed { opens_at: Some(at(7_200)) };
    assert_eq!((nobody(&scene.route()), scene.route().hours), (Some(NobodyWhy::OutOfHours), closed));
    scene.settings.escalation.when_closed = WhenNobody::Ring;
    assert_eq!((rung(&scene.route()).len(), scene.route().hours), (2, closed));
    scene.settings.escalation.when_closed = WhenNobody::Mail;
    scene.now = at(7_200);
    assert_eq!((rung(&scene.route()).len(), scene.route().hours), (2, Hours::Open));
}

#[test]
fn the_record_lists_those_rung_then_those_who_could_be_then_the_others_by_id() {
    let mut scene = Scene::new(vec![
        with_chats("704", 9),
        with_chats("702", 1),
        Colleague { bot: true, ..colleague("703") },
        with_chats("701", 2),
        colleague("705"),
    ]);
    scene.settings.escalation.direct_attempts = 1;
    let decision = scene.route();
    let order: Vec<_> = decision.considered.iter().map(|one| one.operator.as_str()).collect();
    assert_eq!(order, ["705", "702", "701", "703", "704"]);
    assert_eq!((decision.reason.as_str(), decision.at), ("visitor_asked", at(0)));
}
