use jiff::SignedDuration;
use shared::domain::event::EventKind;
use shared::store::{Commit, Recorded, Store, StoreError};

use crate::build::{commit, event, key, read};
use crate::subject::Subject;

pub async fn a_first_delivery_is_new(subject: &impl Subject) {
    assert_eq!(subject.store().record(&key("1"), &event("a", 0)).await.unwrap(), Recorded::New);
}

pub async fn a_second_delivery_before_the_commit_is_still_unread(subject: &impl Subject) {
    subject.store().record(&key("1"), &event("a", 0)).await.unwrap();
    assert_eq!(subject.store().record(&key("1"), &event("a", 5)).await.unwrap(), Recorded::StillUnread);
    assert_eq!(subject.store().load(&key("1")).await.unwrap().unread, [event("a", 0)], "the first one stays");
}

pub async fn a_delivery_after_the_commit_was_already_read(subject: &impl Subject) {
    subject.store().record(&key("1"), &event("a", 0)).await.unwrap();
    subject.store().commit(&Commit { read: vec![read("a")], ..commit(&key("1"), 0) }).await.unwrap();
    assert_eq!(subject.store().record(&key("1"), &event("a", 0)).await.unwrap(), Recorded::AlreadyRead);
    assert!(subject.store().load(&key("1")).await.unwrap().unread.is_empty());
}

pub async fn the_same_delivery_in_two_conversations_is_two(subject: &impl Subject) {
    for conversation in ["1", "2"] {
        assert_eq!(subject.store().record(&key(conversation), &event("a", 0)).await.unwrap(), Recorded::New);
    }
}

pub async fn of_two_concurrent_deliveries_one_is_new(subject: &impl Subject) {
    let (key, event) = (key("1"), event("a", 0));
    let (one, two) = tokio::join!(subject.store().record(&key, &event), subject.store().record(&key, &event));
    let mut outcomes = [one.unwrap(), two.unwrap()];
    outcomes.sort_by_key(|outcome| *outcome != Recorded::New);
    assert_eq!(outcomes, [Recorded::New, Recorded::StillUnread]);
}

pub async fn an_event_is_loaded_as_it_was_recorded(subject: &impl Subject) {
    let mut event = event("a", 0);
    event.order += SignedDuration::from_micros(123_456);
    subject.store().record(&key("1"), &event).await.unwrap();
    assert_eq!(subject.store().load(&key("1")).await.unwrap().unread, [event]);
}

pub async fn unread_events_come_in_their_order(subject: &impl Subject) {
    for event in [event("c", 2), event("b", 1), event("z", 0), event("a", 1)] {
        subject.store().record(&key("1"), &event).await.unwrap();
    }
    let unread = subject.store().load(&key("1")).await.unwrap().unread;
    assert_eq!(unread, [event("z", 0), event("a", 1), event("b", 1), event("c", 2)]);
}

pub async fn an_event_larger_than_an_item_is_refused(subject: &impl Subject) {
    let mut event = event("a", 0);
    event.event.kind = EventKind::Unknown { name: Some("x".repeat(400 * 1024)) };
    let error = subject.store().record(&key("1"), &event).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
}
