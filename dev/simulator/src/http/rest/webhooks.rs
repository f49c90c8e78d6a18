//! Webhooks over REST: made, changed, keyed, and their failed executions run again (api.md 5.1).

use super::{Reply, Request, Result, grant, needed, text, texts, wrong_method};
use crate::http::App;
use crate::http::incoming::{Incoming, Input};
use crate::shapes::rest as shape;
use crate::state::State;
use crate::state::error::{ApiError, INVALID_TYPE, INVALID_URL, NOT_PERMITTED, UNKNOWN_RESOURCE, WRONG_BODY};
use crate::state::operator::Role;
use crate::state::webhook::{EVENTS, Kind, Webhook};
use axum::http::Method;
use reqwest::Client;
use serde_json::{Value, json};
use std::time::Duration;

const WEEK_MS: i64 = 7 * 24 * 3_600_000;
const SIXTY_DAYS_MS: i64 = 60 * 24 * 3_600_000;

/// The url that a call sets or changes: SalesIQ asks it with HEAD first. `None` when the call fails anyway.
pub(super) fn url_to_check(app: &App, incoming: &Incoming) -> Option<String> {
    let path: Vec<&str> = incoming.segments.iter().map(String::as_str).collect();
    let id = match (&incoming.method, path.as_slice()) {
        (&Method::POST, ["api", "v2", _, "webhooks"]) => None,
        (&Method::PUT, ["api", "v2", _, "webhooks", id]) => Some(*id),
        _ => return None,
    };
    let Input::Json(body) = &incoming.input else {
        return None;
    };
    let url = body.get("url")?.as_str()?.to_owned();
    app.quietly(|state, now| {
        grant(state, now, incoming).ok()?;
        let unchanged = id.is_some_and(|id| state.webhook(id).is_ok_and(|w| w.url == url));
        Some(url).filter(|_| !unchanged)
    })
}

/// It must answer HEAD with 200, and nothing else will do.
pub(super) async fn is_reachable(client: &Client, url: &str) -> bool {
    let answer = client.head(url).timeout(Duration::from_secs(5)).send().await;
    answer.is_ok_and(|response| response.status().as_u16() == 200)
}

pub(super) fn route(state: &mut State, now: i64, request: &Request<'_>, path: &[&str]) -> Result<Reply> {
    let method = request.incoming.method.as_str();
    let operation = match (method, path) {
        ("GET", [] | [_] | [_, "executions"]) => "READ",
        ("POST", [] | [_, "keys" | "executions"] | [_, "executions", _]) => "CREATE",
        ("PUT", [_] | [_, "enable" | "disable"]) => "UPDATE",
        ("DELETE", [_] | [_, "keys", _]) => "DELETE",
        (_, [] | [_] | [_, "keys" | "executions" | "enable" | "disable"] | [_, "keys" | "executions", _]) => {
            return wrong_method();
        }
        _ => return Err(ApiError::new(INVALID_URL)),
    };
    request.need("webhooks", operation)?;
    let operator_id = request.operator()?.to_owned();
    if state.operator(&operator_id)?.role != Role::Administrator {
        return Err(ApiError::new(NOT_PERMITTED));
    }
    match (method, path) {
        ("GET", []) => Ok(Reply::list(state.webhooks.iter().map(shape::webhook).collect())),
        ("POST", []) => {
            let id = create(state, now, &operator_id, &request.body()?)?;
            one(state, &id)
        }
        ("GET", [id]) => one(state, id),
        ("PUT", [id]) => {
            let body = request.body()?;
            let mut webhook = state.webhook(id)?.clone();
            change(state, &mut webhook, &body)?;
            webhook.modifier = operator_id;
            webhook.modified_time = now;
            *state.webhook_mut(id)? = webhook;
            one(state, id)
        }
        ("PUT", [id, word @ ("enable" | "disable")]) => {
            let webhook = state.webhook_mut(id)?;
            webhook.enabled = *word == "enable";
            webhook.modified_time = now;
            one(state, id)
        }
        ("DELETE", [id]) => {
            state.webhook(id)?;
            state.webhooks.retain(|w| w.id != *id);
            Ok(Reply::one("webhook", json!({"id": id})))
        }
        ("POST", [id, "keys"]) => {
            state.add_key(now, id, &operator_id)?;
            one(state, id)
        }
        ("DELETE", [id, "keys", key]) => {
            state.delete_key(now, id, key)?;
            one(state, id)
        }
        ("GET", [id, "executions"]) => {
            let (skip, take) = request.page(20, 99)?;
            let failed = &state.webhook(id)?.failed;
            Ok(Reply::list(failed.iter().skip(skip).take(take).map(shape::failed_execution).collect()))
        }
        ("POST", [id, "executions"]) => {
            let ids = texts(&request.body()?, "ids")?.ok_or_else(|| ApiError::at_key(WRONG_BODY, "ids"))?;
            retry(state, id, &ids)
        }
        ("POST", [id, "executions", execution]) => {
            if state.webhook(id)?.failed.iter().all(|f| f.id != *execution) {
                return Err(ApiError::new(UNKNOWN_RESOURCE));
            }
            retry(state, id, &[(*execution).to_owned()])
        }
        _ => wrong_method(),
    }
}

