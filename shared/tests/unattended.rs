//! Nobody comes, or the chat ends before: notice, mail, close (ARCHITECTURE.md, "Escalation" and "Mail").
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod builders;

use builders::search::*;
use builders::{ADA, BRAND, Scene, US, attender, completed, created, holder, inbox, operator_says, visitor_says};
use shared::domain::action::{ActionKind, Covers, Duty};
use shared::domain::conversation::{Closed, Phase, Via};
use shared::domain::escalation::MailOccasion;
use shared::domain::event::{EndedBy, EventKind, Told};
use shared::domain::plan::Step;
use shared::domain::router::NobodyWhy;
use shared::domain::settings::PickupMode;
use shared::domain::verdict::Verdict;

#[test]
fn nobody_there_means_notice_then_mail_then_close() {
    let mut scene = escalating();
    scene.plan_as(Duty::Escalation, &holder("e"));
    nobody(&mut scene);
    assert_eq!(occasion(&scene), Some(MailOccasion::Nobody { why: NobodyWhy::NobodyAvailable }));
    assert_eq!(scene.conversation.work_for(&scene.settings, scene.now), [Duty::Transcript]);
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest, "nothing is closed before the mail is out");
    mailed(&mut scene);
    let Step::Act(claimed) = scene.plan_as(Duty::Transcript, &holder("t")).step else { panic!("not closed") };
    assert_eq!(scene.conversation.action(claimed[0].id).unwrap().kind, ActionKind::Close);
    scene.drain(&completed(20, EndedBy::Agent));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Unattended });
    assert_eq!(scene.wake_at(), None);
}

#[test]
fn a_line_between_mail_and_close_is_mailed_first() {
    let mut scene = escalating();
    nobody(&mut scene);
    mailed(&mut scene);
    scene.drain(&visitor_says(15, "m2", "my number is 123"));
    assert_eq!(occasion(&scene), Some(MailOccasion::Supplement));
    mailed(&mut scene);
    let Step::Act(claimed) = scene.plan_as(Duty::Transcript, &holder("t")).step else { panic!("not closed") };
    assert_eq!(scene.conversation.action(claimed[0].id).unwrap().kind, ActionKind::Close);
}

#[test]
fn a_human_between_mail_and_close_has_the_chat() {
    let mut scene = escalating();
    nobody(&mut scene);
    mailed(&mut scene);
    scene.drain(&attender(15, ADA));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Attender, .. }));
    assert_eq!(scene.plan_as(Duty::Transcript, &holder("t")).step, Step::Rest);
}

#[test]
fn a_human_who_comes_before_the_mail_makes_it_needless() {
    let mut scene = escalating();
    nobody(&mut scene);
    scene.drain(&operator_says(15, "m2", ADA, "I have this."));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Line, .. }));
    assert_eq!(occasion(&scene), None);
}

#[test]
fn who_leaves_while_a_human_is_looked_for_is_mailed_and_the_operator_freed() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&completed(9, EndedBy::Visitor));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Visitor });
    assert_eq!(open(&scene), ["mail", "look_back", "release"]);
    assert_eq!(occasion(&scene), Some(MailOccasion::LeftWaiting));
    assert_eq!(scene.wake_at(), Some(scene.now));
    mailed(&mut scene);
    assert!(!open(&scene).contains(&"mail"));
}

#[test]
fn a_chat_that_is_missed_is_mailed() {
    let missed = |mut scene: Scene| {
        scene.drain(&inbox(9, EventKind::Missed, Told::default()));
        (scene.conversation.phase.clone(), occasion(&scene))
    };
    let expected = (Phase::Closed { how: Closed::Missed }, Some(MailOccasion::Missed));
    assert_eq!(missed(ringing(None)), expected);
    assert_eq!(missed(Scene::attended()), expected);
    let mut waiting = Scene::new();
    waiting.settings.pickup = PickupMode::WaitForTransfer;
    waiting.drain(&created(0, BRAND, "hello"));
    assert_eq!(missed(waiting), expected);
}

#[test]
fn lines_that_wait_when_the_chat_ends_are_mailed_unless_our_answer_turns_up() {
    let mut scene = Scene::attended();
    scene.plan(&holder("a"));
    conclude(&mut scene, Verdict::Reply { text: "One day.".to_owned(), sources: Vec::new(), clarifies: false });
    scene.drain(&completed(9, EndedBy::Visitor));
    assert_eq!(occasion(&scene), Some(MailOccasion::EndedUnanswered));
    assert_eq!(scene.plan_as(Duty::Transcript, &holder("t")).step, Step::Rest, "not at once");
    scene.drain(&operator_says(8, "m9", US, "One day."));
    assert!(scene.conversation.unmailed().is_empty());
}

