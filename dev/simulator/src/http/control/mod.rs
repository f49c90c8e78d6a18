//! The control API: what SalesIQ doesn't have and tests need. No password, so local only.

mod fields;
mod furnish;
mod people;
mod steps;
mod turn;
mod watch;
mod webhooks;

use super::App;
use super::incoming::{Incoming, Input};
use crate::faults::What;
use crate::state::error::ApiError;
use axum::Json;
use axum::body::Body;
use axum::extract::State as Extract;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use fields::Fields;
use serde_json::{Value, json};

/// Why a control call failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The call itself is wrong: which field, what is wrong with it, and what to send instead.
    Field { field: String, problem: String, fix: String },
    /// No such path, or not with this method.
    NoSuchCall,
    /// SalesIQ would refuse it: the error it would give.
    Refused(ApiError),
}

impl Failure {
    fn field(field: &str, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Field { field: field.to_owned(), problem: problem.into(), fix: fix.into() }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Field { field, problem, fix } => {
                let body = json!({"error": {"field": field, "problem": problem, "fix": fix}});
                (StatusCode::BAD_REQUEST, Json(body)).into_response()
            }
            Self::NoSuchCall => {
                let body = json!({"error": {
                    "field": "path", "problem": "there is no such control call with this method",
                    "fix": "dev/simulator/README.md lists them",
                }});
                (StatusCode::NOT_FOUND, Json(body)).into_response()
            }
            Self::Refused(error) => (StatusCode::CONFLICT, Json(error.body())).into_response(),
        }
    }
}

type Result<T> = std::result::Result<T, Failure>;

pub(super) async fn handle(Extract(app): Extract<App>, request: Request<Body>) -> Response {
    let incoming = Incoming::read(What::Rest, request).await;
    let result = route(&app, &incoming).await;
    result.unwrap_or_else(IntoResponse::into_response)
}

async fn route(app: &App, incoming: &Incoming) -> Result<Response> {
    let empty = json!({});
    let body = match &incoming.input {
        Input::Json(body) => body,
        Input::Empty | Input::Multipart { .. } | Input::Form(_) => &empty,
        Input::Broken => {
            return Err(Failure::field("body", "is not valid JSON", "send a JSON object"));
        }
        Input::WrongType => {
            return Err(Failure::field("content-type", "is not one this call takes", "send application/json"));
        }
    };
    let fields = Fields(body);
    let path: Vec<&str> = incoming.segments.iter().skip(1).map(String::as_str).collect();
    let method = incoming.method.as_str();
    let value = match (method, path.as_slice()) {
        (
            "GET",
            ["health" | "state" | "calls" | "deliveries" | "conversations" | "operators" | "mails" | "keys", ..],
        ) => {
            return watch::route(app, incoming, &path);
        }
        (_, ["steps", ..]) => steps::route(app, method, &path, fields).await?,
        ("POST", ["deliver"]) => webhooks::deliver(app, fields).await?,
        ("POST", ["sign"]) => webhooks::sign(app, fields)?,
        (_, ["webhooks", ..]) => webhooks::route(app, method, &path, fields)?,
        (_, ["visitors", ..]) => people::visitors(app, incoming, method, &path, fields)?,
        (_, ["brands" | "departments" | "portals", ..]) | ("POST", ["operators"]) | ("PUT", ["operators", _]) => {
            furnish::route(app, method, &path, fields)?
        }
        ("POST", ["operators", id, what]) => people::operators(app, id, what, fields)?,
        ("POST", ["zobot", id, what]) => people::zobot(app, id, what, fields)?,
        (_, ["faults" | "down" | "settings" | "reset" | "clock" | "tokens", ..]) => {
            turn::route(app, method, &path, fields)?
        }
        _ => return Err(Failure::NoSuchCall),
    };
    Ok(Json(value).into_response())
}

/// The conversation as the control API shows it: everything stored, and whom it rings.
fn shown(state: &crate::state::State, id: &str) -> Result<Value> {
    let conversation = state.conversation(id)?;
    let mut value =
        serde_json::to_value(conversation).map_err(|e| Failure::field("conversation", e.to_string(), "report it"))?;
    value["ringing"] = json!(state.ringing(conversation));
    Ok(value)
}
