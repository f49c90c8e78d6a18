//! REST API v2 (api.md 1 and 2): who may call what, and the envelope around it.

mod catalog;
mod conversations;
mod messages;
mod operators;
mod webhooks;

pub(super) use messages::{saying_of, visitor_sent};
pub(super) use webhooks::{change as change_webhook, create as create_webhook};

use super::App;
use super::answer::{Answer, Content};
use super::incoming::{Incoming, Input};
use crate::seed;
use crate::shapes::ms;
use crate::state::State;
use crate::state::error::{
    ApiError, INVALID_SCOPE, INVALID_TOKEN, INVALID_TYPE, INVALID_URL, NO_AUTHORIZATION, NOT_PERMITTED, WRONG_BODY,
    WRONG_METHOD, WRONG_PARAM, WRONG_PORTAL,
};
use crate::state::oauth::{Grant, Principal};
use axum::http::Method;
use serde_json::{Value, json};

/// What a call gives, before the envelope.
#[derive(Debug)]
pub(super) enum Reply {
    Data {
        object: &'static str,
        data: Value,
        /// Lists, and the webhook resource, carry the current time.
        sync_time: bool,
    },
    File {
        name: String,
        mime: String,
        bytes: Vec<u8>,
    },
}

impl Reply {
    fn one(object: &'static str, data: Value) -> Self {
        Self::Data { object, data, sync_time: false }
    }

    fn list(rows: Vec<Value>) -> Self {
        Self::Data { object: "list", data: Value::Array(rows), sync_time: true }
    }
}

type Result<T> = std::result::Result<T, ApiError>;

/// A call whose token is good.
#[derive(Debug)]
pub(super) struct Request<'a> {
    incoming: &'a Incoming,
    grant: Grant,
}

impl Request<'_> {
    /// Error 1009 unless the token has the scope.
    fn need(&self, resource: &str, operation: &str) -> Result<()> {
        if self.grant.covers(resource, operation) { Ok(()) } else { Err(ApiError::new(INVALID_SCOPE)) }
    }

    /// The operator whose token it is. An org token can't act as an operator (api.md 10.11: unknown).
    fn operator(&self) -> Result<&str> {
        match &self.grant.principal {
            Principal::Operator(id) => Ok(id),
            Principal::Org => Err(ApiError::new(NOT_PERMITTED)),
        }
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.incoming.query.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    fn number(&self, name: &str) -> Result<Option<i64>> {
        let Some(text) = self.param(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| ApiError::at_param(INVALID_TYPE, name))
    }

    /// The rows to skip and to take, from `page` and `limit`.
    fn page(&self, default: i64, most: i64) -> Result<(usize, usize)> {
        let page = self.number("page")?.unwrap_or(1);
        let limit = self.number("limit")?.unwrap_or(default);
        if page < 1 {
            return Err(ApiError::at_param(WRONG_PARAM, "page"));
        }
        if !(1..=most).contains(&limit) {
            return Err(ApiError::at_param(WRONG_PARAM, "limit"));
        }
        let limit = usize::try_from(limit).unwrap_or(1);
        let page = usize::try_from(page).unwrap_or(1);
        Ok(((page - 1).saturating_mul(limit), limit))
    }

    /// The body as an object; 1015 when there is none, 1054 when it came as something else.
    fn body(&self) -> Result<Value> {
        match &self.incoming.input {
            Input::Json(value) if value.is_object() => Ok(value.clone()),
            Input::Form(fields) => Ok(json!(fields)),
            Input::WrongType | Input::Multipart { .. } => Err(ApiError::content_type()),
            Input::Empty | Input::Broken | Input::Json(_) => Err(ApiError::new(WRONG_BODY)),
        }
    }

    /// A body where none is documented: an empty one will do, and so will any JSON.
    fn no_body(&self) -> Result<()> {
        match self.incoming.input {
            Input::WrongType => Err(ApiError::content_type()),
            Input::Broken => Err(ApiError::new(WRONG_BODY)),
            _ => Ok(()),
        }
    }

    fn is(&self, method: &Method) -> bool {
        self.incoming.method == *method
    }
}

/// A text field of a body.
pub(super) fn text(body: &Value, key: &str) -> Result<Option<String>> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::at_key(INVALID_TYPE, key)),
    }
}

