//! What SalesIQ tells us, in the domain's words. `salesiq::webhook` makes these of payloads.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{BrandId, ConversationId, DepartmentId, MessageId, OperatorId};
use super::message::{Message, Visitor};

/// Which delivery is the same: a hash in hexadecimal, equal for two deliveries of one event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DedupKey(String);

impl DedupKey {
    /// Wraps an already computed hash (lower-case hexadecimal).
    #[must_use]
    pub fn from_hex(hex: String) -> Self {
        Self(hex)
    }

    /// The hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An event as it lies in a conversation's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxEvent {
    /// Which delivery is the same.
    pub dedup: DedupKey,
    /// Where it belongs among its neighbours: event time, else a 13-digit msgid, else the entity's times, else `received_at`.
    pub order: Timestamp,
    /// When the webhook took it.
    pub received_at: Timestamp,
    /// What it says.
    pub event: Event,
    /// The JSON of an unknown event, clipped: nothing else keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// One event of a conversation: what happened, and what SalesIQ told along with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The conversation.
    pub conversation: ConversationId,
    /// When it happened, by SalesIQ's clock; absent in some flat payloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// What happened.
    pub kind: EventKind,
    /// What SalesIQ told about the conversation on the occasion.
    #[serde(default)]
    pub told: Told,
}

/// What an event tells about its conversation besides what happened. Each part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The brand (`app_id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandId>,
    /// The department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
    /// The visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<Visitor>,
    /// The visitor's first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// When the conversation was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// Who is named as the one attending (`owner` in webhooks).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attender: Option<OperatorRef>,
    /// Which session of the conversation (`thread_number`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_number: Option<u32>,
}

/// An operator as named in an event or by REST.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OperatorRef {
    /// The id.
    pub id: OperatorId,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// SalesIQ marks it as a bot (`is_bot`, REST only).
    #[serde(default)]
    pub is_bot: bool,
}

/// What happened (api.md §5.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// `conversation.created`; the first line is `told.question`.
    Created,
    /// `conversation.attender.updated`; the new attender is `told.attender`.
    AttenderUpdated,
    /// `conversation.visitor.replied`.
    VisitorReplied {
        /// The line.
        message: Message,
    },
    /// `conversation.operator.replied`, ours included (api.md §9.1, assumption).
    OperatorReplied {
        /// The line.
        message: Message,
    },
    /// `conversation.message.edited`.
    MessageEdited {
        /// The message that was edited.
        message: MessageId,
        /// Its new text.
        text: Option<String>,
    },
    /// `conversation.message.deleted`.
    MessageDeleted {
        /// The message that was deleted.
        message: MessageId,
    },
    /// `conversation.transfer.initiated|accepted|rejected`.
    Transfer {
        /// How far it got.
        step: TransferStep,
        /// Who accepted or rejected it, or is being rung.
        operator: Option<OperatorRef>,
        /// The department it goes to.
        department: Option<DepartmentId>,
    },
    /// `conversation.participants.added|deleted`.
    ParticipantsChanged,
    /// `conversation.supervisor.added`.
    SupervisorAdded,
    /// `conversation.missed`.
    Missed,
    /// `conversation.completed`.
    Completed {
        /// `ended_by`.
        ended_by: Option<EndedBy>,
    },
    /// `conversation.rated`.
    Rated {
        /// Stars, as SalesIQ counts them.
        rating: Option<i64>,
        /// The visitor's words.
        feedback: Option<String>,
    },
    /// `conversation.metrics` (workflows only).
    Metrics,
    /// `conversation.reopened` (workflows only).
    Reopened,
    /// Not from a webhook: a line in SalesIQ's list of the conversation's messages that none told of.
    LineFound {
        /// The line.
        message: Message,
        /// Lines of the same person that say the same at about the same time, and are others.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        others: Vec<MessageId>,
    },
    /// Not from a webhook: what reading the conversation by REST said.
    Read {
        /// How SalesIQ has it.
        status: ReadStatus,
    },
    /// Not from SalesIQ: somebody who may asked for the end of the chat ([`super::countdown::end_asked`]).
    EndAsked {
        /// With the brand's countdown; else with a last word, and at once.
        countdown: bool,
    },
    /// Not from SalesIQ: a person asked for something in the console.
    Asked {
        /// Who.
        by: super::ask::Person,
        /// What for.
        ask: super::ask::Ask,
    },
    /// An event name that we don't know, or a payload whose event can't be told.
    Unknown {
        /// The name, when there was one.
        name: Option<String>,
    },
}

/// How far a transfer got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferStep {
    /// Somebody is being rung.
    Initiated,
    /// Turned down.
    Rejected,
    /// Taken.
    Accepted,
}

/// Who ended a conversation (`ended_by`, api.md §5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// An operator, us included.
    Agent,
    /// The visitor.
    Visitor,
    /// SalesIQ.
    System,
    /// A Zobot.
    Bot,
    /// SalesIQ's scheduler.
    Scheduler,
}

/// How SalesIQ has a conversation when it is read (`chat_status`, api.md §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadStatus {
    /// State 1: nobody has taken it.
    Waiting,
    /// State 2.
    Connected,
    /// State 3.
    Missed,
    /// State 4.
    Closed,
    /// Something else.
    Unknown,
}
