//! The line in a message event (api.md §5.6).

use jiff::Timestamp;
use serde_json::Value;

use super::envelope::canonical_entity;
use super::name::Name;
use crate::domain::id::{MessageId, OperatorId};
use crate::domain::message::{Content, Message, Sender, clip, kept};
use crate::salesiq::assumptions::{
    MESSAGE_ID_KEYS, OPERATOR_SENDER_TYPES, VISITOR_SENDER_PREFIX, VISITOR_SENDER_TYPES,
};
use crate::salesiq::lenient::{self, LABEL_LIMIT_BYTES, Object};

/// SalesIQ's id of the entity's message, as it wrote it.
pub(super) fn told_id(entity: &Object) -> Option<String> {
    match lenient::object(entity, "message") {
        Some(message) => lenient::first_id(message, &MESSAGE_ID_KEYS),
        None => lenient::first_id(entity, &["msgid"]),
    }
}

/// The id of the entity's message: SalesIQ's, a hash of it when it has odd characters, or a hash of the whole entity.
pub(super) fn id(entity: &Object) -> Option<MessageId> {
    let told = told_id(entity).unwrap_or_else(|| canonical_entity(entity));
    MessageId::parse(&told).or_else(|_| MessageId::parse(&lenient::hash(&[&told]))).ok()
}

/// A 13-digit msgid is the time at which the message was written (sample in api.md §5.6).
pub(super) fn time_in_id(entity: &Object) -> Option<Timestamp> {
    lenient::time(&Value::String(told_id(entity)?))
}

/// What SalesIQ calls the sender, for the de-duplication key.
pub(super) fn sender_key(entity: &Object) -> String {
    let sender = source(entity).and_then(|message| message.get("sender"));
    match sender {
        Some(Value::Object(sender)) => {
            lenient::first_id(sender, &["id"]).or_else(|| lenient::label(sender, "type")).unwrap_or_default()
        }
        Some(other) => lenient::id_text(other).unwrap_or_default(),
        None => String::new(),
    }
}

/// Who wrote the entity's message, by the message alone.
pub(super) fn sender_of(entity: &Object) -> Sender {
    match source(entity).and_then(|message| lenient::object(message, "sender")) {
        Some(sender) => sender_from(sender),
        None => Sender::Unknown,
    }
}

/// Reads a sender: by its type, else by its id; a visitor's begins with `$`.
pub(in crate::salesiq) fn sender_from(sender: &Object) -> Sender {
    let name = lenient::label(sender, "name").or_else(|| lenient::label(sender, "nick_name"));
    let kind = lenient::label(sender, "type").unwrap_or_default().to_ascii_lowercase();
    let id = lenient::first_id(sender, &["id"]);
    if id.as_deref().is_some_and(|id| id.starts_with(VISITOR_SENDER_PREFIX)) {
        return Sender::Visitor { name };
    }
    if lenient::boolean(sender, "is_bot") == Some(true) || lenient::is_bot_type(&kind) {
        return Sender::Bot { name };
    }
    if VISITOR_SENDER_TYPES.contains(&kind.as_str()) {
        return Sender::Visitor { name };
    }
    let operator = id.and_then(|id| OperatorId::parse(&id).ok());
    match operator {
        Some(id) if kind.is_empty() || OPERATOR_SENDER_TYPES.contains(&kind.as_str()) => Sender::Operator { id, name },
        _ => Sender::Unknown,
    }
}

/// The line that the event brings. `otherwise` is the time when the message tells none.
pub(super) fn line(name: Name, entity: &Object, otherwise: Timestamp) -> Option<Message> {
    let time = source(entity).and_then(|message| lenient::time_at(message, "time"));
    Some(Message {
        id: id(entity)?,
        time: time.or_else(|| time_in_id(entity)).unwrap_or(otherwise),
        sender: sender(name, entity),
        content: content(entity),
    })
}