/// A mandatory text field of a body.
pub(super) fn needed(body: &Value, key: &str) -> Result<String> {
    text(body, key)?.filter(|t| !t.is_empty()).ok_or_else(|| ApiError::at_key(WRONG_BODY, key))
}

/// A list of texts in a body.
pub(super) fn texts(body: &Value, key: &str) -> Result<Option<Vec<String>>> {
    let Some(value) = body.get(key) else {
        return Ok(None);
    };
    let rows = value.as_array().ok_or_else(|| ApiError::at_key(INVALID_TYPE, key))?;
    let row = |(i, row): (usize, &Value)| {
        row.as_str().map(str::to_owned).ok_or_else(|| ApiError::at_key(INVALID_TYPE, &format!("{key}[{i}]")))
    };
    rows.iter().enumerate().map(row).collect::<Result<Vec<_>>>().map(Some)
}

/// The grant of a call's token: error 1002 without a header, 1008 with a bad one. Both words are accepted (api.md 1.2).
pub(super) fn grant(state: &State, now: i64, incoming: &Incoming) -> Result<Grant> {
    let header = incoming.authorization.as_deref().ok_or_else(|| ApiError::new(NO_AUTHORIZATION))?;
    let token = header.strip_prefix("Zoho-oauthtoken ").or_else(|| header.strip_prefix("Bearer "));
    let token = token.ok_or_else(|| ApiError::new(NO_AUTHORIZATION))?;
    state.oauth.grant(now, token.trim()).cloned().ok_or_else(|| ApiError::new(INVALID_TOKEN))
}

pub(super) async fn perform(app: &App, incoming: &Incoming) -> Answer {
    // The only call that SalesIQ answers after a call of its own.
    if let Some(url) = webhooks::url_to_check(app, incoming)
        && !webhooks::is_reachable(&app.client, &url).await
    {
        return app.quietly(|state, _| Answer::error(&state.settings, &ApiError::at_key(WRONG_BODY, "url")));
    }
    app.with(|state, now| {
        let (result, principal) = match grant(state, now, incoming) {
            Ok(grant) => {
                let principal = grant.principal.label().to_owned();
                (route(state, now, &Request { incoming, grant }), Some(principal))
            }
            Err(error) => (Err(error), None),
        };
        let answer = match result {
            Ok(Reply::Data { object, data, sync_time }) => {
                let mut body = json!({"url": incoming.path, "object": object, "data": data});
                if sync_time {
                    body["sync_time"] = ms(now);
                }
                Answer::ok(Content::Json(body))
            }
            Ok(Reply::File { name, mime, bytes }) => Answer::ok(Content::File { name, mime, bytes }),
            Err(error) => Answer::error(&state.settings, &error),
        };
        Answer { principal, ..answer }
    })
}

/// By path first, then by method: a known path with a wrong method is 1004, an unknown path 1006.
fn route(state: &mut State, now: i64, request: &Request<'_>) -> Result<Reply> {
    let segments: Vec<&str> = request.incoming.segments.iter().map(String::as_str).collect();
    let rest = match segments.as_slice() {
        ["api", "v2", "portals"] => return catalog::portals(state, request),
        ["api", "v2", seed::SCREEN_NAME, rest @ ..] => rest,
        ["api", "v2", ..] => return Err(ApiError::new(WRONG_PORTAL)),
        _ => return Err(ApiError::new(INVALID_URL)),
    };
    match rest {
        ["conversations"] => conversations::list(state, request),
        ["conversations", id] => conversations::get(state, request, id),
        ["conversations", id, "messages"] => messages::list_or_send(state, now, request, id),
        ["conversations", id, "attachments", attachment] => messages::attachment(state, request, id, attachment),
        ["conversations", id, what] => conversations::part_or_action(state, now, request, id, what),
        ["visitors", email, "messages"] => messages::send_to_visitor(state, now, request, email),
        ["feedbacks"] => conversations::feedbacks(state, request),
        ["operators", rest @ ..] => operators::route(state, now, request, rest),
        ["departments" | "apps" | "tags", ..] => catalog::route(state, request, rest),
        ["webhooks", rest @ ..] => webhooks::route(state, now, request, rest),
        _ => Err(ApiError::new(INVALID_URL)),
    }
}

fn wrong_method<T>() -> Result<T> {
    Err(ApiError::new(WRONG_METHOD))
}
