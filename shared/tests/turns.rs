//! Turns of the AI: what they come to, and what interrupts them (ARCHITECTURE.md, "Turns and epochs").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::{
    ADA, Scene, US, attender, completed, conclude, deleted, holder, operator_says, reopened, reply, standing, terms,
    visitor_says,
};
use shared::domain::action::{ActionId, ActionKind, ActionState};
use shared::domain::conversation::{Closed, Phase, Via};
use shared::domain::drain::{Finding, LogEntry};
use shared::domain::event::EndedBy;
use shared::domain::message::Author;
use shared::domain::plan::Step;
use shared::domain::turn::{REPLY_PARTS, RETHINKS, Standing};
use shared::domain::verdict::{EscalationReason, Verdict};

/// An attended conversation whose turn is running.
fn thinking() -> Scene {
    let mut scene = Scene::attended();
    assert_eq!(scene.plan(&holder("a")).step, Step::Think { pickup: None });
    scene
}

#[test]
fn a_late_line_is_not_dropped() {
    let mut scene = thinking();
    reply(&mut scene, "One day.");
    scene.drain(&visitor_says(-50, "m0", "written before, delivered late"));
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
}

#[test]
fn only_one_thinks_and_the_lease_passes_on_when_it_runs_out() {
    let mut scene = thinking();
    assert_eq!(scene.plan(&holder("b")).step, Step::Rest);
    assert_eq!(scene.wake_at(), Some(scene.now + terms().lease));
    scene.wait(76);
    assert!(matches!(scene.plan(&holder("b")).step, Step::Think { .. }));
    assert_eq!(standing(&scene), Standing::Lost);
}

#[test]
fn a_lease_that_ran_out_over_a_deleted_line_is_not_waited_for() {
    let mut scene = Scene::attended();
    scene.settings.idle.check_in_s = 0;
    scene.drain(&visitor_says(2, "m1", "and?"));
    scene.conversation.unanswered.ids.retain(|id| id.as_str() == "m1");
    scene.plan(&holder("a"));
    scene.drain(&deleted(3, "m1"));
    scene.wait(76);
    assert_eq!(scene.plan(&holder("b")).step, Step::Rest);
    assert_eq!(scene.wake_at(), None);
}

#[test]
fn a_long_reply_is_said_in_parts_one_after_the_other_and_the_last_one_answers() {
    let mut scene = thinking();
    scene.settings.agent.message_chars = 400;
    let sentence = format!("{}. ", "word ".repeat(60).trim());
    let parts = reply(&mut scene, &sentence.repeat(3));
    assert_eq!(parts.len(), 3);
    let covers = |id: &ActionId| scene.conversation.action(*id).unwrap().answers().ids.len();
    assert_eq!(parts.iter().map(covers).collect::<Vec<_>>(), [0, 0, 1]);
    // Whoever takes them over says the first, and none of the others before it.
    scene.wait(200);
    let Step::Act(due) = scene.plan(&holder("b")).step else { panic!("nothing is due") };
    assert_eq!(due.iter().map(|claimed| claimed.id).collect::<Vec<_>>(), parts[..1]);
    let now = scene.now;
    scene.conversation.said(parts[0], None, now);
    let Step::Act(due) = scene.plan(&holder("b")).step else { panic!("nothing is due") };
    assert_eq!(due.iter().map(|claimed| claimed.id).collect::<Vec<_>>(), parts[1..2]);
    // A reply that is cut off has answered nothing.
    scene.conversation.cancel(parts[1], now);
    assert!(scene.conversation.unanswered.is_empty());
    scene.conversation.cancel(parts[2], now);
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
}

#[test]
fn a_reply_without_end_is_said_in_a_few_parts() {
    let mut scene = thinking();
    scene.settings.agent.message_chars = 400;
    assert_eq!(reply(&mut scene, &"word ".repeat(4_000)).len(), REPLY_PARTS);
}

