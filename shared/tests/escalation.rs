//! The search for a human: rings, answers, deadlines, and what happens when nobody comes (ARCHITECTURE.md, "Escalation").
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod builders;

use builders::search::*;
use builders::{ADA, Scene, US, at, attender, completed, holder, inbox, operator_says, terms, transfer, visitor_says};
use proptest::prelude::*;
use shared::domain::action::{ActionKind, Duty};
use shared::domain::conversation::{Closed, Phase, SentMail, Via};
use shared::domain::escalation::{AttemptEnd, MailOccasion, Stage};
use shared::domain::event::{EndedBy, EventKind, Told, TransferStep};
use shared::domain::plan::Step;
use shared::domain::seek::Ring;
use shared::domain::verdict::{EscalationReason, Verdict};

#[test]
fn the_visitor_is_told_that_one_is_looked_for_and_the_lines_wait_for_the_human() {
    let scene = escalating();
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
    assert!(scene.conversation.waiting_since.is_some());
    assert_eq!(scene.conversation.counts.escalations["visitor_asked"], 1);
    assert_eq!(scene.conversation.work_for(&scene.settings, scene.now), [Duty::Escalation]);
}

#[test]
fn only_the_escalation_function_rings() {
    let mut scene = escalating();
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!(scene.plan_as(Duty::Transcript, &holder("t")).step, Step::Rest);
    assert_eq!(scene.plan_as(Duty::Escalation, &holder("e")).step, Step::Route);
}

#[test]
fn who_accepts_has_the_chat() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&transfer(5, TransferStep::Initiated, BEN));
    scene.drain(&transfer(9, TransferStep::Accepted, BEN));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Attender, .. }));
    scene.drain(&attender(10, BEN));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Attender, .. }));
    assert_eq!(scene.conversation.counts.handed_over, 1);
    assert!(open(&scene).is_empty());
}

#[test]
fn an_accept_that_names_nobody_is_asked_about() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&inbox(
        9,
        EventKind::Transfer { step: TransferStep::Accepted, operator: None, department: None },
        Told::default(),
    ));
    assert_eq!(scene.plan_as(Duty::Escalation, &holder("e")).step, Step::Read);
}

#[test]
fn who_rejects_makes_way_for_the_next() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&transfer(5, TransferStep::Initiated, BEN));
    scene.drain(&transfer(9, TransferStep::Rejected, BEN));
    assert_eq!(ends(&scene), [AttemptEnd::Rejected]);
    ring(&mut scene, Some(ADA));
    assert!(!open(&scene).contains(&"note"), "the note is put on the chat once");
}

#[test]
fn a_rejection_of_an_earlier_ring_says_nothing_about_this_one() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&transfer(5, TransferStep::Initiated, BEN));
    scene.wait(70);
    scene.plan(&holder("a"));
    assert_eq!(ends(&scene), [AttemptEnd::NoAnswer]);
    ring(&mut scene, Some(ADA));
    scene.drain(&transfer(66, TransferStep::Rejected, BEN));
    assert_eq!(ends(&scene), [AttemptEnd::NoAnswer]);
    assert!(matches!(scene.conversation.escalation().unwrap().stage, Stage::Ringing { .. }));
}

#[test]
fn a_departments_ring_is_over_only_by_a_rejection_after_it_rang() {
    let mut scene = ringing(Some(BEN));
    scene.wait(70);
    scene.plan(&holder("a"));
    ring(&mut scene, None);
    scene.drain(&transfer(60, TransferStep::Rejected, BEN));
    assert_eq!(ends(&scene), [AttemptEnd::NoAnswer]);
    scene.drain(&inbox(
        72,
        EventKind::Transfer { step: TransferStep::Initiated, operator: None, department: None },
        Told::default(),
    ));
    scene.drain(&transfer(80, TransferStep::Rejected, ADA));
    assert_eq!(ends(&scene), [AttemptEnd::NoAnswer, AttemptEnd::Rejected]);
}