#[test]
fn a_mail_that_comes_back_is_told_to_the_last_resort_once() {
    let mut scene = escalating();
    nobody(&mut scene);
    mailed(&mut scene);
    let (id, now) = (scene.conversation.mails[0].message_id.clone(), scene.now);
    scene.conversation.mail_returned(&id, false, now);
    scene.conversation.mail_returned(&id, false, now);
    assert_eq!(occasion(&scene), Some(MailOccasion::Returned { complaint: false }));
    mailed(&mut scene);
    let id = scene.conversation.mails[1].message_id.clone();
    scene.conversation.mail_returned(&id, false, now);
    assert_eq!(occasion(&scene), None, "what went to the last resort is not sent there again");
}

#[test]
fn a_new_thread_forgets_the_search() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&completed(9, EndedBy::Visitor));
    mailed(&mut scene);
    scene.drain(&visitor_says(30, "m2", "hello again"));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    assert_eq!(scene.conversation.last_escalation, None);
    assert_eq!(scene.conversation.mailed, Covers::default());
}

#[test]
fn a_line_that_comes_while_a_mail_is_under_way_is_mailed_too() {
    let mut scene = escalating();
    nobody(&mut scene);
    let Step::Act(claimed) = scene.plan_as(Duty::Transcript, &holder("t")).step else { panic!("no mail is due") };
    let told = scene.conversation.unanswered.clone();
    scene.drain(&visitor_says(15, "m2", "my number is 123"));
    let (id, now) = (claimed[0].id, scene.now);
    let occasion = MailOccasion::Nobody { why: NobodyWhy::NobodyAvailable };
    let mail = shared::domain::conversation::SentMail {
        action: id,
        at: now,
        occasion,
        message_id: "ses".to_owned(),
        returned: false,
    };
    scene.conversation.mail_sent(id, mail, told, now);
    scene.plan(&holder("a"));
    assert_eq!(self::occasion(&scene), Some(MailOccasion::Supplement));
    assert!(!open(&scene).contains(&"close"));
}

#[test]
fn a_notice_that_arrives_twice_is_no_humans_line() {
    let mut scene = escalating();
    nobody(&mut scene);
    scene.drain(&operator_says(12, "m2", US, "Nobody is there."));
    scene.conversation.prune_actions();
    scene.drain(&operator_says(13, "m3", US, "Nobody is there."));
    assert!(matches!(scene.conversation.phase, Phase::Unattended { .. }));
    assert!(occasion(&scene).is_some());
}

#[test]
fn who_comes_back_after_the_mail_is_not_escalated_for_what_was_mailed() {
    let mut scene = escalating();
    nobody(&mut scene);
    mailed(&mut scene);
    scene.drain(&completed(20, EndedBy::Agent));
    scene.drain(&visitor_says(30, "m2", "How do I verify my account?"));
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
    assert_eq!(scene.conversation.unanswered.ids[0].as_str(), "m2");
}

#[test]
fn a_needless_mail_that_waits_becomes_the_one_that_is_needed() {
    let mut scene = Scene::attended();
    scene.drain(&completed(9, EndedBy::Visitor));
    assert_eq!(occasion(&scene), Some(MailOccasion::EndedUnanswered));
    scene.drain(&visitor_says(30, "m2", "I want a human"));
    scene.drain(&attender(31, US));
    while !matches!(scene.plan(&holder("a")).step, Step::Think { .. }) {}
    conclude(
        &mut scene,
        Verdict::Escalate { reason: shared::domain::verdict::EscalationReason::VisitorAsked, summary: String::new() },
    );
    settle(&mut scene, "notice");
    nobody(&mut scene);
    assert_eq!(occasion(&scene), Some(MailOccasion::Nobody { why: NobodyWhy::NobodyAvailable }));
}

#[test]
fn a_mail_is_sent_even_when_its_brand_is_not_automated_any_more() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&completed(9, EndedBy::Visitor));
    scene.settings.brands[0].automated = false;
    scene.drain(&visitor_says(30, "m2", "hello again"));
    assert_eq!(scene.conversation.phase, Phase::Observed);
    assert!(scene.wake_at().is_some());
    mailed(&mut scene);
}

#[test]
fn who_was_asked_for_an_address_is_given_the_time_to_write_it_and_it_is_mailed() {
    let mut scene = escalating();
    scene.conversation.facts.visitor = shared::domain::facts::VisitorFacts::default();
    nobody(&mut scene);
    mailed(&mut scene);
    assert_eq!(scene.plan_as(Duty::Transcript, &holder("t")).step, Step::Rest, "not closed at once");
    let closes_at = scene.wake_at().expect("closed some day");
    assert_eq!(closes_at, scene.now + jiff::SignedDuration::from_mins(2));
    scene.drain(&visitor_says(15, "m2", "my number is 123"));
    assert_eq!(occasion(&scene), Some(MailOccasion::Supplement));
    mailed(&mut scene);
    scene.now = closes_at;
    let Step::Act(claimed) = scene.plan_as(Duty::Transcript, &holder("t")).step else { panic!("not closed") };
    assert_eq!(scene.conversation.action(claimed[0].id).unwrap().kind, ActionKind::Close);
}