#[test]
fn new_lines_of_the_visitor_make_a_turn_think_again_but_not_for_ever() {
    let mut scene = thinking();
    for n in 0..RETHINKS {
        scene.drain(&visitor_says(5, &format!("m{n}"), "and"));
        assert_eq!(standing(&scene), Standing::Rethink);
        scene.conversation.rethink();
    }
    scene.drain(&visitor_says(6, "m9", "and"));
    assert_eq!(standing(&scene), Standing::Holds);
    reply(&mut scene, "Yes.");
    assert_eq!(scene.conversation.unanswered.ids.len(), 1, "the newest line waits for the next turn");
}

#[test]
fn no_turn_starts_while_a_reply_is_on_its_way() {
    let mut scene = thinking();
    reply(&mut scene, "One day.");
    scene.drain(&visitor_says(5, "m1", "and?"));
    assert_eq!(scene.plan(&holder("b")).step, Step::Rest);
}

#[test]
fn a_humans_line_takes_over_at_once() {
    let mut scene = thinking();
    scene.drain(&operator_says(5, "o1", ADA, "I have this."));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Line, .. }));
    assert_eq!(standing(&scene), Standing::Lost);
    assert!(scene.conversation.unanswered.is_empty());
}

#[test]
fn a_human_attender_takes_over_at_once() {
    let mut scene = thinking();
    scene.drain(&attender(5, ADA));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Attender, .. }));
    assert_eq!(standing(&scene), Standing::Lost);
}

#[test]
fn a_brand_that_is_switched_off_is_let_go_of() {
    let mut scene = thinking();
    scene.settings.brands[0].automated = false;
    assert_eq!(scene.plan(&holder("b")).step, Step::Rest);
    assert_eq!((&scene.conversation.phase, scene.wake_at()), (&Phase::Observed, None));
    assert_eq!(standing(&scene), Standing::Lost);
}

#[test]
fn a_close_without_last_words_and_one_with_them_are_carried_out() {
    let mut scene = thinking();
    assert!(conclude(&mut scene, Verdict::Close { text: None, countdown: false }).is_empty());
    assert!(matches!(scene.plan(&holder("a")).step, Step::Act(ref claimed) if claimed.len() == 1));
    let mut scene = thinking();
    assert_eq!(conclude(&mut scene, Verdict::Close { text: Some("Goodbye!".to_owned()), countdown: false }).len(), 1);
}

#[test]
fn an_operator_who_is_not_on_the_list_is_taken_for_a_human_unless_the_list_is_complete() {
    let mut scene = thinking();
    scene.operators.complete = false;
    scene.drain(&operator_says(5, "o1", "799", "hello"));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { .. }));

    let mut scene = thinking();
    let drained = scene.drain(&operator_says(5, "o1", "799", "hello"));
    assert!(matches!(drained.log, Some(LogEntry::Line { author: Author::Zobot, .. })));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
}

#[test]
fn our_line_is_recognised_by_its_text_while_it_is_only_claimed_and_ticks_the_reply_off() {
    let mut scene = thinking();
    let ids = reply(&mut scene, "One day & a bit.");
    let drained = scene.drain(&operator_says(5, "o1", US, "One day &amp; a  bit."));
    assert!(drained.echo_matched);
    assert!(matches!(scene.conversation.action(ids[0]).unwrap().state, ActionState::Done { .. }));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
}

#[test]
fn each_echo_is_used_once_and_a_second_such_line_is_a_human_using_the_account() {
    let mut scene = thinking();
    reply(&mut scene, "One day.");
    scene.drain(&operator_says(5, "o1", US, "One day."));
    scene.drain(&operator_says(6, "o2", US, "One day."));
    assert!(matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Line, .. }));
}

#[test]
fn an_echo_belongs_to_the_reply_that_was_sent_and_not_to_one_withdrawn_before_with_the_same_words() {
    let mut scene = thinking();
    let withdrawn = reply(&mut scene, "One day.");
    let now = scene.now;
    scene.conversation.withdraw(withdrawn[0], now);
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
    scene.drain(&visitor_says(3, "m1", "and?"));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    let sent = reply(&mut scene, "One day.");
    let drained = scene.drain(&operator_says(5, "o1", US, "One day."));
    let Some(LogEntry::Line { answers, .. }) = drained.log else { panic!("not logged") };
    assert_eq!(answers.ids.len(), 2);
    assert!(matches!(scene.conversation.action(sent[0]).unwrap().state, ActionState::Done { .. }));
    assert_eq!(scene.conversation.counts.our_lines, 1);
}

