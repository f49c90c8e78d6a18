//! A chat that ends with a countdown, and what cancels it (ARCHITECTURE.md, "Silence and countdown").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::silence::*;
use builders::{ADA, Scene, at, attender, completed, conclude, holder, operator_says, terms, visitor_says};
use shared::domain::action::ActionKind;
use shared::domain::conversation::{Closed, Phase};
use shared::domain::drain::Finding;
use shared::domain::event::EndedBy;
use shared::domain::idle::Reminder;
use shared::domain::plan::Step;
use shared::domain::verdict::{EscalationReason, Verdict};

#[test]
fn a_countdown_tells_each_step_and_closes_when_the_time_told_is_over() {
    let mut scene = counting_down();
    for (wait, left) in [(30, 60), (15, 45), (15, 30)] {
        assert_eq!(wakes_in(&scene), Some(wait));
        scene.wait(wait);
        assert_eq!(reminded(&mut scene), Some(Reminder::Countdown { seconds: left }));
    }
    scene.wait(29);
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!(wakes_in(&scene), Some(1));
    scene.wait(1);
    assert!(closes(&mut scene));
    scene.drain(&completed(100, EndedBy::Agent));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Resolved });
    let counts = &scene.conversation.counts;
    assert_eq!((counts.countdowns, counts.countdowns_cancelled, counts.idle_closed), (1, 0, 0));
}

#[test]
fn a_line_at_any_moment_cancels_the_countdown_and_is_answered() {
    for steps in 0..4 {
        let mut scene = counting_down();
        for wait in [30, 15, 15].iter().take(steps) {
            scene.wait(*wait);
            reminded(&mut scene);
        }
        let second = scene.now.duration_since(at(0)).as_secs();
        scene.drain(&visitor_says(second, "m2", "One more thing"));
        assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
        assert_eq!((&scene.conversation.countdown, scene.conversation.counts.countdowns_cancelled), (&None, 1));
    }
}

#[test]
fn a_line_while_the_chat_is_being_closed_calls_the_close_off() {
    let mut scene = counting_down();
    scene.wait(90);
    assert!(closes(&mut scene));
    scene.drain(&visitor_says(92, "m2", "One more thing"));
    assert!(scene.conversation.open_action(|kind| *kind == ActionKind::Close).is_none());
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
}

#[test]
fn a_human_cancels_the_countdown() {
    let line = operator_says(20, "o1", ADA, "I have this.");
    for event in [line, attender(20, ADA)] {
        let mut scene = counting_down();
        scene.drain(&event);
        scene.wait(1_000);
        assert_eq!((scene.plan(&holder("a")).step, &scene.conversation.countdown), (Step::Rest, &None));
        assert_eq!(scene.conversation.counts.countdowns_cancelled, 1);
    }
}

#[test]
fn of_several_steps_that_are_late_only_the_last_is_said_and_its_time_counts_from_then() {
    let mut scene = counting_down();
    scene.wait(50);
    assert_eq!(reminded(&mut scene), Some(Reminder::Countdown { seconds: 45 }), "60 is left out");
    assert_eq!(remind(&mut scene), None, "never two at once");
    assert_eq!(wakes_in(&scene), Some(15));
    scene.wait(44);
    assert_eq!(reminded(&mut scene), Some(Reminder::Countdown { seconds: 30 }));
    scene.wait(29);
    assert!(!closes(&mut scene), "told 30 seconds only 29 ago");
    scene.wait(1);
    assert!(closes(&mut scene));
}

#[test]
fn when_all_alarms_are_lost_the_chat_is_closed_once_what_was_told_is_over() {
    let mut scene = counting_down();
    scene.wait(90);
    assert!(closes(&mut scene), "the visitor was told 90 seconds, 90 ago");
}

#[test]
fn a_step_that_may_have_been_said_holds_up_the_close() {
    let mut scene = counting_down();
    scene.wait(60);
    let (reminder, id) = remind(&mut scene).unwrap();
    assert_eq!(reminder, Reminder::Countdown { seconds: 30 });
    let now = scene.now;
    scene.conversation.action_unsure(id, now, &terms());
    scene.wait(29);
    assert!(!closes(&mut scene));
    said(&mut scene, id);
    scene.wait(29);
    assert!(!closes(&mut scene));
    scene.wait(1);
    assert!(closes(&mut scene));
}

