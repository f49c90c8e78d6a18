//! What one write may hold. Checked before anything is sent, and by both implementations alike, so that the in-memory
//! store refuses what DynamoDB would refuse.

use std::collections::BTreeSet;

use thiserror::Error;

use super::item::Item;
use super::{Commit, DocumentWrite, EVENTS_PER_COMMIT, StoreError, keys};

/// The actions of one transaction.
const ACTIONS: usize = 100;

/// The bytes of one item.
const ITEM_BYTES: usize = 400 * 1024;

/// The bytes of one transaction.
const TRANSACTION_BYTES: usize = 4 * 1024 * 1024;

/// The counters that one tally changes: all but the place of what was counted, with room to spare.
const COUNTERS: usize = 90;

/// Why a write is refused before it is sent.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Limit {
    #[error("it reads {0} events, at most {EVENTS_PER_COMMIT} fit; commit them in parts")]
    Events(usize),
    #[error("it has {0} actions, at most {ACTIONS} fit; commit less at once")]
    Actions(usize),
    #[error("{item} has {bytes} bytes, at most {ITEM_BYTES} fit")]
    ItemBytes { item: String, bytes: usize },
    #[error("it has {0} bytes, at most {TRANSACTION_BYTES} fit; commit less at once")]
    TransactionBytes(usize),
    #[error("it writes {0} twice")]
    Twice(String),
    #[error("the new state has version {given}, it must be {needed}")]
    Version { given: u64, needed: u64 },
    #[error("it changes {0} counters, at most {COUNTERS} fit")]
    Counters(usize),
    #[error("a document needs a partition and a name")]
    Nameless,
}

impl Limit {
    pub(super) fn refused(self, operation: &'static str, what: String) -> StoreError {
        StoreError::Refused { operation, what, source: Box::new(self) }
    }
}

/// Whether a commit fits into one transaction. `puts` are the items that it puts.
pub(super) fn commit<'a>(commit: &Commit, puts: impl Iterator<Item = &'a Item>) -> Result<(), Limit> {
    let needed = commit.expected.unwrap_or(0) + 1;
    if commit.state.version != needed {
        return Err(Limit::Version { given: commit.state.version, needed });
    }
    if commit.read.len() > EVENTS_PER_COMMIT {
        return Err(Limit::Events(commit.read.len()));
    }
    let actions = 1 + 2 * commit.read.len() + commit.log.len() + commit.documents.len();
    if actions > ACTIONS {
        return Err(Limit::Actions(actions));
    }
    commit.documents.iter().try_for_each(document)?;
    let (mut bytes, mut written) = (0, BTreeSet::new());
    for put in puts {
        bytes += item(put)?;
        if !written.insert((&put.pk, &put.sk)) {
            return Err(Limit::Twice(put.name()));
        }
    }
    // The deletions and the overhead of each action are not in the items; a kilobyte an action is ample.
    bytes += actions * 1024;
    if bytes > TRANSACTION_BYTES { Err(Limit::TransactionBytes(bytes)) } else { Ok(()) }
}

pub(super) fn item(item: &Item) -> Result<usize, Limit> {
    let bytes = item.size();
    if bytes > ITEM_BYTES { Err(Limit::ItemBytes { item: item.name(), bytes }) } else { Ok(bytes) }
}

pub(super) fn document(write: &DocumentWrite) -> Result<(), Limit> {
    if write.partition.is_empty() || write.name.is_empty() { Err(Limit::Nameless) } else { Ok(()) }
}

pub(super) fn counters(changed: usize) -> Result<(), Limit> {
    if changed > COUNTERS { Err(Limit::Counters(changed)) } else { Ok(()) }
}

/// How errors call a commit: by its state.
pub(super) fn commit_name(commit: &Commit) -> String {
    super::item::name(&keys::conversation(&commit.key), keys::STATE)
}