#[test]
fn a_ring_that_nobody_answers_is_over_at_its_deadline_and_stopped_before_the_next() {
    let mut scene = ringing(Some(BEN));
    assert_eq!(scene.wake_at(), Some(scene.now + jiff::SignedDuration::from_secs(60)));
    assert_eq!(scene.conversation.deadline(&scene.settings, scene.now), scene.wake_at());
    scene.wait(60);
    scene.plan(&holder("a"));
    assert_eq!(ends(&scene), [AttemptEnd::NoAnswer]);
    assert_eq!(scene.plan_as(Duty::Escalation, &holder("e")).step, Step::Route);
    let settings = scene.settings.clone();
    let ids = scene.conversation.ring(Ring {
        holder: &holder("e"),
        target: to(None),
        note: String::new(),
        short_note: String::new(),
        settings: &settings,
        terms: &terms(),
        now: scene.now,
    });
    let action = scene.conversation.action(*ids.last().unwrap()).unwrap();
    assert!(matches!(&action.kind, ActionKind::Transfer { take_back: Some(before), .. } if *before == to(Some(BEN))));
}

#[test]
fn a_transfer_that_never_came_about_is_not_called_unanswered() {
    let mut scene = escalating();
    assert_eq!(scene.plan_as(Duty::Escalation, &holder("e")).step, Step::Route);
    let settings = scene.settings.clone();
    let (target, now) = (to(None), scene.now);
    let ids = scene.conversation.ring(Ring {
        holder: &holder("e"),
        target,
        note: String::new(),
        short_note: String::new(),
        settings: &settings,
        terms: &terms(),
        now,
    });
    scene.conversation.action_failed(*ids.last().unwrap(), now, None);
    scene.wait(181);
    scene.plan(&holder("a"));
    assert_eq!(ends(&scene), [AttemptEnd::Refused { code: None }]);
}

#[test]
fn a_note_that_fails_goes_with_the_transfer() {
    let mut scene = escalating();
    let settings = scene.settings.clone();
    let (target, now) = (to(None), scene.now);
    let ids = scene.conversation.ring(Ring {
        holder: &holder("e"),
        target,
        note: "The whole note.".to_owned(),
        short_note: "Short".to_owned(),
        settings: &settings,
        terms: &terms(),
        now,
    });
    scene.conversation.note_failed(ids[0], now);
    let kind = &scene.conversation.action(ids[1]).unwrap().kind;
    assert!(matches!(kind, ActionKind::Transfer { note, .. } if note == "The whole note."));
    assert_eq!(open(&scene), ["transfer"]);
}

#[test]
fn while_it_rings_the_ai_reacts_to_each_line_once_and_answers_none() {
    let mut scene = ringing(None);
    scene.drain(&visitor_says(9, "m2", "are you there?"));
    assert_eq!(scene.plan(&holder("a")).step, Step::Think { pickup: None });
    conclude(&mut scene, Verdict::Reply { text: "Still looking.".to_owned(), sources: Vec::new(), clarifies: false });
    assert_eq!(open(&scene), ["notice"]);
    settle(&mut scene, "notice");
    assert_eq!(scene.conversation.unanswered.ids.len(), 2, "both still wait for the human");
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
}

#[test]
fn silence_while_it_rings_is_the_end_of_the_turn() {
    let mut scene = ringing(None);
    scene.drain(&visitor_says(9, "m2", "ok"));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    conclude(&mut scene, Verdict::Silence);
    assert!(open(&scene).is_empty());
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
}

#[test]
fn silence_outside_of_a_search_asks_for_a_human() {
    let mut scene = Scene::attended();
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    conclude(&mut scene, Verdict::Silence);
    assert_eq!(scene.conversation.escalation().unwrap().reason, EscalationReason::AiError);
}

#[test]
fn what_is_solved_meanwhile_is_taken_back_before_the_close() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&visitor_says(9, "m2", "never mind, solved"));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    conclude(&mut scene, Verdict::Close { text: Some("Glad to hear.".to_owned()), countdown: false });
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    assert_eq!(open(&scene), ["release", "take_back", "reply", "close"]);
    settle(&mut scene, "reply");
    let Step::Act(claimed) = scene.plan(&holder("a")).step else { panic!("nothing to do") };
    let kinds: Vec<&str> = claimed.iter().map(|one| scene.conversation.action(one.id).unwrap().kind.name()).collect();
    assert_eq!(kinds, ["release"], "the close waits until nobody is rung any more");
}

#[test]
fn a_human_who_accepts_what_was_just_solved_has_it_all_the_same() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&visitor_says(9, "m2", "never mind, solved"));
    scene.plan(&holder("a"));
    conclude(&mut scene, Verdict::Close { text: Some("Glad to hear.".to_owned()), countdown: false });
    scene.drain(&transfer(10, TransferStep::Accepted, BEN));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { .. }));
    assert!(!open(&scene).contains(&"close"));
}

