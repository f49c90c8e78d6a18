//! Short ways to the contract's values.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told};
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::store::{Commit, ConversationKey, DocumentWrite, Expected, LogLine, ReadEvent, StateItem, Tally};

pub fn workspace() -> WorkspaceId {
    WorkspaceId::parse("demo").unwrap()
}

pub fn key(conversation: &str) -> ConversationKey {
    ConversationKey { workspace: workspace(), conversation: ConversationId::parse(conversation).unwrap() }
}

/// So many seconds into the tests.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + seconds).unwrap()
}

pub fn dedup(name: &str) -> DedupKey {
    DedupKey::from_hex(name.to_owned())
}

/// An event that happened and was received at that second.
pub fn event(name: &str, seconds: i64) -> InboxEvent {
    InboxEvent {
        dedup: dedup(name),
        order: at(seconds),
        received_at: at(seconds),
        event: Event {
            conversation: key("100").conversation,
            time: Some(at(seconds)),
            kind: EventKind::Unknown { name: Some(name.to_owned()) },
            told: Told::default(),
        },
        raw: None,
    }
}

pub fn read(name: &str) -> ReadEvent {
    ReadEvent { dedup: dedup(name), keep: None }
}

pub fn line(name: &str, seconds: i64) -> LogLine {
    LogLine { time: at(seconds), dedup: dedup(name), body: format!(r#"{{"line":"{name}"}}"#), expires_at: None }
}

pub fn state(version: u64) -> StateItem {
    StateItem {
        version,
        body: format!(r#"{{"at":{version}}}"#),
        wake_at: None,
        live: None,
        visitor: None,
        expires_at: None,
    }
}

/// A commit of nothing but the state, after this version (0: there is none).
pub fn commit(key: &ConversationKey, after: u64) -> Commit {
    Commit {
        key: key.clone(),
        expected: (after > 0).then_some(after),
        state: state(after + 1),
        read: Vec::new(),
        log: Vec::new(),
        documents: Vec::new(),
        now: at(0),
    }
}

pub fn document(name: &str, expected: Expected) -> DocumentWrite {
    DocumentWrite {
        partition: "W#demo".to_owned(),
        name: name.to_owned(),
        expected,
        body: format!(r#"{{"name":"{name}"}}"#),
        expires_at: None,
    }
}

pub fn totals<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

pub fn tally<const N: usize>(key: &ConversationKey, version: u64, counts: [(&str, u64); N]) -> Tally {
    Tally { key: key.clone(), version, totals: totals(counts), expires_at: None }
}
