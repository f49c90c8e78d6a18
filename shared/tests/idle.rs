//! A visitor who says nothing more: asked once, then the chat is ended (ARCHITECTURE.md, "Silence and countdown").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::silence::*;
use builders::{
    ADA, BRAND, Scene, US, at, attender, completed, conclude, created, holder, operator_says, visitor_says,
};
use shared::domain::action::{ActionKind, ActionState, Duty};
use shared::domain::conversation::{Closed, Conversation, Phase};
use shared::domain::drain::LogEntry;
use shared::domain::event::EndedBy;
use shared::domain::idle::Reminder;
use shared::domain::message::Author;
use shared::domain::plan::Step;
use shared::domain::verdict::{EscalationReason, Verdict};

#[test]
fn a_silent_visitor_is_asked_once_and_then_the_chat_is_closed_with_a_last_word() {
    let mut scene = answered();
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!(wakes_in(&scene), Some(300));
    scene.wait(300);
    assert_eq!(reminded(&mut scene), Some(Reminder::CheckIn));
    assert_eq!(reminded(&mut scene), None, "once");
    assert_eq!(wakes_in(&scene), Some(600));
    scene.wait(600);
    let (reminder, id) = remind(&mut scene).unwrap();
    assert_eq!(reminder, Reminder::LastWord);
    assert!(!closes(&mut scene), "not before the last word is said");
    said(&mut scene, id);
    assert!(closes(&mut scene));
    scene.drain(&completed(950, EndedBy::Agent));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Idle });
    assert_eq!((scene.conversation.counts.check_ins, scene.conversation.counts.idle_closed), (1, 1));
    assert_eq!((scene.conversation.counts.reminders, scene.wake_at()), (2, None));
}

#[test]
fn a_chat_in_which_nothing_was_ever_said_is_silent_too() {
    let mut scene = Scene::new();
    scene.drain(&created(0, BRAND, ""));
    scene.drain(&attender(1, US));
    scene.plan(&holder("a"));
    assert_eq!(wakes_in(&scene), Some(300));
    scene.wait(300);
    assert_eq!(reminded(&mut scene), Some(Reminder::CheckIn));
}

#[test]
fn a_line_after_the_check_in_is_answered_and_the_silence_begins_anew() {
    let mut scene = answered();
    scene.wait(300);
    reminded(&mut scene);
    scene.wait(599);
    scene.drain(&visitor_says(901, "m2", "Yes, I am here."));
    scene.wait(10);
    answer(&mut scene);
    scene.plan(&holder("a"));
    assert_eq!(wakes_in(&scene), Some(300));
    scene.wait(300);
    assert_eq!(reminded(&mut scene), Some(Reminder::CheckIn), "asked again in a new silence");
}

#[test]
fn a_line_between_the_last_word_and_the_close_calls_the_close_off() {
    let mut scene = silent_to_the_end();
    reminded(&mut scene);
    scene.drain(&visitor_says(903, "m2", "Wait!"));
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    assert!(scene.conversation.open_action(|kind| *kind == ActionKind::Close).is_none());
}

#[test]
fn a_line_calls_off_what_is_on_its_way_and_its_echo_is_still_known() {
    let mut scene = silent_to_the_end();
    remind(&mut scene);
    scene.drain(&visitor_says(903, "m2", "Wait!"));
    let drained = scene.drain(&operator_says(904, "o1", US, "LastWord"));
    assert!(drained.echo_matched);
    assert_eq!(scene.conversation.phase, Phase::Assisting);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
}

#[test]
fn a_check_in_counts_as_no_answer_and_does_not_touch_the_visitors_wait() {
    let mut scene = answered();
    scene.conversation.clarifications = 1;
    scene.wait(300);
    let (_, id) = remind(&mut scene).unwrap();
    assert!(scene.conversation.action(id).unwrap().answers().is_empty());
    said(&mut scene, id);
    assert_eq!((scene.conversation.waiting_since, scene.conversation.clarifications), (None, 1));
}

#[test]
fn the_same_check_in_twice_is_known_by_each_of_its_echoes() {
    let mut scene = answered();
    for second in [310, 700] {
        scene.now = at(second);
        reminded(&mut scene);
        let drained = scene.drain(&operator_says(second, &format!("o{second}"), US, "CheckIn"));
        assert!(drained.echo_matched && scene.conversation.phase == Phase::Assisting);
        scene.drain(&visitor_says(second + 1, &format!("v{second}"), "Yes"));
        answer(&mut scene);
    }
}

#[test]
fn a_late_echo_does_not_begin_the_silence_anew() {
    let mut scene = answered();
    scene.plan(&holder("a"));
    scene.wait(200);
    scene.drain(&operator_says(2, "o1", US, "One day."));
    scene.plan(&holder("a"));
    assert_eq!(wakes_in(&scene), Some(100));
}

