//! Webhook bodies: the entity per event, the envelope around it, and the variants seen (api.md 5.5, 5.6).

use super::{ms, put_time};
use crate::seed;
use crate::state::State;
use crate::state::conversation::{Content, Conversation, Message, SenderKind, Status};
use crate::state::deliveries::Delivery;
use serde_json::{Map, Number, Value, json};

/// The conversation as the entity of an event: the documented fields of `created` and, as far as they apply, those
/// probed of `completed`.
pub(crate) fn conversation(state: &State, conversation: &Conversation) -> Value {
    let (label, status_code, status_state, state_key, status_key) = match conversation.status {
        Status::Waiting => ("Live", 1, 1, "waiting", "open"),
        Status::Connected => ("Live", 1, 2, "connected", "open"),
        Status::Missed => ("Missed", 1, 3, "missed", "closed"),
        Status::Closed => ("Attended Online", 2, 4, "closed", "closed"),
    };
    let mut entity = json!({
        "id": conversation.id,
        "visitor_conversation_id": conversation.visitor_conversation_id,
        "reference_id": conversation.reference_id,
        "opened_time": ms(conversation.start_time),
        "app_id": conversation.app_id,
        "department_id": conversation.department_id,
        "visitor": visitor(conversation),
        "question": conversation.question,
        "supervisors": conversation.supervisors,
        "participants": conversation.participants,
        "status": label,
        "chat_status": {
            "status_code": status_code, "state": status_state, "label": label, "state_key": state_key, "status_key": status_key,
        },
        "chat_initiated_url": conversation.page_url,
        "customer_info": conversation.customer_info,
    });
    put_time(&mut entity, "attended_time", conversation.attended_time);
    put_time(&mut entity, "end_time", conversation.end_time);
    put_time(&mut entity, "missed_time", conversation.missed_time);
    if let Some(owner) = conversation.shown_attender(&state.settings).and_then(|id| state.account(id)) {
        let kind = if owner.is_bot { "bot" } else { "operator" };
        entity["owner"] = json!({
            "id": owner.id, "name": owner.nick_name, "email_id": owner.email_id, "email": owner.email_id, "type": kind,
        });
    }
    entity
}

fn visitor(conversation: &Conversation) -> Value {
    let visitor = &conversation.visitor;
    let (first, last) = names(&visitor.name);
    json!({
        "id": visitor.id,
        "name": visitor.name,
        "first_name": first,
        "last_name": last,
        "salutation": "",
        "email_id": visitor.email,
        "phone": visitor.phone,
        "type": visitor.kind,
        "channel": visitor.channel,
    })
}

fn names(name: &str) -> (&str, &str) {
    name.split_once(' ').unwrap_or((name, ""))
}

/// A message with its sender: `operator.replied`, `visitor.replied`, `message.edited`, `message.deleted`.
pub(crate) fn message(conversation: &Conversation, message: &Message) -> Value {
    let kind = match message.sender.kind {
        SenderKind::Visitor => "visitor",
        SenderKind::Operator => "operator",
        SenderKind::Bot => "bot",
        SenderKind::Info => "info",
    };
    let mut line = json!({
        "sender": {"name": message.sender.name, "id": message.sender.id, "type": kind},
        "meta": {},
        "msgid": message.msgid,
    });
    match &message.content {
        Content::Text(text) => line["text"] = json!(text),
        Content::File(file) => {
            line["text"] = json!(file.comment);
            line["file"] = json!({"attachment_id": file.attachment_id, "name": file.name, "type": file.mime});
        }
    }
    json!({
        "id": conversation.id,
        "visitor_conversation_id": conversation.visitor_conversation_id,
        "message": line,
        "visitor": visitor(conversation),
    })
}

/// The entity of `visitor.updated`.
pub(crate) fn visitor_updated(conversation: &Conversation) -> Value {
    let visitor = &conversation.visitor;
    let (first, last) = names(&visitor.name);
    json!({
        "id": visitor.id,
        "type": visitor.kind,
        "first_name": first,
        "last_name": last,
        "email_id": visitor.email,
        "phone": visitor.phone,
        "customer_info": conversation.customer_info,
    })
}

/// The body of one attempt.
pub(crate) fn body(delivery: &Delivery, flat: bool, numeric_ids: bool) -> Value {
    let mut body = if flat { delivery.entity.clone() } else { envelope(delivery) };
    if numeric_ids {
        ids_to_numbers(&mut body);
    }
    body
}

/// The envelope of api.md 5.5.
pub(crate) fn envelope(delivery: &Delivery) -> Value {
    let mut envelope = json!({
        "entity_type": delivery.entity_type,
        "webhook": {"id": delivery.webhook_id},
        "org_id": seed::ORG_ID,
        "event": delivery.event,
        "entity_id": delivery.entity_id,
        "attempt": delivery.attempt,
        "version": "1",
        "event_time": ms(delivery.event_time),
        "entity": delivery.entity,
    });
    if let Some(app_id) = &delivery.app_id {
        envelope["app_id"] = json!(app_id);
    }
    envelope
}

/// Turns `"id": "123"` into `"id": 123` everywhere, as one documented sample has it for `app_id`.
fn ids_to_numbers(value: &mut Value) {
    match value {
        Value::Object(fields) => numbers_in(fields),
        Value::Array(items) => items.iter_mut().for_each(ids_to_numbers),
        _ => {}
    }
}

fn numbers_in(fields: &mut Map<String, Value>) {
    for (key, value) in fields {
        let is_id = key == "id" || key.ends_with("_id");
        match value.as_str().and_then(|text| text.parse::<u64>().ok()) {
            Some(number) if is_id => *value = Value::Number(Number::from(number)),
            _ => ids_to_numbers(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_become_numbers() {
        let mut body = json!({"entity_id": "415000000000100003", "event_time": "1566841905380", "entity": {"id": "7", "phone": "8"}});
        ids_to_numbers(&mut body);
        assert_eq!(
            body,
            json!({"entity_id": 415_000_000_000_100_003_u64, "event_time": "1566841905380", "entity": {"id": 7, "phone": "8"}})
        );
    }
}
