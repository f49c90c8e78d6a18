//! Conversations: found, read, picked up, closed, transferred, noted, tagged (api.md 2).

use super::{Reply, Request, Result, needed, text, texts, wrong_method};
use crate::shapes::{ms, rest as shape};
use crate::state::State;
use crate::state::conversation::{Conversation, Status};
use crate::state::error::{
    ApiError, INVALID_DEPARTMENTS, INVALID_FILTER, INVALID_OPERATORS, INVALID_TYPE, INVALID_URL, NOT_PERMITTED,
    UNKNOWN_RESOURCE,
};
use crate::state::oauth::Principal;
use crate::state::operator::Role;
use axum::http::Method;
use serde_json::{Value, json};

fn in_status(conversation: &Conversation, filter: &str) -> bool {
    match filter {
        "open" => conversation.status.is_open(),
        "closed" => !conversation.status.is_open(),
        "waiting" => conversation.status == Status::Waiting,
        "connected" => conversation.status == Status::Connected,
        "missed" => conversation.status == Status::Missed,
        _ => conversation.status == Status::Closed,
    }
}

/// The departments a list is about: those asked for, or the operator's current one. An Associate has only his own.
fn departments(state: &State, request: &Request<'_>) -> Result<Option<String>> {
    let asked = request.param("department_id");
    if asked.is_some_and(|id| state.department(id).is_none()) {
        return Err(ApiError::at_param(INVALID_DEPARTMENTS, "department_id"));
    }
    let Principal::Operator(id) = &request.grant.principal else {
        return Ok(asked.map(str::to_owned));
    };
    let operator = state.operator(id)?;
    match asked {
        Some(asked) if operator.role == Role::Associate && !operator.serves(asked) => Err(ApiError::new(NOT_PERMITTED)),
        Some(asked) => Ok(Some(asked.to_owned())),
        None => Ok(operator.departments.first().cloned()),
    }
}

pub(super) fn list(state: &State, request: &Request<'_>) -> Result<Reply> {
    if !request.is(&Method::GET) {
        return wrong_method();
    }
    request.need("conversations", "READ")?;
    let (skip, take) = request.page(20, 99)?;
    let department = departments(state, request)?;
    let status = request.param("status");
    if status.is_some_and(|s| !["open", "closed", "waiting", "connected", "missed", "end"].contains(&s)) {
        return Err(ApiError::at_param(INVALID_FILTER, "status"));
    }
    let kind = request.param("visitor_type");
    if kind.is_some_and(|k| !["lead", "contact"].contains(&k)) {
        return Err(ApiError::at_param(INVALID_FILTER, "visitor_type"));
    }
    let sort_by = request.param("sort_by").unwrap_or("in_time");
    if !["in_time", "end_time", "updated_time"].contains(&sort_by) {
        return Err(ApiError::at_param(INVALID_FILTER, "sort_by"));
    }
    let within =
        |from: Option<i64>, to: Option<i64>, at: i64| from.is_none_or(|f| at >= f) && to.is_none_or(|t| at <= t);
    let (from, to) = (request.number("from_time")?, request.number("to_time")?);
    let (updated_from, updated_till) = (request.number("updated_from_time")?, request.number("updated_till_time")?);
    let among = |names: [&str; 2], is: &str| {
        names
            .iter()
            .filter_map(|n| request.param(n))
            .all(|list| list.split(',').any(|one| one.trim().eq_ignore_ascii_case(is)))
    };
    let mut found: Vec<&Conversation> = state
        .conversations
        .values()
        .filter(|c| department.as_deref().is_none_or(|d| c.department_id == d))
        .filter(|c| status.is_none_or(|s| in_status(c, s)))
        .filter(|c| request.param("attender_id").is_none_or(|id| c.shown_attender(&state.settings) == Some(id)))
        .filter(|c| request.param("app_id").is_none_or(|id| c.app_id == id))
        .filter(|c| among(["email", "emails"], &c.visitor.email))
        .filter(|c| among(["reference_ids", "reference_id"], &c.reference_id))
        .filter(|c| kind.is_none_or(|k| c.visitor.kind == k))
        .filter(|c| within(from, to, c.start_time))
        .filter(|c| within(updated_from, updated_till, c.last_modified_time))
        .collect();
    // Newest first; the map's order breaks ties.
    found.reverse();
    found.sort_by_key(|c| {
        std::cmp::Reverse(match sort_by {
            "end_time" => c.end_time.unwrap_or(0),
            "updated_time" => c.last_modified_time,
            _ => c.start_time,
        })
    });
    let fields: Option<Vec<&str>> = request.param("fields").map(|f| f.split(',').map(str::trim).collect());
    let rows = found.into_iter().skip(skip).take(take).map(|c| {
        let mut row = shape::conversation(state, c);
        if let (Some(fields), Some(row)) = (&fields, row.as_object_mut()) {
            row.retain(|key, _| {
                key == "id" || fields.contains(&key.as_str()) || (key == "chat_status" && fields.contains(&"status"))
            });
        }
        row
    });
    Ok(Reply::list(rows.collect()))
}

