//! Making a call of a declared tool.
//!
//! What matters for a call that writes is what can be said afterwards: that it was done, that it certainly was not, or that
//! nobody knows.

use std::time::Duration;

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use super::performed::Performed;
use super::request::ToolRequest;
use super::resolver::NoAddress;
use crate::domain::message::clip;
use crate::domain::settings::{Access, ToolMethod};

/// By what the company's system knows a repeated call.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The most bytes that are told of why a call was refused.
const DETAIL_LIMIT_BYTES: usize = 300;

/// Why an answer can't be used.
struct Unusable(String);

/// Sends a call and reads its answer. `secret` is the header that it is sent along in.
pub(super) async fn send(
    client: &reqwest::Client,
    request: &ToolRequest,
    secret: Option<(HeaderName, HeaderValue)>,
    limit: Duration,
) -> Performed {
    let mut sent = client.request(method(request.method), request.url.clone()).timeout(limit);
    sent = sent.header(reqwest::header::ACCEPT, "application/json, text/plain;q=0.9");
    if let Some(body) = &request.body {
        sent = sent.json(body);
    }
    if let Some(key) = &request.key {
        sent = sent.header(IDEMPOTENCY_KEY, &key.0);
    }
    if let Some((name, value)) = secret {
        sent = sent.header(name, value);
    }
    let performed = match sent.send().await {
        Ok(response) => read(request, response).await,
        Err(error) => not_answered(request, &error, limit),
    };
    sure(request, performed)
}

/// A repeated call that is refused or fails says nothing about the first.
fn sure(request: &ToolRequest, performed: Performed) -> Performed {
    match performed {
        Performed::Refused { status, .. } if request.again => {
            Performed::Unknown { why: format!("repeating it was refused with status {status}") }
        }
        Performed::Failed { why } if request.again => Performed::Unknown { why },
        performed => performed,
    }
}

fn method(method: ToolMethod) -> Method {
    match method {
        ToolMethod::Get => Method::GET,
        ToolMethod::Post => Method::POST,
        ToolMethod::Put => Method::PUT,
        ToolMethod::Patch => Method::PATCH,
        ToolMethod::Delete => Method::DELETE,
    }
}

/// No answer came. The error itself is not told: it holds the URL.
fn not_answered(request: &ToolRequest, error: &reqwest::Error, limit: Duration) -> Performed {
    if let Some(refused) = cause::<NoAddress>(error) {
        return Performed::Failed { why: refused.to_string() };
    }
    if error.is_builder() {
        return Performed::Failed { why: "the call can't be made as it is declared".to_owned() };
    }
    if error.is_connect() {
        return Performed::Failed { why: "the company's system could not be reached".to_owned() };
    }
    let why = if error.is_timeout() {
        format!("the company's system did not answer within {} ms", limit.as_millis())
    } else {
        "the connection to the company's system broke".to_owned()
    };
    unsure(request, why)
}

/// The request may have arrived.
fn unsure(request: &ToolRequest, why: String) -> Performed {
    match request.access {
        Access::Write => Performed::Unknown { why },
        Access::Read => Performed::Failed { why },
    }
}

fn cause<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

async fn read(request: &ToolRequest, response: Response) -> Performed {
    let status = response.status();
    if status.is_success() {
        return match content(response, request.answer_bytes).await {
            Ok(answer) => Performed::Answered { answer },
            Err(Unusable(why)) => unreadable(request, &why),
        };
    }
    if status.is_redirection() {
        // After a POST this often means that it was done.
        return unsure(request, "the company's system answered with a redirect, which is not followed".to_owned());
    }
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Performed::Failed { why: format!("the company's system is busy (status {})", status.as_u16()) }
        }
        status if status.is_client_error() => {
            let detail = content(response, request.answer_bytes).await.ok().and_then(|answer| detail(&answer));
            Performed::Refused { status: status.as_u16(), detail }
        }
        status => unsure(request, format!("the company's system failed with status {}", status.as_u16())),
    }
}

/// It was done, and what was answered can't be used.
fn unreadable(request: &ToolRequest, why: &str) -> Performed {
    match request.access {
        Access::Write => {
            Performed::Answered { answer: Value::String(format!("It was done. There is no more to tell: {why}.")) }
        }
        Access::Read => Performed::Failed { why: why.to_owned() },
    }
}

fn detail(answer: &Value) -> Option<String> {
    let text = match answer {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        answer => answer.to_string(),
    };
    Some(clip(text.trim(), DETAIL_LIMIT_BYTES).to_owned()).filter(|text| !text.is_empty())
}

/// What was answered: JSON, or a text. No more is read than the tool allows.
async fn content(mut response: Response, limit: usize) -> Result<Value, Unusable> {
    let unusable = |why: &str| Unusable(why.to_owned());
    let kind = kind(response.headers());
    let encoded = response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
    let too_long = || Unusable(format!("the answer has more than {limit} bytes"));
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| unusable("the answer broke off or took too long"))? {
        if bytes.len() + chunk.len() > limit {
            return Err(too_long());
        }
        bytes.extend_from_slice(&chunk);
    }
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    if encoded {
        return Err(unusable("the answer is compressed, which was not asked for"));
    }
    match kind {
        Kind::Json => serde_json::from_slice(&bytes).map_err(|_| unusable("the answer is no JSON although it says so")),
        Kind::Text => Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        Kind::Other => Err(unusable("the answer is neither JSON nor plain text")),
    }
}

enum Kind {
    Json,
    Text,
    Other,
}

/// By the content type alone. A page of HTML is what a login or a gateway shows, and never an answer.
fn kind(headers: &HeaderMap) -> Kind {
    let written = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = written.split_once(';').unwrap_or((written, ""));
    let (kind, parameters) = (kind.trim().to_ascii_lowercase(), parameters.to_ascii_lowercase());
    let charset = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("charset="));
    if charset.is_some_and(|charset| !matches!(charset.trim_matches(['"', ' ']), "utf-8" | "utf8" | "us-ascii")) {
        return Kind::Other;
    }
    match kind.split_once('/') {
        Some(("application", json)) if json == "json" || json.ends_with("+json") => Kind::Json,
        Some(("text", "plain" | "csv" | "markdown")) => Kind::Text,
        Some(("text", "json")) => Kind::Json,
        _ => Kind::Other,
    }
}

/// How a secret is shown: none if it can't stand in a header.
pub(super) fn shown(header: &str, secret: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::try_from(header).ok()?;
    let value = if name == reqwest::header::AUTHORIZATION { format!("Bearer {secret}") } else { secret.to_owned() };
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}
