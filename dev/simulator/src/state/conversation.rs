//! What a conversation is made of. How it moves is in `life` and `transfer`.

#![allow(clippy::struct_field_names, reason = "the fields are called as SalesIQ calls them")]

use crate::settings::{AttenderWhileRinging, Settings};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The four states of api.md 2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Waiting,
    Connected,
    Missed,
    Closed,
}

impl Status {
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Connected)
    }
}

/// Who wrote a line. `Info` lines are SalesIQ's own ("Ben joined").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SenderKind {
    Visitor,
    Operator,
    Bot,
    Info,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sender {
    pub(crate) kind: SenderKind,
    pub(crate) id: String,
    pub(crate) name: String,
}

/// An uploaded file; its bytes stand in [`Conversation::attachments`].
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Attachment {
    pub(crate) attachment_id: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) mime: String,
    pub(crate) size: usize,
    pub(crate) comment: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    Text(String),
    File(Attachment),
}

/// What is about to be said: text, or a file with a comment.
#[derive(Clone, Debug)]
pub(crate) enum Saying {
    Text(String),
    File { name: String, mime: String, bytes: Vec<u8>, comment: String },
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Message {
    pub(crate) msgid: String,
    pub(crate) sequence_id: u64,
    pub(crate) sender: Sender,
    pub(crate) content: Content,
    pub(crate) time: i64,
    pub(crate) thread_number: u32,
    pub(crate) edited: bool,
    pub(crate) deleted: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Note {
    pub(crate) operator_id: String,
    pub(crate) note: String,
    pub(crate) created_time: i64,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rating {
    pub(crate) rating: u8,
    pub(crate) feedback: String,
    pub(crate) time: i64,
}

/// The visitor as the conversation knows him.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Visitor {
    /// The id in `visitor.id`.
    pub(crate) id: String,
    /// The id under which he sends: it starts with `$` (api.md 1.6).
    pub(crate) sender_id: String,
    /// What the page gave as `user_id` or `visitor.id`.
    pub(crate) user_id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) country_code: String,
    pub(crate) ip: String,
    /// `lead` or `contact`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) channel: &'static str,
}

/// A transfer that rings. The sender stays the attender until it is accepted (api.md 9.1).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Transfer {
    pub(crate) from: String,
    pub(crate) department_id: String,
    /// `None`: any available operator of the department.
    pub(crate) operator_id: Option<String>,
    pub(crate) note: String,
    pub(crate) deadline: i64,
    pub(crate) started: i64,
    pub(crate) attempt: u32,
    /// Whom it rang when it began.
    pub(crate) rang: Vec<String>,
    pub(crate) rejected_by: BTreeSet<String>,
    /// Those from whom its sender withdrew it.
    pub(crate) withdrawn_from: BTreeSet<String>,
    /// Those who let it ring: it shows no more on their desk.
    pub(crate) ignored_by: BTreeSet<String>,
}

impl Transfer {
    /// Whether one of those whom it rang has had his ring ended.
    pub(crate) fn is_over_for(&self, operator_id: &str) -> bool {
        self.rejected_by.contains(operator_id) || self.withdrawn_from.contains(operator_id)
    }
}

/// How a transfer ended, kept for tests and for the desk.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PastTransfer {
    pub(crate) transfer: Transfer,
    /// `accepted`, `rejected`, `timed_out`, `withdrawn`, `replaced` or `cancelled`.
    pub(crate) outcome: &'static str,
    pub(crate) by: Option<String>,
    pub(crate) time: i64,
}

/// One session of a conversation (api.md 2.4).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Thread {
    pub(crate) thread_id: String,
    pub(crate) thread_number: u32,
    pub(crate) question: String,
    pub(crate) from_time: i64,
    pub(crate) to_time: Option<i64>,
    pub(crate) ended_by: Option<&'static str>,
    pub(crate) status: &'static str,
    pub(crate) attender: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) reference_id: String,
    /// `LD_...`; the visitor API calls it `wms_chat_id`.
    pub(crate) chat_id: String,
    /// The hash the visitor API knows the conversation by.
    pub(crate) visitor_conversation_id: String,
    pub(crate) visitor_chat_hash: String,
    pub(crate) channel_id: String,
    pub(crate) uvid: String,
    pub(crate) app_id: String,
    pub(crate) department_id: String,
    pub(crate) question: String,
    pub(crate) visitor: Visitor,
    pub(crate) customer_info: Map<String, Value>,
    pub(crate) page_url: String,
    pub(crate) status: Status,
    pub(crate) attender: Option<String>,
    pub(crate) participants: Vec<String>,
    pub(crate) supervisors: Vec<String>,
    /// An operator picked by the Zobot's forward: only he is rung.
    pub(crate) rings_only: Option<String>,
    pub(crate) declined_by: BTreeSet<String>,
    pub(crate) wait_time_ms: i64,
    pub(crate) wait_deadline: Option<i64>,
    pub(crate) transfer: Option<Transfer>,
    pub(crate) past_transfers: Vec<PastTransfer>,
    pub(crate) start_time: i64,
    pub(crate) attended_time: Option<i64>,
    pub(crate) end_time: Option<i64>,
    pub(crate) missed_time: Option<i64>,
    pub(crate) last_modified_time: i64,
    pub(crate) ended_by: Option<&'static str>,
    pub(crate) thread_number: u32,
    pub(crate) threads: Vec<Thread>,
    pub(crate) messages: Vec<Message>,
    pub(crate) notes: Vec<Note>,
    pub(crate) tags: Vec<String>,
    pub(crate) rating: Option<Rating>,
    /// Every webhook event of this conversation in the order it was raised, whether or not a webhook wants it.
    pub(crate) events: Vec<(String, i64)>,
    #[serde(skip)]
    pub(crate) attachments: BTreeMap<String, (Attachment, Vec<u8>)>,
}

impl Conversation {
    /// The last line that a person or bot wrote.
    pub(crate) fn last_line(&self) -> Option<&Message> {
        self.messages.iter().rev().find(|m| m.sender.kind != SenderKind::Info && !m.deleted)
    }

    /// The attender as SalesIQ shows him: perhaps nobody while a transfer rings.
    pub(crate) fn shown_attender(&self, settings: &Settings) -> Option<&str> {
        let hidden = self.transfer.is_some() && settings.attender_while_ringing == AttenderWhileRinging::Nobody;
        self.attender.as_deref().filter(|_| !hidden)
    }

    /// Whether this operator's lines are let through: the attender's and the participants'.
    pub(crate) fn includes(&self, operator_id: &str) -> bool {
        self.attender.as_deref() == Some(operator_id) || self.participants.iter().any(|p| p == operator_id)
    }
}
