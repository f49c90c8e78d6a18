//! A store of documents that counts its calls: all that tokens need of one.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use shared::domain::event::InboxEvent;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::store::{
    Commit, ConversationKey, Document, DocumentWrite, Expected, LiveEntry, Loaded, Recorded, Store, StoreError, Tally,
};

#[derive(Default)]
pub struct Documents {
    documents: Mutex<BTreeMap<(String, String), Document>>,
    calls: AtomicU64,
}

impl Documents {
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Store for Documents {
    async fn document(&self, partition: &str, name: &str) -> Result<Option<Document>, StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        // As over a network, others get their turn meanwhile.
        tokio::task::yield_now().await;
        Ok(self.documents.lock().unwrap().get(&(partition.to_owned(), name.to_owned())).cloned())
    }

    async fn put_document(&self, write: &DocumentWrite) -> Result<(), StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        let mut documents = self.documents.lock().unwrap();
        let key = (write.partition.clone(), write.name.clone());
        let version = documents.get(&key).map(|document| document.version);
        let met = match write.expected {
            Expected::Anything => true,
            Expected::Absent => version.is_none(),
            Expected::Version(expected) => version == Some(expected),
        };
        if !met {
            return Err(StoreError::Conflict { what: write.name.clone() });
        }
        let document =
            Document { name: write.name.clone(), version: version.unwrap_or(0) + 1, body: write.body.clone() };
        documents.insert(key, document);
        Ok(())
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
