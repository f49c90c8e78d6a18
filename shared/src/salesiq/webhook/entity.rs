//! What an event says (api.md §5.6): the kind with its particulars, and what is told along with it.

use serde_json::Value;

use super::envelope::Envelope;
use super::message;
use super::name::Name;
use crate::domain::event::{EndedBy, EventKind, OperatorRef, Told, TransferStep};
use crate::domain::id::DepartmentId;
use crate::domain::message::kept;
use crate::salesiq::assumptions::{TRANSFER_DEPARTMENT_KEYS, TRANSFER_OPERATOR_KEYS};
use crate::salesiq::lenient::{self, Object};

use jiff::Timestamp;

/// What happened. `order` stands in for a message's time.
pub(super) fn kind(envelope: &Envelope<'_>, order: Timestamp) -> EventKind {
    let unknown = || EventKind::Unknown { name: envelope.name.clone() };
    let entity = envelope.entity;
    let Some(name) = envelope.known else { return unknown() };
    match name {
        Name::Created => EventKind::Created,
        Name::AttenderUpdated => EventKind::AttenderUpdated,
        Name::Missed => EventKind::Missed,
        Name::Metrics => EventKind::Metrics,
        Name::Reopened => EventKind::Reopened,
        Name::SupervisorAdded => EventKind::SupervisorAdded,
        Name::ParticipantsAdded | Name::ParticipantsDeleted => EventKind::ParticipantsChanged,
        Name::Completed => EventKind::Completed { ended_by: lenient::text(entity, "ended_by").and_then(ended_by) },
        Name::Rated => rated(entity),
        Name::TransferInitiated => transfer(TransferStep::Initiated, entity),
        Name::TransferAccepted => transfer(TransferStep::Accepted, entity),
        Name::TransferRejected => transfer(TransferStep::Rejected, entity),
        Name::VisitorReplied => {
            message::line(name, entity, order).map_or_else(unknown, |message| EventKind::VisitorReplied { message })
        }
        Name::OperatorReplied => {
            message::line(name, entity, order).map_or_else(unknown, |message| EventKind::OperatorReplied { message })
        }
        // Without the message's id nobody can tell what was edited or deleted.
        Name::MessageEdited | Name::MessageDeleted => {
            match message::told_id(entity).and_then(|_| message::id(entity)) {
                Some(message) if name == Name::MessageDeleted => EventKind::MessageDeleted { message },
                Some(message) => EventKind::MessageEdited { message, text: message::text(entity) },
                None => unknown(),
            }
        }
    }
}

/// What the event tells about its conversation besides.
pub(super) fn told(envelope: &Envelope<'_>) -> Told {
    let entity = envelope.entity;
    Told {
        brand: envelope.brand.clone(),
        department: lenient::department(entity),
        visitor: lenient::visitor(entity),
        question: lenient::text(entity, "question").map(kept),
        opened_at: ["opened_time", "start_time"].iter().find_map(|key| lenient::time_at(entity, key)),
        attender: ["owner", "attender"].iter().find_map(|key| lenient::operator(entity.get(*key)?)),
        thread_number: lenient::integer_at(entity, "thread_number").and_then(|number| u32::try_from(number).ok()),
    }
}

fn ended_by(text: &str) -> Option<EndedBy> {
    match text.trim().to_ascii_lowercase().as_str() {
        "agent" | "operator" => Some(EndedBy::Agent),
        "visitor" => Some(EndedBy::Visitor),
        "system" => Some(EndedBy::System),
        "bot" => Some(EndedBy::Bot),
        "scheduler" => Some(EndedBy::Scheduler),
        _ => None,
    }
}

fn rated(entity: &Object) -> EventKind {
    EventKind::Rated {
        rating: lenient::integer_at(entity, "rating"),
        feedback: lenient::text(entity, "feedback").map(kept),
    }
}

fn transfer(step: TransferStep, entity: &Object) -> EventKind {
    let nested = ["transfer", "transfer_details", "transfer_info"].iter().find_map(|key| lenient::object(entity, key));
    // In the entity itself `department` is where the chat is, and `operator` could be anyone.
    let own_operator = &TRANSFER_OPERATOR_KEYS[..TRANSFER_OPERATOR_KEYS.len() - 2];
    let own_department = &TRANSFER_DEPARTMENT_KEYS[..TRANSFER_DEPARTMENT_KEYS.len() - 1];
    let in_nested = |keys: &[&str]| nested.and_then(|from| first(from, keys));
    EventKind::Transfer {
        step,
        operator: in_nested(&TRANSFER_OPERATOR_KEYS).or_else(|| first(entity, own_operator)).and_then(operator),
        department: in_nested(&TRANSFER_DEPARTMENT_KEYS)
            .or_else(|| nested.and_then(|from| from.get("department_id")))
            .or_else(|| first(entity, own_department))
            .and_then(department),
    }
}

fn first<'a>(from: &'a Object, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| from.get(*key).filter(|value| !value.is_null()))
}

fn operator(value: &Value) -> Option<OperatorRef> {
    lenient::operator(value)
}

fn department(value: &Value) -> Option<DepartmentId> {
    let id = match value {
        Value::Object(department) => lenient::first_id(department, &["id", "department_id"]),
        other => lenient::id_text(other),
    }?;
    DepartmentId::parse(&id).ok()
}
