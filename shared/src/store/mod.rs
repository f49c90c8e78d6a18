//! How state is kept: one table, two implementations, one contract.
//!
//! The store knows keys, conditions, indexes and lifetimes; what a conversation's state means is the engine's business,
//! so states and log lines are opaque JSON texts here.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | read marker | `C#{workspace}#{conversation}` | `D#{dedup}` |
//! | log line | same | `L#{time in ms, 13 digits}#{dedup}` |
//! | state | same | `S` |
//! | unread event | same | `U#{dedup}` |
//! | documents (settings, token leases, findings, ...) | the document's partition | the document's name |

mod erase;
mod item;
mod keys;
mod limits;
mod rows;
mod tally;

pub mod dynamodb;
pub mod memory;

use std::future::Future;

use jiff::Timestamp;
use thiserror::Error;

use crate::domain::event::{DedupKey, InboxEvent};
use crate::domain::id::{ConversationId, WorkspaceId};

pub use dynamodb::DynamoDb;
pub use item::Item;
pub use keys::work_shard;
pub use memory::Memory;

/// The most events that one commit reads away: each takes up to three of the 100 actions of a transaction.
pub const EVENTS_PER_COMMIT: usize = 30;

/// How many items one query of a load asks for: unread events first, then the state, then the newest log lines.
pub const LOAD_LIMIT: i32 = 120;

/// How many shards the index of waiting work has per workspace.
pub const WORK_SHARDS: u8 = 8;

/// How long a read marker is kept: SalesIQ keeps failed executions for 60 days and we replay them (api.md §5.1).
pub const MARKER_DAYS: i64 = 61;

/// After how many seconds an unread event counts as overdue.
pub const UNREAD_OVERDUE_SECONDS: i64 = 30;

/// Which conversation of which workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationKey {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The conversation.
    pub conversation: ConversationId,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Stored now; wake the conversation.
    New,
    /// Already stored and not read yet; wake the conversation again.
    StillUnread,
    /// Already read; nothing to do.
    AlreadyRead,
}

/// A state as it lies in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateItem {
    /// Counts commits, from 1.
    pub version: u64,
    /// The state as JSON.
    pub body: String,
    /// When somebody has to look at it again; puts it on the `WORK` index.
    pub wake_at: Option<Timestamp>,
    /// Set while the conversation is open; puts it on the `LIVE` index.
    pub live: Option<LiveEntry>,
    /// Puts it on the `VISITOR` index.
    pub visitor: Option<VisitorEntry>,
    /// When it may be forgotten (whole seconds); only set once it is closed.
    pub expires_at: Option<Timestamp>,
}

/// What the list of open conversations shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEntry {
    /// Sorts the list: phase, then time.
    pub sort: String,
    /// A JSON object under 500 bytes.
    pub body: String,
}

/// Whose conversation it is, without saying who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorEntry {
    /// HMAC of the visitor's identity, hexadecimal.
    pub identity: String,
    /// When the conversation was opened.
    pub opened_at: Timestamp,
}

/// A line of the message log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Where it stands.
    pub time: Timestamp,
    /// Which delivery it came from.
    pub dedup: DedupKey,
    /// The line as JSON.
    pub body: String,
    /// When it may be forgotten (whole seconds).
    pub expires_at: Option<Timestamp>,
}

/// What a load found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// The state, if the conversation has one.
    pub state: Option<StateItem>,
    /// All unread events, in their order.
    pub unread: Vec<InboxEvent>,
    /// The newest log lines, oldest first.
    pub log: Vec<LogLine>,
}

/// One commit: state, log, inbox and documents change together or not at all.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The conversation.
    pub key: ConversationKey,
    /// The version that the state was loaded with; none if there was no state.
    pub expected: Option<u64>,
    /// The new state; its version is `expected + 1`, or 1.
    pub state: StateItem,
    /// The events that are read now, at most [`EVENTS_PER_COMMIT`].
    pub read: Vec<ReadEvent>,
    /// Lines to append to the log.
    pub log: Vec<LogLine>,
    /// Documents to write in the same transaction.
    pub documents: Vec<DocumentWrite>,
    /// Now, from which the markers' lifetimes count.
    pub now: Timestamp,
}

