//! The way of every call of the REST, visitor and OAuth APIs, and of SES: read, struck by a fault perhaps, performed, logged.

use super::answer::{Answer, Content};
use super::incoming::Incoming;
use super::line::Line;
use super::{App, oauth, rest, ses, visitor};
use crate::faults::{Action, ErrorCode, Subject, What};
use crate::settings::ThrottleForm;
use crate::state::State;
use crate::state::calls::Call;
use crate::state::error::{ApiError, THROTTLED};
use axum::body::Body;
use axum::extract::{ConnectInfo, State as Extract};
use axum::http::Request;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// How long a caller hangs whose call lands late, unless the rule says otherwise.
const HANG: Duration = Duration::from_mins(1);

pub(crate) async fn handle(
    Extract(app): Extract<App>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request<Body>,
) -> Response {
    let path = request.uri().path();
    let what = match path {
        p if p.starts_with("/oauth/") => What::OAuth,
        p if p.starts_with("/_ses") => What::Ses,
        p if p.starts_with("/visitor/") || p.starts_with("/api/visitor/") => What::Visitor,
        _ => What::Rest,
    };
    let incoming = Incoming::read(what, request).await;
    let to = if what == What::Ses { ses::destinations(&incoming) } else { Vec::new() };
    let (at_ms, fault, throttled) = app.quietly(|state, now| {
        let subject = Subject {
            what,
            method: incoming.method.as_str(),
            path: &incoming.path,
            conversation: incoming.conversation(),
            event: None,
            to: &to,
        };
        let fault = state.faults.strike(now, &mut state.ids, &subject);
        (now, fault, throttle(state, now, what))
    });
    if let Some(answer) = throttled {
        log(
            &app,
            at_ms,
            &incoming,
            Some(&answer),
            Fate { performed: false, answered: true, fault: Some("throttled".to_owned()) },
        );
        return answer.into_response();
    }
    match fault {
        None => {
            let answer = perform(&app, &incoming).await;
            log(&app, at_ms, &incoming, Some(&answer), Fate { performed: true, answered: true, fault: None });
            answer.into_response()
        }
        Some(fault) => struck(app, line, at_ms, incoming, fault).await,
    }
}

/// The call meets a fault.
async fn struck(app: App, line: Line, at_ms: i64, incoming: Incoming, fault: Action) -> Response {
    let name = serde_json::to_string(&fault).ok();
    if let Some(ms) = fault.slow_ms {
        sleep(Duration::from_millis(ms)).await;
    }
    if fault.drop {
        log(&app, at_ms, &incoming, None, Fate { performed: false, answered: false, fault: name });
        return cut(&line);
    }
    if let Some(ms) = fault.late_ms {
        // A task of its own: the caller may give up, the call lands all the same.
        tokio::spawn(async move {
            sleep(Duration::from_millis(ms)).await;
            let answer = perform(&app, &incoming).await;
            log(&app, at_ms, &incoming, Some(&answer), Fate { performed: true, answered: false, fault: name });
        });
        sleep(fault.hang_ms.map_or(HANG, Duration::from_millis)).await;
        return cut(&line);
    }
    if fault.lose_answer {
        let answer = perform(&app, &incoming).await;
        log(&app, at_ms, &incoming, Some(&answer), Fate { performed: true, answered: false, fault: name });
        sleep(Duration::from_millis(fault.hang_ms.unwrap_or(0))).await;
        return cut(&line);
    }
    let answer = if incoming.what == What::Ses { ses::refusal(&fault) } else { refusal(&app, &fault) };
    let performed = answer.is_none();
    let answer = match answer {
        Some(answer) => answer,
        None => perform(&app, &incoming).await,
    };
    log(&app, at_ms, &incoming, Some(&answer), Fate { performed, answered: true, fault: name });
    answer.into_response()
}

/// The answer that a fault gives instead of performing the call.
fn refusal(app: &App, fault: &Action) -> Option<Answer> {
    if let Some(throttle) = &fault.throttle {
        app.with(|state, now| state.calls.lock_until(now + throttle.lock_seconds * 1000));
        return Some(too_many(throttle.form));
    }
    match (fault.status, &fault.error_code) {
        (status, Some(ErrorCode::Number(code))) => {
            Some(Answer::error_with_status(status.unwrap_or(200), &ApiError::new(*code)))
        }
        (None, _) => None,
        (Some(status), _) => Some(Answer { status, ..Answer::ok(Content::Json(json!({}))) }),
    }
}

fn too_many(form: ThrottleForm) -> Answer {
    let status = if form == ThrottleForm::Status { 429 } else { 200 };
    Answer::error_with_status(status, &ApiError::new(THROTTLED))
}

/// The lock of error 1023, and the rate limit when one is set. OAuth and SES are other servers, and aren't throttled.
fn throttle(state: &mut State, now: i64, what: What) -> Option<Answer> {
    if matches!(what, What::OAuth | What::Ses) {
        return None;
    }
    let limit = state.settings.rate_limit;
    let form = limit.map_or(ThrottleForm::Documented, |l| l.form);
    if state.calls.is_locked(now) {
        return Some(too_many(form));
    }
    let limit = limit?;
    if !state.calls.is_too_many(now, limit.calls, limit.window_ms) {
        return None;
    }
    state.calls.lock_until(now + limit.lock_ms);
    Some(too_many(form))
}

async fn perform(app: &App, incoming: &Incoming) -> Answer {
    match incoming.what {
        What::OAuth => oauth::perform(app, incoming),
        What::Visitor => visitor::perform(app, incoming),
        What::Ses => ses::perform(app, incoming).await,
        What::Rest | What::Webhook => rest::perform(app, incoming).await,
    }
}

/// The connection is closed under the caller.
fn cut(line: &Line) -> Response {
    line.cut();
    Body::empty().into_response()
}

/// What became of a call.
struct Fate {
    performed: bool,
    answered: bool,
    fault: Option<String>,
}

fn log(app: &App, at_ms: i64, incoming: &Incoming, answer: Option<&Answer>, fate: Fate) {
    let call = Call {
        seq: 0,
        at_ms,
        api: incoming.what.label(),
        method: incoming.method.to_string(),
        path: incoming.path.clone(),
        status: answer.map(|a| a.status).filter(|_| fate.answered),
        error_code: answer.and_then(|a| a.error_code.clone()),
        principal: answer.and_then(|a| a.principal.clone()),
        conversation: incoming.conversation().map(str::to_owned),
        to: if incoming.what == What::Ses { ses::destinations(incoming) } else { Vec::new() },
        performed: fate.performed,
        fault: fate.fault,
    };
    tracing::debug!(method = call.method, path = call.path, status = call.status, error_code = ?call.error_code, "call");
    app.quietly(|state, _| state.calls.record(call));
}
