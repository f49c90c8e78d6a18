//! Calls about conversations (api.md §2).

use jiff::Timestamp;
use reqwest::Method;
use serde_json::json;

use super::conversation::{Conversation, VisitorInfo};
use super::request::Request;
use super::{Client, Page, data, page};
use crate::domain::event::OperatorRef;
use crate::domain::id::{BrandId, ConversationId, DepartmentId, OperatorId};
use crate::salesiq::assumptions::methods;
use crate::salesiq::error::{FailedCall, SalesiqError};
use crate::salesiq::lenient::{self, Object};
use crate::salesiq::oauth::{Principal, Tokens};

/// Which conversations to list (api.md §2.1). Without a department SalesIQ shows the operator's own only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationFilter {
    /// The page, from 1.
    pub page: u32,
    /// Rows a page, at most 99.
    pub limit: u32,
    /// How they stand.
    pub status: Option<StatusFilter>,
    /// The department.
    pub department: Option<DepartmentId>,
    /// Who attends them.
    pub attender: Option<OperatorId>,
    /// The brand.
    pub brand: Option<BrandId>,
    /// Opened at or after.
    pub opened_from: Option<Timestamp>,
    /// Changed at or after.
    pub updated_from: Option<Timestamp>,
    /// The visitor's e-mail address.
    pub email: Option<String>,
    /// The numbers in the console.
    pub reference_id: Option<String>,
    /// The order.
    pub sort_by: Option<SortBy>,
}

impl Default for ConversationFilter {
    fn default() -> Self {
        Self {
            page: 1,
            limit: 99,
            status: None,
            department: None,
            attender: None,
            brand: None,
            opened_from: None,
            updated_from: None,
            email: None,
            reference_id: None,
            sort_by: None,
        }
    }
}

/// How conversations stand, as a filter (api.md §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// `open`.
    Open,
    /// `waiting`.
    Waiting,
    /// `connected`.
    Connected,
    /// `missed`.
    Missed,
    /// `closed`.
    Closed,
    /// `end`.
    End,
}

/// The order of a list of conversations (api.md §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// `in_time`.
    Opened,
    /// `end_time`.
    Ended,
    /// `updated_time`.
    Updated,
}

/// One session of a conversation (api.md §2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The id.
    pub id: String,
    /// Counts the sessions.
    pub number: Option<u32>,
    /// SalesIQ's word for how it ended.
    pub status_label: Option<String>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// Who attended it.
    pub attender: Option<OperatorRef>,
    /// When it began.
    pub from: Option<Timestamp>,
    /// When it ended.
    pub to: Option<Timestamp>,
}

/// A note on a conversation (api.md §2.11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When it was written.
    pub created_at: Option<Timestamp>,
    /// Who wrote it.
    pub creator: Option<OperatorRef>,
}

