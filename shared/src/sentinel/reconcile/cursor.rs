//! Where the comparison stands: a document, so that the next run goes on. One that is lost or can't be read is a new pass.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::id::{ConversationId, WorkspaceId};
use crate::domain::reconcile::Tried;
use crate::store::{DocumentWrite, Expected, Store, StoreError};

/// How many seen chats are remembered: four bytes each, base64, under the 400 KB of an item.
const SEEN_AT_MOST: usize = 50_000;

/// In one pass of so many, a chat that is not ours to answer and that no list showed is looked at.
pub(super) const TURNS: u64 = 5;

const NAME: &str = "RECONCILE";

/// Where the comparison stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cursor {
    /// The pass that is under way.
    pub(super) pass: Option<Pass>,
    /// How many passes were begun.
    pub(super) passes: u64,
    /// What SalesIQ refuses; reported once.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) refused: BTreeSet<String>,
    /// Failed executions are not asked for before, since that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) executions_not_before: Option<Timestamp>,
    /// Failed executions that were run again, by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) retried: BTreeMap<String, Tried>,
}

/// A pass through all chats.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pass {
    /// Which one it is.
    number: u64,
    /// When it began.
    pub(super) started_at: Timestamp,
    /// The list that it is at.
    pub(super) list: usize,
    /// The next page of that list.
    pub(super) page: u32,
    /// Which chats the lists showed.
    pub(super) seen: Seen,
    /// The last conversation that was read by itself; they come in the order of their ids.
    pub(super) checked: Option<ConversationId>,
    /// The chat whose reading ended the last run.
    #[serde(default)]
    pub(super) stumbled_over: Option<ConversationId>,
}

/// Which chats were seen: 32 bits of a hash each. Two that share one are told apart in the next pass, whose hashes differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    salt: i64,
    /// None: there were too many to remember, so all are taken for unseen, and are read one after the other.
    hashes: Option<BTreeSet<u32>>,
}

impl Pass {
    pub(super) fn begin(number: u64, now: Timestamp) -> Self {
        let seen = Seen { salt: now.as_millisecond(), hashes: Some(BTreeSet::new()) };
        Self { number, started_at: now, list: 0, page: 1, seen, checked: None, stumbled_over: None }
    }

    /// Whether a chat that is not pressing is looked at in this pass: in each one of [`TURNS`].
    pub(super) fn is_turn_of(&self, conversation: &ConversationId) -> bool {
        self.number.wrapping_add(u64::from(hash(0, conversation))) % TURNS == 0
    }
}

impl Seen {
    pub(super) fn insert(&mut self, conversation: &ConversationId) {
        let hash = self.hash(conversation);
        if let Some(hashes) = &mut self.hashes {
            hashes.insert(hash);
            if hashes.len() > SEEN_AT_MOST {
                self.hashes = None;
            }
        }
    }

    pub(super) fn contains(&self, conversation: &ConversationId) -> bool {
        self.hashes.as_ref().is_some_and(|hashes| hashes.contains(&self.hash(conversation)))
    }

    fn hash(&self, conversation: &ConversationId) -> u32 {
        hash(self.salt, conversation)
    }
}

// FNV-1a, since hashes are kept.
fn hash(salt: i64, conversation: &ConversationId) -> u32 {
    let bytes = salt.to_le_bytes().into_iter().chain(conversation.as_str().bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = |hashes: &BTreeSet<u32>| hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect::<Vec<u8>>();
        let hashes = self.hashes.as_ref().map(|hashes| STANDARD_NO_PAD.encode(bytes(hashes)));
        (self.salt, hashes).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (salt, hashes) = <(i64, Option<String>)>::deserialize(deserializer)?;
        let bytes = hashes.map(|text| STANDARD_NO_PAD.decode(text)).transpose().map_err(serde::de::Error::custom)?;
        let hashes = bytes.map(|bytes| {
            let (hashes, _) = bytes.as_chunks::<4>();
            hashes.iter().map(|hash| u32::from_le_bytes(*hash)).collect()
        });
        Ok(Self { salt, hashes })
    }
}

/// Reads the cursor.
pub(super) async fn read(store: &impl Store, workspace: &WorkspaceId) -> Result<Cursor, StoreError> {
    let Some(document) = store.document(&partition(workspace), NAME).await? else { return Ok(Cursor::default()) };
    Ok(serde_json::from_str(&document.body).unwrap_or_else(|error| {
        tracing::warn!(%workspace, %error, "where the comparison with SalesIQ stood can't be read; a new pass begins");
        Cursor::default()
    }))
}

/// Keeps the cursor.
pub(super) async fn write(store: &impl Store, workspace: &WorkspaceId, cursor: &Cursor) -> Result<(), StoreError> {
    let body = serde_json::to_string(cursor)
        .map_err(|error| StoreError::Corrupt { what: partition(workspace), reason: error.to_string() })?;
    let (partition, name) = (partition(workspace), NAME.to_owned());
    store.put_document(&DocumentWrite { partition, name, expected: Expected::Anything, body, expires_at: None }).await
}

fn partition(workspace: &WorkspaceId) -> String {
    format!("SENTINEL#{workspace}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ConversationId {
        ConversationId::parse(&format!("19000000{number:08}")).unwrap()
    }

    fn pass(seen: usize) -> Pass {
        let mut pass = Pass::begin(1, Timestamp::UNIX_EPOCH);
        for number in 0..seen {
            pass.seen.insert(&id(number));
        }
        pass
    }

    fn kept(pass: Pass) -> (usize, Pass) {
        let body = serde_json::to_string(&Cursor { pass: Some(pass), ..Cursor::default() }).unwrap();
        (body.len(), serde_json::from_str::<Cursor>(&body).unwrap().pass.unwrap())
    }

    #[test]
    fn what_was_seen_is_still_seen_in_the_next_run() {
        let (_, pass) = kept(pass(100));
        assert!((0..100).all(|number| pass.seen.contains(&id(number))));
        assert!((100..200).all(|number| !pass.seen.contains(&id(number))));
    }

    #[test]
    fn the_document_stays_small_and_too_many_are_read_one_by_one() {
        let (bytes, _) = kept(pass(10_000));
        assert!(bytes < 60_000, "{bytes} bytes");
        let (bytes, _) = kept(pass(SEEN_AT_MOST));
        assert!(bytes < 300_000, "{bytes} bytes");
        let (bytes, overfull) = kept(pass(SEEN_AT_MOST + 100));
        assert!(bytes < 500 && !overfull.seen.contains(&id(1)), "{bytes} bytes");
    }

    #[test]
    fn another_pass_has_other_hashes() {
        let (first, second) = (Pass::begin(1, Timestamp::UNIX_EPOCH), Pass::begin(2, Timestamp::MAX));
        assert_ne!(first.seen.hash(&id(1)), second.seen.hash(&id(1)));
    }

    #[test]
    fn each_has_its_turn_in_one_pass_of_five() {
        for number in 0..50 {
            let turns = (7..12).filter(|pass| Pass::begin(*pass, Timestamp::UNIX_EPOCH).is_turn_of(&id(number)));
            assert_eq!(turns.count(), 1);
        }
    }
}
