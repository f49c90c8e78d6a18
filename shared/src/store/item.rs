//! An item of the table, and how the contract's types become items and are read back.
//!
//! Both implementations keep exactly these items, so a dump of one can be laid beside a dump of the other. What differs
//! between them, and what the contract suite compares, is who checks the conditions and who keeps the indexes.

use jiff::{SignedDuration, Timestamp};

use super::{
    ConversationKey, Document, DocumentWrite, LiveEntry, LogLine, MARKER_DAYS, ReadEvent, StateItem, StoreError,
    UNREAD_OVERDUE_SECONDS, VisitorEntry, keys,
};
use crate::domain::event::InboxEvent;

/// An item as it lies in the table. What is `None` is no attribute at all: that is what keeps the indexes sparse.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
    /// Counts the writes of a state, a document, or the counted totals of a conversation.
    pub version: Option<u64>,
    /// JSON.
    pub body: Option<String>,
    /// Sorts the `WORK` index: milliseconds since 1970.
    pub wake_at: Option<i64>,
    /// Partition of the `WORK` index.
    pub work_pk: Option<String>,
    /// Partition of the `LIVE` index.
    pub live_pk: Option<String>,
    /// Sorts the `LIVE` index.
    pub live_sk: Option<String>,
    /// What the list of open conversations shows.
    pub live: Option<String>,
    /// Partition of the `VISITOR` index.
    pub visitor_pk: Option<String>,
    /// Sorts the `VISITOR` index.
    pub visitor_sk: Option<String>,
    /// When DynamoDB deletes it: seconds since 1970.
    pub expires_at: Option<i64>,
    /// A counter's value.
    pub count: Option<i64>,
    /// Which write put it there; only `DynamoDb` needs it, to know its own writes again after a lost answer.
    pub stamp: Option<String>,
}

impl Item {
    pub(super) fn new(pk: String, sk: String) -> Self {
        Self { pk, sk, ..Self::default() }
    }

    pub(super) fn state(key: &ConversationKey, state: &StateItem) -> Self {
        let mut item = Self::new(keys::conversation(key), keys::STATE.to_owned());
        item.version = Some(state.version);
        item.body = Some(state.body.clone());
        item.wake(key, state.wake_at);
        if let Some(live) = &state.live {
            item.live_pk = Some(keys::live(&key.workspace));
            item.live_sk = Some(keys::live_sort(&live.sort, &key.conversation));
            item.live = Some(live.body.clone());
        }
        if let Some(visitor) = &state.visitor {
            item.visitor_pk = Some(keys::visitor(&key.workspace, &visitor.identity));
            item.visitor_sk = Some(keys::visitor_sort(visitor.opened_at, &key.conversation));
        }
        item.expires_at = state.expires_at.map(Timestamp::as_second);
        item
    }

    // No `expires_at`: an unread event that expired would be a lost request.
    pub(super) fn unread(key: &ConversationKey, event: &InboxEvent) -> Result<Self, StoreError> {
        let mut item = Self::new(keys::conversation(key), keys::unread(&event.dedup));
        let body = serde_json::to_string(event).map_err(|source| StoreError::Refused {
            operation: "record",
            what: item.name(),
            source: Box::new(source),
        })?;
        item.body = Some(body);
        item.wake(key, Some(later(event.received_at, SignedDuration::from_secs(UNREAD_OVERDUE_SECONDS))));
        Ok(item)
    }

    pub(super) fn marker(key: &ConversationKey, read: &ReadEvent, now: Timestamp) -> Self {
        let mut item = Self::new(keys::conversation(key), keys::marker(&read.dedup));
        item.body.clone_from(&read.keep);
        item.expires_at = Some(later(now, SignedDuration::from_hours(24 * MARKER_DAYS)).as_second());
        item
    }

    pub(super) fn log(key: &ConversationKey, line: &LogLine) -> Self {
        let mut item = Self::new(keys::conversation(key), keys::log(line.time, &line.dedup));
        item.body = Some(line.body.clone());
        item.expires_at = line.expires_at.map(Timestamp::as_second);
        item
    }

    pub(super) fn document(write: &DocumentWrite, version: u64) -> Self {
        let mut item = Self::new(write.partition.clone(), write.name.clone());
        item.version = Some(version);
        item.body = Some(write.body.clone());
        item.expires_at = write.expires_at.map(Timestamp::as_second);
        item
    }

    fn wake(&mut self, key: &ConversationKey, at: Option<Timestamp>) {
        self.wake_at = at.map(Timestamp::as_millisecond);
        self.work_pk = at.map(|_| keys::work(&key.workspace, keys::work_shard(&key.conversation)));
    }