/// An event that a commit reads away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadEvent {
    /// Which.
    pub dedup: DedupKey,
    /// What the marker keeps of it: the JSON of an event that nothing else keeps, such as an unknown one.
    pub keep: Option<String>,
}

/// A small named JSON document with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name within the partition.
    pub name: String,
    /// Counts writes, from 1.
    pub version: u64,
    /// The document.
    pub body: String,
}

/// A write of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentWrite {
    /// The partition, such as `W#demo`.
    pub partition: String,
    /// The name within the partition, such as `SETTINGS`.
    pub name: String,
    /// What must be there now.
    pub expected: Expected,
    /// The new document.
    pub body: String,
    /// When it may be forgotten (whole seconds).
    pub expires_at: Option<Timestamp>,
}

/// What a document write demands of what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is; the version counts on from it.
    Anything,
    /// Nothing.
    Absent,
    /// This version.
    Version(u64),
}

/// An increment of counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The conversation that the counts are of.
    pub key: ConversationKey,
    /// The state's version that they stand at; a lower or equal one than was already counted changes nothing.
    pub version: u64,
    /// All counts of the conversation so far, by counter name (`{day}#{brand}#{measure}`); what was counted before is subtracted.
    pub totals: std::collections::BTreeMap<String, u64>,
    /// When the conversation may be forgotten, and what was counted of it (whole seconds).
    pub expires_at: Option<Timestamp>,
}

/// Keeps everything. Two implementations: `DynamoDb` and `Memory`.
pub trait Store: Send + Sync {
    /// Puts an event into its conversation's inbox, unless it is there or was read before. One transaction (ARCHITECTURE.md, "The table").
    ///
    /// # Errors
    /// [`StoreError::Busy`] after three retries of a conflict, or the table can't be reached.
    fn record(
        &self,
        key: &ConversationKey,
        event: &InboxEvent,
    ) -> impl Future<Output = Result<Recorded, StoreError>> + Send;

    /// Reads what a wake-up needs: one consistent query, and on only until the state is read.
    ///
    /// # Errors
    /// The table can't be reached, or an item can't be read.
    fn load(&self, key: &ConversationKey) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// All log lines of a conversation, oldest first.
    ///
    /// # Errors
    /// The table can't be reached, or an item can't be read.
    fn log(&self, key: &ConversationKey) -> impl Future<Output = Result<Vec<LogLine>, StoreError>> + Send;

