//! What people ask for in the console, among all that SalesIQ tells.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::console::*;
use builders::search::{BEN, escalating, mailed, nobody, occasion, open, ring, ringing, to};
use builders::silence::{answered, closes, reminded};
use builders::{
    ADA, BRAND, OBSERVED_BRAND, Scene, US, at, attender, completed, created, holder, operator_says, reply, visitor_says,
};
use shared::domain::action::{ActionKind, Duty};
use shared::domain::ask::{Ask, FileRef};
use shared::domain::asked::{ASKS_REMEMBERED, AskKind, NOTE_CHARS, Outcome, Refused};
use shared::domain::conversation::{Closed, Phase, Via};
use shared::domain::drain::{Deed, Finding, LogEntry};
use shared::domain::escalation::AttemptEnd;
use shared::domain::event::EndedBy;
use shared::domain::idle::Reminder;
use shared::domain::message::{Author, Content, Sender};
use shared::domain::plan::Step;
use shared::domain::verdict::EscalationReason;
use shared::salesiq::assumptions::NOTE_LIMIT;

fn reassign() -> Ask {
    Ask::Reassign { target: to(Some(BEN)), note: "You know them.".to_owned() }
}

#[test]
fn who_picks_a_chat_up_has_it_and_the_ai_keeps_out() {
    let mut scene = Scene::attended();
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    let ids = reply(&mut scene, "Three days.");
    let drained = ask(&mut scene, Ask::PickUp);
    assert!(matches!(drained.log, Some(LogEntry::Asked { deed: Deed::PickedUp, .. })));
    assert!(is_held(&scene) && scene.conversation.held_by == Some(ada()));
    assert!(!scene.conversation.action(ids[0]).is_some_and(shared::domain::action::Action::is_open));
    scene.drain(&visitor_says(4, "m2", "hello?"));
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!(outcome(&mut scene), Outcome::Done);
}

#[test]
fn a_chat_that_nobody_attends_is_picked_up_in_salesiq_before_a_line_is_said() {
    let mut scene = Scene::new();
    scene.drain(&created(0, BRAND, "Hello?"));
    ask(&mut scene, say("Good morning."));
    assert!(scene.wake_at().is_some_and(|at| at <= scene.now));
    assert!(matches!(due(&mut scene)[..], [(_, ActionKind::Pickup)]));
    assert!(due(&mut scene).is_empty(), "the line waits until we attend");
    scene.drain(&attender(1, US));
    assert!(is_held(&scene));
    assert_eq!(sent(&mut scene), ["Good morning."]);
}

#[test]
fn a_line_of_a_person_answers_what_waits_and_its_echo_is_theirs_once() {
    let mut scene = Scene::attended();
    let drained = ask(&mut scene, say("Hello, this is Ada."));
    assert!(matches!(drained.log, Some(LogEntry::Asked { deed: Deed::PickedUp, .. })));
    assert_eq!(outcome(&mut scene), Outcome::Underway);
    assert_eq!(sent(&mut scene), ["Hello, this is Ada."]);
    assert!(scene.conversation.unanswered.is_empty());
    assert_eq!(outcome(&mut scene), Outcome::Done);
    let echo = scene.drain(&operator_says(2, "m9", US, "Hello, this is  Ada."));
    assert_eq!((echo.log, echo.finding, echo.echo_matched), (None, None, true));
    assert_eq!((scene.conversation.counts.human_lines, scene.conversation.counts.our_lines), (1, 0));
}

#[test]
fn an_echo_that_comes_before_the_answer_is_logged_under_the_persons_name() {
    let mut scene = Scene::attended();
    ask(&mut scene, say("Hello."));
    assert_eq!(due(&mut scene).len(), 1);
    let echo = scene.drain(&operator_says(2, "m9", US, "Hello."));
    let Some(LogEntry::Line { message, author: Author::Human, .. }) = echo.log else { panic!("not logged") };
    assert!(matches!(message.sender, Sender::Operator { name: Some(name), .. } if name == "Ada"));
    assert_eq!(outcome(&mut scene), Outcome::Done);
}

#[test]
fn a_line_of_the_visitor_that_came_after_it_was_written_still_waits() {
    let mut scene = Scene::attended();
    ask(&mut scene, say("One moment."));
    scene.drain(&visitor_says(5, "m2", "and another thing"));
    assert_eq!(sent(&mut scene), ["One moment."]);
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
    scene.wait(10_000);
    let plan = scene.plan(&holder("a"));
    assert_eq!(plan.finding, Some(Finding::VisitorWaitsForHuman));
    assert!(matches!(plan.step, Step::Think { .. }), "a person who is silent for too long does not have it for ever");
    assert_eq!((&scene.conversation.phase, &scene.conversation.held_by), (&Phase::Assisting, &None));
}

