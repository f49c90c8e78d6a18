//! What is measured of a conversation: waits, ratings, and what ended without a human (ARCHITECTURE.md, "Findings and counters").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use std::collections::BTreeMap;

use builders::search::{escalating, mailed, nobody};
use builders::silence::{answered, ask_for_the_end, closes, remind, reminded, said, silent_to_the_end};
use builders::{
    ADA, BRAND, OBSERVED_BRAND, Scene, US, attender, completed, conclude, created, found, holder, inbox, operator_says,
    reopened, visitor_says,
};
use proptest::prelude::*;
use shared::domain::conversation::{Closed, Phase};
use shared::domain::event::{EndedBy, EventKind, InboxEvent, Told};
use shared::domain::id::BrandId;
use shared::domain::verdict::{EscalationReason, Verdict};

fn totals(scene: &Scene) -> BTreeMap<String, u64> {
    let opened_at = scene.conversation.facts.opened_at.unwrap_or(builders::at(0));
    let totals = scene.conversation.counts.totals(opened_at, &BrandId::parse(BRAND).unwrap());
    totals.into_iter().map(|(name, count)| (name.rsplit('#').next().unwrap().to_owned(), count)).collect()
}

/// What was counted under these names.
fn counted(scene: &Scene, names: &[&str]) -> Vec<u64> {
    let totals = totals(scene);
    names.iter().map(|name| totals.get(*name).copied().unwrap_or(0)).collect()
}

fn rated(seconds: i64, rating: i64) -> InboxEvent {
    inbox(seconds, EventKind::Rated { rating: Some(rating), feedback: None }, Told::default())
}

const FIRST: [&str; 2] = ["first_answer.count", "first_answer.ms"];
const CONTAINED: [&str; 3] = ["served", "contained_confirmed", "contained_assumed"];

#[test]
fn the_first_answer_counts_from_the_visitors_first_line() {
    let mut scene = Scene::attended();
    scene.drain(&visitor_says(3, "m1", "Hello?"));
    scene.wait(4);
    builders::silence::answer(&mut scene);
    assert_eq!(counted(&scene, &FIRST), [1, 7_000]);
    assert_eq!(totals(&scene)["first_answer.10s"], 1);
    scene.drain(&visitor_says(9, "m2", "And then?"));
    scene.wait(60);
    builders::silence::answer(&mut scene);
    assert_eq!(counted(&scene, &FIRST), [1, 7_000], "the first wait counts");
}

#[test]
fn what_is_said_by_itself_is_no_answer() {
    let mut scene = escalating();
    assert_eq!(scene.conversation.counts.our_lines, 1, "a colleague is looked for");
    assert_eq!(counted(&scene, &FIRST), [0, 0]);
    scene.drain(&operator_says(40, "o1", ADA, "I have this."));
    assert_eq!(counted(&scene, &FIRST), [1, 40_000]);
}

#[test]
fn a_zobot_answers_nothing_and_the_humans_of_a_brand_that_is_only_watched_do() {
    let mut scene = Scene::new();
    scene.drain(&created(0, OBSERVED_BRAND, "hello"));
    scene.drain(&operator_says(1, "z1", "888", "Choose a topic."));
    assert_eq!(counted(&scene, &FIRST), [0, 0]);
    scene.drain(&operator_says(90, "o1", ADA, "How can I help?"));
    assert_eq!(counted(&scene, &FIRST), [1, 90_000]);
    scene.drain(&completed(100, EndedBy::Agent));
    assert_eq!(counted(&scene, &CONTAINED), [0, 0, 0], "it was not the AI's");
}

#[test]
fn a_chat_that_is_reopened_has_a_first_wait_of_its_own() {
    let mut scene = answered();
    scene.drain(&completed(10, EndedBy::Visitor));
    scene.drain(&visitor_says(500, "m1", "One more thing."));
    scene.drain(&operator_says(503, "o1", ADA, "Which one?"));
    assert_eq!(counted(&scene, &FIRST), [2, 2_000 + 3_000]);
}

#[test]
fn the_wait_for_a_human_counts_from_the_escalation() {
    let mut scene = escalating();
    scene.drain(&attender(75, ADA));
    assert_eq!(counted(&scene, &["handed_over", "to_human.count", "to_human.ms", "to_human.120s"]), [1, 1, 74_000, 1]);
}

