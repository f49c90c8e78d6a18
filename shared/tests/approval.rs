//! Calls that wait for a person's approval: who decides, when, and what the visitor is told of it (ARCHITECTURE.md,
//! "Approval").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::silence::{answered, said, wakes_in};
use builders::{
    ADA, Scene, US, attender, completed, conclude, holder, inbox, operator_says, reply, standing, visitor_says,
};
use jiff::SignedDuration;
use proptest::prelude::*;
use shared::domain::action::ActionKind;
use shared::domain::approval::{Approval, ApprovalState};
use shared::domain::ask::{Ask, Person};
use shared::domain::conversation::{Closed, Phase};
use shared::domain::email::EmailAddress;
use shared::domain::escalation::MailOccasion;
use shared::domain::event::{EndedBy, EventKind, InboxEvent, Told};
use shared::domain::id::ToolName;
use shared::domain::plan::Step;
use shared::domain::tool::{IdempotencyKey, Write, WriteState};
use shared::domain::turn::{RETHINKS, Standing};
use shared::domain::verdict::{EscalationReason, Verdict};

const WAIT_S: i64 = 600;

fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey(name.to_owned())
}

fn person() -> Person {
    Person { email: EmailAddress::parse("ada@example.com").unwrap(), name: "Ada".to_owned(), operator: None }
}

fn decides(seconds: i64, call: &str, approve: bool) -> InboxEvent {
    inbox(seconds, EventKind::Asked { by: person(), ask: Ask::Decide { call: key(call), approve } }, Told::default())
}

fn asks_for(scene: &mut Scene, call: &str) {
    let now = scene.now;
    scene.conversation.await_approval(Approval {
        key: key(call),
        tool: ToolName::parse("close_account").unwrap(),
        arguments: "{}".to_owned(),
        summary: "close my account".to_owned(),
        at: now,
        deadline: now + SignedDuration::from_secs(WAIT_S),
        state: ApprovalState::Waiting,
    });
}

/// The visitor was told at second 2 that a colleague has to confirm it.
fn waiting() -> Scene {
    let mut scene = answered();
    asks_for(&mut scene, "1");
    scene
}

fn state(scene: &Scene) -> &ApprovalState {
    &scene.conversation.approval(&key("1")).unwrap().state
}

fn now_s(scene: &Scene) -> i64 {
    scene.now.duration_since(builders::at(0)).as_secs()
}

fn thinks(scene: &mut Scene) -> bool {
    matches!(scene.plan(&holder("a")).step, Step::Think { .. })
}

#[test]
fn what_was_decided_is_told_in_a_turn_without_a_line() {
    for approve in [true, false] {
        let mut scene = waiting();
        assert!(!thinks(&mut scene) && scene.conversation.awaits_approval());
        scene.drain(&decides(10, "1", approve));
        assert!(!scene.conversation.awaits_approval());
        assert_eq!(wakes_in(&scene), Some(0));
        assert!(thinks(&mut scene));
        assert_eq!(standing(&scene), Standing::Holds);
        let told: Vec<_> = scene.conversation.calls_to_tell_of().into_iter().map(|call| call.key).collect();
        assert_eq!(told, [key("1")]);
        let ids = reply(&mut scene, "A colleague has looked at it.");
        said(&mut scene, ids[0]);
        assert!(scene.conversation.unanswered.is_empty() && !thinks(&mut scene));
    }
}

#[test]
fn only_the_first_decision_counts() {
    let mut scene = waiting();
    scene.drain(&decides(10, "1", false));
    let first = state(&scene).clone();
    let epoch = scene.conversation.epoch;
    scene.drain(&decides(11, "1", true));
    scene.drain(&decides(12, "1", false));
    scene.drain(&decides(13, "2", true));
    assert_eq!((state(&scene), scene.conversation.epoch), (&first, epoch));
    assert!(matches!(first, ApprovalState::Denied { by, .. } if by == person()));
}

#[test]
fn a_decision_after_the_deadline_is_none() {
    let mut scene = waiting();
    scene.drain(&decides(2 + WAIT_S, "1", true));
    assert!(matches!(state(&scene), ApprovalState::Expired { .. }));
}

#[test]
fn what_nobody_decides_leads_to_a_human() {
    let mut scene = waiting();
    assert_eq!(wakes_in(&scene), Some(WAIT_S));
    assert_eq!(scene.conversation.deadline(&scene.settings, scene.now), Some(builders::at(2 + WAIT_S)));
    scene.wait(WAIT_S);
    assert!(thinks(&mut scene));
    assert!(matches!(state(&scene), ApprovalState::Expired { .. }));
    conclude(&mut scene, Verdict::Escalate { reason: EscalationReason::ApprovalAwaited, summary: String::new() });
    assert_eq!(scene.conversation.escalation().unwrap().reason, EscalationReason::ApprovalAwaited);
    assert!(scene.conversation.unanswered.is_empty());
    scene.drain(&decides(now_s(&scene) + 1, "1", true));
    assert!(matches!(state(&scene), ApprovalState::Expired { .. }));
}

