//! Which delivery is the same, and in which order (ARCHITECTURE.md, "The way of a message").
//!
//! SalesIQ sends no delivery id, repeats what it thinks failed, and may send one event both as a webhook and from a workflow
//! (api.md §5.2). The key is made of what these deliveries share: never `attempt`, `webhook` or the raw bytes.

use jiff::Timestamp;

use super::envelope::{Envelope, canonical_entity};
use super::message;
use super::name::Name;
use crate::domain::event::DedupKey;
use crate::domain::id::ConversationId;
use crate::salesiq::lenient;

/// Which delivery of a conversation's event is the same.
pub(super) fn dedup(envelope: &Envelope<'_>, conversation: &ConversationId, received_at: Timestamp) -> DedupKey {
    let parts = match envelope.known {
        Some(name) if name.is_of_message() => of_message(name, envelope, conversation),
        _ => of_other(envelope, conversation, received_at),
    };
    key(&parts)
}

/// The key that the webhook of a line has, for one that was found elsewhere: by its sender and id as SalesIQ writes them.
pub(in crate::salesiq) fn dedup_of_line(
    conversation: &ConversationId,
    by_visitor: bool,
    sender: &str,
    id: &str,
) -> DedupKey {
    let name = if by_visitor { Name::VisitorReplied } else { Name::OperatorReplied };
    key(&[name.as_str().to_owned(), conversation.as_str().to_owned(), sender.to_owned(), id.to_owned()])
}

/// Which delivery of an event outside of any conversation is the same.
pub(super) fn dedup_outside(envelope: &Envelope<'_>, received_at: Timestamp) -> DedupKey {
    key(&[
        envelope.name.clone().unwrap_or_default(),
        envelope.entity_id.clone().unwrap_or_default(),
        envelope.time.map_or_else(|| received(received_at), milliseconds),
        canonical_entity(envelope.entity),
    ])
}

/// When it happened, as far as SalesIQ says: event time, else a 13-digit msgid, else the entity's own time.
pub(super) fn happened_at(envelope: &Envelope<'_>) -> Option<Timestamp> {
    envelope.time.or_else(|| message_time(envelope)).or_else(|| own_time(envelope))
}

/// Where it belongs among its neighbours: the latest time in the entity, or when we received it, if SalesIQ doesn't say.
pub(super) fn order(envelope: &Envelope<'_>, received_at: Timestamp) -> Timestamp {
    happened_at(envelope).or_else(|| latest_time(envelope)).unwrap_or(received_at)
}

fn of_message(name: Name, envelope: &Envelope<'_>, conversation: &ConversationId) -> Vec<String> {
    let entity = envelope.entity;
    let id = message::told_id(entity).unwrap_or_else(|| lenient::hash(&[&canonical_entity(entity)]));
    let mut parts = vec![name.as_str().to_owned(), conversation.as_str().to_owned(), message::sender_key(entity), id];
    if matches!(name, Name::MessageEdited | Name::MessageDeleted) {
        parts.push(match envelope.time {
            Some(time) => milliseconds(time),
            None => lenient::hash(&[&message::text(entity).unwrap_or_default()]),
        });
    }
    parts
}

fn of_other(envelope: &Envelope<'_>, conversation: &ConversationId, received_at: Timestamp) -> Vec<String> {
    let name = envelope.known.map(|name| name.as_str().to_owned()).or_else(|| envelope.name.clone());
    let mut parts = vec![name.clone().unwrap_or_default(), conversation.as_str().to_owned()];
    match (envelope.time, own_time(envelope)) {
        (Some(time), _) => parts.push(milliseconds(time)),
        (None, Some(time)) => {
            parts.push(milliseconds(time));
            // The attended time may stay that of the first attender; a second attender must not look like the first.
            if envelope.known == Some(Name::AttenderUpdated) {
                parts.push(attender(envelope));
            }
        }
        // Not de-duplicated: a repetition is harmless, a loss is not.
        (None, None) => {
            parts.push(received(received_at));
            parts.push(canonical_entity(envelope.entity));
        }
    }
    if name.is_none() {
        // Two events of one time that can't be told apart by name.
        parts.push(canonical_entity(envelope.entity));
    }
    parts
}

fn message_time(envelope: &Envelope<'_>) -> Option<Timestamp> {
    envelope.known.filter(|name| name.is_of_message()).and_then(|_| message::time_in_id(envelope.entity))
}

// The time in the entity that belongs to what happened; the others tell of something else.
fn own_time(envelope: &Envelope<'_>) -> Option<Timestamp> {
    let keys: &[&str] = match envelope.known? {
        Name::Created => &["opened_time", "start_time"],
        Name::AttenderUpdated => &["attended_time"],
        Name::Completed => &["end_time"],
        Name::Missed => &["missed_time"],
        _ => &[],
    };
    keys.iter().find_map(|key| lenient::time_at(envelope.entity, key))
}

fn latest_time(envelope: &Envelope<'_>) -> Option<Timestamp> {
    let message = lenient::object(envelope.entity, "message").and_then(|message| lenient::time_at(message, "time"));
    let all = ["opened_time", "start_time", "attended_time", "missed_time", "end_time"];
    message.or_else(|| all.iter().filter_map(|key| lenient::time_at(envelope.entity, key)).max())
}

fn attender(envelope: &Envelope<'_>) -> String {
    let owner = envelope.entity.get("owner").or_else(|| envelope.entity.get("attender"));
    owner.and_then(lenient::operator).map(|operator| operator.id.to_string()).unwrap_or_default()
}

fn milliseconds(time: Timestamp) -> String {
    time.as_millisecond().to_string()
}

fn received(at: Timestamp) -> String {
    format!("received {}", at.as_nanosecond())
}

fn key(parts: &[String]) -> DedupKey {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    DedupKey::from_hex(lenient::hash(&parts))
}
