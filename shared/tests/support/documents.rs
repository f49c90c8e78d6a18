//! The store in memory, counting its calls.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use shared::domain::event::InboxEvent;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::store::{
    Commit, ConversationKey, Document, DocumentWrite, LiveEntry, Loaded, LogLine, Memory, Recorded, Store, StoreError,
    Tally,
};

#[derive(Default)]
pub struct Documents {
    memory: Memory,
    calls: AtomicU64,
}

impl Documents {
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    // As over a network, others get their turn meanwhile.
    async fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
    }
}

impl Store for Documents {
    async fn document(&self, partition: &str, name: &str) -> Result<Option<Document>, StoreError> {
        self.count().await;
        self.memory.document(partition, name).await
    }

    async fn put_document(&self, write: &DocumentWrite) -> Result<(), StoreError> {
        self.count().await;
        self.memory.put_document(write).await
    }

    async fn delete_document(&self, partition: &str, name: &str) -> Result<(), StoreError> {
        self.memory.delete_document(partition, name).await
    }

    async fn newest_documents(
        &self,
        partition: &str,
        prefix: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Document>, StoreError> {
        self.memory.newest_documents(partition, prefix, before, limit).await
    }

    async fn held(&self, key: &ConversationKey) -> Result<Vec<(String, String)>, StoreError> {
        self.memory.held(key).await
    }

    async fn erase_conversation(&self, key: &ConversationKey, version: Option<u64>) -> Result<u32, StoreError> {
        self.memory.erase_conversation(key, version).await
    }

    async fn erase_documents(&self, partition: &str) -> Result<u32, StoreError> {
        self.memory.erase_documents(partition).await
    }

    async fn counters_between(
        &self,
        workspace: &WorkspaceId,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        self.memory.counters_between(workspace, from, to).await
    }

    async fn record(&self, key: &ConversationKey, event: &InboxEvent) -> Result<Recorded, StoreError> {
        self.memory.record(key, event).await
    }

    async fn load(&self, key: &ConversationKey) -> Result<Loaded, StoreError> {
        self.memory.load(key).await
    }

    async fn log(&self, key: &ConversationKey) -> Result<Vec<LogLine>, StoreError> {
        self.memory.log(key).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.memory.commit(commit).await
    }

    async fn due(
        &self,
        workspace: &WorkspaceId,
        shard: u8,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ConversationKey>, StoreError> {
        self.memory.due(workspace, shard, now, limit).await
    }

    async fn live(
        &self,
        workspace: &WorkspaceId,
        after: Option<&(ConversationId, LiveEntry)>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, LiveEntry)>, StoreError> {
        self.memory.live(workspace, after, limit).await
    }

    async fn conversations_of_visitor(
        &self,
        workspace: &WorkspaceId,
        identity: &str,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.memory.conversations_of_visitor(workspace, identity, limit).await
    }

    async fn documents(&self, partition: &str, prefix: &str) -> Result<Vec<Document>, StoreError> {
        self.memory.documents(partition, prefix).await
    }

    async fn tally(&self, tally: &Tally) -> Result<(), StoreError> {
        self.memory.tally(tally).await
    }

    async fn counters(&self, workspace: &WorkspaceId, prefix: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        self.memory.counters(workspace, prefix).await
    }
}
