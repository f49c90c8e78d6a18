//! The conversation as REST shows it (api.md §2.2), and as an event for our inbox.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::event::{Event, EventKind, OperatorRef, ReadStatus, Told};
use crate::domain::id::{BrandId, ConversationId, DepartmentId};
use crate::domain::message::{Content, Sender, Visitor, kept};
use crate::salesiq::assumptions::{status_of_label, status_of_state};
use crate::salesiq::lenient::{self, Object};
use crate::salesiq::webhook::message::{content_of, sender_from};

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The id.
    pub id: ConversationId,
    /// The small number in the console (`reference_id`).
    pub reference_id: Option<String>,
    /// How it stands (`chat_status`).
    pub status: ReadStatus,
    /// SalesIQ's word for that, such as `Attended Online`.
    pub status_label: Option<String>,
    /// The brand.
    pub brand: Option<BrandId>,
    /// The department.
    pub department: Option<DepartmentId>,
    /// Who attends it.
    pub attender: Option<OperatorRef>,
    /// Who owns it.
    pub owner: Option<OperatorRef>,
    /// Who takes part.
    pub participants: Vec<OperatorRef>,
    /// Who supervises.
    pub supervisors: Vec<OperatorRef>,
    /// The visitor's first line.
    pub question: Option<String>,
    /// The visitor.
    pub visitor: Option<Visitor>,
    /// The newest line.
    pub last_message: Option<LastMessage>,
    /// Which session of the conversation, where it is told.
    pub thread_number: Option<u32>,
    /// When it was opened.
    pub started_at: Option<Timestamp>,
    /// When somebody took it.
    pub attended_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it was missed.
    pub missed_at: Option<Timestamp>,
    /// When anything in it last changed.
    pub modified_at: Option<Timestamp>,
}

/// The newest line of a conversation (`last_message_info`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMessage {
    /// Who wrote it.
    pub sender: Sender,
    /// What it says.
    pub content: Content,
    /// When.
    pub time: Option<Timestamp>,
    /// Its number within the conversation.
    pub sequence_id: Option<String>,
}

/// What SalesIQ knows of a conversation's visitor (api.md §2.12; the page is cut, so most of it is not known).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitorInfo {
    /// The department's name.
    pub department_name: Option<String>,
    /// The attender's name.
    pub attender_name: Option<String>,
    /// The page that the visitor is on (`add_info["1"]`, inferred).
    pub page_url: Option<String>,
    /// The browser's languages (`add_info["10"]`, inferred).
    pub accept_language: Option<String>,
}

impl Conversation {
    pub(super) fn read(from: &Object) -> Option<Self> {
        let people = |key| lenient::array(from, key).iter().filter_map(lenient::operator).collect();
        let status = lenient::object(from, "chat_status");
        Some(Self {
            id: lenient::id(from, "id", |text| ConversationId::parse(text).ok())?,
            reference_id: lenient::first_id(from, &["reference_id"]),
            status: read_status(from),
            status_label: status
                .and_then(|status| lenient::label(status, "label"))
                .or_else(|| lenient::label(from, "status")),
            brand: lenient::brand(from),
            department: lenient::department(from),
            attender: from.get("attender").and_then(lenient::operator),
            owner: from.get("owner").and_then(lenient::operator),
            participants: people("participants"),
            supervisors: people("supervisors"),
            question: lenient::text(from, "question").map(kept),
            visitor: lenient::visitor(from),
            last_message: lenient::object(from, "last_message_info").map(|last| LastMessage {
                sender: lenient::object(last, "sender").map_or(Sender::Unknown, sender_from),
                content: content_of(last),
                time: lenient::time_at(last, "time"),
                sequence_id: lenient::first_id(last, &["sequence_id"]),
            }),
            thread_number: lenient::integer_at(from, "thread_number").and_then(|number| u32::try_from(number).ok()),
            started_at: lenient::time_at(from, "start_time"),
            attended_at: lenient::time_at(from, "attended_time"),
            ended_at: lenient::time_at(from, "end_time"),
            missed_at: lenient::time_at(from, "missed_time"),
            modified_at: lenient::time_at(from, "last_modified_time"),
        })
    }

    /// What reading it says, as an event: its time is when SalesIQ last changed it.
    #[must_use]
    pub fn to_event(&self) -> Event {
        Event {
            conversation: self.id.clone(),
            time: self.modified_at,
            kind: EventKind::Read { status: self.status },
            told: Told {
                brand: self.brand.clone(),
                department: self.department.clone(),
                visitor: self.visitor.clone(),
                question: self.question.clone(),
                opened_at: self.started_at,
                attender: self.attender.clone().or_else(|| self.owner.clone()),
                thread_number: self.thread_number,
            },
        }
    }

    /// Nobody can write in it any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.status, ReadStatus::Closed | ReadStatus::Missed)
    }
}

impl VisitorInfo {
    pub(super) fn read(from: &Object) -> Self {
        let details = lenient::object(from, "conversation_details").unwrap_or(from);
        let more = lenient::object(details, "add_info");
        Self {
            department_name: lenient::label(details, "department_name"),
            attender_name: lenient::label(details, "attender_name"),
            page_url: more.and_then(|more| lenient::url(more, "1")),
            accept_language: more.and_then(|more| lenient::label(more, "10")),
        }
    }
}

// The number, else a word for it, else the times.
fn read_status(from: &Object) -> ReadStatus {
    let empty = Object::new();
    let status = lenient::object(from, "chat_status").unwrap_or(&empty);
    let by_word = |from: &Object, key| lenient::text(from, key).and_then(status_of_label);
    status
        .get("state")
        .and_then(lenient::integer)
        .and_then(status_of_state)
        .or_else(|| by_word(status, "state_key"))
        .or_else(|| by_word(status, "label"))
        .or_else(|| from.get("status").and_then(Value::as_str).and_then(status_of_label))
        .unwrap_or(ReadStatus::Unknown)
}
