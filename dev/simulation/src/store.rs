//! The store in memory, with a network before it: it conflicts, fails before it does anything, or does it and does not say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use shared::domain::event::{EventKind, InboxEvent};
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::domain::message::Sender;
use shared::store::{
    Commit, ConversationKey, Document, DocumentWrite, Expected, LiveEntry, Loaded, LogLine, Memory, Recorded, Store,
    StoreError, Tally,
};

use crate::faults::Fault;
use crate::portal::US;
use crate::portal::conversation_of;
use crate::process::Process;
use crate::sabotage::Sabotage;
use crate::world::World;

/// A process's way to the table.
#[derive(Clone)]
pub(crate) struct Faulty {
    memory: Memory,
    process: Arc<Process>,
}

/// How a write goes wrong.
enum Wrong {
    Not,
    Conflict,
    AnswerLost,
}

impl Faulty {
    pub(crate) fn new(world: &Arc<World>, process: &Arc<Process>) -> Self {
        Self { memory: world.memory.clone(), process: Arc::clone(process) }
    }

    async fn begin(&self, operation: &'static str) -> Result<(), StoreError> {
        self.process.step(operation).await;
        let Some(world) = self.process.world.upgrade() else { return Ok(()) };
        let now = world.now_ms();
        let inner = world.lock();
        let calm = inner.dice.is_calm();
        if !calm && inner.store_down.iter().any(|(from, to)| (*from..*to).contains(&now)) {
            return Err(unreachable(operation));
        }
        drop(inner);
        Ok(())
    }

    fn goes_wrong(&self) -> Wrong {
        let Some(world) = self.process.world.upgrade() else { return Wrong::Not };
        let conversation = self.process.conversation();
        let dice = &mut world.lock().dice;
        if dice.strikes(Fault::Conflict, conversation) {
            Wrong::Conflict
        } else if dice.strikes(Fault::LostCommitAnswer, conversation) {
            Wrong::AnswerLost
        } else {
            Wrong::Not
        }
    }

    fn is(&self, sabotage: Sabotage) -> bool {
        self.process.world.upgrade().is_some_and(|world| world.is(sabotage))
    }
}

fn unreachable(operation: &'static str) -> StoreError {
    StoreError::Unreachable { operation, what: "the table".to_owned(), source: "the simulation".into() }
}

fn by_human(event: &InboxEvent) -> bool {
    match &event.event.kind {
        EventKind::OperatorReplied { message } => {
            matches!(&message.sender, Sender::Operator { id, .. } if id.as_str() != US)
        }
        EventKind::AttenderUpdated | EventKind::Transfer { .. } => {
            event.event.told.attender.as_ref().is_some_and(|attender| attender.id.as_str() != US)
        }
        _ => false,
    }
}

impl Store for Faulty {
    async fn record(&self, key: &ConversationKey, event: &InboxEvent) -> Result<Recorded, StoreError> {
        self.begin("record").await?;
        let wrong = self.goes_wrong();
        if let Wrong::Conflict = wrong {
            return Err(StoreError::Busy { what: "an inbox".to_owned() });
        }
        let recorded = self.memory.record(key, event).await;
        if let Some(world) = self.process.world.upgrade() {
            let now = world.now_ms();
            let conversation = conversation_of(key.conversation.as_str()).unwrap_or(0);
            world.lock().judge.recorded(now, conversation, event);
        }
        self.process.step("after recording").await;
        if let Wrong::AnswerLost = wrong { Err(unreachable("record")) } else { recorded }
    }

    async fn load(&self, key: &ConversationKey) -> Result<Loaded, StoreError> {
        self.begin("load").await?;
        let mut loaded = self.memory.load(key).await;
        if let Some(world) = self.process.world.upgrade() {
            self.process.looked_at.store(world.now_ms(), Ordering::Relaxed);
        }
        let look = self.process.looks.fetch_add(1, Ordering::Relaxed);
        if let (true, true, Ok(loaded)) = (look > 0, self.is(Sabotage::BlindLastLook), &mut loaded) {
            loaded.unread.retain(|event| !by_human(event));
        }
        self.process.step("after loading").await;
        loaded
    }

