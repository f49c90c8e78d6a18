//! Facts don't depend on the order or the repetition of events (ARCHITECTURE.md, "Facts and progress").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::{
    ADA, BRAND, US, attender, completed, created, found, inbox, operator_says, reopened, transfer, visitor_says,
};
use proptest::prelude::*;
use shared::domain::custom_info::CustomInfo;
use shared::domain::event::{EndedBy, EventKind, InboxEvent, Told, TransferStep};
use shared::domain::facts::{Ending, Facts};
use shared::domain::message::Visitor;

fn facts_of<'a>(events: impl IntoIterator<Item = &'a InboxEvent>) -> Facts {
    let mut facts = Facts::default();
    for event in events {
        facts.join(event);
    }
    facts
}

/// A page's custom information; every third value looks like a token.
fn told_custom(seconds: i64, key: u8, value: u8) -> InboxEvent {
    let value = if value == 2 { "t".repeat(43) } else { format!("value {value}") };
    let custom = CustomInfo::of([(format!("key{key:02}"), value)]);
    let visitor = Visitor { custom, ..Visitor::default() };
    inbox(seconds, EventKind::Metrics, Told { visitor: Some(visitor), ..Told::default() })
}

fn any_event() -> impl Strategy<Value = InboxEvent> {
    let seconds = 0_i64..40;
    prop_oneof![
        (seconds.clone(), 0_u8..60).prop_map(|(s, n)| visitor_says(s, &format!("m{n}"), &format!("line {n}"))),
        (seconds.clone(), 0_u8..60).prop_map(|(s, n)| found(s, &format!("m{n}"), &format!("line {n}"))),
        (seconds.clone(), 0_u8..60).prop_map(|(s, n)| found(s, &format!("seq-{n}"), &format!("line {}", n % 7))),
        (seconds.clone(), 0_u8..60).prop_map(|(s, n)| operator_says(s, &format!("o{n}"), ADA, "hello")),
        seconds.clone().prop_map(|s| attender(s, US)),
        seconds.clone().prop_map(|s| attender(s, ADA)),
        seconds.clone().prop_map(|s| transfer(s, TransferStep::Accepted, ADA)),
        seconds.clone().prop_map(|s| transfer(s, TransferStep::Rejected, ADA)),
        seconds.clone().prop_map(|s| completed(s, EndedBy::Visitor)),
        seconds.clone().prop_map(|s| completed(s, EndedBy::Agent)),
        seconds.clone().prop_map(reopened),
        (seconds.clone(), 0_u8..14, 0_u8..3).prop_map(|(s, key, value)| told_custom(s, key, value)),
        seconds.prop_map(|s| created(s, BRAND, "first")),
    ]
}

proptest! {
    #[test]
    fn every_order_and_every_repetition_gives_the_same_facts(
        (events, shuffled) in prop::collection::vec(any_event(), 1..90)
            .prop_flat_map(|events| {
                let twice: Vec<InboxEvent> = events.iter().chain(&events).cloned().collect();
                (Just(events), Just(twice).prop_shuffle())
            })
    ) {
        prop_assert_eq!(facts_of(&events), facts_of(&shuffled));
    }

    #[test]
    fn facts_stay_small_however_much_is_told(events in prop::collection::vec(any_event(), 1..400)) {
        let size = serde_json::to_string(&facts_of(&events)).unwrap().len();
        prop_assert!(size < 8_000, "facts have {} bytes", size);
    }
}

#[test]
fn closed_wins_within_its_thread() {
    let events =
        [created(0, BRAND, "hi"), completed(9, EndedBy::Visitor), attender(5, ADA), visitor_says(8, "m1", "bye")];
    assert_eq!(facts_of(&events).ending(), Some(Ending::Completed { by: Some(EndedBy::Visitor) }));
}

#[test]
fn a_reopened_chat_is_a_new_thread_in_which_nobody_attends_yet() {
    let facts = facts_of(&[attender(1, ADA), completed(9, EndedBy::Agent), reopened(20)]);
    assert!(!facts.is_closed());
    assert_eq!(facts.attender(), None);
}

#[test]
fn a_visitors_line_after_the_end_reopens_and_one_before_it_does_not() {
    let ended = completed(9, EndedBy::Agent);
    assert!(!facts_of(&[ended.clone(), visitor_says(10, "m1", "one more thing")]).is_closed());
    assert!(facts_of(&[visitor_says(8, "m1", "late delivery"), ended]).is_closed());
}

#[test]
fn an_attender_told_late_does_not_replace_a_newer_one() {
    let facts = facts_of(&[attender(7, ADA), attender(3, US)]);
    assert_eq!(facts.attender().unwrap().id.as_str(), ADA);
}

#[test]
fn an_accepted_transfer_names_the_attender() {
    let facts = facts_of(&[attender(1, US), transfer(4, TransferStep::Accepted, ADA)]);
    assert_eq!(facts.attender().unwrap().id.as_str(), ADA);
}
