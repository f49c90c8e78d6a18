use shared::store::{Commit, DocumentWrite, Expected, LogLine, ReadEvent, StateItem, Store, StoreError};

use crate::build::{at, commit, document, event, key, line, read, state, tally};
use crate::subject::Subject;

const DAY: i64 = 24 * 60 * 60;

async fn expiry(subject: &impl Subject, sk: &str) -> Option<i64> {
    let items = subject.items().await;
    items.into_iter().find(|item| item.sk.starts_with(sk)).expect("the item is there").expires_at
}

pub async fn an_unread_event_never_expires(subject: &impl Subject) {
    subject.store().record(&key("1"), &event("a", 0)).await.unwrap();
    assert_eq!(expiry(subject, "U#a").await, None);
}

pub async fn a_marker_expires_after_sixty_one_days_and_keeps_what_it_is_told(subject: &impl Subject) {
    let kept = ReadEvent { keep: Some(r#"{"odd":1}"#.to_owned()), ..read("a") };
    subject.store().commit(&Commit { read: vec![kept, read("b")], ..commit(&key("1"), 0) }).await.unwrap();
    let markers: Vec<_> = subject.items().await.into_iter().filter(|item| item.sk.starts_with("D#")).collect();
    assert!(markers.iter().all(|marker| marker.expires_at == Some(at(61 * DAY).as_second())));
    assert_eq!(markers[0].body.as_deref(), Some(r#"{"odd":1}"#));
    assert_eq!(markers[1].body, None);
}

pub async fn states_lines_and_documents_expire_when_they_say(subject: &impl Subject) {
    let write = Commit {
        state: StateItem { expires_at: Some(at(1)), ..state(1) },
        log: vec![LogLine { expires_at: Some(at(2)), ..line("a", 0) }, line("b", 1)],
        documents: vec![DocumentWrite { expires_at: Some(at(3)), ..document("DOC", Expected::Absent) }],
        ..commit(&key("1"), 0)
    };
    subject.store().commit(&write).await.unwrap();
    assert_eq!(expiry(subject, "S").await, Some(at(1).as_second()));
    assert_eq!(expiry(subject, "L#1760000000000").await, Some(at(2).as_second()));
    assert_eq!(expiry(subject, "L#1760000001000").await, None);
    assert_eq!(expiry(subject, "DOC").await, Some(at(3).as_second()));
    let loaded = subject.store().load(&key("1")).await.unwrap();
    assert_eq!((loaded.state.unwrap().expires_at, loaded.log[0].expires_at), (Some(at(1)), Some(at(2))));
}

pub async fn an_open_conversation_never_expires(subject: &impl Subject) {
    let closed = StateItem { expires_at: Some(at(1)), ..state(1) };
    subject.store().commit(&Commit { state: closed, ..commit(&key("1"), 0) }).await.unwrap();
    subject.store().commit(&commit(&key("1"), 1)).await.unwrap();
    assert_eq!(expiry(subject, "S").await, None, "it was reopened");
}

pub async fn an_erased_conversation_leaves_nothing_but_empty_markers_and_counts(subject: &impl Subject) {
    let kept = ReadEvent { keep: Some(r#"{"mail":"mia@example.com"}"#.to_owned()), ..read("a") };
    let write = Commit { read: vec![kept, read("b")], log: vec![line("a", 0)], ..commit(&key("1"), 0) };
    subject.store().commit(&write).await.unwrap();
    subject.store().record(&key("2"), &event("d", 0)).await.unwrap();
    subject.store().tally(&tally(&key("1"), 1, [("chats", 1)])).await.unwrap();
    let held = subject.store().held(&key("1")).await.unwrap();
    let held: Vec<&str> = held.iter().map(|(sk, _)| sk.split('#').next().unwrap()).collect();
    assert_eq!(held, ["D", "K", "L", "S"], "what one marker kept, counts, line, state");
    assert_eq!(subject.store().erase_conversation(&key("1"), Some(1)).await.unwrap(), 3);
    assert_eq!(subject.store().erase_conversation(&key("1"), None).await.unwrap(), 0);
    let left = subject.items().await;
    let sks: Vec<&str> = left.iter().map(|item| item.sk.as_str()).filter(|sk| *sk != "chats").collect();
    assert_eq!(sks, ["D#a", "D#b", "K", "U#d"]);
    assert!(left.iter().filter(|item| item.sk.starts_with("D#")).all(|marker| marker.body.is_none()));
    assert_eq!(expiry(subject, "D#a").await, Some(at(61 * DAY).as_second()), "the marker goes when it would have");
}

pub async fn a_conversation_that_goes_on_is_not_erased(subject: &impl Subject) {
    let refused = async |conversation: &str, version| {
        let erased = subject.store().erase_conversation(&key(conversation), version).await;
        matches!(erased, Err(StoreError::Conflict { .. }))
    };
    let write = Commit { read: vec![read("a")], log: vec![line("a", 0)], ..commit(&key("1"), 0) };
    subject.store().commit(&write).await.unwrap();
    assert!(refused("1", None).await && refused("1", Some(2)).await, "another version");
    assert!(refused("2", Some(1)).await, "there is no state");
    subject.store().record(&key("1"), &event("c", 0)).await.unwrap();
    assert!(refused("1", Some(1)).await, "something is unread");
    let loaded = subject.store().load(&key("1")).await.unwrap();
    assert_eq!((loaded.state.is_some(), loaded.log.len(), loaded.unread.len()), (true, 1, 1));
}
