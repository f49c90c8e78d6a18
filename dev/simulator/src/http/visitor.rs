//! The visitor API (api.md 3): everything here needs the organisation's token.

use super::App;
use super::answer::{Answer, Content};
use super::incoming::{Incoming, Input};
use super::rest;
use super::rest::{needed, text};
use crate::seed;
use crate::shapes::ms;
use crate::state::State;
use crate::state::conversation::{Conversation, Status};
use crate::state::error::{
    ApiError, INVALID_SCOPE, INVALID_TYPE, INVALID_URL, UNKNOWN_RESOURCE, WRONG_BODY, WRONG_METHOD, WRONG_PORTAL,
};
use crate::state::life::Opening;
use crate::state::oauth::Principal;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, ApiError>;

/// The longest `custom_wait_time` in seconds.
const LONGEST_WAIT: i64 = 999;

pub(super) fn perform(app: &App, incoming: &Incoming) -> Answer {
    app.with(|state, now| {
        let result = route(state, now, incoming);
        let answer = match result {
            Ok(data) => {
                Answer::ok(Content::Json(json!({"url": incoming.path, "object": "conversations", "data": data})))
            }
            Err(error) => Answer::error(&state.settings, &error),
        };
        let principal = rest::grant(state, now, incoming).ok().map(|g| g.principal.label().to_owned());
        Answer { principal, ..answer }
    })
}

fn route(state: &mut State, now: i64, incoming: &Incoming) -> Result<Value> {
    let grant = rest::grant(state, now, incoming)?;
    let path: Vec<&str> = incoming.segments.iter().map(String::as_str).collect();
    let (screen, path) = match path.as_slice() {
        ["api", "visitor", "v1", screen, rest @ ..] | ["visitor", "v2", screen, rest @ ..] => (*screen, rest),
        _ => return Err(ApiError::new(INVALID_URL)),
    };
    if screen != seed::SCREEN_NAME {
        return Err(ApiError::new(WRONG_PORTAL));
    }
    let operation = match (incoming.method.as_str(), path) {
        ("POST", ["conversations"] | ["conversations", _, "messages"]) => "CREATE",
        ("PUT", ["conversations", _, "close"]) => "UPDATE",
        (_, ["conversations"] | ["conversations", _, "messages" | "close"]) => {
            return Err(ApiError::new(WRONG_METHOD));
        }
        _ => return Err(ApiError::new(INVALID_URL)),
    };
    if grant.principal != Principal::Org || !grant.covers("conversations", operation) {
        return Err(ApiError::new(INVALID_SCOPE));
    }
    match path {
        ["conversations"] => {
            let id = open(state, now, incoming)?;
            Ok(opened(state, state.conversation(&id)?))
        }
        ["conversations", id, "messages"] => {
            let id = find(state, id)?;
            let message = state.visitor_says(now, &id, rest::saying_of(&incoming.input)?)?;
            Ok(rest::visitor_sent(state, &id, &message))
        }
        ["conversations", id, _] => {
            let id = find(state, id)?;
            state.visitor_ends(now, &id)?;
            Ok(closed(state, state.conversation(&id)?))
        }
        _ => Err(ApiError::new(INVALID_URL)),
    }
}

/// By the id that operators see, or by one of the visitor's hashes (api.md 3.3).
fn find(state: &State, id: &str) -> Result<String> {
    if state.conversations.contains_key(id) {
        return Ok(id.to_owned());
    }
    let by_hash = |c: &&Conversation| c.visitor_conversation_id == id || c.visitor_chat_hash == id;
    state.conversations.values().find(by_hash).map(|c| c.id.clone()).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))
}

