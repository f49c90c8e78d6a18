//! The store in memory, with the conditions, indexes and versions of the one on DynamoDB.
//!
//! The simulation runs thousands of conversations on it, so the indexes are kept on each write instead of being searched
//! for. Every operation takes the one lock once: what is a transaction there is atomic here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::erase::{self, Erasure};
use super::item::{Item, name};
use super::{
    Commit, ConversationKey, Document, DocumentWrite, Expected, LOAD_LIMIT, LiveEntry, Loaded, LogLine, Recorded,
    Store, StoreError, Tally, keys, limits, rows, tally,
};
use crate::domain::event::InboxEvent;
use crate::domain::id::{ConversationId, WorkspaceId};

/// The store in memory. A clone shares what it keeps.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    table: Arc<Mutex<Table>>,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything it keeps, by partition and sort key.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.table().items.values().cloned().collect()
    }

    // A panic while the lock was held is a failed test's; no operation leaves the table half changed before it.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Key = (String, String);

#[derive(Debug, Default)]
struct Table {
    items: BTreeMap<Key, Item>,
    /// Each index: its partition, its sort value, and which item.
    work: BTreeSet<(String, i64, Key)>,
    live: BTreeSet<(String, String, Key)>,
    visitor: BTreeSet<(String, String, Key)>,
}

impl Table {
    fn get(&self, pk: &str, sk: &str) -> Option<&Item> {
        self.items.get(&(pk.to_owned(), sk.to_owned()))
    }

    fn put(&mut self, item: Item) {
        self.remove(&item.pk, &item.sk);
        let key = (item.pk.clone(), item.sk.clone());
        if let (Some(partition), Some(sort)) = (&item.work_pk, item.wake_at) {
            self.work.insert((partition.clone(), sort, key.clone()));
        }
        if let (Some(partition), Some(sort)) = (&item.live_pk, &item.live_sk) {
            self.live.insert((partition.clone(), sort.clone(), key.clone()));
        }
        if let (Some(partition), Some(sort)) = (&item.visitor_pk, &item.visitor_sk) {
            self.visitor.insert((partition.clone(), sort.clone(), key.clone()));
        }
        self.items.insert(key, item);
    }

    fn remove(&mut self, pk: &str, sk: &str) {
        let key = (pk.to_owned(), sk.to_owned());
        let Some(item) = self.items.remove(&key) else { return };
        if let (Some(partition), Some(sort)) = (item.work_pk, item.wake_at) {
            self.work.remove(&(partition, sort, key.clone()));
        }
        if let (Some(partition), Some(sort)) = (item.live_pk, item.live_sk) {
            self.live.remove(&(partition, sort, key.clone()));
        }
        if let (Some(partition), Some(sort)) = (item.visitor_pk, item.visitor_sk) {
            self.visitor.remove(&(partition, sort, key));
        }
    }

    /// The items of a partition whose sort keys begin with `prefix`.
    fn beginning<'a>(&'a self, pk: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items
            .range((pk.to_owned(), prefix.to_owned())..)
            .map(|(_, item)| item)
            .take_while(move |item| item.pk == pk && item.sk.starts_with(prefix))
    }

    /// Whether the version that is there is the one that was expected.
    fn check(&self, pk: &str, sk: &str, expected: Expected) -> Result<(), StoreError> {
        let there = self.get(pk, sk);
        let met = match expected {
            Expected::Anything => true,
            Expected::Absent => there.is_none(),
            Expected::Version(version) => there.is_some_and(|item| item.version == Some(version)),
        };
        if met { Ok(()) } else { Err(StoreError::Conflict { what: name(pk, sk) }) }
    }

    fn put_document(&mut self, write: &DocumentWrite) {
        let version = self.get(&write.partition, &write.name).and_then(|item| item.version).unwrap_or(0) + 1;
        self.put(Item::document(write, version));
    }
}