    async fn log(&self, key: &ConversationKey) -> Result<Vec<LogLine>, StoreError> {
        self.begin("log").await?;
        self.memory.log(key).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.begin("before committing").await?;
        let wrong = self.goes_wrong();
        if let Wrong::Conflict = wrong {
            return Err(StoreError::Conflict { what: "a state".to_owned() });
        }
        let mut done = self.memory.commit(commit).await;
        if let (true, Err(StoreError::Conflict { .. })) = (self.is(Sabotage::IgnoreVersion), &done) {
            let there = self.memory.load(&commit.key).await?.state.map(|state| state.version);
            let mut forced = commit.clone();
            forced.expected = there;
            forced.state.version = there.unwrap_or(0) + 1;
            done = self.memory.commit(&forced).await;
        }
        if let (Ok(()), Some(world)) = (&done, self.process.world.upgrade()) {
            world.lock().judge.committed(self.process.conversation(), &commit.state);
        }
        self.process.step("after committing").await;
        if let Wrong::AnswerLost = wrong { Err(unreachable("commit")) } else { done }
    }

    async fn due(
        &self,
        workspace: &WorkspaceId,
        shard: u8,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ConversationKey>, StoreError> {
        self.begin("due").await?;
        self.memory.due(workspace, shard, now, limit).await
    }

    async fn live(
        &self,
        workspace: &WorkspaceId,
        after: Option<&(ConversationId, LiveEntry)>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, LiveEntry)>, StoreError> {
        self.begin("live").await?;
        self.memory.live(workspace, after, limit).await
    }

    async fn conversations_of_visitor(
        &self,
        workspace: &WorkspaceId,
        identity: &str,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.begin("visitor").await?;
        self.memory.conversations_of_visitor(workspace, identity, limit).await
    }

    async fn documents(&self, partition: &str, prefix: &str) -> Result<Vec<Document>, StoreError> {
        self.begin("documents").await?;
        self.memory.documents(partition, prefix).await
    }

    async fn document(&self, partition: &str, name: &str) -> Result<Option<Document>, StoreError> {
        self.begin("document").await?;
        self.memory.document(partition, name).await
    }

    async fn put_document(&self, write: &DocumentWrite) -> Result<(), StoreError> {
        self.begin("put_document").await?;
        let wrong = self.goes_wrong();
        if let (Wrong::Conflict, Expected::Absent | Expected::Version(_)) = (&wrong, write.expected) {
            return Err(StoreError::Conflict { what: "a document".to_owned() });
        }
        let done = self.memory.put_document(write).await;
        if let Wrong::AnswerLost = wrong { Err(unreachable("put_document")) } else { done }
    }

    async fn delete_document(&self, partition: &str, name: &str) -> Result<(), StoreError> {
        self.begin("delete_document").await?;
        self.memory.delete_document(partition, name).await
    }

    async fn newest_documents(
        &self,
        partition: &str,
        prefix: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Document>, StoreError> {
        self.begin("newest_documents").await?;
        self.memory.newest_documents(partition, prefix, before, limit).await
    }

    async fn held(&self, key: &ConversationKey) -> Result<Vec<(String, String)>, StoreError> {
        self.begin("held").await?;
        self.memory.held(key).await
    }

    async fn erase_conversation(&self, key: &ConversationKey, version: Option<u64>) -> Result<u32, StoreError> {
        self.begin("erase_conversation").await?;
        self.memory.erase_conversation(key, version).await
    }

    async fn erase_documents(&self, partition: &str) -> Result<u32, StoreError> {
        self.begin("erase_documents").await?;
        self.memory.erase_documents(partition).await
    }

    async fn counters_between(
        &self,
        workspace: &WorkspaceId,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        self.begin("counters_between").await?;
        self.memory.counters_between(workspace, from, to).await
    }

    async fn tally(&self, tally: &Tally) -> Result<(), StoreError> {
        self.begin("tally").await?;
        self.memory.tally(tally).await
    }

    async fn counters(&self, workspace: &WorkspaceId, prefix: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        self.begin("counters").await?;
        self.memory.counters(workspace, prefix).await
    }
}
