//! What a conversation does with events, turns and time (ARCHITECTURE.md, "Facts and progress" to "Nothing waits unseen").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::{
    ADA, BRAND, OBSERVED_BRAND, Scene, US, at, attender, completed, conclude, created, deleted, holder, operator_says,
    reply, standing, transfer, visitor_says,
};
use proptest::prelude::*;
use shared::domain::conversation::{Phase, Via};
use shared::domain::drain::{Finding, LogEntry};
use shared::domain::event::{EndedBy, TransferStep};
use shared::domain::message::Author;
use shared::domain::plan::Step;
use shared::domain::settings::PickupMode;
use shared::domain::turn::Standing;
use shared::domain::verdict::{EscalationReason, Verdict};

#[test]
fn a_new_chat_of_an_automated_brand_is_picked_up_and_thought_about() {
    let mut scene = Scene::new();
    let drained = scene.drain(&created(0, BRAND, "How long does a withdrawal take?"));
    assert!(matches!(drained.log, Some(LogEntry::Line { author: Author::Visitor, .. })));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { pickup: Some(_) }));
}

#[test]
fn a_chat_of_a_brand_that_is_not_automated_is_counted_and_never_touched() {
    let mut scene = Scene::new();
    scene.drain(&created(0, OBSERVED_BRAND, "hello"));
    scene.drain(&visitor_says(3, "m1", "anybody?"));
    assert_eq!(scene.conversation.phase, Phase::Observed);
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!((scene.conversation.counts.observed, scene.conversation.counts.visitor_lines), (1, 2));
    assert_eq!(scene.wake_at(), None);
}

#[test]
fn a_brand_that_the_settings_do_not_list_is_only_watched_and_reported() {
    let mut scene = Scene::new();
    let drained = scene.drain(&created(0, "999", "hello"));
    assert_eq!((&scene.conversation.phase, drained.finding), (&Phase::Observed, Some(Finding::UnknownBrand)));
}

#[test]
fn a_conversation_whose_opening_was_lost_is_read_from_salesiq() {
    let mut scene = Scene::new();
    scene.drain(&visitor_says(3, "m1", "anybody?"));
    assert_eq!(scene.plan(&holder("a")).step, Step::Read);
    assert!(scene.wake_at().is_some());
}

#[test]
fn waiting_for_transfer_leaves_the_chat_to_the_zobot_until_it_rings_to_us() {
    let mut scene = Scene::new();
    scene.settings.pickup = PickupMode::WaitForTransfer;
    scene.drain(&created(0, BRAND, "hello"));
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    scene.drain(&transfer(5, TransferStep::Initiated, US));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { pickup: Some(_) }));
}

#[test]
fn a_ring_that_comes_before_the_opening_is_answered_too() {
    let mut scene = Scene::new();
    scene.settings.pickup = PickupMode::WaitForTransfer;
    scene.drain(&transfer(5, TransferStep::Initiated, US));
    scene.drain(&created(0, BRAND, "hello"));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { pickup: Some(_) }));
}

#[test]
fn the_first_line_that_comes_once_more_as_a_message_is_not_another_line() {
    for order in [[0, 1], [1, 0]] {
        let mut scene = Scene::new();
        let events = [created(0, BRAND, "hello"), visitor_says(2, "m1", " hello ")];
        for index in order {
            scene.drain(&events[index]);
        }
        assert_eq!(scene.conversation.counts.visitor_lines, 1, "order {order:?}");
    }
}

#[test]
fn a_deleted_line_needs_no_answer() {
    let mut scene = Scene::attended();
    scene.drain(&visitor_says(3, "m1", "oops"));
    assert_eq!(scene.conversation.unanswered.ids.len(), 2);
    scene.drain(&deleted(4, "m1"));
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
}

#[test]
fn a_thousand_lines_wait_in_a_small_state_and_are_answered_by_one_turn() {
    let mut scene = Scene::attended();
    for n in 0..1_000 {
        scene.drain(&visitor_says(3, &format!("176722560{n:04}"), "and another"));
    }
    assert!(serde_json::to_string(&scene.conversation).unwrap().len() < 16_000);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    reply(&mut scene, "All at once.");
    assert!(scene.conversation.unanswered.is_empty());
    assert!(serde_json::to_string(&scene.conversation).unwrap().len() < 16_000);
}