fn open(state: &mut State, now: i64, incoming: &Incoming) -> Result<String> {
    let body = match &incoming.input {
        Input::Json(body) if body.is_object() => body,
        Input::WrongType | Input::Multipart { .. } | Input::Form(_) => {
            return Err(ApiError::content_type());
        }
        _ => return Err(ApiError::new(WRONG_BODY)),
    };
    let visitor =
        body.get("visitor").filter(|v| v.is_object()).ok_or_else(|| ApiError::at_key(WRONG_BODY, "visitor"))?;
    let detail = |key: &str| Ok(text(visitor, key)?.unwrap_or_default());
    let wait = match body.get("custom_wait_time") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let seconds = value.as_i64().or_else(|| value.as_str().and_then(|s| s.parse().ok()));
            Some(
                seconds
                    .filter(|s| (0..=LONGEST_WAIT).contains(s))
                    .ok_or_else(|| ApiError::at_key(WRONG_BODY, "custom_wait_time"))?,
            )
        }
    };
    let customer_info = match body.get("customer_info") {
        None | Some(Value::Null) => serde_json::Map::new(),
        Some(Value::Object(info)) => info.clone(),
        Some(_) => return Err(ApiError::at_key(INVALID_TYPE, "customer_info")),
    };
    let user_id = text(visitor, "user_id")?.filter(|id| !id.is_empty());
    let opening = Opening {
        app_id: needed(body, "app_id")?,
        department_id: Some(needed(body, "department_id")?),
        question: needed(body, "question")?,
        user_id: user_id.ok_or_else(|| ApiError::at_key(WRONG_BODY, "visitor.user_id"))?,
        name: detail("name")?,
        email: detail("email")?,
        phone: detail("phone")?,
        country_code: detail("country_code")?,
        page_url: detail("current_page")?,
        customer_info,
        wait_time_ms: wait.map(|seconds| seconds * 1000),
    };
    state.open(now, opening)
}

/// The union of what is seen of the answer (api.md 3.1).
fn opened(state: &State, conversation: &Conversation) -> Value {
    let department = state.department(&conversation.department_id);
    let visitor = &conversation.visitor;
    let (state_number, state_key) = match conversation.status {
        Status::Waiting => (1, "waiting"),
        _ => (2, "connected"),
    };
    json!({
        "id": conversation.visitor_conversation_id,
        "conversation_id": conversation.id,
        "channel_id": conversation.channel_id,
        "wms_chat_id": conversation.chat_id,
        "question": conversation.question,
        "department": {"id": conversation.department_id, "name": department.map(|d| &d.name)},
        "visitor": {"user_id": visitor.user_id, "email": visitor.email, "name": visitor.name},
        "chat_status": {"state_key": state_key, "status_code": 0, "state": state_number, "status_key": "open"},
    })
}

/// The visitor's close (api.md 3.3).
fn closed(state: &State, conversation: &Conversation) -> Value {
    let department = state.department(&conversation.department_id);
    let mut data = json!({
        "id": conversation.visitor_conversation_id,
        "wms_chat_id": conversation.chat_id,
        "chat_id": conversation.visitor_chat_hash,
        "unread_chats": false,
        "question": conversation.question,
        "department": {"name": department.map(|d| &d.name), "id": conversation.department_id},
        "start_time": ms(conversation.start_time),
        "end_time": ms(conversation.end_time.or(conversation.missed_time).unwrap_or(conversation.last_modified_time)),
        "visitor": {
            "name": conversation.visitor.name, "country_code": conversation.visitor.country_code, "ip": conversation.visitor.ip,
        },
        "chat_status": if conversation.status == Status::Missed {
            json!({"status_code": 1, "state": 3})
        } else {
            json!({"status_code": 2, "state": 4})
        },
        "reference_id": conversation.reference_id,
    });
    if let Some(attended) = conversation.attended_time {
        data["attended_time"] = ms(attended);
    }
    if let Some(attender) = conversation.shown_attender(&state.settings).and_then(|id| state.account(id)) {
        data["attender"] = json!({
            "image_key": format!("0_{}", attender.id), "email": attender.email_id, "name": attender.nick_name,
            "is_bot": attender.is_bot, "id": attender.id,
        });
    }
    data
}
