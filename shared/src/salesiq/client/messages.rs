//! Calls about the lines of a conversation (api.md §2.5, §2.6).

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::request::{Repeat, Request, Upload};
use super::{Client, data, rows};
use crate::domain::event::DedupKey;
use crate::domain::id::{ConversationId, MessageId};
use crate::domain::message::{Content, Message, Sender};
use crate::salesiq::assumptions::{MESSAGE_ID_KEYS, MESSAGES_NEWEST_FIRST, REMARK_TYPES};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::lenient::{self, Object};
use crate::salesiq::oauth::{Principal, Tokens};
use crate::salesiq::webhook::dedup_of_line;
use crate::salesiq::webhook::message::{content_of, sender_from};

const MESSAGES: &str = "/api/v2/{screen}/conversations/{id}/messages";

/// A line as REST lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// SalesIQ's id; else its number within the conversation; else a hash of the row.
    pub id: MessageId,
    /// When it was written.
    pub time: Option<Timestamp>,
    /// Who wrote it.
    pub sender: Sender,
    /// What it says.
    pub content: Content,
    /// Its type as SalesIQ calls it, in lower case, such as `text`, `file` or `info`.
    pub kind: String,
    /// SalesIQ's own id, and what it calls the sender: what a webhook's delivery would be known by.
    told: Option<(String, String)>,
}

impl MessageRow {
    /// Which delivery it would be. One that SalesIQ gives no id is known by what it says of it.
    #[must_use]
    pub fn dedup(&self, conversation: &ConversationId) -> DedupKey {
        let by_visitor = matches!(self.sender, Sender::Visitor { .. });
        match &self.told {
            Some((id, sender)) => dedup_of_line(conversation, by_visitor, sender, id),
            None => dedup_of_line(conversation, by_visitor, "listed", self.id.as_str()),
        }
    }

    /// SalesIQ's own remark, such as "Ben joined", and nobody's line (api.md §2.5: the type is not documented).
    #[must_use]
    pub fn is_remark(&self) -> bool {
        REMARK_TYPES.contains(&self.kind.as_str())
    }
}

/// A line that SalesIQ took. What it answers is not documented (api.md §2.6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// The line's id, if SalesIQ told it.
    pub message: Option<MessageId>,
    /// When SalesIQ took it, if it told.
    pub time: Option<Timestamp>,
}

impl<T: Tokens> Client<T> {
    /// Lists lines, the newest first (api.md §2.5; paging is not known). `from` is the earliest time, such as the chat's start.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn messages(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        from: Option<Timestamp>,
    ) -> Result<Vec<MessageRow>, SalesiqError> {
        let request = Request::get("list_messages", principal, MESSAGES)
            .of(conversation)
            .query("sort_order", Some(MESSAGES_NEWEST_FIRST))
            .query("from_time", from.map(Timestamp::as_millisecond));
        Ok(rows(&self.send(request).await?, MessageRow::read))
    }

    /// Says something as the token's operator, at most once (api.md §2.6).
    ///
    /// # Errors
    /// See [`SalesiqError`]; [`SalesiqError::may_have_landed`] tells whether it may have been said all the same.
    pub async fn send_text(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        text: &str,
    ) -> Result<Sent, SalesiqError> {
        let request = Request::new("send_text", principal, Method::POST, MESSAGES).of(conversation);
        Ok(Sent::read(&self.send(request.json(json!({ "text": text })).repeat(Repeat::Never)).await?))
    }

    /// Sends a file as the token's operator, at most once (api.md §2.6: at most 50 MB).
    ///
    /// # Errors
    /// See [`SalesiqError`]; [`SalesiqError::may_have_landed`] tells whether it may have been sent all the same.
    pub async fn send_file(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        upload: Upload,
    ) -> Result<Sent, SalesiqError> {
        let request = Request::new("send_file", principal, Method::POST, MESSAGES).of(conversation);
        Ok(Sent::read(&self.send(request.file(upload).repeat(Repeat::Never)).await?))
    }
}

impl MessageRow {
    fn read(from: &Object) -> Option<Self> {
        let own_id = lenient::first_id(from, &MESSAGE_ID_KEYS);
        let sender = lenient::object(from, "sender");
        let sender_key =
            sender.and_then(|sender| lenient::first_id(sender, &["id"]).or_else(|| lenient::label(sender, "type")));
        let told = own_id
            .clone()
            .or_else(|| lenient::first_id(from, &["sequence_id"]).map(|number| format!("seq-{number}")))
            .unwrap_or_else(|| lenient::canonical(&Value::Object(from.clone())));
        let id = MessageId::parse(&told).or_else(|_| MessageId::parse(&lenient::hash(&[&told]))).ok()?;
        Some(Self {
            time: lenient::time_at(from, "time").or_else(|| lenient::time(&Value::String(told))),
            id,
            sender: sender.map_or(Sender::Unknown, sender_from),
            content: content_of(from),
            kind: lenient::label(from, "type").unwrap_or_default().to_ascii_lowercase(),
            told: own_id.map(|id| (id, sender_key.unwrap_or_default())),
        })
    }

    /// The line in the domain's words; `otherwise` is its time if SalesIQ told none.
    #[must_use]
    pub fn into_message(self, otherwise: Timestamp) -> Message {
        Message { id: self.id, time: self.time.unwrap_or(otherwise), sender: self.sender, content: self.content }
    }
}

impl Sent {
    pub(super) fn read(answer: &Value) -> Self {
        let Some(data) = data(answer) else { return Self::default() };
        let message = lenient::object(data, "message").unwrap_or(data);
        let id = lenient::first_id(message, &MESSAGE_ID_KEYS).or_else(|| lenient::first_id(data, &MESSAGE_ID_KEYS));
        Self {
            message: id.and_then(|id| MessageId::parse(&id).ok()),
            time: lenient::time_at(data, "time").or_else(|| lenient::time_at(message, "time")),
        }
    }
}