impl Store for Memory {
    async fn record(&self, key: &ConversationKey, event: &InboxEvent) -> Result<Recorded, StoreError> {
        let item = Item::unread(key, event)?;
        limits::item(&item).map_err(|limit| limit.refused("record", item.name()))?;
        let mut table = self.table();
        if table.get(&item.pk, &keys::marker(&event.dedup)).is_some() {
            return Ok(Recorded::AlreadyRead);
        }
        if table.get(&item.pk, &item.sk).is_some() {
            return Ok(Recorded::StillUnread);
        }
        table.put(item);
        Ok(Recorded::New)
    }

    async fn load(&self, key: &ConversationKey) -> Result<Loaded, StoreError> {
        let pk = keys::conversation(key);
        let table = self.table();
        let range = (pk.clone(), keys::LOAD_FROM.to_owned())..=(pk, keys::LOAD_TO.to_owned());
        let mut loaded = Loaded::default();
        // As pages of the query end: the one that reaches the state, or the place where it would be, is the last.
        let mut past_state = false;
        for (read, (_, item)) in table.items.range(range).rev().enumerate() {
            if past_state && i32::try_from(read).is_ok_and(|read| read % LOAD_LIMIT == 0) {
                break;
            }
            past_state |= rows::take(&mut loaded, item)?;
        }
        rows::in_order(&mut loaded);
        Ok(loaded)
    }

    async fn log(&self, key: &ConversationKey) -> Result<Vec<LogLine>, StoreError> {
        self.table().beginning(&keys::conversation(key), keys::LOG_PREFIX).map(Item::to_log).collect()
    }

    async fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let state = Item::state(&commit.key, &commit.state);
        let markers = commit.read.iter().map(|read| Item::marker(&commit.key, read, commit.now));
        let lines = commit.log.iter().map(|line| Item::log(&commit.key, line));
        let puts: Vec<Item> = [state].into_iter().chain(markers).chain(lines).collect();
        let documents: Vec<Item> = commit.documents.iter().map(|write| Item::document(write, 0)).collect();
        limits::commit(commit, puts.iter().chain(&documents))
            .map_err(|limit| limit.refused("commit", limits::commit_name(commit)))?;