#[test]
fn who_waits_for_us_is_not_asked_whether_they_are_there_nor_sent_away() {
    let mut scene = waiting();
    scene.conversation.approvals[0].deadline += SignedDuration::from_hours(2);
    for _ in 0..60 {
        scene.wait(60);
        assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    }
    scene.drain(&visitor_says(now_s(&scene), "m9", "thanks, bye"));
    assert!(thinks(&mut scene));
    conclude(&mut scene, Verdict::Close { text: Some("Bye!".to_owned()), countdown: false });
    assert!(!scene.conversation.actions.iter().any(|action| action.kind == ActionKind::Close));
}

#[test]
fn a_decision_that_comes_while_it_thinks_is_thought_about() {
    let mut scene = waiting();
    scene.drain(&visitor_says(5, "m1", "and?"));
    assert!(thinks(&mut scene));
    scene.drain(&decides(6, "1", true));
    assert_eq!(standing(&scene), Standing::Rethink);
    scene.conversation.rethink();
    assert_eq!(scene.conversation.calls_to_tell_of().len(), 1);
}

#[test]
fn a_decision_that_a_turn_did_not_hear_of_is_told_by_the_next() {
    let mut scene = waiting();
    scene.drain(&visitor_says(5, "m1", "and?"));
    assert!(thinks(&mut scene));
    for _ in 0..RETHINKS {
        scene.conversation.rethink();
    }
    scene.drain(&decides(6, "1", true));
    assert_eq!(standing(&scene), Standing::Holds);
    let ids = reply(&mut scene, "It still waits.");
    said(&mut scene, ids[0]);
    assert!(thinks(&mut scene));
    assert_eq!(scene.conversation.calls_to_tell_of().len(), 1);
}

#[test]
fn a_reply_that_was_not_said_has_told_nothing() {
    let mut scene = waiting();
    scene.drain(&decides(10, "1", false));
    assert!(thinks(&mut scene));
    let ids = reply(&mut scene, "Sorry.");
    assert!(scene.conversation.unanswered.is_empty());
    let now = scene.now;
    scene.conversation.withdraw(ids[0], now);
    assert_eq!(scene.conversation.unanswered.calls, [key("1")]);
}

#[test]
fn whoever_takes_the_chat_over_decides_by_acting() {
    type Takes = fn(&mut Scene);
    let takes: [Takes; 4] = [
        |scene| drop(scene.drain(&attender(20, ADA))),
        |scene| drop(scene.drain(&operator_says(20, "h1", ADA, "I'm here"))),
        |scene| drop(scene.drain(&completed(20, EndedBy::Agent))),
        |scene| {
            scene.drain(&visitor_says(19, "m1", "a human!"));
            assert!(thinks(scene));
            conclude(scene, Verdict::Escalate { reason: EscalationReason::VisitorAsked, summary: String::new() });
        },
    ];
    for take in takes {
        for decided_before in [true, false] {
            let mut scene = waiting();
            if decided_before {
                scene.drain(&decides(10, "1", true));
            }
            take(&mut scene);
            assert!(matches!(state(&scene), ApprovalState::Void { .. }), "{:?}", scene.conversation.phase);
            assert!(scene.conversation.unanswered.calls.is_empty() && !scene.conversation.awaits_approval());
            scene.drain(&decides(30, "1", true));
            assert!(matches!(state(&scene), ApprovalState::Void { .. }));
        }
    }
}

#[test]
fn a_call_that_was_begun_stays_approved_whoever_takes_the_chat() {
    let mut scene = waiting();
    scene.drain(&decides(10, "1", true));
    let at = scene.now;
    let tool = ToolName::parse("close_account").unwrap();
    scene.conversation.begin_write(Write {
        key: key("1"),
        tool,
        arguments: String::new(),
        at,
        state: WriteState::Begun,
    });
    scene.drain(&attender(20, ADA));
    assert!(matches!(state(&scene), ApprovalState::Approved { .. }));
    assert!(scene.conversation.unanswered.calls.is_empty());
}

#[test]
fn an_approved_call_that_failed_for_certain_is_told_as_such() {
    let mut scene = waiting();
    scene.drain(&decides(10, "1", true));
    scene.conversation.write_ended(&key("1"), None);
    assert!(matches!(state(&scene), ApprovalState::NotMade { by, .. } if *by == person()));
}

#[test]
fn a_visitor_who_leaves_while_it_is_undecided_is_mailed_about() {
    let mut scene = waiting();
    scene.drain(&completed(20, EndedBy::Visitor));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Visitor });
    let mailed = |scene: &Scene| {
        scene
            .conversation
            .actions
            .iter()
            .any(|action| action.kind == ActionKind::Mail { occasion: MailOccasion::LeftWaiting })
    };
    assert!(mailed(&scene));
    let mut told = waiting();
    told.drain(&decides(10, "1", false));
    told.drain(&completed(20, EndedBy::Visitor));
    assert!(!mailed(&told));
}