#[test]
fn a_countdown_of_which_nothing_could_be_said_ends_nothing() {
    let mut scene = answered();
    ask_for_the_end(&mut scene, true);
    let (_, id) = remind(&mut scene).unwrap();
    let now = scene.now;
    scene.conversation.withdraw(id, now);
    scene.wait(1_000);
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest);
    assert_eq!(scene.conversation.countdown, None);
}

#[test]
fn the_ai_may_end_with_a_countdown_that_follows_its_goodbye() {
    let mut scene = Scene::attended();
    scene.plan(&holder("a"));
    let ids = conclude(&mut scene, Verdict::Close { text: Some("Goodbye!".to_owned()), countdown: true });
    assert_eq!(scene.plan(&holder("a")).step, Step::Rest, "the goodbye comes first");
    said(&mut scene, ids[0]);
    assert_eq!(reminded(&mut scene), Some(Reminder::Countdown { seconds: 90 }));
    scene.wait(90);
    assert!(closes(&mut scene));
}

#[test]
fn where_the_brand_has_no_countdown_the_ai_closes_at_once() {
    let mut scene = Scene::attended();
    scene.settings.brands[0].idle.countdown_s = Some(Vec::new());
    scene.plan(&holder("a"));
    let ids = conclude(&mut scene, Verdict::Close { text: Some("Goodbye!".to_owned()), countdown: true });
    said(&mut scene, ids[0]);
    assert!(closes(&mut scene));
}

#[test]
fn a_goodbye_that_is_taken_back_takes_its_countdown_with_it() {
    let mut scene = Scene::attended();
    scene.plan(&holder("a"));
    let ids = conclude(&mut scene, Verdict::Close { text: Some("Goodbye!".to_owned()), countdown: true });
    let now = scene.now;
    scene.conversation.withdraw(ids[0], now);
    assert_eq!(scene.conversation.countdown, None);
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
}

#[test]
fn a_chat_that_is_to_end_at_once_ends_with_a_last_word() {
    let mut scene = answered();
    assert_eq!(ask_for_the_end(&mut scene, false), None);
    assert_eq!(reminded(&mut scene), Some(Reminder::LastWord));
    assert!(closes(&mut scene));
    scene.drain(&completed(10, EndedBy::Agent));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Resolved });
    assert_eq!(scene.conversation.counts.countdowns, 0);
}

#[test]
fn the_end_of_a_chat_that_is_not_ours_is_refused_and_reported() {
    let refused = |mut scene: Scene| {
        let phase = scene.conversation.phase.clone();
        let finding = ask_for_the_end(&mut scene, true);
        (finding, scene.conversation.phase == phase, scene.conversation.countdown.is_none())
    };
    let expected = (Some(Finding::EndNotOurs), true, true);
    let mut with_human = answered();
    with_human.drain(&attender(5, ADA));
    assert_eq!(refused(with_human), expected);
    let mut searching = Scene::attended();
    searching.plan(&holder("a"));
    conclude(&mut searching, Verdict::Escalate { reason: EscalationReason::Vip, summary: String::new() });
    assert_eq!(refused(searching), expected);
    assert_eq!(refused(Scene::attended()), expected, "the visitor waits for an answer");
    let mut over = answered();
    over.drain(&completed(5, EndedBy::Visitor));
    assert_eq!(refused(over), expected);
}

#[test]
fn a_second_request_changes_nothing_of_a_running_countdown() {
    let mut scene = counting_down();
    let before = scene.conversation.countdown.clone();
    assert_eq!((ask_for_the_end(&mut scene, true), ask_for_the_end(&mut scene, false)), (None, None));
    assert_eq!((&scene.conversation.countdown, scene.conversation.counts.countdowns), (&before, 1));
}

#[test]
fn a_countdown_takes_the_place_of_a_check_in_that_waits() {
    let mut scene = answered();
    scene.wait(300);
    let (_, id) = remind(&mut scene).unwrap();
    let now = scene.now;
    scene.conversation.action_failed(id, now, None);
    ask_for_the_end(&mut scene, true);
    assert_eq!(scene.conversation.action(id), None);
    assert_eq!(reminded(&mut scene), Some(Reminder::Countdown { seconds: 90 }));
    scene.wait(89);
    assert_eq!(remind(&mut scene).map(|(reminder, _)| reminder), Some(Reminder::Countdown { seconds: 30 }));
}