impl<T: Tokens> Client<T> {
    /// Lists conversations (api.md §2.1).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn conversations(
        &self,
        principal: Principal,
        filter: &ConversationFilter,
    ) -> Result<Page<Conversation>, SalesiqError> {
        let limit = filter.limit.clamp(1, 99);
        let request = Request::get("list_conversations", principal, "/api/v2/{screen}/conversations")
            .query("page", Some(filter.page.max(1)))
            .query("limit", Some(limit))
            .query("status", filter.status.map(StatusFilter::as_str))
            .query("department_id", filter.department.as_ref())
            .query("attender_id", filter.attender.as_ref())
            .query("app_id", filter.brand.as_ref())
            .query("from_time", filter.opened_from.map(Timestamp::as_millisecond))
            .query("updated_from_time", filter.updated_from.map(Timestamp::as_millisecond))
            .query("email", filter.email.as_deref())
            .query("reference_ids", filter.reference_id.as_deref())
            .query("sort_by", filter.sort_by.map(SortBy::as_str));
        Ok(page(&self.send(request).await?, limit, Conversation::read))
    }

    /// Reads a conversation (api.md §2.3).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn conversation(
        &self,
        principal: Principal,
        conversation: &ConversationId,
    ) -> Result<Conversation, SalesiqError> {
        let request = Request::get("get_conversation", principal, "/api/v2/{screen}/conversations/{id}");
        let answer = self.send(request.of(conversation)).await?;
        data(&answer).and_then(Conversation::read).ok_or_else(|| unreadable("get_conversation", conversation))
    }

    /// Lists the sessions of a conversation, at most 50 (api.md §2.4).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn threads(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        number: u32,
    ) -> Result<Page<Thread>, SalesiqError> {
        let request = Request::get("list_threads", principal, "/api/v2/{screen}/conversations/{id}/threads")
            .of(conversation)
            .query("page", Some(number.max(1)))
            .query("limit", Some(50))
            .query("include_fields", Some(r#"["attender","department"]"#));
        Ok(page(&self.send(request).await?, 50, Thread::read))
    }

    /// Reads what SalesIQ knows of the visitor (api.md §2.12).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn visitor_info(
        &self,
        principal: Principal,
        conversation: &ConversationId,
    ) -> Result<VisitorInfo, SalesiqError> {
        let request = Request::get("get_visitor", principal, "/api/v2/{screen}/conversations/{id}/visitor");
        let answer = self.send(request.of(conversation)).await?;
        Ok(data(&answer).map(VisitorInfo::read).unwrap_or_default())
    }

    /// Takes a conversation: the token's operator becomes its attender (api.md §2.8). Also accepts a transfer that rings
    /// (assumption). The conversation comes back if SalesIQ sends it.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn pickup(
        &self,
        principal: Principal,
        conversation: &ConversationId,
    ) -> Result<Option<Conversation>, SalesiqError> {
        let request = Request::new("pickup", principal, methods::PICKUP, "/api/v2/{screen}/conversations/{id}/pickup");
        Ok(data(&self.send(request.of(conversation)).await?).and_then(Conversation::read))
    }

    /// Closes a conversation (api.md §2.9). It comes back if SalesIQ sends it.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn close(
        &self,
        principal: Principal,
        conversation: &ConversationId,
    ) -> Result<Option<Conversation>, SalesiqError> {
        let request = Request::new("close", principal, methods::CLOSE, "/api/v2/{screen}/conversations/{id}/close");
        Ok(data(&self.send(request.of(conversation)).await?).and_then(Conversation::read))
    }

    /// Transfers a conversation to a department, or to one operator within it, with a note (api.md §2.10).
    ///
    /// # Errors
    /// See [`SalesiqError`]; a department that is gone is code 1025.
    pub async fn transfer(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        department: &DepartmentId,
        operator: Option<&OperatorId>,
        note: Option<&str>,
    ) -> Result<(), SalesiqError> {
        let mut body = json!({ "department_id": department.as_str() });
        if let Some(operator) = operator {
            body["operator_id"] = json!(operator.as_str());
        }
        if let Some(note) = note {
            body["note"] = json!(note);
        }
        let request = Request::new("transfer", principal, Method::PUT, "/api/v2/{screen}/conversations/{id}/transfer");
        self.send(request.of(conversation).json(body)).await.map(drop)
    }

    /// Turns a transfer down in the name of an operator (api.md §2.10).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn reject_transfer(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        operator: &OperatorId,
    ) -> Result<(), SalesiqError> {
        let request =
            Request::new("reject_transfer", principal, methods::REJECT, "/api/v2/{screen}/conversations/{id}/reject");
        self.send(request.of(conversation).json(json!({ "operator_id": operator.as_str() }))).await.map(drop)
    }

    /// Puts a note on a conversation, for the team only (api.md §2.11).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn add_note(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        text: &str,
    ) -> Result<Note, SalesiqError> {
        let request = Request::new("add_note", principal, Method::POST, "/api/v2/{screen}/conversations/{id}/notes");
        let answer = self.send(request.of(conversation).json(json!({ "notes": text }))).await?;
        let empty = Object::new();
        let note = data(&answer).unwrap_or(&empty);
        Ok(Note {
            created_at: lenient::time_at(note, "created_time"),
            creator: note.get("creator").and_then(lenient::operator),
        })
    }
}

impl Thread {
    fn read(from: &Object) -> Option<Self> {
        Some(Self {
            id: lenient::first_id(from, &["thread_id", "id"])?,
            number: lenient::integer_at(from, "thread_number").and_then(|number| u32::try_from(number).ok()),
            status_label: lenient::label(from, "status"),
            ended_by: lenient::label(from, "ended_by"),
            attender: from.get("attender").and_then(lenient::operator),
            from: lenient::time_at(from, "from_time"),
            to: lenient::time_at(from, "to_time"),
        })
    }
}

impl StatusFilter {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Connected => "connected",
            Self::Missed => "missed",
            Self::Closed => "closed",
            Self::End => "end",
        }
    }
}

impl SortBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "in_time",
            Self::Ended => "end_time",
            Self::Updated => "updated_time",
        }
    }
}

fn unreadable(operation: &'static str, conversation: &ConversationId) -> SalesiqError {
    SalesiqError::Unreadable { call: Box::new(FailedCall::new(operation, Some(conversation))), source: None }
}