        let mut table = self.table();
        let pk = keys::conversation(&commit.key);
        table.check(&pk, keys::STATE, commit.expected.map_or(Expected::Absent, Expected::Version))?;
        for write in &commit.documents {
            table.check(&write.partition, &write.name, write.expected)?;
        }
        for item in puts {
            table.put(item);
        }
        for read in &commit.read {
            table.remove(&pk, &keys::unread(&read.dedup));
        }
        for write in &commit.documents {
            table.put_document(write);
        }
        Ok(())
    }

    async fn due(
        &self,
        workspace: &WorkspaceId,
        shard: u8,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ConversationKey>, StoreError> {
        let partition = keys::work(workspace, shard);
        let table = self.table();
        let waiting = table.work.range((partition.clone(), i64::MIN, Key::default())..);
        let mut due = Vec::new();
        for (_, _, (pk, sk)) in waiting.take_while(|(pk, at, _)| *pk == partition && *at <= now.as_millisecond()) {
            if due.len() >= rows::count(limit) {
                break;
            }
            rows::once(&mut due, pk, sk)?;
        }
        Ok(due)
    }

    async fn live(
        &self,
        workspace: &WorkspaceId,
        after: Option<&(ConversationId, LiveEntry)>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, LiveEntry)>, StoreError> {
        let partition = keys::live(workspace);
        let after = after.map(|(id, entry)| keys::live_sort(&entry.sort, id)).unwrap_or_default();
        let table = self.table();
        let open = table.live.range((partition.clone(), after.clone(), Key::default())..);
        open.take_while(|(pk, ..)| *pk == partition)
            .skip_while(|(_, sort, _)| *sort == after)
            .filter_map(|(_, _, key)| table.items.get(key))
            .filter_map(|item| item.live_entry().transpose())
            .take(rows::count(limit))
            .collect()
    }

    async fn conversations_of_visitor(
        &self,
        workspace: &WorkspaceId,
        identity: &str,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let partition = keys::visitor(workspace, identity);
        let table = self.table();
        let theirs = table.visitor.range((partition.clone(), String::new(), Key::default())..);
        let theirs: Vec<_> = theirs.take_while(|(pk, ..)| *pk == partition).collect();
        (theirs.into_iter().rev().take(rows::count(limit)))
            .map(|(_, _, (pk, sk))| rows::conversation_of(pk, sk).map(|key| key.conversation))
            .collect()
    }

    async fn documents(&self, partition: &str, prefix: &str) -> Result<Vec<Document>, StoreError> {
        self.table().beginning(partition, prefix).map(Item::to_document).collect()
    }

    async fn document(&self, partition: &str, name: &str) -> Result<Option<Document>, StoreError> {
        self.table().get(partition, name).map(Item::to_document).transpose()
    }

    async fn put_document(&self, write: &DocumentWrite) -> Result<(), StoreError> {
        limits::document(write)
            .and_then(|()| limits::item(&Item::document(write, 0)))
            .map_err(|limit| limit.refused("put_document", name(&write.partition, &write.name)))?;
        let mut table = self.table();
        table.check(&write.partition, &write.name, write.expected)?;
        table.put_document(write);
        Ok(())
    }

    async fn delete_document(&self, partition: &str, name: &str) -> Result<(), StoreError> {
        self.table().remove(partition, name);
        Ok(())
    }

    async fn newest_documents(
        &self,
        partition: &str,
        prefix: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Document>, StoreError> {
        let table = self.table();
        let mut all: Vec<&Item> = table.beginning(partition, prefix).collect();
        all.retain(|item| before.is_none_or(|before| item.sk.as_str() < before));
        all.iter().rev().take(rows::count(limit)).map(|item| item.to_document()).collect()
    }

    async fn held(&self, key: &ConversationKey) -> Result<Vec<(String, String)>, StoreError> {
        Ok(erase::held(self.table().beginning(&keys::conversation(key), "").cloned().collect()))
    }

    async fn erase_conversation(&self, key: &ConversationKey, version: Option<u64>) -> Result<u32, StoreError> {
        let pk = keys::conversation(key);
        let mut table = self.table();
        let items: Vec<Item> = table.beginning(&pk, "").cloned().collect();
        let erasures = erase::erasures(&pk, &items, version)?;
        for erasure in &erasures.others {
            match erasure {
                Erasure::Remove { sk } => table.remove(&pk, sk),
                Erasure::Empty { item } => table.put(Item::clone(item)),
            }
        }
        table.remove(&pk, keys::STATE);
        Ok(erasures.count())
    }

    async fn erase_documents(&self, partition: &str) -> Result<u32, StoreError> {
        let mut table = self.table();
        let names: Vec<String> = table.beginning(partition, "").map(|item| item.sk.clone()).collect();
        for name in &names {
            table.remove(partition, name);
        }
        Ok(u32::try_from(names.len()).unwrap_or(u32::MAX))
    }

    async fn tally(&self, tally: &Tally) -> Result<(), StoreError> {
        let mut table = self.table();
        let counted = table.get(&keys::conversation(&tally.key), keys::COUNTED);
        let Some(change) = tally::change(tally, counted)? else { return Ok(()) };
        table.put(change.counted);
        for (name, delta) in change.deltas {
            let count = table.get(&change.partition, &name).and_then(|item| item.count).unwrap_or(0);
            table.put(Item { count: Some(count + delta), ..Item::new(change.partition.clone(), name) });
        }
        Ok(())
    }

    async fn counters(&self, workspace: &WorkspaceId, prefix: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        let table = self.table();
        let mut sums = BTreeMap::new();
        for shard in 0..keys::COUNTER_SHARDS {
            for item in table.beginning(&keys::counters(workspace, shard), prefix) {
                tally::add(&mut sums, item);
            }
        }
        Ok(tally::shown(sums))
    }

    async fn counters_between(
        &self,
        workspace: &WorkspaceId,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let table = self.table();
        let mut sums = BTreeMap::new();
        for shard in 0..keys::COUNTER_SHARDS {
            let partition = keys::counters(workspace, shard);
            for item in table.beginning(&partition, "").filter(|item| item.sk.as_str() >= from && item.sk.as_str() < to)
            {
                tally::add(&mut sums, item);
            }
        }
        Ok(tally::shown(sums))
    }
}