/// A conversation this token may read.
pub(super) fn visible<'a>(state: &'a State, request: &Request<'_>, id: &str) -> Result<&'a Conversation> {
    let conversation = state.conversation(id)?;
    match &request.grant.principal {
        Principal::Operator(operator_id) if !state.may_see(operator_id, conversation) => {
            Err(ApiError::new(NOT_PERMITTED))
        }
        _ => Ok(conversation),
    }
}

pub(super) fn get(state: &State, request: &Request<'_>, id: &str) -> Result<Reply> {
    if !request.is(&Method::GET) {
        return wrong_method();
    }
    request.need("conversations", "READ")?;
    Ok(Reply::one("conversations", shape::conversation(state, visible(state, request, id)?)))
}

/// `/conversations/{id}/{what}`.
pub(super) fn part_or_action(
    state: &mut State,
    now: i64,
    request: &Request<'_>,
    id: &str,
    what: &str,
) -> Result<Reply> {
    let expected = match what {
        "threads" | "visitor" | "feedback" => Method::GET,
        "pickup" | "close" | "transfer" | "reject" => Method::PUT,
        "notes" => Method::POST,
        // The path is assumed, so either method will do (api.md 2.12).
        "tags" => [Method::PUT, Method::POST].into_iter().find(|m| request.is(m)).unwrap_or(Method::PUT),
        _ => return Err(ApiError::new(INVALID_URL)),
    };
    if !request.is(&expected) {
        return wrong_method();
    }
    match what {
        "threads" => threads(state, request, id),
        "visitor" => {
            request.need("conversations", "READ")?;
            Ok(Reply::one("list", shape::conversation_details(state, visible(state, request, id)?)))
        }
        "feedback" => {
            request.need("feedbacks", "READ")?;
            let rating = feedback(visible(state, request, id)?);
            Ok(Reply::one("feedback", rating.unwrap_or_else(|| json!({}))))
        }
        "notes" => note(state, now, request, id),
        _ => act(state, now, request, id, what),
    }
}

fn threads(state: &State, request: &Request<'_>, id: &str) -> Result<Reply> {
    request.need("conversations", "READ")?;
    let (skip, take) = request.page(50, 50)?;
    let include: Vec<String> = match request.param("include_fields") {
        None => Vec::new(),
        Some(json) => serde_json::from_str(json).map_err(|_| ApiError::at_param(INVALID_TYPE, "include_fields"))?,
    };
    let conversation = visible(state, request, id)?;
    let rows = conversation.threads.iter().rev().skip(skip).take(take);
    Ok(Reply::list(rows.map(|t| shape::thread(state, conversation, t, &include)).collect()))
}

