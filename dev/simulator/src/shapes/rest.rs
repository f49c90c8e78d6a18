//! REST answers, field by field as the samples have them (api.md 2.2, 2.4, 2.5, 4.1, 5.1).

use super::{ms, put_time};
use crate::seed;
use crate::state::State;
use crate::state::conversation::{Content, Conversation, Message, SenderKind, Status, Thread};
use crate::state::operator::{Availability, Operator, Role};
use crate::state::webhook::{FailedExecution, Kind, Webhook};
use serde_json::{Value, json};

/// An operator within a conversation.
fn person(operator: &Operator) -> Value {
    json!({
        "image_key": format!("0_{}", operator.id),
        "email": operator.email_id,
        "name": operator.nick_name,
        "is_bot": operator.is_bot,
        "call_enabled": !operator.is_bot,
        "id": operator.id,
    })
}

/// Label, status code, state, state key, status key, id of a status (api.md 2.2; only "Connected" is documented whole).
fn chat_status(status: Status) -> (&'static str, Value) {
    let (label, code, state, state_key, status_key, id) = match status {
        Status::Waiting => ("Waiting", 0, 1, "waiting", "open", "10"),
        Status::Connected => ("Connected", 0, 2, "connected", "open", "20"),
        Status::Missed => ("Missed", 1, 3, "missed", "closed", "30"),
        Status::Closed => ("Attended Online", 2, 4, "closed", "closed", "40"),
    };
    let object = json!({
        "status_code": code, "state": state, "label": label, "state_key": state_key, "status_key": status_key, "id": id,
    });
    (label, object)
}

/// What a visitor's browser can do, as the sample lists it.
const SUPPORTED_OPERATIONS: [&str; 11] = [
    "bot_chat",
    "file_share",
    "audio_call",
    "video_call",
    "screen_share",
    "remote_share",
    "edit_message",
    "delete_message",
    "reply_message",
    "block_ip",
    "article_share",
];

/// The conversation object: the union of the documented samples.
pub(crate) fn conversation(state: &State, conversation: &Conversation) -> Value {
    let (label, status) = chat_status(conversation.status);
    let people = |ids: &[String]| ids.iter().filter_map(|id| state.account(id)).map(person).collect::<Vec<_>>();
    let brand = state.brand(&conversation.app_id);
    let department = state.department(&conversation.department_id);
    let visitor = &conversation.visitor;
    let mut object = json!({
        "id": conversation.id,
        "reference_id": conversation.reference_id,
        "chat_id": conversation.chat_id,
        "type": "chat",
        "question": conversation.question,
        "uvid": conversation.uvid,
        "app_id": conversation.app_id,
        "app_name": brand.map(|b| &b.name),
        "status": label,
        "chat_status": status,
        "unread_chats": false,
        "notes": !conversation.notes.is_empty(),
        "start_time": ms(conversation.start_time),
        "last_modified_time": ms(conversation.last_modified_time),
        "participants": people(&conversation.participants),
        "supervisors": people(&conversation.supervisors),
        "department": department.map(|d| json!({"id": d.id, "name": d.name})),
        "visitor": {
            "id": visitor.id,
            "name": visitor.name,
            "email": visitor.email,
            "phone": visitor.phone,
            "country_code": visitor.country_code,
            "type": visitor.kind,
            "ip": visitor.ip,
            "supported_operations": SUPPORTED_OPERATIONS,
        },
    });
    put_time(&mut object, "attended_time", conversation.attended_time);
    put_time(&mut object, "end_time", conversation.end_time);
    put_time(&mut object, "missed_time", conversation.missed_time);
    if conversation.status == Status::Connected {
        object["status_code"] = json!(3);
    }
    if let Some(attender) = conversation.shown_attender(&state.settings).and_then(|id| state.account(id)) {
        object["attender"] = person(attender);
        object["owner"] = person(attender);
    }
    if let Some(last) = conversation.last_line() {
        object["last_message_info"] = message(conversation, last, false);
    }
    object
}

/// A row of the message list, which `last_message_info` resembles.
pub(crate) fn message(conversation: &Conversation, message: &Message, with_id: bool) -> Value {
    let (kind, content) = match &message.content {
        _ if message.sender.kind == SenderKind::Info => ("info", text_of(message)),
        Content::Text(_) => ("text", text_of(message)),
        Content::File(file) => {
            let url = format!(
                "/api/v2/{}/conversations/{}/attachments/{}",
                seed::SCREEN_NAME,
                conversation.id,
                file.attachment_id
            );
            let file = json!({"attachment_id": file.attachment_id, "name": file.name, "type": file.mime, "url": url});
            ("file", json!({ "file": file }))
        }
    };
    let mut row = json!({
        "sequence_id": message.sequence_id.to_string(),
        "sender": {"name": message.sender.name, "id": message.sender.id},
        "type": kind,
        "message": content,
        "time": ms(message.time),
    });
    if with_id {
        row["id"] = json!(message.msgid);
    }
    row
}

fn text_of(message: &Message) -> Value {
    match &message.content {
        Content::Text(text) => json!({ "text": text }),
        Content::File(file) => json!({ "text": file.comment }),
    }
}

