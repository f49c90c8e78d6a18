//! Whatever is done in whatever order: both implementations answer alike and keep the same items.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use shared::store::{
    Commit, DocumentWrite, Expected, LiveEntry, Memory, StateItem, Store, StoreError, VisitorEntry, WORK_SHARDS,
};

use crate::build::{at, commit, document, event, key, line, read, state, tally, workspace};
use crate::subject::{Subject, Table};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Debug, Clone)]
enum Step {
    Record { conversation: u8, name: &'static str, seconds: i64 },
    Load { conversation: u8 },
    Commit(Box<Change>),
    PutDocument(DocumentWrite),
    Tally { conversation: u8, version: u64, chats: u64, lines: u64 },
}

#[derive(Debug, Clone)]
struct Change {
    conversation: u8,
    /// How far the version that it was decided on is from the one that is there.
    behind: u64,
    read: Vec<&'static str>,
    log: Vec<&'static str>,
    wake_at: Option<i64>,
    live: Option<&'static str>,
    visitor: bool,
    expires_at: Option<i64>,
    document: Option<DocumentWrite>,
}

fn name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(NAMES.to_vec())
}

fn a_document() -> impl Strategy<Value = DocumentWrite> {
    let expected =
        prop_oneof![Just(Expected::Anything), Just(Expected::Absent), (0_u64..4).prop_map(Expected::Version)];
    (name(), expected, proptest::option::of(0_i64..9)).prop_map(|(name, expected, expires_at)| DocumentWrite {
        expires_at: expires_at.map(at),
        ..document(name, expected)
    })
}

fn change() -> impl Strategy<Value = Change> {
    let some = || subsequence(NAMES.to_vec(), 0..=NAMES.len());
    let optional = proptest::option::of::<std::ops::Range<i64>>;
    let parts = (0_u8..2, prop_oneof![9 => Just(0_u64), 1 => Just(1)], some(), some());
    let shown = (optional(0..60), proptest::option::of(name()), any::<bool>(), optional(0..9));
    (parts, shown, proptest::option::of(a_document())).prop_map(
        |((conversation, behind, read, log), (wake_at, live, visitor, expires_at), document)| Change {
            conversation,
            behind,
            read,
            log,
            wake_at,
            live,
            visitor,
            expires_at,
            document,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..2, name(), 0_i64..60)
            .prop_map(|(conversation, name, seconds)| Step::Record { conversation, name, seconds }),
        2 => (0_u8..2).prop_map(|conversation| Step::Load { conversation }),
        4 => change().prop_map(|change| Step::Commit(Box::new(change))),
        2 => a_document().prop_map(Step::PutDocument),
        1 => (0_u8..2, 1_u64..5, 0_u64..4, 0_u64..4).prop_map(|(conversation, version, chats, lines)| Step::Tally {
            conversation,
            version,
            chats,
            lines,
        }),
    ]
}

/// The commit that a change is, decided on what the store holds.
fn decided(change: &Change, there: u64) -> Commit {
    let key = key(&change.conversation.to_string());
    let after = there.saturating_sub(change.behind);
    Commit {
        state: StateItem {
            wake_at: change.wake_at.map(at),
            live: change.live.map(|sort| LiveEntry { sort: sort.to_owned(), body: "{}".to_owned() }),
            visitor: change.visitor.then(|| VisitorEntry { identity: "f00d".to_owned(), opened_at: at(0) }),
            expires_at: change.expires_at.map(at),
            ..state(after + 1)
        },
        read: change.read.iter().map(|name| read(name)).collect(),
        log: change.log.iter().map(|name| line(name, 0)).collect(),
        documents: change.document.iter().cloned().collect(),
        ..commit(&key, after)
    }
}

fn shown(result: Result<impl Debug, StoreError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string(),
    }
}

async fn perform(store: &impl Store, step: &Step) -> String {
    match step {
        Step::Record { conversation, name, seconds } => {
            shown(store.record(&key(&conversation.to_string()), &event(name, *seconds)).await)
        }
        Step::Load { conversation } => shown(store.load(&key(&conversation.to_string())).await),
        Step::Commit(change) => {
            let there = store.load(&key(&change.conversation.to_string())).await.unwrap().state;
            shown(store.commit(&decided(change, there.map_or(0, |state| state.version))).await)
        }
        Step::PutDocument(write) => shown(store.put_document(write).await),
        Step::Tally { conversation, version, chats, lines } => {
            let tally = tally(&key(&conversation.to_string()), *version, [("chats", *chats), ("lines", *lines)]);
            shown(store.tally(&tally).await)
        }
    }
}

async fn indexes(store: &impl Store) -> String {
    let mut due = Vec::new();
    for shard in 0..WORK_SHARDS {
        due.extend(store.due(&workspace(), shard, at(45), 10).await.unwrap());
    }
    let live = store.live(&workspace(), None, 10).await.unwrap();
    let visits = store.conversations_of_visitor(&workspace(), "f00d", 10).await.unwrap();
    let documents = store.documents("W#demo", "").await.unwrap();
    let counters = store.counters(&workspace(), "").await.unwrap();
    format!("{due:?} {live:?} {visits:?} {documents:?} {counters:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_implementations_do_the_same(steps in vec(step(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (memory, table) = (Memory::new(), Table::in_process().await);
            for step in &steps {
                let (one, two) = (perform(&memory, step).await, perform(&table.store, step).await);
                prop_assert_eq!(one, two, "{:?}", step);
            }
            prop_assert_eq!(indexes(&memory).await, indexes(&table.store).await);
            prop_assert_eq!(Subject::items(&memory).await, table.items().await);
            Ok(())
        })?;
    }
}