#[test]
fn an_echo_prefers_the_reply_on_its_way_to_one_given_up_with_the_same_words() {
    let mut scene = thinking();
    let given_up = reply(&mut scene, "One day.");
    let now = scene.now;
    scene.conversation.cancel(given_up[0], now);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    let sent = reply(&mut scene, "One day.");
    scene.drain(&operator_says(5, "o1", US, "One day."));
    assert!(matches!(scene.conversation.action(sent[0]).unwrap().state, ActionState::Done { .. }));
}

#[test]
fn until_an_echo_ever_matched_an_unexplained_line_only_pauses_the_turn() {
    let mut scene = thinking();
    scene.echo_proven = false;
    let drained = scene.drain(&operator_says(5, "o1", US, "Hm."));
    assert_eq!(drained.finding, Some(Finding::UnexplainedOwnLine));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    assert_eq!(standing(&scene), Standing::Lost);
    scene.conversation.abandon_turn(&holder("a"));
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    scene.wait(61);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
}

#[test]
fn a_reply_taken_over_may_have_been_sent() {
    let mut scene = thinking();
    let ids = reply(&mut scene, "One day.");
    let claimed_at = scene.now;
    scene.wait(104);
    assert_eq!(scene.plan(&holder("b")).step, Step::Rest, "the claim and the landing time have to pass");
    scene.wait(2);
    let Step::Act(claimed) = scene.plan(&holder("b")).step else { panic!("nobody takes it over") };
    assert_eq!((claimed[0].id, claimed[0].unsure_since), (ids[0], Some(claimed_at)));
}

#[test]
fn a_cancelled_reply_leaves_its_lines_unanswered() {
    let mut scene = thinking();
    let ids = reply(&mut scene, "One day.");
    assert!(scene.conversation.unanswered.is_empty());
    let now = scene.now;
    scene.conversation.cancel(ids[0], now);
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
    assert!(matches!(scene.plan(&holder("b")).step, Step::Think { .. }));
}

#[test]
fn a_reply_that_certainly_failed_waits_and_is_tried_again_as_a_first_try() {
    let mut scene = thinking();
    let ids = reply(&mut scene, "One day.");
    let now = scene.now;
    scene.conversation.action_failed(ids[0], now, None);
    assert_eq!(scene.plan(&holder("b")).step, Step::Rest);
    scene.wait(6);
    let Step::Act(claimed) = scene.plan(&holder("b")).step else { panic!("nobody tries it again") };
    assert_eq!(claimed[0].unsure_since, None);
}

#[test]
fn closing_waits_for_the_last_words() {
    let mut scene = thinking();
    let ids = conclude(&mut scene, Verdict::Close { text: Some("Goodbye!".to_owned()), countdown: false });
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    let now = scene.now;
    scene.conversation.said(ids[0], None, now);
    let Step::Act(claimed) = scene.plan(&holder("a")).step else { panic!("the chat is not closed") };
    assert_eq!(scene.conversation.action(claimed[0].id).unwrap().kind, ActionKind::Close);
}

#[test]
fn an_end_voids_what_was_about_to_be_said_and_a_new_thread_starts_afresh() {
    let mut scene = thinking();
    let reply = reply(&mut scene, "One day.")[0];
    scene.drain(&completed(9, EndedBy::Visitor));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Visitor });
    assert!(!scene.conversation.reply_on_its_way());
    scene.drain(&reopened(20));
    scene.drain(&visitor_says(21, "m5", "me again"));
    // Whether the reply arrived is known.
    let now = scene.now;
    scene.conversation.said(reply, None, now);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { pickup: Some(_) }));
}

#[test]
fn an_old_escalation_is_void_in_a_new_thread() {
    let mut scene = thinking();
    conclude(&mut scene, Verdict::Escalate { reason: EscalationReason::Legal, summary: String::new() });
    scene.drain(&completed(9, EndedBy::System));
    scene.drain(&visitor_says(21, "m5", "me again"));
    assert_eq!(scene.conversation.phase, Phase::Assisting);
}