#[test]
fn a_long_first_line_that_comes_once_more_as_a_message_is_not_another_line() {
    let mut scene = Scene::new();
    let question = "a long story ".repeat(100);
    scene.drain(&created(0, BRAND, &question));
    scene.drain(&visitor_says(2, "m1", &question));
    assert_eq!(scene.conversation.counts.visitor_lines, 1);
}

#[test]
fn a_human_line_that_comes_late_leaves_the_visitors_newer_lines_waiting() {
    let mut scene = Scene::attended();
    scene.drain(&visitor_says(30, "m1", "Are you there?"));
    scene.drain(&operator_says(20, "o1", ADA, "One moment."));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Line, .. }));
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
    assert!(scene.wake_at().is_some());
}

#[test]
fn a_human_line_from_before_the_hand_back_takes_nothing_over() {
    let mut scene = Scene::attended();
    scene.drain(&attender(5, ADA));
    scene.drain(&attender(20, US));
    scene.drain(&visitor_says(25, "m1", "And now?"));
    scene.drain(&operator_says(10, "o1", ADA, "I hand you back."));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
}

#[test]
fn after_a_human_line_the_ai_resumes_when_the_visitor_waits_longer_than_set() {
    let mut scene = Scene::attended();
    scene.drain(&operator_says(5, "o1", ADA, "One moment."));
    scene.drain(&visitor_says(10, "m1", "Still there?"));
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!(scene.wake_at(), Some(at(10) + jiff::SignedDuration::from_secs(180)));
    scene.wait(181);
    let plan = scene.plan(&holder("a"));
    assert_eq!(plan.finding, Some(Finding::VisitorWaitsForHuman));
    assert!(matches!(plan.step, Step::Think { .. }));
}

#[test]
fn with_a_human_attender_nothing_resumes_by_itself_but_the_wait_is_reported_once() {
    let mut scene = Scene::attended();
    scene.drain(&attender(5, ADA));
    scene.drain(&visitor_says(10, "m1", "Still there?"));
    scene.wait(300);
    let plan = scene.plan(&holder("a"));
    assert_eq!((plan.step, plan.finding), (Step::Rest, Some(Finding::VisitorWaitsForHuman)));
    assert_eq!(scene.plan(&holder("a")).finding, None);
}

#[test]
fn a_human_who_hands_back_makes_us_answer_again() {
    let mut scene = Scene::attended();
    scene.drain(&attender(5, ADA));
    scene.drain(&visitor_says(6, "m1", "thanks"));
    scene.drain(&attender(8, US));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
}

proptest! {
    /// Nothing waits unseen (ARCHITECTURE.md, "Nothing waits unseen"): whatever happened, waiting lines that are ours to answer, running turns and
    /// open actions stand on the index of waiting work.
    #[test]
    fn whatever_waits_has_a_time_to_wake(steps in prop::collection::vec((0_u8..12, 1_i64..60), 1..60)) {
        let mut scene = Scene::attended();
        for (n, (step, wait)) in steps.into_iter().enumerate() {
            scene.wait(wait);
            let seconds = scene.now.duration_since(at(0)).as_secs();
            let id = format!("m{n}");
            match step {
                0..=2 => { scene.drain(&visitor_says(seconds, &id, "and?")); }
                3 => { scene.drain(&operator_says(seconds, &id, ADA, "mine")); }
                4 => { scene.drain(&attender(seconds, ADA)); }
                5 => { scene.drain(&attender(seconds, US)); }
                6 => { scene.drain(&completed(seconds, EndedBy::Visitor)); }
                7 => { if standing(&scene) == Standing::Holds { reply(&mut scene, "One day."); } }
                8 => { let now = scene.now; scene.conversation.back_off(now, None); }
                9 => {
                    if standing(&scene) == Standing::Holds {
                        conclude(&mut scene, Verdict::Escalate { reason: EscalationReason::Vip, summary: String::new() });
                    }
                }
                _ => { scene.plan(&holder("a")); }
            }
            scene.conversation.prune_actions();
            let open = scene.conversation.actions.iter().any(shared::domain::action::Action::is_open);
            let ours = matches!(scene.conversation.phase, Phase::Assisting | Phase::Escalating(_));
            let waits = !scene.conversation.unanswered.is_empty() && ours;
            if open || waits || scene.conversation.turn.is_some() {
                prop_assert!(scene.wake_at().is_some(), "nothing wakes {:?}", scene.conversation);
            }
        }
    }
}
