//! Looking in: the state, the log of calls, the log of deliveries.

use super::{App, Failure, Incoming, Result, shown};
use crate::http::answer::{Answer, Content};
use crate::keys::KeyNumber;
use crate::seed;
use crate::state::State;
use crate::state::error::{ApiError, UNKNOWN_RESOURCE};
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

pub(super) fn route(app: &App, incoming: &Incoming, path: &[&str]) -> Result<Response> {
    let since = match incoming.query.get("since") {
        None => 0,
        Some(text) => text.parse::<u64>().map_err(|_| {
            Failure::field("since", format!("is \"{text}\", not a number"), "send the last seq you have seen")
        })?,
    };
    let wanted = incoming.query.get("conversation").map(String::as_str);
    let about = |id: Option<&str>| wanted.is_none_or(|w| Some(w) == id);
    let address = incoming.query.get("to");
    let goes_to = |to: &[String]| address.is_none_or(|a| to.iter().any(|t| t.eq_ignore_ascii_case(a)));
    if let ["conversations", id, "attachments", attachment] = path {
        return app.quietly(|state, _| {
            let found = state.conversation(id)?.attachments.get(*attachment);
            let (file, bytes) = found.ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
            let content = Content::File { name: file.name.clone(), mime: file.mime.clone(), bytes: bytes.clone() };
            Ok(Answer::ok(content).into_response())
        });
    }
    let value = app.quietly(|state, now| match path {
        ["health"] => Ok(json!({"status": "ok", "now_ms": now, "screen_name": seed::SCREEN_NAME, "pending_deliveries": state.deliveries.pending()})),
        ["state"] => whole(state, now),
        ["conversations"] => state.conversations.keys().rev().map(|id| shown(state, id)).collect::<Result<Vec<_>>>().map(Value::Array),
        ["conversations", id] => shown(state, id),
        ["operators"] => Ok(operators(state)),
        ["calls"] => Ok(json!(state.calls.log().filter(|c| c.seq > since && about(c.conversation.as_deref()) && goes_to(&c.to)).collect::<Vec<_>>())),
        ["deliveries"] => Ok(json!(state.deliveries.log().filter(|d| d.seq > since && about(Some(&d.conversation))).collect::<Vec<_>>())),
        ["mails"] => Ok(json!(state.mails.iter().filter(|m| m.seq > since && goes_to(&m.to)).collect::<Vec<_>>())),
        ["keys"] => Ok(keys(state)),
        _ => Err(Failure::NoSuchCall),
    })?;
    Ok(Json(value).into_response())
}

fn operators(state: &State) -> Value {
    let rows = state.operators.iter().map(|o| {
        let mut row = json!(o);
        row["load"] = json!(state.load_of(&o.id));
        row
    });
    Value::Array(rows.collect())
}

fn whole(state: &State, now: i64) -> Result<Value> {
    let conversations: Vec<_> = state.conversations.keys().map(|id| shown(state, id)).collect::<Result<_>>()?;
    let webhooks: Vec<_> = state.webhooks.iter().map(webhook).collect();
    Ok(json!({
        "now_ms": now,
        "settings": state.settings,
        "brands": state.brands,
        "departments": state.departments,
        "tags": state.tags,
        "operators": operators(state),
        "conversations": conversations,
        "webhooks": webhooks,
        "pending_deliveries": state.deliveries.pending(),
        "faults": state.faults.rules,
    }))
}

/// A webhook with what the REST resource doesn't show.
pub(super) fn webhook(webhook: &crate::state::webhook::Webhook) -> Value {
    let mut row = crate::shapes::rest::webhook(webhook);
    row["flat"] = json!(webhook.flat);
    row["numeric_ids"] = json!(webhook.numeric_ids);
    row["failed_executions"] =
        json!(webhook.failed.iter().map(crate::shapes::rest::failed_execution).collect::<Vec<_>>());
    row
}

fn keys(state: &State) -> Value {
    let of_webhooks: Vec<_> = state
        .webhooks
        .iter()
        .flat_map(|w| w.keys.iter().map(|k| json!({"webhook_id": w.id, "id": k.id, "key": k.number.public()})))
        .collect();
    json!({
        "portal": KeyNumber::PORTAL.map(KeyNumber::public),
        "stranger": KeyNumber::STRANGER.public(),
        "webhooks": of_webhooks,
    })
}
