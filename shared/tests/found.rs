//! What the sentinel finds does no harm: a line counts once, whether a webhook tells of it, SalesIQ's list shows it, or both,
//! in any order; and a list that lags behind changes nothing.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::{
    ADA, BRAND, Scene, US, at, attender, completed, created, found, inbox, operator, operator_says, reopened,
    visitor_says,
};
use proptest::prelude::*;
use shared::domain::event::{EndedBy, EventKind, InboxEvent, ReadStatus, Told};
use shared::domain::id::{MessageId, OperatorId};
use shared::domain::message::{Content, Message, Sender};

fn heard(events: &[InboxEvent]) -> u64 {
    let mut scene = Scene::attended();
    for event in events {
        scene.drain(event);
    }
    scene.conversation.counts.visitor_lines
}

fn found_of(operator: &str, seconds: i64, text: &str) -> InboxEvent {
    let sender = Sender::Operator { id: OperatorId::parse(operator).unwrap(), name: None };
    let (id, time) = (MessageId::parse(&format!("seq-{seconds}")).unwrap(), at(seconds));
    let message = Message { id, time, sender, content: Content::text(text) };
    inbox(seconds, EventKind::LineFound { message, others: Vec::new() }, Told::default())
}

/// Lines some time apart, each told of by a webhook, shown by the list (with or without the webhook's id), or both.
fn lines() -> impl Strategy<Value = (usize, Vec<InboxEvent>)> {
    let way = (0_u8..3, any::<bool>(), -2_i64..=2, 0_u8..3);
    prop::collection::vec(way, 1..12).prop_map(|ways| {
        let mut events = Vec::new();
        for (n, (way, own_ids, apart, text)) in ways.iter().enumerate() {
            let (seconds, text) = (100 + 20 * i64::try_from(n).unwrap(), format!("line {text}"));
            if *way != 0 {
                events.push(visitor_says(seconds, &format!("m{n}"), &text));
            }
            if *way != 1 {
                let id = if *own_ids { format!("m{n}") } else { format!("seq-{n}") };
                events.push(found(seconds + apart, &id, &text));
            }
        }
        (ways.len(), events)
    })
}

/// The same few words again and again within seconds.
fn babble() -> impl Strategy<Value = Vec<InboxEvent>> {
    let one = (any::<bool>(), 0_i64..15, 0_u8..8, 0_u8..2);
    prop::collection::vec(one, 1..14).prop_map(|all| {
        let mut events: Vec<InboxEvent> = Vec::new();
        for (by_list, seconds, n, text) in all {
            let (id, text) = (format!("m{n}-{text}"), format!("line {text}"));
            let event =
                if by_list { found(100 + seconds, &id, &text) } else { visitor_says(100 + seconds, &id, &text) };
            // One id is one line, at one time, by each way.
            let id_of = |event: &InboxEvent| match &event.event.kind {
                EventKind::VisitorReplied { message } | EventKind::LineFound { message, .. } => {
                    (message.id.clone(), matches!(event.event.kind, EventKind::LineFound { .. }))
                }
                _ => unreachable!(),
            };
            if events.iter().all(|other| id_of(other) != id_of(&event)) {
                events.push(event);
            }
        }
        events
    })
}

proptest! {
    #[test]
    fn each_line_counts_once_whichever_way_it_comes(
        (count, events) in lines().prop_flat_map(|(count, events)| (Just(count), Just(events).prop_shuffle()))
    ) {
        let twice: Vec<InboxEvent> = events.iter().chain(&events).cloned().collect();
        prop_assert_eq!(heard(&events), 1 + count as u64);
        prop_assert_eq!(heard(&twice), 1 + count as u64);
    }

    #[test]
    fn the_order_of_the_ways_makes_no_difference(
        (events, shuffled) in babble().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
    ) {
        prop_assert_eq!(heard(&events), heard(&shuffled));
    }
}

#[test]
fn what_the_visitor_repeats_is_two_lines_by_either_way() {
    assert_eq!(heard(&[visitor_says(100, "m1", "yes"), visitor_says(102, "m2", "yes")]), 3);
    assert_eq!(heard(&[found(100, "seq-1", "yes"), found(102, "seq-2", "yes")]), 3);
}

#[test]
fn the_first_line_is_not_taken_twice() {
    let question = "How long does a withdrawal take?";
    assert_eq!(heard(&[found(1, "seq-1", question), created(0, BRAND, question)]), 1);
    let mut scene = Scene::new();
    scene.drain(&found(0, "seq-1", question));
    scene.drain(&created(0, BRAND, question));
    assert_eq!(scene.conversation.counts.visitor_lines, 1);
}

#[test]
fn a_found_line_of_a_human_silences_the_ai_and_one_under_our_own_id_does_not() {
    let mut scene = Scene::attended();
    scene.drain(&found_of(US, 100, "I am the AI"));
    assert_eq!(scene.conversation.phase.name(), "assisting");
    scene.drain(&found_of(ADA, 101, "I take this"));
    assert_eq!(scene.conversation.phase.name(), "with_human");
    scene.drain(&operator_says(101, "m7", ADA, "I take this"));
    assert_eq!(scene.conversation.counts.human_lines, 1, "its webhook comes late");
}

#[test]
fn an_operators_line_is_no_ones_elses_who_says_the_same() {
    let mut scene = Scene::attended();
    scene.drain(&operator_says(100, "m1", "702", "One moment"));
    scene.drain(&found_of(ADA, 101, "One moment"));
    assert_eq!(scene.conversation.counts.zobot_lines, 1);
    assert_eq!(scene.conversation.phase.name(), "with_human");
}

#[test]
fn a_line_that_a_human_has_answered_does_not_wait() {
    let mut scene = Scene::attended();
    scene.drain(&operator_says(100, "m1", ADA, "Done"));
    scene.drain(&found(90, "seq-1", "Can you unlock my account?"));
    assert_eq!((scene.conversation.waiting_since, scene.conversation.counts.visitor_lines), (None, 2));
    scene.drain(&found(110, "seq-2", "Thanks, and my bonus?"));
    assert_eq!(scene.conversation.unanswered.ids.len(), 1);
}

/// What a list shows of the chat, as it stood then.
fn listed(seconds: i64, status: ReadStatus, attends: Option<&str>) -> InboxEvent {
    inbox(seconds, EventKind::Read { status }, Told { attender: attends.map(operator), ..Told::default() })
}

#[test]
fn a_list_that_lags_behind_a_pickup_or_a_takeover_changes_nothing() {
    let mut scene = Scene::attended();
    scene.drain(&attender(50, US));
    let before = scene.conversation.clone();
    scene.drain(&listed(40, ReadStatus::Waiting, None));
    scene.drain(&listed(45, ReadStatus::Connected, Some(ADA)));
    assert_eq!(scene.conversation.phase, before.phase);
    assert_eq!(
        (scene.conversation.epoch, scene.conversation.facts.attender()),
        (before.epoch, before.facts.attender())
    );
}

#[test]
fn a_list_that_lags_behind_a_close_reopens_nothing() {
    let mut scene = Scene::attended();
    scene.drain(&completed(50, EndedBy::Visitor));
    scene.drain(&listed(45, ReadStatus::Connected, Some(US)));
    assert_eq!(scene.conversation.phase.name(), "closed");
    scene.drain(&reopened(60));
    scene.drain(&listed(60, ReadStatus::Connected, Some(US)));
    assert_eq!(scene.conversation.phase.name(), "assisting");
}
