//! Webhooks without SalesIQ's ceremony, and bodies delivered by hand, signed well or badly.

use super::fields::Fields;
use super::watch;
use super::{App, Failure, Result};
use crate::http::rest;
use crate::keys::KeyNumber;
use crate::seed;
use crate::state::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// How long a delivery by hand may take.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn route(app: &App, method: &str, path: &[&str], fields: Fields<'_>) -> Result<Value> {
    app.with(|state, now| {
        let id = match (method, path) {
            ("POST", ["webhooks"]) => {
                let mut body = fields.0.clone();
                if let Some(body) = body.as_object_mut() {
                    body.entry("type").or_insert(json!("data"));
                    body.entry("secured").or_insert(json!(true));
                    for own in ["flat", "numeric_ids"] {
                        body.remove(own);
                    }
                }
                let id = rest::create_webhook(state, now, seed::OPERATOR_ADA, &body)?;
                if state.webhook(&id)?.secured {
                    state.add_key(now, &id, seed::OPERATOR_ADA)?;
                }
                id
            }
            ("PUT", ["webhooks", id]) => {
                let mut webhook = state.webhook(id)?.clone();
                rest::change_webhook(state, &mut webhook, fields.0)?;
                webhook.modified_time = now;
                *state.webhook_mut(id)? = webhook;
                (*id).to_owned()
            }
            ("POST", ["webhooks", id, "keys"]) => {
                state.add_key(now, id, seed::OPERATOR_ADA)?;
                (*id).to_owned()
            }
            ("DELETE", ["webhooks", id, "keys", key]) => {
                state.delete_key(now, id, key)?;
                (*id).to_owned()
            }
            ("GET", ["webhooks"]) => {
                return Ok(Value::Array(state.webhooks.iter().map(watch::webhook).collect()));
            }
            ("DELETE", ["webhooks", id]) => {
                state.webhook(id)?;
                state.webhooks.retain(|w| w.id != *id);
                return Ok(json!({}));
            }
            _ => return Err(Failure::NoSuchCall),
        };
        let (flat, numeric_ids, enabled) = (fields.flag("flat")?, fields.flag("numeric_ids")?, fields.flag("enabled")?);
        let webhook = state.webhook_mut(&id)?;
        webhook.flat = flat.or(webhook.flat);
        webhook.numeric_ids = numeric_ids.or(webhook.numeric_ids);
        webhook.enabled = enabled.unwrap_or(webhook.enabled);
        Ok(watch::webhook(webhook))
    })
}

/// The key a delivery by hand is signed with: the one asked for, the url's webhook's, any webhook's, or the portal's first.
fn key(state: &State, url: Option<&str>, key_id: Option<&str>) -> Result<KeyNumber> {
    let keys = || state.webhooks.iter().flat_map(|w| w.keys.iter());
    if let Some(id) = key_id {
        let key = keys().find(|k| k.id == id).map(|k| k.number);
        return key
            .ok_or_else(|| Failure::field("key_id", "is no key of any webhook", "take an id from GET /_control/keys"));
    }
    let own = state.webhooks.iter().find(|w| Some(w.url.as_str()) == url && !w.keys.is_empty());
    Ok(own.and_then(|w| w.keys.first()).or_else(|| keys().next()).map_or(KeyNumber::FIRST, |k| k.number))
}

/// The bytes to send: `body` as compact JSON, `raw` as it stands, or `raw_base64` decoded.
fn bytes(fields: Fields<'_>) -> Result<Vec<u8>> {
    if let Some(raw) = fields.text("raw")? {
        return Ok(raw.into_bytes());
    }
    if let Some(raw) = fields.text("raw_base64")? {
        return STANDARD.decode(raw).map_err(|e| {
            Failure::field("raw_base64", format!("is not base64 ({e})"), "send standard base64 with padding")
        });
    }
    let body = fields.0.get("body");
    let body =
        body.ok_or_else(|| Failure::field("body", "is absent", "send body (any JSON), raw (a text) or raw_base64"))?;
    Ok(body.to_string().into_bytes())
}

fn signature(app: &App, fields: Fields<'_>, url: Option<&str>, bytes: &[u8]) -> Result<Option<String>> {
    let how = fields.text("sign")?.unwrap_or_else(|| "valid".to_owned());
    let key_id = fields.text("key_id")?;
    match how.as_str() {
        "none" => Ok(None),
        "garbage" => Ok(Some("bm90IGEgc2lnbmF0dXJl".to_owned())),
        "other_key" => Ok(KeyNumber::STRANGER.sign(bytes)),
        "valid" => Ok(app.quietly(|state, _| key(state, url, key_id.as_deref()))?.sign(bytes)),
        other => Err(Failure::field("sign", format!("is \"{other}\""), "send valid, none, garbage or other_key")),
    }
}

pub(super) fn sign(app: &App, fields: Fields<'_>) -> Result<Value> {
    let bytes = bytes(fields)?;
    let signature = signature(app, fields, fields.text("url")?.as_deref(), &bytes)?;
    Ok(json!({"signature": signature, "body": String::from_utf8_lossy(&bytes)}))
}

/// Delivers a body as SalesIQ would, and waits for the answer. It stands in no log and is not tried again.
pub(super) async fn deliver(app: &App, fields: Fields<'_>) -> Result<Value> {
    let url = fields.needed("url", "the address of the webhook")?;
    let bytes = bytes(fields)?;
    let signature = signature(app, fields, Some(&url), &bytes)?;
    let mut request = app.client.post(&url).timeout(TIMEOUT);
    let headers = fields.map("headers")?;
    if !headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
        request = request.header("content-type", "application/json");
    }
    if let Some(signature) = signature {
        request = request.header("x-siqsignature", signature);
    }
    for (name, value) in &headers {
        let value =
            value.as_str().ok_or_else(|| Failure::field("headers", format!("{name} is not a text"), "send texts"))?;
        request = request.header(name, value);
    }
    let started = Instant::now();
    let response = request.body(bytes).send().await;
    let failed = |e: reqwest::Error| {
        Failure::field("url", format!("could not be called: {e}"), "check that it listens (http only)")
    };
    let response = response.map_err(failed)?;
    let status = response.status().as_u16();
    let headers: Map<String, Value> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let body = response.text().await.map_err(failed)?;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(json!({"status": status, "headers": headers, "body": body, "duration_ms": duration_ms}))
}