#[test]
fn a_visitor_who_says_that_it_is_solved_confirms_it() {
    let mut scene = answered();
    scene.drain(&visitor_says(5, "m1", "Thanks, that solved it."));
    scene.plan(&holder("a"));
    let ids = conclude(&mut scene, Verdict::Close { text: Some("Goodbye.".to_owned()), countdown: false });
    said(&mut scene, ids[0]);
    assert!(closes(&mut scene));
    scene.drain(&completed(9, EndedBy::Agent));
    assert_eq!(scene.conversation.phase, Phase::Closed { how: Closed::Resolved });
    assert_eq!(counted(&scene, &CONTAINED), [1, 1, 0]);
}

#[test]
fn a_visitor_who_only_goes_or_says_nothing_more_confirms_nothing() {
    let mut left = answered();
    left.drain(&completed(9, EndedBy::Visitor));
    assert_eq!(counted(&left, &CONTAINED), [1, 0, 1]);
    let mut silent = silent_to_the_end();
    let (_, id) = remind(&mut silent).unwrap();
    said(&mut silent, id);
    assert!(closes(&mut silent));
    silent.drain(&completed(950, EndedBy::Agent));
    assert_eq!(counted(&silent, &CONTAINED), [1, 0, 1]);
}

#[test]
fn who_objects_to_the_goodbye_and_then_goes_confirmed_nothing() {
    let mut scene = answered();
    scene.drain(&visitor_says(5, "m1", "Thanks."));
    scene.plan(&holder("a"));
    let ids = conclude(&mut scene, Verdict::Close { text: Some("Goodbye.".to_owned()), countdown: false });
    said(&mut scene, ids[0]);
    scene.drain(&visitor_says(6, "m2", "Wait, something else."));
    builders::silence::answer(&mut scene);
    scene.drain(&completed(60, EndedBy::Visitor));
    assert_eq!(counted(&scene, &CONTAINED), [1, 0, 1]);
}

#[test]
fn what_a_human_had_ended_or_was_left_unanswered_was_not_contained() {
    let mut with_human = answered();
    with_human.drain(&operator_says(5, "o1", ADA, "I have this."));
    with_human.drain(&completed(9, EndedBy::Agent));
    assert_eq!(counted(&with_human, &CONTAINED), [1, 0, 0]);
    let mut unanswered = answered();
    unanswered.drain(&visitor_says(5, "m1", "Hello?"));
    unanswered.drain(&completed(9, EndedBy::Visitor));
    assert_eq!(counted(&unanswered, &CONTAINED), [1, 0, 0]);
    let mut ended = answered();
    assert_eq!(ask_for_the_end(&mut ended, false), None);
    while reminded(&mut ended).is_some() {}
    ended.drain(&completed(9, EndedBy::Agent));
    assert_eq!(counted(&ended, &CONTAINED), [1, 0, 0], "a person ended it");
}

#[test]
fn who_found_nobody_was_not_contained_and_is_mailed_once() {
    let mut scene = escalating();
    nobody(&mut scene);
    mailed(&mut scene);
    scene.drain(&visitor_says(15, "m2", "my number is 123"));
    mailed(&mut scene);
    scene.drain(&completed(20, EndedBy::Agent));
    assert_eq!(counted(&scene, &CONTAINED), [1, 0, 0]);
    assert_eq!(counted(&scene, &["unattended", "mails", "mailed"]), [1, 2, 1]);
}

#[test]
fn a_thread_is_rated_once_and_only_with_stars() {
    let mut scene = answered();
    scene.drain(&completed(10, EndedBy::Visitor));
    for (seconds, rating) in [(11, 0), (12, 9), (13, -1), (14, 4), (15, 4), (16, 1)] {
        scene.drain(&rated(seconds, rating));
    }
    assert_eq!(counted(&scene, &["rating.4", "rating.1", "rating.9"]), [1, 0, 0]);
    scene.drain(&reopened(20));
    scene.drain(&completed(30, EndedBy::Visitor));
    scene.drain(&rated(31, 5));
    assert_eq!(counted(&scene, &["rating.4", "rating.5"]), [1, 1]);
}

