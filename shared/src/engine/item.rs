//! A conversation as an item of the table: the state's JSON, and what the indexes show of it.

use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::json;

use crate::domain::conversation::{Conversation, Phase};
use crate::domain::fingerprint::hex;
use crate::domain::id::ConversationId;
use crate::domain::message::clip;
use crate::domain::settings::WorkspaceSettings;
use crate::store::{LiveEntry, StateItem, VisitorEntry};

use super::EngineError;

/// The longest visitor's name in the list of open conversations, in bytes.
const NAME_LIMIT_BYTES: usize = 60;

/// Reads a state.
///
/// # Errors
/// It is not the JSON of a conversation.
pub fn read(conversation: &ConversationId, item: &StateItem) -> Result<Conversation, EngineError> {
    serde_json::from_str(&item.body)
        .map_err(|error| EngineError::State { conversation: conversation.clone(), reason: error.to_string() })
}

/// Writes a state.
///
/// # Errors
/// It can't be written as JSON, which can't happen.
pub fn write(
    id: &ConversationId,
    conversation: &Conversation,
    version: u64,
    settings: &WorkspaceSettings,
    identity_key: Option<&hmac::Key>,
    now: Timestamp,
) -> Result<StateItem, EngineError> {
    let body = serde_json::to_string(conversation)
        .map_err(|error| EngineError::State { conversation: id.clone(), reason: error.to_string() })?;
    let closed = matches!(conversation.phase, Phase::Closed { .. });
    Ok(StateItem {
        version,
        body,
        wake_at: conversation.wake_at(settings, now),
        live: (!closed).then(|| live(conversation, now)),
        visitor: identity_key.and_then(|key| visitor(conversation, key, now)),
        expires_at: closed.then(|| retained_until(settings, now)),
    })
}

/// Until when what is written now is kept.
#[must_use]
pub fn retained_until(settings: &WorkspaceSettings, now: Timestamp) -> Timestamp {
    now + SignedDuration::from_hours(24 * i64::from(settings.retention_days))
}

fn live(conversation: &Conversation, now: Timestamp) -> LiveEntry {
    let facts = &conversation.facts;
    let opened_at = facts.opened_at.unwrap_or(now);
    let phase = conversation.phase.name();
    let name = facts.visitor.name().map(|name| clip(name, NAME_LIMIT_BYTES));
    let body = json!({
        "phase": phase,
        "brand": facts.brand.value(),
        "department": facts.department.value(),
        "visitor": name,
        "opened_at": opened_at.as_millisecond(),
        "waiting_since": conversation.waiting_since.map(Timestamp::as_millisecond),
        "lines": conversation.counts.visitor_lines,
    });
    LiveEntry { sort: format!("{phase}#{:013}", opened_at.as_millisecond()), body: body.to_string() }
}

fn visitor(conversation: &Conversation, key: &hmac::Key, now: Timestamp) -> Option<VisitorEntry> {
    let identity = conversation.facts.visitor.identity()?;
    let tag = hmac::sign(key, identity.as_bytes());
    Some(VisitorEntry { identity: hex(tag.as_ref()), opened_at: conversation.facts.opened_at.unwrap_or(now) })
}