    /// Commits. Without events, lines and documents it is one conditional put, else one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the version moved on: reload and decide again.
    fn commit(&self, commit: &Commit) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Conversations of one shard whose `wake_at` (or overdue unread event) is not after `now`, longest waiting first, each once.
    ///
    /// # Errors
    /// The table can't be reached.
    fn due(
        &self,
        workspace: &WorkspaceId,
        shard: u8,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ConversationKey>, StoreError>> + Send;

    /// The open conversations of a workspace, in the order of [`LiveEntry::sort`]; with `after`, those behind the one
    /// that a page before ended with.
    ///
    /// # Errors
    /// The table can't be reached.
    fn live(
        &self,
        workspace: &WorkspaceId,
        after: Option<&(ConversationId, LiveEntry)>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(ConversationId, LiveEntry)>, StoreError>> + Send;

    /// A visitor's conversations, newest first.
    ///
    /// # Errors
    /// The table can't be reached.
    fn conversations_of_visitor(
        &self,
        workspace: &WorkspaceId,
        identity: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ConversationId>, StoreError>> + Send;

    /// All documents of a partition whose names begin with `prefix`, by name.
    ///
    /// # Errors
    /// The table can't be reached.
    fn documents(
        &self,
        partition: &str,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<Document>, StoreError>> + Send;

    /// One document, read consistently.
    ///
    /// # Errors
    /// The table can't be reached.
    fn document(
        &self,
        partition: &str,
        name: &str,
    ) -> impl Future<Output = Result<Option<Document>, StoreError>> + Send;

    /// Writes a document.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when what is there is not what was expected.
    fn put_document(&self, write: &DocumentWrite) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes a document away, whatever it holds; there may be none.
    ///
    /// # Errors
    /// The table can't be reached.
    fn delete_document(&self, partition: &str, name: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The last documents of a partition whose names begin with `prefix`, last name first; with `before`, those whose names
    /// come before that one.
    ///
    /// # Errors
    /// The table can't be reached.
    fn newest_documents(
        &self,
        partition: &str,
        prefix: &str,
        before: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Document>, StoreError>> + Send;

    /// Everything that is held of a conversation, by sort key: state, lines, unread events, what markers keep, counts.
    ///
    /// # Errors
    /// The table can't be reached.
    fn held(&self, key: &ConversationKey) -> impl Future<Output = Result<Vec<(String, String)>, StoreError>> + Send;

    /// Takes away whatever tells of a conversation: lines, what markers keep, and at last the state. The markers
    /// themselves stay, so that a delivery which SalesIQ runs again does not bring it back, and so does what was counted.
    /// Says how many items went or were emptied.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the state is not in this version, or something is unread: the conversation goes on.
    /// Else the table can't be reached; repeat, until there is nothing left.
    fn erase_conversation(
        &self,
        key: &ConversationKey,
        version: Option<u64>,
    ) -> impl Future<Output = Result<u32, StoreError>> + Send;

    /// Takes away all documents of a partition, and says how many.
    ///
    /// # Errors
    /// The table can't be reached; repeat, until there is nothing left.
    fn erase_documents(&self, partition: &str) -> impl Future<Output = Result<u32, StoreError>> + Send;

    /// Adds what a conversation's counts grew by to the counters, once per version (ARCHITECTURE.md, "Findings and counters").
    ///
    /// # Errors
    /// The table can't be reached, or the counters are contended; repeat with the same tally.
    fn tally(&self, tally: &Tally) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The sums over all shards of the counters whose names begin with `prefix`.
    ///
    /// # Errors
    /// The table can't be reached.
    fn counters(
        &self,
        workspace: &WorkspaceId,
        prefix: &str,
    ) -> impl Future<Output = Result<std::collections::BTreeMap<String, u64>, StoreError>> + Send;

    /// The same of the counters whose names are `from` or come after it, and come before `to`.
    ///
    /// # Errors
    /// The table can't be reached.
    fn counters_between(
        &self,
        workspace: &WorkspaceId,
        from: &str,
        to: &str,
    ) -> impl Future<Output = Result<std::collections::BTreeMap<String, u64>, StoreError>> + Send;
}

/// What went wrong with the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Somebody else wrote first; nothing was written. Reload and decide again.
    #[error("{what} was changed by another writer")]
    Conflict {
        /// Which item.
        what: String,
    },
    /// Other transactions kept hold of the item; nothing was written. Repeating helps.
    #[error("{what} was held by other writers through all retries")]
    Busy {
        /// Which item.
        what: String,
    },
    /// The table did not answer. Whether a write took place is not known. Repeating helps.
    #[error("the table did not answer to {operation} of {what}")]
    Unreachable {
        /// Which operation.
        operation: &'static str,
        /// Which item.
        what: String,
        /// What the client said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The table refused the operation. Repeating does not help.
    #[error("the table refused {operation} of {what}")]
    Refused {
        /// Which operation.
        operation: &'static str,
        /// Which item.
        what: String,
        /// What the client said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An item is there but can't be read. Repeating does not help.
    #[error("{what} can't be read: {reason}")]
    Corrupt {
        /// Which item.
        what: String,
        /// Why.
        reason: String,
    },
}

impl StoreError {
    /// Whether the same call may succeed when it is repeated.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unreachable { .. })
    }
}