fn any_event() -> impl Strategy<Value = InboxEvent> {
    let seconds = 0_i64..60;
    prop_oneof![
        (seconds.clone(), 0_u8..9).prop_map(|(s, n)| visitor_says(s, &format!("m{n}"), &format!("line {n}"))),
        (seconds.clone(), 0_u8..9).prop_map(|(s, n)| found(s, &format!("m{n}"), &format!("line {n}"))),
        (seconds.clone(), 0_u8..9).prop_map(|(s, n)| operator_says(s, &format!("o{n}"), ADA, &format!("hello {n}"))),
        (seconds.clone(), 0_u8..9).prop_map(|(s, n)| operator_says(s, &format!("z{n}"), "888", "Choose.")),
        seconds.clone().prop_map(|s| attender(s, US)),
        seconds.clone().prop_map(|s| attender(s, ADA)),
        seconds.clone().prop_map(|s| completed(s, EndedBy::Visitor)),
        seconds.clone().prop_map(|s| completed(s, EndedBy::Agent)),
        seconds.clone().prop_map(|s| inbox(s, EventKind::Missed, Told::default())),
        seconds.clone().prop_map(reopened),
        (seconds.clone(), 1_i64..6).prop_map(|(s, stars)| rated(s, stars)),
        seconds.prop_map(|s| created(s, BRAND, "first")),
    ]
}

/// Thinks and says it, or looks for a human, as the conversation function would.
fn act(scene: &mut Scene, escalates: bool) {
    if !matches!(scene.plan(&holder("a")).step, shared::domain::plan::Step::Think { .. }) {
        return;
    }
    let reason = EscalationReason::VisitorAsked;
    let verdict = if escalates {
        Verdict::Escalate { reason, summary: String::new() }
    } else {
        Verdict::Reply { text: "So it is.".to_owned(), sources: Vec::new(), clarifies: false }
    };
    for id in conclude(scene, verdict) {
        said(scene, id);
    }
}

proptest! {
    #[test]
    fn counts_only_grow_and_agree_with_each_other(
        steps in prop::collection::vec((any_event(), 0_u8..4), 1..60)
    ) {
        let mut scene = Scene::new();
        let mut before = totals(&scene);
        for (event, then) in steps {
            scene.drain(&event);
            match then {
                0 => act(&mut scene, false),
                1 => act(&mut scene, true),
                _ => {}
            }
            let now = totals(&scene);
            for (name, count) in &before {
                prop_assert!(now.get(name) >= Some(count), "{} fell from {} to {:?}", name, count, now.get(name));
            }
            before = now;
        }
        let counts = &scene.conversation.counts;
        for waited in [&counts.first_answer, &counts.to_human] {
            prop_assert_eq!(waited.count, waited.upto_s.values().sum::<u64>());
        }
        prop_assert!(counts.first_answer.count <= counts.closed + 1, "once a thread");
        prop_assert!(counts.contained_confirmed + counts.contained_assumed <= counts.served);
        prop_assert!(counts.served <= counts.closed);
        prop_assert!(counts.to_human.count <= counts.handed_over);
    }

    #[test]
    fn the_first_wait_is_the_same_in_whatever_order_and_however_often_the_lines_come(
        lines in Just((0..6_i64).map(|n| visitor_says(n * 3, &format!("m{n}"), &format!("line {n}"))).collect::<Vec<_>>())
            .prop_map(|lines| lines.iter().chain(&lines).cloned().collect::<Vec<_>>())
            .prop_shuffle()
    ) {
        let mut scene = Scene::new();
        scene.drain(&created(0, OBSERVED_BRAND, ""));
        for line in &lines {
            scene.drain(line);
        }
        let answer = operator_says(47, "o1", ADA, "Hello.");
        scene.drain(&answer);
        scene.drain(&answer);
        prop_assert_eq!(counted(&scene, &FIRST), [1, 47_000]);
    }
}

#[test]
fn an_answer_that_is_told_before_the_question_counts_the_same() {
    let mut scene = Scene::new();
    scene.drain(&operator_says(47, "o1", ADA, "Hello."));
    scene.drain(&visitor_says(7, "m1", "Anybody?"));
    assert_eq!(counted(&scene, &FIRST), [1, 40_000]);
}
