//! Messages of a conversation: listed, sent as text or file, and downloaded (api.md 2.5 to 2.7).

use super::conversations::visible;
use super::{Reply, Request, Result, needed, wrong_method};
use crate::http::incoming::Input;
use crate::seed;
use crate::shapes::rest as shape;
use crate::state::State;
use crate::state::conversation::{Message, Saying, SenderKind, Status};
use crate::state::error::{ApiError, INVALID_FILTER, UNKNOWN_RESOURCE, WRONG_BODY};
use axum::http::Method;
use serde_json::{Value, json};

pub(super) fn list_or_send(state: &mut State, now: i64, request: &Request<'_>, id: &str) -> Result<Reply> {
    if request.is(&Method::GET) {
        return list(state, request, id);
    }
    if !request.is(&Method::POST) {
        return wrong_method();
    }
    request.need("conversations", "CREATE")?;
    let operator_id = request.operator()?.to_owned();
    state.conversation(id)?;
    let saying = saying(request)?;
    let message = state.operator_says(now, &operator_id, id, saying)?;
    sent(state, id, &message)
}

/// Oldest first and fifty to a page, unless asked otherwise: order and page size are not known.
fn list(state: &State, request: &Request<'_>, id: &str) -> Result<Reply> {
    request.need("conversations", "READ")?;
    let conversation = visible(state, request, id)?;
    let (skip, take) = request.page(50, 99)?;
    let (from, to) = (request.number("from_time")?, request.number("to_time")?);
    let mut lines: Vec<&Message> = conversation
        .messages
        .iter()
        .filter(|m| !m.deleted && (state.settings.info_messages_in_list || m.sender.kind != SenderKind::Info))
        .filter(|m| from.is_none_or(|f| m.time >= f) && to.is_none_or(|t| m.time <= t))
        .collect();
    match request.param("sort_order") {
        None | Some("asc") => {}
        Some("desc") => lines.reverse(),
        Some(_) => return Err(ApiError::at_param(INVALID_FILTER, "sort_order")),
    }
    let rows = lines.into_iter().skip(skip).take(take);
    Ok(Reply::list(rows.map(|m| shape::message(conversation, m, state.settings.message_ids_in_list)).collect()))
}

/// What is to be said: `{"text"}`, or a multipart `file` with a `comment`.
pub(in crate::http) fn saying_of(input: &Input) -> Result<Saying> {
    match input {
        Input::Multipart { file: Some(file), fields } => Ok(Saying::File {
            name: file.name.clone(),
            mime: file.mime.clone(),
            bytes: file.bytes.clone(),
            comment: fields.get("comment").cloned().unwrap_or_default(),
        }),
        Input::Multipart { .. } => Err(ApiError::at_param(WRONG_BODY, "file")),
        Input::WrongType => Err(ApiError::content_type()),
        Input::Json(body) => needed(body, "text").map(Saying::Text),
        Input::Form(fields) => needed(&json!(fields), "text").map(Saying::Text),
        Input::Empty | Input::Broken => Err(ApiError::new(WRONG_BODY)),
    }
}

fn saying(request: &Request<'_>) -> Result<Saying> {
    saying_of(&request.incoming.input)
}

/// The answer to a sent message is not known; assumed: the message, as a row with its `msgid`.
fn sent(state: &State, id: &str, message: &Message) -> Result<Reply> {
    if state.settings.bare_send_answers {
        return Ok(Reply::one("messages", json!({})));
    }
    let mut data = shape::message(state.conversation(id)?, message, false);
    data["msgid"] = json!(message.msgid);
    Ok(Reply::one("messages", data))
}

/// `POST /visitors/{email}/messages`: the latest open chat that is his, attended before joined.
pub(super) fn send_to_visitor(state: &mut State, now: i64, request: &Request<'_>, email: &str) -> Result<Reply> {
    if !request.is(&Method::POST) {
        return wrong_method();
    }
    request.need("conversations", "CREATE")?;
    let operator_id = request.operator()?.to_owned();
    let saying = saying(request)?;
    let his = state.conversations.values().filter(|c| {
        c.status == Status::Connected && c.includes(&operator_id) && c.visitor.email.eq_ignore_ascii_case(email)
    });
    let latest = his.max_by_key(|c| (c.attender.as_deref() == Some(operator_id.as_str()), c.start_time, c.id.clone()));
    let id = latest.map(|c| c.id.clone()).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
    let message = state.operator_says(now, &operator_id, &id, saying)?;
    sent(state, &id, &message)
}

pub(super) fn attachment(state: &State, request: &Request<'_>, id: &str, attachment_id: &str) -> Result<Reply> {
    if !request.is(&Method::GET) {
        return wrong_method();
    }
    request.need("conversations", "READ")?;
    let conversation = visible(state, request, id)?;
    let (file, bytes) = conversation.attachments.get(attachment_id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
    Ok(Reply::File { name: file.name.clone(), mime: file.mime.clone(), bytes: bytes.clone() })
}

/// The message as the visitor API answers it.
pub(in crate::http) fn visitor_sent(state: &State, id: &str, message: &Message) -> Value {
    if state.settings.bare_send_answers {
        return json!({});
    }
    let Ok(conversation) = state.conversation(id) else {
        return json!({});
    };
    let mut data = shape::message(conversation, message, false);
    data["msgid"] = json!(message.msgid);
    data["conversation_id"] = json!(id);
    data["screenname"] = json!(seed::SCREEN_NAME);
    data
}