/// One session.
pub(crate) fn thread(state: &State, conversation: &Conversation, thread: &Thread, include: &[String]) -> Value {
    let wants = |field: &str| include.is_empty() || include.iter().any(|i| i == field);
    let count = |kind: SenderKind| {
        let lines = conversation.messages.iter().filter(|m| m.thread_number == thread.thread_number);
        lines.filter(|m| m.sender.kind == kind).count()
    };
    let mut row = json!({
        "id": thread.thread_id,
        "thread_id": thread.thread_id,
        "thread_number": thread.thread_number.to_string(),
        "conversation_id": conversation.id,
        "reference_id": conversation.reference_id,
        "wms_chat_id": conversation.chat_id,
        "question": thread.question,
        "status": thread.status,
        "status_code": if thread.to_time.is_some() { "2" } else { "1" },
        "inititated_by": "visitor",
        "from_time": ms(thread.from_time),
    });
    put_time(&mut row, "to_time", thread.to_time);
    if let Some(ended_by) = thread.ended_by {
        row["ended_by"] = json!(ended_by);
    }
    if let Some(attender) = thread.attender.as_deref().and_then(|id| state.account(id)).filter(|_| wants("attender")) {
        row["attender"] = json!({"name": attender.nick_name, "type": "operator", "id": attender.id});
    }
    if let Some(department) = state.department(&conversation.department_id).filter(|_| wants("department")) {
        row["department"] = json!({"name": department.name, "id": department.id});
    }
    if let Some(brand) = state.brand(&conversation.app_id).filter(|_| wants("brand")) {
        row["brand"] = json!({"name": brand.name, "id": brand.id});
    }
    if wants("metrics") {
        row["metrics"] = json!({
            "operator_message_count": count(SenderKind::Operator),
            "visitor_message_count": count(SenderKind::Visitor),
            "bot_message_count": count(SenderKind::Bot),
            "info_message_count": count(SenderKind::Info),
            "system_event_count": 0,
        });
    }
    row
}

/// `GET /conversations/{id}/visitor`.
pub(crate) fn conversation_details(state: &State, conversation: &Conversation) -> Value {
    let attender = conversation.shown_attender(&state.settings).and_then(|id| state.account(id));
    json!({"conversation_details": {
        "department_name": state.department(&conversation.department_id).map(|d| &d.name),
        "visit_id": conversation.reference_id,
        "attender_name": attender.map(|o| &o.nick_name),
        "chat_id": conversation.chat_id,
        "feedback": conversation.rating.as_ref().map_or(0, |r| r.rating),
        "add_info": {"10": "en-GB,en;q=0.9", "1": conversation.page_url, "33": 2047, "18": 1},
        "participants": conversation.participants,
    }})
}

/// The operator resource, with its booleans and numbers as strings and its misspelt `modifed_time`.
pub(crate) fn operator(operator: &Operator) -> Value {
    let (status_code, status_message) = match operator.status {
        Availability::Available => ("1", "Available"),
        Availability::Busy => ("2", "Busy"),
    };
    let mut object = json!({
        "id": operator.id,
        "email_id": operator.email_id,
        "first_name": operator.first_name,
        "last_name": operator.last_name,
        "nick_name": operator.nick_name,
        "role": operator.role,
        "description": "",
        "language": "en",
        "time_zone": "Europe/London",
        "country": "gb",
        "state": "",
        "city": "London",
        "street": "",
        "pin_code": "",
        "phone": "",
        "mobile": "",
        "date_of_birth": "",
        "is_chat_enabled": operator.is_chat_enabled.to_string(),
        "is_enabled": operator.is_enabled.to_string(),
        "is_confirmed": operator.is_confirmed.to_string(),
        "is_owner": operator.is_owner.to_string(),
        "is_deleted": operator.is_deleted.to_string(),
        "status_code": status_code,
        "status_message": status_message,
        "departments": operator.departments,
        "image_url": format!("/api/v2/{}/downloads/{}?purpose=operator_image", seed::SCREEN_NAME, operator.id),
        "created_time": ms(operator.created_time),
        "modifed_time": ms(operator.modified_time),
        "messenger_id": format!("LD_{}_{}", seed::ORG_ID, operator.id),
        "type": if operator.role == Role::Administrator { "1" } else { "2" },
    });
    if !operator.maximum_concurrent_chat.is_null() {
        object["maximum_concurrent_chat"] = operator.maximum_concurrent_chat.clone();
    }
    object
}

/// The webhook resource.
pub(crate) fn webhook(webhook: &Webhook) -> Value {
    let key = |k: &crate::state::webhook::PublicKey| json!({"key": k.number.public(), "id": k.id, "creator": {"id": k.creator}, "created_time": ms(k.created_time)});
    let mut object = json!({
        "id": webhook.id,
        "url": webhook.url,
        "status": if webhook.enabled { "enabled" } else { "disabled" },
        "type": webhook.kind,
        "version": 1,
        "secured": webhook.secured,
        "events": webhook.events,
        "failures_count": webhook.failed.len().to_string(),
        "public_keys": webhook.keys.iter().map(key).collect::<Vec<_>>(),
        "creator": {"id": webhook.creator},
        "modifier": {"id": webhook.modifier},
        "created_time": ms(webhook.created_time),
        "modified_time": ms(webhook.modified_time),
        "expiry_time_for_executions_data": ms(webhook.expiry_ms),
    });
    if webhook.kind == Kind::Data {
        object["app_ids"] = json!(webhook.app_ids);
    }
    object
}

/// A failed execution: the envelope as it was sent, under an id (the page's sample is not known; api.md 5.6).
pub(crate) fn failed_execution(failed: &FailedExecution) -> Value {
    let mut row = super::webhook::envelope(&failed.delivery);
    row["id"] = json!(failed.id);
    row["failed_time"] = ms(failed.failed_time);
    row["retry_count"] = json!(failed.delivery.runs.to_string());
    row["response_code"] = json!(failed.status.map(|s| s.to_string()));
    row["reason"] = json!(failed.error);
    row
}