fn one(state: &State, id: &str) -> Result<Reply> {
    Ok(Reply::Data { object: "webhook", data: shape::webhook(state.webhook(id)?), sync_time: true })
}

fn retry(state: &mut State, id: &str, ids: &[String]) -> Result<Reply> {
    let skipped = state.retry_executions(id, ids)?;
    Ok(Reply::Data { object: "webhook", data: json!({ "skipped": skipped }), sync_time: true })
}

/// A webhook as its body wants it. The control API makes webhooks of the same body, without the HEAD.
pub(in crate::http) fn create(state: &mut State, now: i64, operator_id: &str, body: &Value) -> Result<String> {
    needed(body, "type")?;
    needed(body, "url")?;
    let id = state.ids.id();
    let mut webhook = Webhook {
        id: id.clone(),
        url: String::new(),
        kind: Kind::Data,
        enabled: true,
        secured: false,
        events: Vec::new(),
        app_ids: Vec::new(),
        keys: Vec::new(),
        creator: operator_id.to_owned(),
        modifier: operator_id.to_owned(),
        created_time: now,
        modified_time: now,
        expiry_ms: SIXTY_DAYS_MS,
        failed: Vec::new(),
        flat: None,
        numeric_ids: None,
    };
    change(state, &mut webhook, body)?;
    state.webhooks.push(webhook);
    Ok(id)
}

/// Takes over what the body has; `events` and `app_ids` replace the old ones. The control API does so without the HEAD.
pub(in crate::http) fn change(state: &State, webhook: &mut Webhook, body: &Value) -> Result<()> {
    match text(body, "type")?.as_deref() {
        None => {}
        Some("data") => webhook.kind = Kind::Data,
        Some("administration") => webhook.kind = Kind::Administration,
        Some(_) => return Err(ApiError::at_key(WRONG_BODY, "type")),
    }
    if let Some(url) = text(body, "url")? {
        if reqwest::Url::parse(&url).is_err() {
            return Err(ApiError::at_key(WRONG_BODY, "url"));
        }
        webhook.url = url;
    }
    if let Some(events) = texts(body, "events")? {
        if let Some(bad) = events.iter().position(|e| !EVENTS.contains(&e.as_str())) {
            return Err(ApiError::at_key(WRONG_BODY, &format!("events[{bad}]")));
        }
        webhook.events = events;
    }
    if let Some(app_ids) = texts(body, "app_ids")? {
        // What it has already may stay, though the brand is gone.
        let unknown = |id: &String| state.brand(id).is_none() && !webhook.app_ids.contains(id);
        if let Some(bad) = app_ids.iter().position(unknown) {
            return Err(ApiError::at_key(UNKNOWN_RESOURCE, &format!("app_ids[{bad}]")));
        }
        webhook.app_ids = app_ids;
    }
    match body.get("secured") {
        None => {}
        Some(Value::Bool(secured)) => webhook.secured = *secured,
        Some(Value::String(text)) if text == "true" || text == "false" => {
            webhook.secured = text == "true";
        }
        Some(_) => return Err(ApiError::at_key(INVALID_TYPE, "secured")),
    }
    // The sample's own value is below the documented week, so it only counts from above.
    if let Some(expiry) = text(body, "expiry_time_for_executions_data")? {
        let expiry: i64 =
            expiry.parse().map_err(|_| ApiError::at_key(INVALID_TYPE, "expiry_time_for_executions_data"))?;
        webhook.expiry_ms = expiry.clamp(WEEK_MS.min(expiry), SIXTY_DAYS_MS);
    }
    Ok(())
}
