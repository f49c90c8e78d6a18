//! SalesIQ's REST API v2 and visitor API, typed (api.md §1 to §5).
//!
//! Every call names the principal in whose name it is made. A call that reads is repeated when it fails; one that changes
//! something only when it surely did nothing; a message is sent at most once, and an error says whether it may have arrived.

mod attachments;
mod carrier;
mod conversation;
mod conversations;
mod endpoints;
mod messages;
mod operators;
mod portal;
mod raw;
mod request;
mod tags;
mod transport;
mod visitor;
mod webhooks;

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::lenient::Object;
use super::oauth::Tokens;
use crate::domain::id::ScreenName;

pub use self::carrier::{Answer, Asked, Carrier, Lost, Model};
pub use self::conversation::{Conversation, LastMessage, VisitorInfo};
pub use self::conversations::{ConversationFilter, Note, SortBy, StatusFilter, Thread};
pub use self::endpoints::{EndpointError, Endpoints, api_console};
pub use self::messages::{MessageRow, Sent};
pub use self::operators::{Availability, ChatLimit, Operator};
pub use self::portal::{Brand, Department, Portal};
pub use self::raw::RawList;
pub use self::request::Upload;
pub use self::tags::Tag;
pub use self::transport::Limits;
pub use self::visitor::{NewConversation, Opened, VisitorIdentity};
pub use self::webhooks::{Execution, PublicKey, Retried, Webhook, WebhookDraft, WebhookKind};

/// A client of one portal.
#[derive(Debug)]
pub struct Client<T> {
    carrier: Carrier,
    endpoints: Endpoints,
    screen: ScreenName,
    tokens: T,
    limits: Limits,
    calls: AtomicU64,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<R> {
    /// The rows that could be read.
    pub rows: Vec<R>,
    /// The page was full, so there may be another (api.md §1.6: no total is given).
    pub more: bool,
}

impl<T: Tokens> Client<T> {
    /// A client of the portal `screen`, on a given HTTP client.
    #[must_use]
    pub fn new(http: reqwest::Client, endpoints: Endpoints, screen: ScreenName, tokens: T) -> Self {
        Self::carried_by(Carrier::Http(http), endpoints, screen, tokens)
    }

    /// The same on whatever carries its requests.
    #[must_use]
    pub fn carried_by(carrier: Carrier, endpoints: Endpoints, screen: ScreenName, tokens: T) -> Self {
        Self { carrier, endpoints, screen, tokens, limits: Limits::default(), calls: AtomicU64::new(0) }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The HTTP requests made so far, repetitions included.
    #[must_use]
    pub fn calls_made(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Where its tokens come from.
    #[must_use]
    pub fn tokens(&self) -> &T {
        &self.tokens
    }
}

/// The object that an answer is about: `data`, or its first row where it is a list of one.
fn data(answer: &Value) -> Option<&Object> {
    match answer.get("data")? {
        Value::Object(data) => Some(data),
        Value::Array(rows) => rows.first()?.as_object(),
        _ => None,
    }
}

/// The rows of an answer that can be read; a single object counts as one row.
fn rows<R>(answer: &Value, read: impl Fn(&Object) -> Option<R>) -> Vec<R> {
    match answer.get("data") {
        Some(Value::Array(rows)) => rows.iter().filter_map(Value::as_object).filter_map(read).collect(),
        Some(Value::Object(row)) => read(row).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A page of rows; `limit` is how many were asked for.
fn page<R>(answer: &Value, limit: u32, read: impl Fn(&Object) -> Option<R>) -> Page<R> {
    let found = answer.get("data").and_then(Value::as_array).map_or(0, Vec::len);
    Page { rows: rows(answer, read), more: found >= usize::try_from(limit.max(1)).unwrap_or(usize::MAX) }
}