#[test]
fn a_check_in_that_salesiq_refuses_asked_nobody_and_nothing_is_closed() {
    let mut scene = answered();
    scene.wait(300);
    let (_, id) = remind(&mut scene).unwrap();
    let now = scene.now;
    scene.conversation.withdraw(id, now);
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!(wakes_in(&scene), Some(300));
    scene.wait(300);
    assert_eq!(reminded(&mut scene), Some(Reminder::CheckIn));
}

#[test]
fn a_close_that_was_given_up_is_not_tried_again_in_the_same_silence() {
    let mut scene = silent_to_the_end();
    reminded(&mut scene);
    let now = scene.now;
    let close = scene.conversation.open_action(|kind| *kind == ActionKind::Close).unwrap().id;
    scene.conversation.cancel(close, now);
    scene.conversation.prune_actions();
    assert_eq!((scene.plan(&holder("a")).step, scene.wake_at()), (Step::Rest, None));
    scene.wait(10_000);
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
}

#[test]
fn zero_switches_the_close_off_or_all_of_it() {
    let mut scene = answered();
    scene.settings.idle.close_s = 0;
    scene.wait(300);
    assert_eq!(reminded(&mut scene), Some(Reminder::CheckIn));
    scene.wait(100_000);
    assert_eq!((remind(&mut scene), scene.wake_at()), (None, None));

    let mut scene = answered();
    scene.settings.brands[0].idle.check_in_s = Some(0);
    scene.wait(100_000);
    assert_eq!((remind(&mut scene), scene.wake_at()), (None, None));
}

#[test]
fn nobody_is_asked_while_a_human_is_looked_for_or_has_the_chat() {
    let mut scene = Scene::attended();
    scene.plan(&holder("a"));
    conclude(&mut scene, Verdict::Escalate { reason: EscalationReason::Vip, summary: String::new() });
    scene.wait(100_000);
    assert_eq!(remind(&mut scene), None);
    scene.drain(&attender(100_100, ADA));
    scene.wait(100_000);
    assert_eq!((remind(&mut scene), scene.conversation.idle.clone()), (None, None));

    let mut scene = answered();
    scene.drain(&operator_says(10, "o1", ADA, "I have this."));
    scene.wait(100_000);
    assert_eq!(remind(&mut scene), None);
}

#[test]
fn who_is_handed_back_by_a_human_has_the_whole_time() {
    let mut scene = answered();
    scene.wait(290);
    scene.drain(&attender(292, ADA));
    scene.drain(&attender(400, US));
    scene.plan(&holder("a"));
    assert_eq!(wakes_in(&scene), Some(300));
}

#[test]
fn a_state_written_before_there_was_silence_is_read_and_watched_from_now_on() {
    let mut scene = answered();
    let mut written = serde_json::to_value(&scene.conversation).unwrap();
    for field in ["idle", "countdown"] {
        written.as_object_mut().unwrap().remove(field);
    }
    scene.conversation = serde_json::from_value::<Conversation>(written).unwrap();
    scene.wait(1_000);
    assert_eq!(wakes_in(&scene), Some(0));
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!(wakes_in(&scene), Some(300));
}

#[test]
fn an_alarm_is_set_for_a_silence_only_when_it_is_soon_over_and_for_each_step_of_a_countdown() {
    let mut scene = answered();
    scene.plan(&holder("a"));
    let deadline = |scene: &Scene| seconds(scene, scene.conversation.deadline(&scene.settings, scene.now));
    assert_eq!(deadline(&scene), None, "the sweep will do");
    scene.wait(200);
    assert_eq!(deadline(&scene), Some(100));
    assert_eq!(deadline(&counting_down()), Some(30));
}

#[test]
fn a_reminder_is_said_by_the_conversation_function_and_whoever_notices_wakes_it() {
    let mut scene = answered();
    scene.wait(300);
    assert_eq!(scene.plan_as(Duty::Escalation, &holder("e")).step, Step::Rest);
    assert_eq!(scene.conversation.work_for(&scene.settings, scene.now), [Duty::Conversation]);
}

#[test]
fn what_is_said_in_a_silence_is_logged_as_ours() {
    let mut scene = answered();
    scene.wait(300);
    let (_, id) = remind(&mut scene).unwrap();
    let drained = scene.drain(&operator_says(305, "o1", US, "CheckIn"));
    let Some(LogEntry::Line { author, answers, .. }) = drained.log else { panic!("not logged") };
    assert_eq!((author, answers.is_empty()), (Author::Ours, true));
    assert!(matches!(scene.conversation.action(id).unwrap().state, ActionState::Done { .. }));
    assert_eq!(scene.conversation.counts.check_ins, 1, "the echo may come before the answer of the call");
}

#[test]
fn a_line_taken_in_twice_is_one_line() {
    let mut scene = answered();
    scene.drain(&visitor_says(10, "m2", "And?"));
    answer(&mut scene);
    let lines = scene.conversation.counts.visitor_lines;
    let drained = scene.drain(&visitor_says(10, "m2", "And?"));
    assert_eq!((drained.log, scene.conversation.unanswered.is_empty()), (None, true));
    assert_eq!(scene.conversation.counts.visitor_lines, lines);
}
