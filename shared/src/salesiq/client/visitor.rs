//! Calls that act as the visitor, with the organisation's token (api.md §3).

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;

use super::messages::Sent;
use super::request::{Repeat, Request};
use super::{Client, data};
use crate::domain::event::ReadStatus;
use crate::domain::id::{BrandId, ConversationId, DepartmentId};
use crate::salesiq::assumptions::{methods, status_of_state};
use crate::salesiq::error::{FailedCall, SalesiqError};
use crate::salesiq::lenient;
use crate::salesiq::oauth::{Principal, Tokens};

/// A conversation to open (api.md §3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation {
    /// The brand.
    pub brand: BrandId,
    /// The department.
    pub department: DepartmentId,
    /// The first line.
    pub question: String,
    /// Who opens it.
    pub visitor: VisitorIdentity,
    /// How long it rings, in seconds, at most 999.
    pub wait_s: Option<u16>,
    /// What operators shall see of the visitor, by label.
    pub customer_info: BTreeMap<String, String>,
}

/// Who opens a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorIdentity {
    /// Any value that is this visitor's alone.
    pub user_id: String,
    /// Display name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
}

/// An opened conversation. The documented answer is cut and two views of it disagree, so each part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// The numeric id, `entity_id` in webhooks.
    pub conversation: Option<ConversationId>,
    /// The hash that the visitor API knows it by; probably `visitor_conversation_id` in webhooks.
    pub visitor_conversation: Option<String>,
    /// The `LD_...` id.
    pub chat_id: Option<String>,
    /// The channel's id.
    pub channel_id: Option<String>,
    /// How it stands.
    pub status: Option<ReadStatus>,
}

impl<T: Tokens> Client<T> {
    /// Opens a conversation as a visitor, at most once.
    ///
    /// # Errors
    /// See [`SalesiqError`]; [`SalesiqError::may_have_landed`] tells whether it may have been opened all the same.
    pub async fn open_conversation(&self, new: &NewConversation) -> Result<Opened, SalesiqError> {
        let path = "/api/visitor/v1/{screen}/conversations";
        let request = Request::new("open_conversation", Principal::Organisation, Method::POST, path);
        let mut visitor = json!({ "user_id": new.visitor.user_id });
        for (key, value) in [("name", &new.visitor.name), ("email", &new.visitor.email), ("phone", &new.visitor.phone)]
        {
            if let Some(value) = value {
                visitor[key] = json!(value);
            }
        }
        let mut body = json!({
            "app_id": new.brand.as_str(), "department_id": new.department.as_str(), "question": new.question,
            "visitor": visitor,
        });
        if let Some(wait_s) = new.wait_s {
            body["custom_wait_time"] = json!(wait_s.min(999));
        }
        if !new.customer_info.is_empty() {
            body["customer_info"] = json!(new.customer_info);
        }
        let answer = self.send(request.json(body).repeat(Repeat::Never)).await?;
        let opened = Opened::read(&answer);
        if opened.conversation.is_none() && opened.visitor_conversation.is_none() {
            let call = Box::new(FailedCall::new("open_conversation", None));
            return Err(SalesiqError::Unreadable { call, source: None });
        }
        Ok(opened)
    }

    /// Says something as the visitor, at most once. `conversation` is the id that the visitor API gave.
    ///
    /// # Errors
    /// See [`SalesiqError`]; [`SalesiqError::may_have_landed`] tells whether it may have been said all the same.
    pub async fn send_as_visitor(&self, conversation: &str, text: &str) -> Result<Sent, SalesiqError> {
        let path = "/api/visitor/v1/{screen}/conversations/{id}/messages";
        let request = Request::new("send_as_visitor", Principal::Organisation, Method::POST, path).part(conversation);
        Ok(Sent::read(&self.send(request.json(json!({ "text": text })).repeat(Repeat::Never)).await?))
    }

    /// Ends a conversation as the visitor, through the older API (api.md §3.3). `conversation` is the hash.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn close_as_visitor(&self, conversation: &str) -> Result<(), SalesiqError> {
        let path = "/visitor/v2/{screen}/conversations/{id}/close";
        let request = Request::new("close_as_visitor", Principal::Organisation, methods::VISITOR_CLOSE, path);
        self.send(request.part(conversation)).await.map(drop)
    }
}

impl Opened {
    fn read(answer: &serde_json::Value) -> Self {
        let Some(data) = data(answer) else { return Self::default() };
        let id = lenient::first_id(data, &["id"]);
        let is_number = |id: &String| id.bytes().all(|byte| byte.is_ascii_digit());
        let numeric = lenient::first_id(data, &["conversation_id"]).or_else(|| id.clone().filter(is_number));
        let status = lenient::object(data, "chat_status").and_then(|status| lenient::integer_at(status, "state"));
        Self {
            conversation: numeric.and_then(|id| ConversationId::parse(&id).ok()),
            visitor_conversation: id.filter(|id| !is_number(id)),
            chat_id: lenient::first_id(data, &["wms_chat_id", "chat_id"]),
            channel_id: lenient::first_id(data, &["channel_id"]),
            status: status.and_then(status_of_state),
        }
    }
}
