//! The store in memory, counting its calls.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use shared::domain::event::InboxEvent;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::store::{
    Commit, ConversationKey, Document, DocumentWrite, LiveEntry, Loaded, Memory, Recorded, Store, StoreError, Tally,
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

    async fn record(&self, _: &ConversationKey, _: &InboxEvent) -> Result<Recorded, StoreError> {
        unimplemented!("tokens record no events")
    }
    async fn load(&self, _: &ConversationKey) -> Result<Loaded, StoreError> {
        unimplemented!("tokens load no conversations")
    }
    async fn commit(&self, _: &Commit) -> Result<(), StoreError> {
        unimplemented!("tokens commit nothing")
    }
    async fn due(&self, _: &WorkspaceId, _: u8, _: Timestamp, _: u32) -> Result<Vec<ConversationKey>, StoreError> {
        unimplemented!("tokens wake nobody")
    }
    async fn live(&self, _: &WorkspaceId, _: u32) -> Result<Vec<(ConversationId, LiveEntry)>, StoreError> {
        unimplemented!("tokens list no conversations")
    }
    async fn conversations_of_visitor(
        &self,
        _: &WorkspaceId,
        _: &str,
        _: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        unimplemented!("tokens list no conversations")
    }
    async fn documents(&self, _: &str, _: &str) -> Result<Vec<Document>, StoreError> {
        unimplemented!("tokens list no documents")
    }
    async fn tally(&self, _: &Tally) -> Result<(), StoreError> {
        unimplemented!("tokens count nothing")
    }
    async fn counters(&self, _: &WorkspaceId, _: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        unimplemented!("tokens count nothing")
    }
}