#[test]
fn several_lines_keep_their_order_also_over_a_failure() {
    let mut scene = Scene::attended();
    for text in ["one", "two", "three"] {
        ask(&mut scene, say(text));
    }
    let first = due(&mut scene);
    assert_eq!(first.len(), 1);
    let now = scene.now;
    scene.conversation.action_failed(first[0].0, now, None);
    assert!(due(&mut scene).is_empty());
    scene.wait(60);
    assert_eq!(sent(&mut scene), ["one", "two", "three"]);
}

#[test]
fn a_line_that_was_not_said_when_a_colleague_takes_the_chat_in_salesiq_is_given_up() {
    let mut scene = Scene::attended();
    ask(&mut scene, say("one"));
    scene.drain(&attender(3, ADA));
    assert!(open(&scene).is_empty() && scene.conversation.held_by.is_none());
    assert_eq!(outcome(&mut scene), refused(Refused::NotDone));
    let drained = ask(&mut scene, say("two"));
    assert_eq!(drained.finding, Some(Finding::AskRefused));
    assert_eq!(outcome(&mut scene), refused(Refused::WithHuman));
}

#[test]
fn what_is_empty_too_long_or_too_much_takes_nothing_over() {
    let mut scene = Scene::attended();
    for (text, why) in [("  ".to_owned(), Refused::Empty), ("x".repeat(2_001), Refused::TooLong)] {
        ask(&mut scene, say(&text));
        assert_eq!(outcome(&mut scene), refused(why));
    }
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    for _ in 0..10 {
        ask(&mut scene, say(&"é".repeat(1_900)));
    }
    assert_eq!(outcome(&mut scene), refused(Refused::TooMuch));
    assert!(serde_json::to_string(&scene.conversation).unwrap().len() < 16_000);
}

#[test]
fn card_numbers_are_masked_before_they_are_kept() {
    let event =
        shared::domain::ask::asked(&builders::conversation_id(), ada(), say("Is it 4111 1111 1111 1111?"), "1", at(1));
    assert!(!serde_json::to_string(&event).unwrap().contains("4111 1111"));
}

#[test]
fn a_file_is_sent_like_a_line_and_known_again_by_its_name() {
    let mut scene = Scene::attended();
    let file = FileRef { id: "f1".into(), name: "terms.pdf".into(), mime: "application/pdf".into(), size: 3 };
    ask(&mut scene, Ask::SendFile { file, comment: Some("See page 2.".to_owned()) });
    let [(id, ActionKind::Line { text, file: Some(file), .. })] = &due(&mut scene)[..] else { panic!("no file") };
    assert_eq!((text.as_str(), file.name.as_str()), ("See page 2.", "terms.pdf"));
    let now = scene.now;
    scene.conversation.said(*id, None, now);
    let mut echo = operator_says(2, "m9", US, "");
    if let shared::domain::event::EventKind::OperatorReplied { message } = &mut echo.event.kind {
        let (name, mime, url) = ("terms.pdf".to_owned(), None, Some("/f/1".to_owned()));
        message.content = Content::File { name, mime, url, attachment_id: None, comment: None };
    }
    let drained = scene.drain(&echo);
    assert_eq!((drained.log, drained.finding), (None, None));
}

#[test]
fn a_file_whose_bytes_are_gone_says_so_to_whom_it_belongs() {
    let mut scene = Scene::attended();
    let file = FileRef { id: "f1".into(), name: "a.pdf".into(), mime: "application/pdf".into(), size: 3 };
    ask(&mut scene, Ask::SendFile { file, comment: None });
    let id = due(&mut scene)[0].0;
    let now = scene.now;
    scene.conversation.refuse_ask(id, Refused::FileGone, now);
    assert_eq!(outcome(&mut scene), refused(Refused::FileGone));
}

#[test]
fn a_ring_is_taken_back_and_freed_when_a_person_takes_the_chat() {
    let mut scene = ringing(Some(BEN));
    ask(&mut scene, Ask::PickUp);
    assert!(is_held(&scene));
    assert_eq!(open(&scene), ["release", "take_back"]);
    assert!(matches!(scene.plan_as(Duty::Escalation, &holder("e")).step, Step::Act(_)));
}

#[test]
fn a_mail_is_not_sent_when_a_person_takes_a_chat_that_nobody_took() {
    let mut scene = escalating();
    nobody(&mut scene);
    assert!(occasion(&scene).is_some());
    ask(&mut scene, say("I'm here."));
    assert_eq!(occasion(&scene), None);
    assert_eq!(sent(&mut scene), ["I'm here."]);
}