#[test]
fn a_thread_that_is_opened_anew_has_none() {
    let mut scene = waiting();
    scene.drain(&completed(20, EndedBy::Visitor));
    scene.drain(&builders::reopened(40));
    scene.drain(&attender(41, US));
    assert!(scene.conversation.approvals.is_empty() && scene.conversation.unanswered.calls.is_empty());
}

#[test]
fn a_state_from_before_has_none() {
    let scene = Scene::attended();
    let mut written = serde_json::to_value(&scene.conversation).unwrap();
    written.as_object_mut().unwrap().remove("approvals");
    let read: shared::domain::conversation::Conversation = serde_json::from_value(written).unwrap();
    assert_eq!(read, scene.conversation);
}

/// What may happen around a call that waits.
#[derive(Debug, Clone)]
enum Happens {
    Asks(u8),
    Decides(u8, bool),
    Writes,
    Human,
    Time(u16),
    Thinks,
    Concludes(u8),
    SaidAll,
}

fn anything() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => (0..3_u8).prop_map(Happens::Asks),
        4 => (0..3_u8, any::<bool>()).prop_map(|(call, approve)| Happens::Decides(call, approve)),
        2 => Just(Happens::Writes),
        1 => Just(Happens::Human),
        3 => (0..700_u16).prop_map(Happens::Time),
        4 => Just(Happens::Thinks),
        4 => (0..4_u8).prop_map(Happens::Concludes),
        2 => Just(Happens::SaidAll),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_a_decision_is_final_told_and_nothing_waits_unseen(
        happens in prop::collection::vec(anything(), 1..40),
    ) {
        let mut scene = answered();
        scene.settings.idle.check_in_s = 0;
        for (number, one) in happens.into_iter().enumerate() {
            let before = scene.conversation.approvals.clone();
            let seconds = now_s(&scene);
            let id = format!("m{number}");
            let asked = match one {
                Happens::Asks(call) if scene.conversation.phase == Phase::Assisting => {
                    let call = call.to_string();
                    let free = scene.conversation.approval(&key(&call)).is_none_or(|known| matches!(known.state, ApprovalState::Void { .. }));
                    if free {
                        asks_for(&mut scene, &call);
                    }
                    free.then(|| key(&call))
                }
                Happens::Asks(_) => None,
                Happens::Decides(call, approve) => { scene.drain(&decides(seconds, &call.to_string(), approve)); None }
                Happens::Writes => { scene.drain(&visitor_says(seconds, &id, "hm")); None }
                Happens::Human => { scene.drain(&operator_says(seconds, &id, ADA, "hi")); None }
                Happens::Time(passes) => { scene.wait(i64::from(passes)); None }
                Happens::Thinks => { thinks(&mut scene); None }
                Happens::Concludes(verdict) => {
                    if standing(&scene) == Standing::Holds {
                        let waiting = scene.conversation.awaits_approval();
                        conclude(&mut scene, match verdict {
                            0 | 1 => Verdict::Reply { text: id.clone(), sources: Vec::new(), clarifies: false },
                            2 => Verdict::Close { text: None, countdown: false },
                            _ => Verdict::Escalate { reason: EscalationReason::VisitorAsked, summary: String::new() },
                        });
                        prop_assert!(!waiting || !scene.conversation.actions.iter().any(|one| one.is_open() && one.kind == ActionKind::Close));
                    }
                    None
                }
                Happens::SaidAll => {
                    let open: Vec<_> = scene.conversation.actions.iter().filter(|one| one.is_open() && one.kind.speaks()).map(|one| one.id).collect();
                    for id in open {
                        said(&mut scene, id);
                    }
                    None
                }
            };
            let conversation = &scene.conversation;
            for was in before.iter().filter(|was| Some(&was.key) != asked.as_ref()) {
                let is = conversation.approval(&was.key).unwrap();
                let kept = is.state == was.state
                    || was.is_waiting()
                    || matches!((&was.state, &is.state), (ApprovalState::Approved { .. }, ApprovalState::Void { .. }));
                prop_assert!(kept, "{:?} became {:?}", was.state, is.state);
            }
            let serves = conversation.phase == Phase::Assisting;
            prop_assert!(serves || !conversation.awaits_approval() && conversation.unanswered.calls.is_empty());
            for call in &conversation.unanswered.calls {
                let state = &conversation.approval(call).unwrap().state;
                prop_assert!(!matches!(state, ApprovalState::Waiting | ApprovalState::Void { .. }), "{state:?}");
            }
            if conversation.awaits_approval() || !conversation.unanswered.calls.is_empty() {
                prop_assert!(scene.wake_at().is_some(), "somebody looks again");
            }
        }
    }
}