fn note(state: &mut State, now: i64, request: &Request<'_>, id: &str) -> Result<Reply> {
    request.need("conversations", "CREATE")?;
    let operator_id = request.operator()?.to_owned();
    let note = needed(&request.body()?, "notes")?;
    visible(state, request, id)?;
    let note = state.add_note(now, &operator_id, id, note)?;
    let creator = state.operator(&operator_id)?;
    let data = json!({
        "creator": {"name": creator.nick_name, "id": creator.id}, "note": note.note, "created_time": ms(note.created_time),
    });
    Ok(Reply::one("notes", data))
}

/// What changes the conversation; each answers with the conversation as it then is (documented for pickup and close).
fn act(state: &mut State, now: i64, request: &Request<'_>, id: &str, what: &str) -> Result<Reply> {
    request.need("conversations", "UPDATE")?;
    let operator_id = request.operator()?.to_owned();
    state.conversation(id)?;
    match what {
        "pickup" => {
            request.no_body()?;
            state.pick_up(now, &operator_id, id)?;
        }
        "close" => {
            request.no_body()?;
            state.close(now, &operator_id, id)?;
        }
        "transfer" => {
            let body = request.body()?;
            let department_id = needed(&body, "department_id")?;
            let target = text(&body, "operator_id")?.filter(|t| !t.is_empty());
            // The page says both `note` and `notes` (api.md 2.10).
            let note = text(&body, "note")?.or(text(&body, "notes")?).unwrap_or_default();
            state.transfer(now, &operator_id, id, &department_id, target.as_deref(), &note)?;
        }
        "reject" => {
            let who = needed(&request.body()?, "operator_id")?;
            state.operator(&who).map_err(|_| ApiError::at_key(INVALID_OPERATORS, "operator_id"))?;
            if who == operator_id {
                state.reject_transfer(now, &who, id)?;
            } else if state.settings.withdraw_by_reject && state.sent_what_rings(&operator_id, id) {
                state.withdraw_from(now, &who, id)?;
            } else if state.operator(&operator_id)?.role == Role::Administrator {
                state.reject_transfer(now, &who, id)?;
            } else {
                return Err(ApiError::new(NOT_PERMITTED));
            }
        }
        _ => return tag(state, now, request, id),
    }
    Ok(Reply::one("conversations", shape::conversation(state, state.conversation(id)?)))
}

fn tag(state: &mut State, now: i64, request: &Request<'_>, id: &str) -> Result<Reply> {
    let ids = texts(&request.body()?, "ids")?.unwrap_or_default();
    if let Some(unknown) = ids.iter().position(|id| state.tags.iter().all(|t| t.id != *id)) {
        return Err(ApiError::at_key(UNKNOWN_RESOURCE, &format!("ids[{unknown}]")));
    }
    visible(state, request, id)?;
    let conversation = state.conversation_mut(id)?;
    for tag in ids {
        if !conversation.tags.contains(&tag) {
            conversation.tags.push(tag);
        }
    }
    conversation.last_modified_time = now;
    let tags = conversation.tags.clone();
    let rows: Vec<Value> =
        state.tags.iter().filter(|t| tags.contains(&t.id)).map(|t| json!({"id": t.id, "name": t.name})).collect();
    Ok(Reply::one("tags", Value::Array(rows)))
}

fn feedback(conversation: &Conversation) -> Option<Value> {
    let rating = conversation.rating.as_ref()?;
    Some(json!({
        "conversation_id": conversation.id,
        "rating": rating.rating,
        "feedback": rating.feedback,
        "time": ms(rating.time),
        "visitor": {"name": conversation.visitor.name, "email": conversation.visitor.email},
    }))
}

/// `GET /feedbacks` with `index` and `limit` (api.md 2, row 14).
pub(super) fn feedbacks(state: &State, request: &Request<'_>) -> Result<Reply> {
    if !request.is(&Method::GET) {
        return wrong_method();
    }
    request.need("feedbacks", "READ")?;
    let index = usize::try_from(request.number("index")?.unwrap_or(0)).unwrap_or(0);
    let limit = usize::try_from(request.number("limit")?.unwrap_or(20)).unwrap_or(20);
    let rows = state.conversations.values().rev().filter_map(feedback);
    Ok(Reply::list(rows.skip(index).take(limit).collect()))
}