/// The text of the entity's message, if it has one.
pub(super) fn text(entity: &Object) -> Option<String> {
    match entity.get("message") {
        Some(Value::String(text)) => Some(kept(text)),
        Some(Value::Object(message)) => text_in(message).map(kept),
        _ => entity.get("text").and_then(Value::as_str).map(kept),
    }
}

// The event's name decides only where the sender is silent about what it is.
fn sender(name: Name, entity: &Object) -> Sender {
    let told = source(entity).and_then(|message| lenient::object(message, "sender"));
    let kind = told.and_then(|sender| lenient::label(sender, "type"));
    let read = sender_of(entity);
    let visitors_event = name == Name::VisitorReplied;
    match read {
        Sender::Operator { name, .. } if visitors_event && kind.is_none() => Sender::Visitor { name },
        Sender::Unknown if visitors_event => Sender::Visitor {
            name: told.and_then(|sender| lenient::label(sender, "name")).or_else(|| lenient::visitor(entity)?.name),
        },
        Sender::Unknown => told
            .and_then(|sender| lenient::operator(&Value::Object(sender.clone())))
            .map_or(Sender::Unknown, |operator| Sender::Operator { id: operator.id, name: operator.name }),
        other => other,
    }
}

fn content(entity: &Object) -> Content {
    let text = text(entity);
    match source(entity).and_then(|message| file(message, text.as_deref())) {
        Some(file) => file,
        None => Content::text(text.as_deref().unwrap_or_default()),
    }
}

/// What a message says: a file, or a text that may be empty. `message` is `{text}`, `{file}` or, in REST rows, what holds them.
pub(in crate::salesiq) fn content_of(message: &Object) -> Content {
    let text = text_in(message);
    file(message, text).unwrap_or_else(|| Content::text(text.unwrap_or_default()))
}

fn text_in(message: &Object) -> Option<&str> {
    let inner = lenient::object(message, "message");
    let own = message.get("text").or_else(|| message.get("message").filter(|inner| inner.is_string()));
    own.or_else(|| inner?.get("text")).and_then(Value::as_str)
}

// The shape in webhooks is unknown; in REST it is `message{file{attachment_id, name, type, url}}` (api.md §2.5), in Zobot
// payloads `files[]` and `attachments[]` (api.md §6.2).
fn file(message: &Object, text: Option<&str>) -> Option<Content> {
    let inner = lenient::object(message, "message").unwrap_or(message);
    let described = ["file", "attachment"]
        .iter()
        .find_map(|key| lenient::object(inner, key))
        .or_else(|| ["attachments", "files"].iter().find_map(|key| lenient::array(inner, key).first()?.as_object()));
    let called_file = lenient::text(message, "type").is_some_and(|kind| {
        let kind = kind.trim().to_ascii_lowercase();
        ["file", "files", "image", "attachment", "audio", "video"].contains(&kind.as_str())
    });
    if described.is_none() && !called_file {
        return None;
    }
    let from = described.unwrap_or(inner);
    let named = |keys: [&str; 2]| keys.iter().find_map(|key| lenient::label(from, key));
    let mime = ["content_type", "mime_type", "type"].iter().find_map(|key| lenient::label(from, key));
    let comment = [from.get("comment"), inner.get("comment")].into_iter().flatten().find_map(Value::as_str).or(text);
    Some(Content::File {
        name: named(["name", "file_name"]).unwrap_or_default(),
        mime: mime.filter(|mime| mime.contains('/')),
        url: lenient::url(from, "url"),
        attachment_id: lenient::first_id(from, &["attachment_id", "id"])
            .filter(|_| described.is_some())
            .map(|id| clip(&id, LABEL_LIMIT_BYTES).to_owned()),
        comment: comment.filter(|text| !text.is_empty()).map(kept),
    })
}

// The message, or the entity itself where its parts lie flat in it.
fn source(entity: &Object) -> Option<&Object> {
    match entity.get("message") {
        Some(Value::Object(message)) => Some(message),
        _ => Some(entity).filter(|entity| entity.contains_key("sender") || entity.contains_key("msgid")),
    }
}
