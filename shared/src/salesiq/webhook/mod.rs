//! Payload to domain event (api.md §5).
//!
//! SalesIQ's payloads come with and without an envelope, with ids and times as strings or numbers, with events that are
//! not documented. A request must not be lost to any of that: only what is no JSON object is refused. What can't be understood
//! is kept as it came.

mod entity;
mod envelope;
mod identity;
pub(in crate::salesiq) mod message;
mod name;

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

pub(in crate::salesiq) use self::identity::dedup_of_line;

use self::envelope::Envelope;
use super::lenient;
use crate::domain::event::{DedupKey, Event, EventKind, InboxEvent};
use crate::domain::id::BrandId;

/// The longest payload kept of an event outside of any conversation, in bytes.
pub const OTHER_LIMIT_BYTES: usize = 64 * 1024;

/// The longest payload kept of a conversation's unknown event, in bytes.
pub const RAW_LIMIT_BYTES: usize = 32 * 1024;

/// A delivery, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The portal's number as told (`org_id`); to be compared with the workspace's, since the signature binds no URL.
    pub org_id: Option<String>,
    /// The brand as told (`app_id`).
    pub app_id: Option<BrandId>,
    /// What it says.
    pub parsed: Parsed,
}

/// What a delivery says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "made once a delivery and taken apart at once")]
pub enum Parsed {
    /// An event of a conversation, ready for its inbox.
    Conversation(InboxEvent),
    /// An event that belongs to no conversation.
    Other(OtherEvent),
}

/// An event that belongs to no conversation: of operators, departments, brands, tags, visitors (api.md §5.4), or unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherEvent {
    /// Its name in SalesIQ's spelling, if it has one.
    pub name: Option<String>,
    /// Which delivery is the same.
    pub dedup: DedupKey,
    /// When it happened, by SalesIQ's clock.
    pub time: Option<Timestamp>,
    /// What it is about.
    pub entity_id: Option<String>,
    /// The payload as JSON: whole, or its beginning within a small object when it has more than [`OTHER_LIMIT_BYTES`].
    pub body: String,
}

/// Why a body is no payload.
#[derive(Debug, Error)]
pub enum PayloadError {
    /// Not JSON.
    #[error("the payload is not JSON")]
    NotJson {
        /// Where it stops to be.
        #[source]
        source: serde_json::Error,
    },
    /// JSON of another kind.
    #[error("the payload is JSON but not an object")]
    NotAnObject,
}

/// Reads a delivery. `event_param` is the `?event=` of the URL it came to, which names the event of a flat payload.
///
/// # Errors
/// The body is not JSON (deeper than 128 levels counts as that), or not an object.
pub fn parse(body: &[u8], event_param: Option<&str>, received_at: Timestamp) -> Result<Delivery, PayloadError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let payload: Value = serde_json::from_slice(body).map_err(|source| PayloadError::NotJson { source })?;
    let Value::Object(payload) = payload else { return Err(PayloadError::NotAnObject) };
    let envelope = Envelope::of(&payload, event_param);
    let json = |limit| lenient::small_json(&kept_json(body, &payload), limit);

    let parsed = match envelope.conversation() {
        None => Parsed::Other(OtherEvent {
            dedup: identity::dedup_outside(&envelope, received_at),
            time: envelope.time,
            entity_id: envelope.entity_id.clone(),
            name: envelope.name.clone(),
            body: json(OTHER_LIMIT_BYTES),
        }),
        Some(conversation) => {
            let order = identity::order(&envelope, received_at);
            let kind = entity::kind(&envelope, order);
            Parsed::Conversation(InboxEvent {
                dedup: identity::dedup(&envelope, &conversation, received_at),
                order,
                received_at,
                raw: matches!(kind, EventKind::Unknown { .. }).then(|| json(RAW_LIMIT_BYTES)),
                event: Event {
                    time: identity::happened_at(&envelope),
                    kind,
                    told: entity::told(&envelope),
                    conversation,
                },
            })
        }
    };
    Ok(Delivery { org_id: envelope.org_id, app_id: envelope.brand, parsed })
}

/// The payload as it came, but for what the page told: a token may be among it, and nothing that is kept holds one.
fn kept_json<'a>(body: &'a [u8], payload: &lenient::Object) -> Cow<'a, str> {
    let mut payload = Value::Object(payload.clone());
    if lenient::forget_custom_info(&mut payload) {
        Cow::Owned(payload.to_string())
    } else {
        String::from_utf8_lossy(body)
    }
}