#[test]
fn a_reassigned_chat_rings_who_was_chosen_then_whom_the_rules_give() {
    let mut scene = answered();
    let drained = ask(&mut scene, reassign());
    assert!(matches!(drained.log, Some(LogEntry::Asked { deed: Deed::Reassigned { .. }, .. })));
    let search = scene.conversation.escalation().unwrap();
    assert_eq!((&search.reason, search.untold), (&EscalationReason::Reassigned, true));
    assert_eq!(search.chosen.as_ref().unwrap().target, to(Some(BEN)));
    ring(&mut scene, Some(BEN));
    scene.wait(600);
    assert_eq!(scene.plan_as(Duty::Escalation, &holder("e")).step, Step::Route);
    let search = scene.conversation.escalation().unwrap();
    assert!(search.chosen.is_none() && search.attempts[0].chosen);
    assert_eq!(search.attempts[0].end, AttemptEnd::NoAnswer);
}

#[test]
fn a_ring_that_goes_on_is_taken_back_before_the_chosen_one_rings() {
    let mut scene = ringing(Some(ADA));
    let reason = scene.conversation.escalation().unwrap().reason.clone();
    ask(&mut scene, reassign());
    let search = scene.conversation.escalation().unwrap();
    assert_eq!((&search.reason, search.attempts[0].end), (&reason, AttemptEnd::TakenBack));
    ring(&mut scene, Some(BEN));
    let transfer = scene.conversation.actions.iter().rev().find_map(|action| match &action.kind {
        ActionKind::Transfer { take_back, .. } => Some(take_back.clone()),
        _ => None,
    });
    assert_eq!(transfer, Some(Some(to(Some(ADA)))));
}

#[test]
fn a_chat_is_not_taken_out_of_a_humans_hands_nor_rung_to_the_ai() {
    let mut scene = ringing(Some(ADA));
    scene.drain(&attender(9, ADA));
    for (what, why) in [(Ask::PickUp, Refused::WithHuman), (reassign(), Refused::WithHuman)] {
        assert_eq!(ask(&mut scene, what).finding, Some(Finding::AskRefused));
        assert_eq!(outcome(&mut scene), refused(why));
    }
    let mut scene = answered();
    ask(&mut scene, Ask::Reassign { target: to(Some(US)), note: String::new() });
    assert_eq!(outcome(&mut scene), refused(Refused::OurOwnOperator));
}

#[test]
fn a_chat_that_a_person_holds_is_counted_down_and_ends_as_theirs() {
    let mut scene = answered();
    ask(&mut scene, Ask::PickUp);
    ask(&mut scene, Ask::End { countdown: true });
    assert_eq!(outcome(&mut scene), Outcome::Done);
    let mut told = Vec::new();
    for _ in 0..200 {
        told.extend(reminded(&mut scene));
        if closes(&mut scene) {
            break;
        }
        assert!(scene.wake_at().is_some());
        scene.wait(1);
    }
    assert_eq!(told, [90, 60, 45, 30].map(|seconds| Reminder::Countdown { seconds }));
    scene.drain(&completed(400, EndedBy::Agent));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Human });
    assert!(scene.conversation.held_by.is_none());
}

#[test]
fn a_line_of_the_visitor_or_of_the_person_calls_a_countdown_off() {
    for line in [true, false] {
        let mut scene = answered();
        ask(&mut scene, Ask::PickUp);
        ask(&mut scene, Ask::End { countdown: true });
        assert!(reminded(&mut scene).is_some());
        if line {
            scene.drain(&visitor_says(9, "m2", "wait"));
        } else {
            ask(&mut scene, say("Oh, one more thing."));
        }
        assert!(scene.conversation.countdown.is_none() && is_held(&scene));
    }
}

#[test]
fn a_chat_is_not_ended_over_a_line_that_waits() {
    let mut scene = Scene::attended();
    ask(&mut scene, Ask::PickUp);
    assert_eq!(ask(&mut scene, Ask::End { countdown: false }).finding, Some(Finding::EndNotOurs));
    assert_eq!(outcome(&mut scene), refused(Refused::VisitorWaits));
    ask(&mut scene, say("Done."));
    assert_eq!(sent(&mut scene), ["Done."]);
    ask(&mut scene, Ask::End { countdown: false });
    assert_eq!(reminded(&mut scene), Some(Reminder::LastWord));
    assert!(closes(&mut scene));
}

#[test]
fn a_silent_visitor_of_a_person_is_not_asked_whether_they_are_there() {
    let mut scene = answered();
    ask(&mut scene, Ask::PickUp);
    scene.wait(100_000);
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert!(is_held(&scene));
}

