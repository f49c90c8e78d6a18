//! The store on one DynamoDB table.
//!
//! What may go wrong here and nowhere else: an answer is lost, and the client sends the same request again. A
//! transaction carries a token by which DynamoDB knows it again for ten minutes and answers "done" a second time. A
//! put has no such token, and its own condition would fail against what it wrote itself; so each written version
//! carries a stamp, and a failed condition that meets our own stamp is our own success. One random text serves as both.

mod attributes;
mod erase;
mod error;
mod read;
mod retry;
mod table;
mod transaction;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use jiff::Timestamp;

use super::{
    Commit, ConversationKey, Document, DocumentWrite, LiveEntry, Loaded, LogLine, Recorded, Store, StoreError, Tally,
};
use crate::domain::event::InboxEvent;
use crate::domain::id::{ConversationId, WorkspaceId};

pub use table::{create_table, items};

/// The store on a DynamoDB table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DynamoDb {
    client: Client,
    table: Arc<str>,
}

impl DynamoDb {
    /// The store on this table, which has to have the keys and indexes of [`create_table`].
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table: table.into() }
    }
}

impl Store for DynamoDb {
    async fn record(&self, key: &ConversationKey, event: &InboxEvent) -> Result<Recorded, StoreError> {
        self.record_event(key, event).await
    }

    async fn load(&self, key: &ConversationKey) -> Result<Loaded, StoreError> {
        self.load_conversation(key).await
    }

    async fn log(&self, key: &ConversationKey) -> Result<Vec<LogLine>, StoreError> {
        self.read_log(key).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.write_commit(commit).await
    }

    async fn due(
        &self,
        workspace: &WorkspaceId,
        shard: u8,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ConversationKey>, StoreError> {
        self.read_due(workspace, shard, now, limit).await
    }

    async fn live(
        &self,
        workspace: &WorkspaceId,
        after: Option<&(ConversationId, LiveEntry)>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, LiveEntry)>, StoreError> {
        self.read_live(workspace, after, limit).await
    }

    async fn conversations_of_visitor(
        &self,
        workspace: &WorkspaceId,
        identity: &str,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.read_visitor(workspace, identity, limit).await
    }

    async fn documents(&self, partition: &str, prefix: &str) -> Result<Vec<Document>, StoreError> {
        self.read_documents(partition, prefix).await
    }

    async fn document(&self, partition: &str, name: &str) -> Result<Option<Document>, StoreError> {
        let item = self.get("document", partition, name).await?;
        item.as_ref().map(super::Item::to_document).transpose()
    }

    async fn put_document(&self, write: &DocumentWrite) -> Result<(), StoreError> {
        self.write_document(write).await
    }

    async fn delete_document(&self, partition: &str, name: &str) -> Result<(), StoreError> {
        self.remove_document(partition, name).await
    }

    async fn newest_documents(
        &self,
        partition: &str,
        prefix: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Document>, StoreError> {
        self.read_newest_documents(partition, prefix, before, limit).await
    }

    async fn held(&self, key: &ConversationKey) -> Result<Vec<(String, String)>, StoreError> {
        self.read_held(key).await
    }

    async fn erase_conversation(&self, key: &ConversationKey, version: Option<u64>) -> Result<u32, StoreError> {
        self.erase_items_of(key, version).await
    }

    async fn erase_documents(&self, partition: &str) -> Result<u32, StoreError> {
        self.erase_items(partition).await
    }

    async fn tally(&self, tally: &Tally) -> Result<(), StoreError> {
        self.write_tally(tally).await
    }

    async fn counters(&self, workspace: &WorkspaceId, prefix: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        self.read_counters(workspace, prefix).await
    }

    async fn counters_between(
        &self,
        workspace: &WorkspaceId,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        self.read_counters_between(workspace, from, to).await
    }
}
