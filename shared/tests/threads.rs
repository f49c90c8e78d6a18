//! Threads whose end and beginning are told in any order (ARCHITECTURE.md, "Facts and progress").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::search::escalating;
use builders::{ADA, Scene, US, attender, completed, inbox, operator_says, reopened, visitor_says};
use shared::domain::action::ActionKind;
use shared::domain::conversation::{Closed, Phase};
use shared::domain::escalation::MailOccasion;
use shared::domain::event::{EndedBy, EventKind, InboxEvent, Told};

fn missed(seconds: i64) -> InboxEvent {
    inbox(seconds, EventKind::Missed, Told::default())
}

/// A human has the chat.
fn with_ada() -> Scene {
    let mut scene = Scene::attended();
    scene.drain(&attender(5, ADA));
    scene.drain(&operator_says(6, "o1", ADA, "I have this."));
    scene
}

fn mails(scene: &Scene) -> Vec<MailOccasion> {
    let open = scene.conversation.actions.iter().filter(|action| action.is_open());
    let mails = open.filter_map(|action| match action.kind {
        ActionKind::Mail { occasion } => Some(occasion),
        _ => None,
    });
    mails.collect()
}

#[test]
fn a_chat_that_is_heard_of_as_reopened_before_its_end_is_ours_again() {
    let mut scene = with_ada();
    scene.drain(&visitor_says(20, "m9", "One more thing"));
    scene.drain(&reopened(20));
    scene.drain(&completed(10, EndedBy::Agent));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
    assert_eq!(scene.conversation.counts.closed, 1);
}

#[test]
fn a_thread_that_came_and_went_before_its_line_was_told_is_mailed() {
    let mut scene = with_ada();
    scene.drain(&completed(10, EndedBy::Agent));
    scene.drain(&missed(40));
    assert!(mails(&scene).is_empty(), "nothing was asked in it, as far as was told");
    scene.drain(&visitor_says(30, "m9", "Is anybody there?"));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Missed });
    assert_eq!(mails(&scene), [MailOccasion::Missed]);
}

#[test]
fn a_thread_that_came_and_went_with_a_human_is_left_to_them() {
    let mut scene = with_ada();
    scene.drain(&completed(10, EndedBy::Agent));
    scene.drain(&attender(35, ADA));
    scene.drain(&completed(40, EndedBy::Agent));
    scene.drain(&visitor_says(30, "m9", "Is anybody there?"));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Human });
    assert!(mails(&scene).is_empty());
    assert!(scene.conversation.unanswered.is_empty());
}

#[test]
fn a_second_word_about_the_same_end_begins_no_thread() {
    let mut scene = Scene::attended();
    scene.drain(&missed(10));
    scene.drain(&visitor_says(20, "m9", "Hello?"));
    scene.drain(&attender(21, US));
    let before = scene.conversation.clone();
    scene.drain(&completed(11, EndedBy::System));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    assert_eq!(scene.conversation.counts.closed, before.counts.closed);
    assert_eq!(scene.conversation.epoch, before.epoch);
}

#[test]
fn a_first_line_that_comes_once_more_and_late_is_not_asked_anew_in_the_next_thread() {
    let mut scene = Scene::attended();
    scene.conversation.nothing_waits();
    scene.drain(&completed(10, EndedBy::Visitor));
    scene.drain(&visitor_says(20, "m9", "One more thing"));
    scene.drain(&visitor_says(1, "m0", "How long does a withdrawal take?"));
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
}

#[test]
fn what_waits_when_a_chat_is_left_after_a_search_is_not_forgotten_when_it_is_reopened() {
    let mut scene = escalating();
    scene.drain(&attender(5, ADA));
    scene.drain(&attender(10, US));
    scene.drain(&visitor_says(20, "m8", "And how long does it take?"));
    scene.drain(&completed(21, EndedBy::Visitor));
    scene.drain(&visitor_says(25, "m9", "Hello?"));
    let waiting: Vec<&str> =
        scene.conversation.unanswered.ids.iter().map(shared::domain::id::MessageId::as_str).collect();
    assert_eq!(waiting, ["m8", "m9"]);
}

#[test]
fn a_chat_that_was_missed_although_a_human_had_it_is_mailed() {
    let mut scene = with_ada();
    scene.drain(&visitor_says(20, "m9", "Is anybody there?"));
    scene.drain(&missed(30));
    assert_eq!(mails(&scene), [MailOccasion::EndedUnanswered]);
}
