//! What the sentinel compares with: SalesIQ's lists of chats, single chats, their messages, and failed deliveries.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use super::{Portal, as_event};
use crate::domain::event::{DedupKey, EventKind, InboxEvent};
use crate::domain::fingerprint::hex;
use crate::domain::id::{ConversationId, DepartmentId};
use crate::domain::message::Sender;
use crate::domain::reconcile::{Chat, ListedLine};
use crate::salesiq::client::{Conversation, ConversationFilter, StatusFilter};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::Principal;
use crate::store::Store;

/// Which chats a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Those that nobody has taken.
    Waiting,
    /// Those that somebody attends.
    Attended,
    /// Those that nobody took in time, changed since then.
    Missed {
        /// Since when.
        since: Timestamp,
    },
}

/// A list of chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatList {
    /// Which chats.
    pub shows: Shows,
    /// Of this department; otherwise of the operator's own.
    pub department: Option<DepartmentId>,
    /// Only those that our operator attends.
    pub ours_only: bool,
    /// Who asks.
    pub asked_by: Principal,
}

/// A chat as SalesIQ shows it.
#[derive(Debug, Clone)]
pub struct ShownChat {
    /// The conversation.
    pub id: ConversationId,
    /// How it stands.
    pub chat: Chat,
    /// The same as an event for its inbox; its key is the same as long as nothing changes.
    pub read: InboxEvent,
}

impl ShownChat {
    fn of(row: &Conversation, now: Timestamp) -> Self {
        let visitors = row.last_message.as_ref().filter(|last| matches!(last.sender, Sender::Visitor { .. }));
        let times = [row.started_at, row.attended_at, row.ended_at, row.missed_at];
        let changed_at = row.modified_at.or_else(|| times.into_iter().flatten().max());
        let mut read = as_event(row, now);
        read.event.time = changed_at;
        read.order = changed_at.unwrap_or(now);
        let attender = read.event.told.attender.clone();
        let by = attender.as_ref().map(|attender| attender.id.as_str()).unwrap_or_default();
        read.dedup = key(&format!("read {:?} {by}", row.status), &row.id, changed_at);
        let chat = Chat {
            status: row.status,
            brand: row.brand.clone(),
            attender,
            changed_at,
            visitor_wrote_at: visitors.and_then(|last| last.time),
        };
        Self { id: row.id.clone(), chat, read }
    }

    /// That it was reopened, as an event for its inbox.
    #[must_use]
    pub fn reopened(&self) -> InboxEvent {
        let mut event = self.read.clone();
        event.event.kind = EventKind::Reopened;
        event.dedup = key("reopened", &self.id, self.chat.changed_at);
        event
    }
}

impl<S: Store> Portal<S> {
    /// Whether there is an administrator who sees the chats of all departments.
    #[must_use]
    pub fn has_facilitator(&self) -> bool {
        self.0.settings.escalation.facilitator.is_some()
    }

    /// One page of a list of chats, and whether there are more.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn chats(
        &self,
        list: &ChatList,
        page: u32,
        now: Timestamp,
    ) -> Result<(Vec<ShownChat>, bool), SalesiqError> {
        let filter = ConversationFilter {
            page,
            status: Some(match list.shows {
                Shows::Waiting => StatusFilter::Waiting,
                Shows::Attended => StatusFilter::Connected,
                Shows::Missed { .. } => StatusFilter::Missed,
            }),
            updated_from: match list.shows {
                Shows::Missed { since } => Some(since),
                Shows::Waiting | Shows::Attended => None,
            },
            department: list.department.clone(),
            attender: list.ours_only.then(|| self.0.settings.bot_operator.clone()),
            ..ConversationFilter::default()
        };
        let listed = self.0.client.conversations(list.asked_by, &filter).await?;
        Ok((listed.rows.iter().map(|row| ShownChat::of(row, now)).collect(), listed.more))
    }

    /// One chat.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn chat(
        &self,
        conversation: &ConversationId,
        asked_by: Principal,
        now: Timestamp,
    ) -> Result<ShownChat, SalesiqError> {
        let read = self.0.client.conversation(asked_by, conversation).await?;
        Ok(ShownChat::of(&read, now))
    }

    /// The newest lines of a chat since `from`, without SalesIQ's own remarks; `otherwise` is the time of one without.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn listed_lines(
        &self,
        conversation: &ConversationId,
        from: Timestamp,
        otherwise: Timestamp,
        asked_by: Principal,
    ) -> Result<Vec<ListedLine>, SalesiqError> {
        let rows = self.0.client.messages(asked_by, conversation, Some(from)).await?;
        let lines = rows.into_iter().filter(|row| !row.is_remark());
        Ok(lines
            .map(|row| ListedLine { dedup: row.dedup(conversation), message: row.into_message(otherwise) })
            .collect())
    }

    /// The webhooks that deliver to us and have failed executions, or do not tell how many.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn failing_webhooks(&self, is_ours: impl Fn(&str) -> bool) -> Result<Vec<String>, SalesiqError> {
        let webhooks = self.0.client.webhooks(self.overseer()).await?;
        let ours = webhooks.into_iter().filter(|webhook| webhook.url.as_deref().is_some_and(&is_ours));
        Ok(ours.filter(|webhook| webhook.failures != Some(0)).map(|webhook| webhook.id).collect())
    }

    /// The failed executions of a webhook.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn failed_executions(&self, webhook: &str) -> Result<Vec<String>, SalesiqError> {
        let executions = self.0.client.failed_executions(self.overseer(), webhook).await?;
        Ok(executions.into_iter().map(|execution| execution.id).collect())
    }

    /// Lets SalesIQ run failed executions again; tells which it left out.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn retry_executions(&self, webhook: &str, executions: &[String]) -> Result<Vec<String>, SalesiqError> {
        let retried = self.0.client.retry_executions(self.overseer(), webhook, executions).await?;
        Ok(retried.skipped)
    }
}

fn key(what: &str, conversation: &ConversationId, at: Option<Timestamp>) -> DedupKey {
    let of = format!("{what}|{conversation}|{}", at.map(Timestamp::as_millisecond).unwrap_or_default());
    DedupKey::from_hex(hex(&digest(&SHA256, of.as_bytes()).as_ref()[..16]))
}