#[test]
fn what_a_human_left_unanswered_is_theirs() {
    let mut scene = ringing(Some(BEN));
    scene.drain(&attender(9, BEN));
    scene.drain(&visitor_says(10, "m2", "thanks"));
    scene.drain(&completed(12, EndedBy::Agent));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Human });
    assert_eq!(open(&scene), ["release"]);
}

#[test]
fn a_human_who_hands_back_voids_the_old_reasons() {
    let mut scene = ringing(Some(ADA));
    scene.drain(&attender(9, ADA));
    scene.drain(&operator_says(10, "m2", ADA, "Done, back to Nova."));
    scene.drain(&attender(12, US));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    assert!(scene.conversation.unanswered.is_empty());
    scene.drain(&visitor_says(14, "m3", "One more question"));
    assert_eq!(open(&scene), ["release"]);
    scene.plan(&holder("a"));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
}

#[test]
fn no_attender_while_it_rings_is_no_reason_to_say_anything() {
    let mut scene = ringing(Some(BEN));
    scene.conversation.facts.attender = shared::domain::join::Register::default();
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert!(scene.conversation.escalation().is_some());
}

proptest! {
    /// A request never gets lost: at any time a chat that escalated has a human, is being seen to, or was mailed.
    #[test]
    fn a_search_ends_with_a_human_or_a_mail(steps in prop::collection::vec((0_u8..13, 1_i64..90), 1..50)) {
        let mut scene = escalating();
        let mut human = false;
        for (n, (step, wait)) in steps.into_iter().enumerate() {
            scene.wait(wait);
            let seconds = scene.now.duration_since(at(0)).as_secs();
            let id = format!("m{n}");
            let over = matches!(scene.conversation.phase, Phase::Closed { .. });
            match step {
                0 if !over => { scene.drain(&visitor_says(seconds, &id, "hello?")); }
                1 => { scene.drain(&transfer(seconds, TransferStep::Initiated, BEN)); }
                2 => { scene.drain(&transfer(seconds, TransferStep::Rejected, BEN)); }
                3 if !over => { scene.drain(&transfer(seconds, TransferStep::Accepted, BEN)); human = true; }
                4 if !over => { scene.drain(&operator_says(seconds, &id, ADA, "mine")); human = true; }
                5 => { scene.drain(&completed(seconds, EndedBy::Visitor)); }
                6 => { scene.drain(&inbox(seconds, EventKind::Missed, Told::default())); }
                7 if scene.plan_as(Duty::Escalation, &holder("e")).step == Step::Route => ring(&mut scene, Some(BEN)),
                8 if scene.plan_as(Duty::Escalation, &holder("e")).step == Step::Route => nobody(&mut scene),
                9 if occasion(&scene).is_some() => {
                    if matches!(scene.plan_as(Duty::Transcript, &holder("t")).step, Step::Act(ref due) if due.iter().any(
                        |one| matches!(scene.conversation.action(one.id).unwrap().kind, ActionKind::Mail { .. }))) {
                        let due = scene.conversation.actions.iter().find(|action| action.is_open() && matches!(action.kind, ActionKind::Mail { .. }));
                        let (id, now) = (due.unwrap().id, scene.now);
                        let mail = SentMail { action: id, at: now, occasion: MailOccasion::Supplement, message_id: id.0.to_string(), returned: false };
                        let told = scene.conversation.unanswered.clone();
                        scene.conversation.mail_sent(id, mail, told, now);
                    }
                }
                _ => { scene.plan(&holder("a")); }
            }
            scene.conversation.prune_actions();
            let mails = !scene.conversation.mails.is_empty() || occasion(&scene).is_some();
            match scene.conversation.phase {
                Phase::Closed { .. } | Phase::Unattended { .. } => prop_assert!(human || mails, "{:?}", scene.conversation),
                Phase::Escalating(_) => prop_assert!(scene.wake_at().is_some()),
                _ => prop_assert!(human || mails, "{:?}", scene.conversation.phase),
            }
            if scene.conversation.actions.iter().any(shared::domain::action::Action::is_open) {
                prop_assert!(scene.wake_at().is_some(), "nothing wakes {:?}", scene.conversation);
            }
        }
    }
}
