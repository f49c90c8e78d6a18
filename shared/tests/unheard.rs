//! What was never told, or told late, is made up for: lines before an end, threads that came and went, replies that may still
//! arrive (ARCHITECTURE.md, "Actions and their promises").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::{ADA, Scene, at, attender, completed, holder, inbox, operator_says, reopened, reply, visitor_says};
use jiff::SignedDuration;
use shared::domain::action::{Action, ActionKind, ActionState, Duty};
use shared::domain::conversation::{Phase, Via};
use shared::domain::escalation::MailOccasion;
use shared::domain::event::{EndedBy, EventKind, InboxEvent, Told};
use shared::domain::plan::Step;

/// The looks back that are open, with the reply that each waits for.
fn looks_back(scene: &Scene) -> Vec<Option<shared::domain::action::ActionId>> {
    let open = scene.conversation.actions.iter().filter(|action| action.is_open());
    open.filter_map(|action| match action.kind {
        ActionKind::LookBack { after } => Some(after),
        _ => None,
    })
    .collect()
}

fn is_mailed(scene: &Scene) -> bool {
    let kind = ActionKind::Mail { occasion: MailOccasion::EndedUnanswered };
    scene.conversation.actions.iter().any(|action| action.is_open() && action.kind == kind)
}

fn missed(seconds: i64) -> InboxEvent {
    inbox(seconds, EventKind::Missed, Told::default())
}

/// A reply is on its way when the visitor leaves.
fn left_while_we_reply() -> (Scene, shared::domain::action::ActionId) {
    let mut scene = Scene::attended();
    scene.now = at(2);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    let reply = reply(&mut scene, "One day.")[0];
    scene.conversation.action_unsure(reply, scene.now, &builders::terms());
    scene.drain(&completed(3, EndedBy::Visitor));
    (scene, reply)
}

#[test]
fn a_chat_that_the_visitor_ended_is_looked_through_for_lines_that_nobody_told_of() {
    let mut scene = Scene::attended();
    scene.drain(&completed(10, EndedBy::Visitor));
    assert_eq!(looks_back(&scene), [None]);
    assert!(matches!(scene.plan_as(Duty::Transcript, &holder("a")).step, Step::Act(_)), "any function does it");
}

#[test]
fn a_chat_of_a_humans_own_is_not_looked_through() {
    let mut scene = Scene::attended();
    scene.drain(&attender(5, ADA));
    scene.drain(&completed(10, EndedBy::Visitor));
    assert!(looks_back(&scene).is_empty());
}

#[test]
fn a_chat_that_ended_once_more_unheard_is_looked_through_once() {
    let mut scene = Scene::attended();
    scene.drain(&attender(5, ADA));
    scene.drain(&completed(10, EndedBy::Agent));
    scene.drain(&completed(12, EndedBy::Agent));
    assert!(looks_back(&scene).is_empty(), "a second word about the same end");
    scene.drain(&missed(100));
    scene.drain(&missed(100));
    assert_eq!(looks_back(&scene), [None]);
}

#[test]
fn what_was_asked_of_a_human_who_only_wrote_is_mailed_when_the_visitor_leaves() {
    let mut scene = Scene::attended();
    scene.drain(&operator_says(5, "o1", ADA, "One moment"));
    scene.drain(&visitor_says(10, "m9", "And my bonus?"));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Line, .. }));
    scene.drain(&completed(20, EndedBy::Visitor));
    assert!(is_mailed(&scene));
}

#[test]
fn a_reply_that_may_still_arrive_is_waited_for_before_its_question_is_answered_anew() {
    let (mut scene, reply) = left_while_we_reply();
    assert_eq!(looks_back(&scene), [Some(reply)]);
    scene.drain(&reopened(5));
    scene.drain(&visitor_says(5, "m9", "Hello?"));
    scene.drain(&attender(6, "700"));
    assert!(scene.conversation.awaits_an_earlier_reply());
    assert_eq!(scene.plan(&holder("b")).step, Step::Rest);
    let ActionState::Waiting { not_before } =
        scene.conversation.actions.iter().find(|one| one.is_open()).unwrap().state
    else {
        panic!("the look back is not waiting")
    };
    assert!(scene.wake_at() <= Some(not_before), "nobody would look");

    scene.conversation.said(reply, None, scene.now);
    assert!(!scene.conversation.awaits_an_earlier_reply());
    assert_eq!(scene.conversation.unanswered.ids.len(), 1, "only the new line waits");
}

#[test]
fn a_look_that_fails_again_and_again_holds_up_nobody() {
    let (mut scene, _) = left_while_we_reply();
    scene.drain(&reopened(5));
    let look = scene.conversation.actions.iter().find(|one| one.is_open()).map(|one| one.id).unwrap();
    for _ in 0..3 {
        assert!(scene.conversation.awaits_an_earlier_reply());
        scene.conversation.action_failed(look, scene.now, None);
    }
    assert!(!scene.conversation.awaits_an_earlier_reply());
}

#[test]
fn an_echo_of_a_try_that_may_have_landed_is_ours_whatever_came_of_the_next() {
    let mut scene = Scene::attended();
    scene.now = at(2);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    let reply = reply(&mut scene, "One day.")[0];
    scene.conversation.action_unsure(reply, scene.now, &builders::terms());
    scene.conversation.action_failed(reply, scene.now, None);
    assert!(scene.conversation.action(reply).is_some_and(Action::may_have_happened));
    scene.drain(&operator_says(3, "o1", "700", "One day."));
    assert_eq!(scene.conversation.phase, Phase::Assisting, "our own line was taken for a human's");
}

#[test]
fn a_line_right_before_the_end_does_not_open_the_chat_again() {
    let mut scene = Scene::attended();
    scene.drain(&completed(10, EndedBy::Visitor));
    let mut late = visitor_says(10, "m9", "Bye");
    let EventKind::VisitorReplied { message } = &mut late.event.kind else { unreachable!() };
    message.time += SignedDuration::from_millis(100);
    scene.drain(&late);
    assert!(matches!(scene.conversation.phase, Phase::Closed { .. }));
    assert!(is_mailed(&scene), "it waits, and is mailed");
}

#[test]
fn who_takes_a_chat_after_its_end_has_opened_it_again() {
    let mut scene = Scene::attended();
    scene.drain(&completed(10, EndedBy::Visitor));
    scene.drain(&attender(10, ADA));
    assert!(matches!(scene.conversation.phase, Phase::Closed { .. }), "at the same moment");
    scene.drain(&attender(12, ADA));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Attender, .. }));
}

#[test]
fn the_end_of_an_older_thread_takes_nothing_from_the_human_who_writes_in_this_one() {
    let mut scene = Scene::attended();
    scene.drain(&reopened(30));
    scene.drain(&operator_says(31, "o1", ADA, "Hello again"));
    scene.drain(&visitor_says(32, "m9", "Thanks"));
    scene.drain(&missed(20));
    assert!(
        matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Line, .. }),
        "{:?}",
        scene.conversation.phase
    );
}