    pub(super) fn to_state(&self) -> Result<StateItem, StoreError> {
        Ok(StateItem {
            version: self.required_version()?,
            body: self.required_body()?.to_owned(),
            wake_at: self.wake_at.map(|at| self.time(Timestamp::from_millisecond(at))).transpose()?,
            live: self.live_entry()?.map(|(_, entry)| entry),
            visitor: self.visitor_entry()?,
            expires_at: self.expiry()?,
        })
    }

    pub(super) fn to_unread(&self) -> Result<InboxEvent, StoreError> {
        serde_json::from_str(self.required_body()?).map_err(|error| self.corrupt(&format!("its event: {error}")))
    }

    pub(super) fn to_log(&self) -> Result<LogLine, StoreError> {
        let (time, dedup) =
            keys::parse_log(&self.sk).ok_or_else(|| self.corrupt("its sort key is not a log line's"))?;
        Ok(LogLine { time, dedup, body: self.required_body()?.to_owned(), expires_at: self.expiry()? })
    }

    pub(super) fn to_document(&self) -> Result<Document, StoreError> {
        Ok(Document {
            name: self.sk.clone(),
            version: self.required_version()?,
            body: self.required_body()?.to_owned(),
        })
    }

    /// The entry on the list of open conversations, and of which conversation it is.
    pub(super) fn live_entry(&self) -> Result<Option<(crate::domain::id::ConversationId, LiveEntry)>, StoreError> {
        let (Some(sort), Some(body)) = (&self.live_sk, &self.live) else { return Ok(None) };
        let (sort, conversation) = keys::parse_sort(sort).ok_or_else(|| self.corrupt("its live_sk"))?;
        Ok(Some((conversation, LiveEntry { sort: sort.to_owned(), body: body.clone() })))
    }

    fn visitor_entry(&self) -> Result<Option<VisitorEntry>, StoreError> {
        let (Some(partition), Some(sort)) = (&self.visitor_pk, &self.visitor_sk) else { return Ok(None) };
        let identity = partition.splitn(3, '#').nth(2).ok_or_else(|| self.corrupt("its visitor_pk"))?;
        let opened_at = keys::parse_sort(sort)
            .and_then(|(time, _)| time.parse().ok())
            .and_then(|time| Timestamp::from_millisecond(time).ok())
            .ok_or_else(|| self.corrupt("its visitor_sk"))?;
        Ok(Some(VisitorEntry { identity: identity.to_owned(), opened_at }))
    }

    pub(super) fn required_version(&self) -> Result<u64, StoreError> {
        self.version.ok_or_else(|| self.corrupt("it has no version"))
    }

    pub(super) fn required_body(&self) -> Result<&str, StoreError> {
        self.body.as_deref().ok_or_else(|| self.corrupt("it has no body"))
    }

    fn expiry(&self) -> Result<Option<Timestamp>, StoreError> {
        self.expires_at.map(|at| self.time(Timestamp::from_second(at))).transpose()
    }

    fn time(&self, time: Result<Timestamp, jiff::Error>) -> Result<Timestamp, StoreError> {
        time.map_err(|error| self.corrupt(&error.to_string()))
    }

    pub(super) fn corrupt(&self, reason: &str) -> StoreError {
        StoreError::Corrupt { what: self.name(), reason: reason.to_owned() }
    }

    /// How errors and logs call it.
    pub(super) fn name(&self) -> String {
        name(&self.pk, &self.sk)
    }

    /// An upper bound of its size as DynamoDB counts it: names and values, a number at most 21 bytes.
    pub(super) fn size(&self) -> usize {
        const NUMBER: usize = 21;
        let texts = [
            ("body", &self.body),
            ("work_pk", &self.work_pk),
            ("live_pk", &self.live_pk),
            ("live_sk", &self.live_sk),
            ("live", &self.live),
            ("visitor_pk", &self.visitor_pk),
            ("visitor_sk", &self.visitor_sk),
        ];
        let texts: usize =
            texts.iter().map(|(name, text)| text.as_ref().map_or(0, |text| name.len() + text.len())).sum();
        let numbers = "version".len() + "wake_at".len() + "expires_at".len() + "count".len() + 4 * NUMBER;
        let stamp = "stamp".len() + 32;
        "pk".len() + self.pk.len() + "sk".len() + self.sk.len() + texts + numbers + stamp
    }
}

pub(super) fn name(pk: &str, sk: &str) -> String {
    format!("{pk}/{sk}")
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