#[test]
fn what_is_handed_back_is_answered_by_the_ai() {
    let mut scene = Scene::attended();
    ask(&mut scene, Ask::HandBack);
    assert_eq!(outcome(&mut scene), refused(Refused::NobodyHasIt));
    ask(&mut scene, Ask::PickUp);
    scene.drain(&visitor_says(4, "m2", "hello?"));
    let drained = ask(&mut scene, Ask::HandBack);
    assert!(matches!(drained.log, Some(LogEntry::Asked { deed: Deed::HandedBack, .. })));
    assert!(scene.conversation.held_by.is_none());
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
}

#[test]
fn a_note_has_the_persons_name_and_outlives_a_change_of_hands() {
    let mut scene = Scene::attended();
    ask(&mut scene, Ask::Note { text: "Called them.".to_owned() });
    scene.drain(&attender(3, ADA));
    let [(id, ActionKind::TeamNote { text })] = &due(&mut scene)[..] else { panic!("no note") };
    assert_eq!(text, "Called them.\n— Ada");
    let now = scene.now;
    scene.conversation.action_done(*id, now);
    assert_eq!(outcome(&mut scene), Outcome::Done);
    ask(&mut scene, Ask::Note { text: "x".repeat(NOTE_CHARS) });
    assert_eq!(outcome(&mut scene), refused(Refused::TooLong));
    assert_eq!(NOTE_CHARS, NOTE_LIMIT);
}

#[test]
fn tags_are_put_on_once() {
    let mut scene = Scene::attended();
    let tags = || Ask::Tag { tags: vec!["vip".to_owned(), " vip ".to_owned()] };
    ask(&mut scene, tags());
    assert!(open(&scene).contains(&"tag"));
    ask(&mut scene, tags());
    assert_eq!(open(&scene).iter().filter(|kind| **kind == "tag").count(), 1);
    assert_eq!(outcome(&mut scene), Outcome::Done);
}

#[test]
fn a_copy_of_the_transcript_is_mailed_whenever_and_holds_no_close_up() {
    let mut scene = escalating();
    nobody(&mut scene);
    ask(&mut scene, Ask::MailTranscript { to: vec!["boss@example.com".parse().unwrap()] });
    mailed(&mut scene);
    scene.plan_as(Duty::Escalation, &holder("e"));
    assert!(scene.conversation.open_action(|kind| *kind == ActionKind::Close).is_some());
    scene.drain(&completed(400, EndedBy::Agent));
    ask(&mut scene, Ask::MailTranscript { to: vec!["boss@example.com".parse().unwrap()] });
    assert!(scene.wake_at().is_some());
    let Step::Act(claimed) = scene.plan_as(Duty::Transcript, &holder("t")).step else { panic!("no mail is due") };
    for one in claimed {
        let now = scene.now;
        scene.conversation.copy_sent(one.id, now);
    }
    assert_eq!(outcome(&mut scene), Outcome::Done);
}

#[test]
fn only_what_can_be_done_is_offered() {
    use AskKind::{End, HandBack, MailTranscript, Note, PickUp, Reassign, Say, SendFile, Tag};
    let mut observed = Scene::new();
    observed.drain(&created(0, OBSERVED_BRAND, "Hello?"));
    assert_eq!(observed.conversation.can_be_asked(), [MailTranscript]);
    let ours = [PickUp, Say, SendFile, Reassign, End, Tag, Note, MailTranscript];
    assert_eq!(answered().conversation.can_be_asked(), ours);
    let mut waits = Scene::attended();
    assert!(!waits.conversation.can_be_asked().contains(&End));
    let searching = [PickUp, Say, SendFile, Reassign, Tag, Note, MailTranscript];
    assert_eq!(ringing(None).conversation.can_be_asked(), searching);
    waits.drain(&attender(3, ADA));
    assert_eq!(waits.conversation.can_be_asked(), [Tag, Note, MailTranscript]);
    let mut held = answered();
    ask(&mut held, Ask::PickUp);
    assert_eq!(held.conversation.can_be_asked(), AskKind::ALL);
    held.drain(&completed(400, EndedBy::Visitor));
    assert_eq!(held.conversation.can_be_asked(), [MailTranscript]);
    let mut line = answered();
    line.drain(&operator_says(9, "m7", ADA, "mine"));
    assert!(matches!(line.conversation.phase, Phase::WithHuman { via: Via::Line, .. }));
    assert_eq!(
        line.conversation.can_be_asked(),
        [PickUp, Say, SendFile, Reassign, Tag, Note, HandBack, MailTranscript]
    );
}

#[test]
fn who_writes_has_it_and_few_requests_are_remembered() {
    let mut scene = answered();
    ask(&mut scene, Ask::PickUp);
    ask_by(&mut scene, ben(), say("Ben here."));
    assert_eq!(scene.conversation.held_by, Some(ben()));
    for _ in 0..20 {
        scene.wait(1);
        ask(&mut scene, Ask::PickUp);
    }
    assert_eq!(scene.conversation.asks.len(), ASKS_REMEMBERED);
}
