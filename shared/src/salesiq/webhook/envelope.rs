//! Splits a payload into what is said about it and the entity itself: webhooks wrap it, workflows mostly don't (api.md §5, §5.5).

use jiff::Timestamp;
use serde_json::Value;

use super::name::{Name, is_foreign, normal};
use crate::domain::id::{BrandId, ConversationId};
use crate::domain::message::Sender;
use crate::salesiq::assumptions::{CONVERSATION_ID_KEYS, CONVERSATION_MARKS, FlatMarks, infer};
use crate::salesiq::lenient::{self, Object};

/// A payload, looked at from outside.
pub(super) struct Envelope<'a> {
    /// The event's name in SalesIQ's spelling, if it has one or it could be inferred.
    pub(super) name: Option<String>,
    /// The event, if we know it.
    pub(super) known: Option<Name>,
    /// When it happened (`event_time`).
    pub(super) time: Option<Timestamp>,
    /// The portal's number.
    pub(super) org_id: Option<String>,
    /// The brand.
    pub(super) brand: Option<BrandId>,
    /// The id of what the event is about.
    pub(super) entity_id: Option<String>,
    /// What the event is about.
    pub(super) entity: &'a Object,
    entity_type: Option<String>,
}

impl<'a> Envelope<'a> {
    /// Looks at a payload; `event_param` is the `?event=` of the URL that it came to.
    pub(super) fn of(payload: &'a Object, event_param: Option<&str>) -> Self {
        let entity = lenient::object(payload, "entity").unwrap_or(payload);
        let given = lenient::text(payload, "event")
            .or(event_param.filter(|name| !name.trim().is_empty()))
            .map(|name| normal(&clipped(name)));
        let known = match &given {
            Some(name) => Name::parse(name),
            None => infer(marks(entity)).map(Name::from),
        };
        let wrapped = payload.contains_key("entity");
        Self {
            known,
            name: known.map(|name| name.as_str().to_owned()).or(given),
            time: lenient::time_at(payload, "event_time"),
            org_id: lenient::first_id(payload, &["org_id"]).or_else(|| lenient::first_id(entity, &["org_id"])),
            brand: lenient::brand(payload).or_else(|| lenient::brand(entity)),
            entity_id: lenient::first_id(payload, &["entity_id"])
                .or_else(|| lenient::first_id(entity, &CONVERSATION_ID_KEYS)),
            entity_type: lenient::label(payload, "entity_type").filter(|_| wrapped || given_id(payload)),
            entity,
        }
    }

    /// The conversation that the event belongs to, if it belongs to one.
    pub(super) fn conversation(&self) -> Option<ConversationId> {
        let id = ConversationId::parse(self.entity_id.as_deref()?).ok()?;
        self.is_of_conversation().then_some(id)
    }

    fn is_of_conversation(&self) -> bool {
        if self.known.is_some() {
            return true;
        }
        if let Some(name) = &self.name {
            if name.starts_with("conversation.") {
                return true;
            }
            if is_foreign(name) {
                return false;
            }
        }
        match &self.entity_type {
            Some(kind) => kind.eq_ignore_ascii_case("conversation"),
            None => CONVERSATION_MARKS.iter().any(|mark| self.entity.contains_key(*mark)),
        }
    }
}

fn given_id(payload: &Object) -> bool {
    payload.contains_key("entity_id")
}

fn clipped(name: &str) -> String {
    crate::domain::message::clip(name, 200).to_owned()
}

fn marks(entity: &Object) -> FlatMarks {
    let has = |key: &str| entity.get(key).is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
    let status = [
        lenient::text(entity, "status"),
        lenient::object(entity, "chat_status").and_then(|s| lenient::text(s, "label")),
    ];
    let status_is = |wanted: &str| status.iter().flatten().any(|text| text.trim().eq_ignore_ascii_case(wanted));
    let sender = entity.get("message").filter(|message| !message.is_null()).map(|_| super::message::sender_of(entity));
    let owner_is_operator =
        lenient::object(entity, "owner").and_then(|owner| lenient::text(owner, "type")) == Some("operator");
    FlatMarks {
        message_of_visitor: matches!(sender, Some(Sender::Visitor { .. })),
        message_of_operator: matches!(sender, Some(Sender::Operator { .. } | Sender::Bot { .. })),
        message_of_nobody: matches!(sender, Some(Sender::Unknown)),
        rating: entity.get("rating").and_then(lenient::integer).is_some(),
        ended_by: has("ended_by"),
        status_missed: status_is("missed"),
        status_live: status_is("live"),
        attended_by_operator: has("attended_time") && owner_is_operator,
        end_time: has("end_time"),
        only_opened: has("question")
            && has("opened_time")
            && !has("attended_time")
            && !has("end_time")
            && !has("missed_time"),
    }
}

/// The entity as a JSON value, for hashing.
pub(super) fn canonical_entity(entity: &Object) -> String {
    lenient::canonical(&Value::Object(entity.clone()))
}
