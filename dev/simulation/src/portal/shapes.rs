//! How SalesIQ writes things (api.md §2.2, §2.5, §4.1, §5.5, §5.6): ids and times as strings.

use serde_json::{Value, json};

use super::chat::{Chat, Line, Status, Who};
use super::{Operator, Salesiq, brand_id, conversation_id, department_id};

fn ms(time: i64) -> Value {
    json!(time.to_string())
}

fn put_time(object: &mut Value, key: &str, time: Option<i64>) {
    if let Some(time) = time {
        object[key] = ms(time);
    }
}

/// Label, state and their keys.
fn status(status: Status) -> (&'static str, u8, &'static str, &'static str) {
    match status {
        Status::Waiting => ("Waiting", 1, "waiting", "open"),
        Status::Connected => ("Connected", 2, "connected", "open"),
        Status::Missed => ("Missed", 3, "missed", "closed"),
        Status::Closed => ("Attended Online", 4, "closed", "closed"),
    }
}

fn visitor(chat: &Chat) -> Value {
    let number = chat.number;
    json!({
        "id": (30_000_000 + number).to_string(), "name": format!("Visitor {number}"),
        "email": chat.email, "email_id": chat.email, "type": "lead",
    })
}

/// The entity of an event.
pub(super) fn webhook_entity(chat: &Chat, more: Value) -> Value {
    let (label, state, state_key, status_key) = status(chat.status);
    let label = if chat.status.is_open() { "Live" } else { label };
    let mut entity = json!({
        "id": conversation_id(chat.number), "reference_id": chat.number.to_string(),
        "opened_time": ms(chat.started), "app_id": brand_id(chat.brand),
        "department_id": department_id(chat.department), "visitor": visitor(chat),
        "question": chat.question, "status": label,
        "chat_status": {"state": state, "label": label, "state_key": state_key, "status_key": status_key},
    });
    put_time(&mut entity, "attended_time", chat.attended);
    put_time(&mut entity, "end_time", chat.ended);
    put_time(&mut entity, "missed_time", chat.missed);
    if let Some(owner) = &chat.attender {
        entity["owner"] = json!({"id": owner, "name": format!("Operator {owner}"), "type": "operator"});
    }
    if let (Value::Object(entity), Value::Object(more)) = (&mut entity, more) {
        entity.extend(more);
    }
    entity
}

/// The entity of an event about a line.
pub(super) fn line_entity(chat: Option<&Chat>, id: i64) -> Option<Value> {
    let chat = chat?;
    let line = chat.lines.iter().find(|line| line.id == id)?;
    let (sender, kind) = match &line.who {
        Who::Visitor => (format!("$34000{}", chat.number), "visitor"),
        Who::Operator(id) => (id.clone(), "operator"),
        Who::Info => (String::new(), "info"),
    };
    Some(json!({
        "id": conversation_id(chat.number),
        "message": {"sender": {"id": sender, "type": kind}, "msgid": line.id.to_string(), "text": line.text},
        "visitor": visitor(chat),
    }))
}

/// The envelope.
pub(super) fn envelope(conversation: usize, brand: usize, event: &str, time: i64, entity: &Value) -> Value {
    json!({
        "entity_type": "conversation", "webhook": {"id": super::WEBHOOK}, "org_id": "60000", "event": event,
        "app_id": brand_id(brand), "entity_id": conversation_id(conversation), "attempt": 1, "version": "1",
        "event_time": ms(time), "entity": entity,
    })
}

/// A line as REST lists it.
pub(super) fn row(chat: &Chat, number: usize, line: &Line, with_id: bool) -> Value {
    let sender = match &line.who {
        Who::Visitor => json!({"name": "Visitor", "id": format!("$34000{}", chat.number)}),
        Who::Operator(id) => json!({"name": format!("Operator {id}"), "id": id}),
        Who::Info => json!({"name": "SalesIQ", "type": "info"}),
    };
    let mut row = json!({
        "sequence_id": (number + 1).to_string(), "sender": sender, "type": "text",
        "message": {"text": line.text}, "time": ms(line.id),
    });
    if with_id {
        row["id"] = json!(line.id.to_string());
    }
    row
}

/// A conversation as REST shows it.
pub(super) fn conversation(chat: &Chat) -> Value {
    let (label, state, state_key, status_key) = status(chat.status);
    let person = |id: &String| json!({"id": id, "name": format!("Operator {id}"), "is_bot": false});
    let mut object = json!({
        "id": conversation_id(chat.number), "reference_id": chat.number.to_string(), "type": "chat",
        "question": chat.question, "app_id": brand_id(chat.brand), "status": label,
        "chat_status": {"state": state, "label": label, "state_key": state_key, "status_key": status_key},
        "start_time": ms(chat.started), "last_modified_time": ms(chat.modified),
        "participants": chat.participants.iter().map(person).collect::<Vec<_>>(),
        "department": {"id": department_id(chat.department)}, "visitor": visitor(chat),
    });
    put_time(&mut object, "attended_time", chat.attended);
    put_time(&mut object, "end_time", chat.ended);
    put_time(&mut object, "missed_time", chat.missed);
    if let Some(attender) = &chat.attender {
        object["attender"] = person(attender);
        object["owner"] = person(attender);
    }
    let last = chat.lines.iter().enumerate().rev().find(|(_, line)| line.who != Who::Info && !line.deleted);
    if let Some((number, line)) = last {
        object["last_message_info"] = row(chat, number, line, false);
    }
    object
}

/// An operator, with booleans and numbers as strings.
pub(super) fn operator(operator: &Operator) -> Value {
    let departments: Vec<String> = operator.departments.iter().map(|one| department_id(*one)).collect();
    json!({
        "id": operator.id, "nick_name": operator.name, "role": "Associate",
        "is_chat_enabled": "true", "is_enabled": "true", "is_confirmed": "true", "is_deleted": "false",
        "status_code": if operator.available { "1" } else { "2" },
        "status_message": if operator.available { "Available" } else { "Busy" },
        "departments": departments, "maximum_concurrent_chat": operator.limit.to_string(),
    })
}

/// The portal's webhook.
pub(super) fn webhook(salesiq: &Salesiq) -> Value {
    let brands: Vec<String> = (0..salesiq.brands).map(brand_id).collect();
    json!({
        "id": super::WEBHOOK, "url": salesiq.webhook_url, "status": "enabled", "type": "data", "secured": true,
        "events": [
            "conversation.created", "conversation.attender.updated", "conversation.missed",
            "conversation.operator.replied", "conversation.visitor.replied", "conversation.completed",
            "conversation.rated", "conversation.transfer.initiated", "conversation.transfer.accepted",
            "conversation.transfer.rejected", "conversation.participants.added", "conversation.participants.deleted",
            "conversation.supervisor.added", "conversation.message.edited", "conversation.message.deleted",
        ],
        "failures_count": salesiq.failed.len().to_string(), "public_keys": [], "app_ids": brands,
    })
}
