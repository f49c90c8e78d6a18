//! One webhook: verify, record, wake. Nothing else; SalesIQ waits 5 s for the answer (api.md §5.2).

use jiff::Timestamp;
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use serde_json::json;
use shared::bus::Bus;
use shared::clock::Clock;
use shared::domain::id::WorkspaceId;
use shared::salesiq::signature::{SIGNATURE_HEADER, WebhookKey, verify};
use shared::salesiq::webhook::{Delivery, OtherEvent, Parsed, parse};
use shared::store::{ConversationKey, DocumentWrite, Expected, MARKER_DAYS, Recorded, Store, StoreError};
use shared::telemetry;
use shared::workspace::{Workspace, Workspaces};

#[cfg(test)]
mod tests;

/// The largest body taken, in bytes.
const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// What the function holds on to.
pub(crate) struct Webhook<S> {
    pub(crate) store: S,
    pub(crate) workspaces: Workspaces<S>,
    pub(crate) bus: Bus,
    pub(crate) clock: Clock,
}

/// What SalesIQ is told: a status and a reason. From 300 on it tries again (api.md §5.2).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    status: StatusCode,
    reason: &'static str,
}

const fn answer(status: StatusCode, reason: &'static str) -> Answer {
    Answer { status, reason }
}

impl<S: Store + Clone> Webhook<S> {
    /// Answers one request.
    pub(crate) async fn handle(&self, request: Request) -> Response<Body> {
        let before = telemetry::aws_calls();
        let answer = self.answer(&request).await;
        tracing::info!(
            workspace = workspace_of(&request).as_ref().map(WorkspaceId::as_str),
            status = answer.status.as_u16(),
            reason = answer.reason,
            aws_calls = telemetry::aws_calls() - before,
            "answered"
        );
        respond(&answer, request.method() == Method::HEAD)
    }

    async fn answer(&self, request: &Request) -> Answer {
        if request.method() == Method::HEAD {
            // SalesIQ asks so when the URL is registered (api.md §5.1).
            return answer(StatusCode::OK, "ready");
        }
        let now = self.clock.now();
        let body = request.body().as_ref();
        if body.len() > BODY_LIMIT_BYTES {
            return answer(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB");
        }
        let Some(id) = workspace_of(request) else {
            return answer(StatusCode::NOT_FOUND, "no such workspace");
        };
        let workspace = match self.workspaces.get(&id, now).await {
            Ok(Some(workspace)) => workspace,
            Ok(None) => return answer(StatusCode::NOT_FOUND, "no such workspace"),
            Err(error) => {
                tracing::error!(workspace = %id, error = %telemetry::Chain(&error), "settings can't be read");
                return answer(StatusCode::SERVICE_UNAVAILABLE, "the settings can't be read; try again");
            }
        };
        if !self.is_signed(&workspace, body, request, now).await {
            telemetry::count("BadSignatures", id.as_str(), 1, now);
            return answer(StatusCode::UNAUTHORIZED, "the signature is missing or wrong");
        }
        let parameters = request.query_string_parameters_ref();
        let event = parameters.and_then(|parameters| parameters.first("event"));
        let Ok(delivery) = parse(body, event, now) else {
            return answer(StatusCode::BAD_REQUEST, "the body is not a JSON object");
        };
        if !belongs_here(&workspace, &delivery) {
            return answer(StatusCode::FORBIDDEN, "org_id is not this workspace's");
        }
        match delivery.parsed {
            Parsed::Conversation(event) => {
                let key = ConversationKey { workspace: id, conversation: event.event.conversation.clone() };
                let recorded = self.store.record(&key, &event).await;
                self.answer_recorded(&key, recorded).await
            }
            Parsed::Other(event) => self.keep(&id, &event, now).await,
        }
    }

    /// A signature that no key fits may be by a key that was just made: the settings are read again, seldom.
    async fn is_signed(&self, workspace: &Workspace, body: &[u8], request: &Request, now: Timestamp) -> bool {
        let header = request.headers().get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
        if header.is_none() {
            return false;
        }
        if fits(workspace, body, header) {
            return true;
        }
        let anew = self.workspaces.get_anew(&workspace.settings.workspace, now).await;
        match anew {
            Ok(Some(anew)) => {
                anew.settings.webhook_keys != workspace.settings.webhook_keys && fits(&anew, body, header)
            }
            _ => false,
        }
    }

    async fn answer_recorded(&self, key: &ConversationKey, recorded: Result<Recorded, StoreError>) -> Answer {
        let (workspace, conversation) = (&key.workspace, &key.conversation);
        let recorded = match recorded {
            Ok(recorded) => recorded,
            Err(error) => {
                tracing::error!(%workspace, %conversation, error = %telemetry::Chain(&error), "the event was not stored");
                return answer(StatusCode::SERVICE_UNAVAILABLE, "the event was not stored; try again");
            }
        };
        tracing::info!(%workspace, %conversation, ?recorded, "recorded");
        let reason = match recorded {
            Recorded::AlreadyRead => return answer(StatusCode::OK, "already read"),
            Recorded::New => "stored",
            Recorded::StillUnread => "already stored",
        };
        if let Err(error) = self.bus.conversation_news(std::slice::from_ref(key)).await {
            tracing::warn!(%workspace, %conversation, error = %telemetry::Chain(&error), "nobody was woken; the sweep will do");
        }
        answer(StatusCode::OK, reason)
    }

    /// Keeps an event that belongs to no conversation; nobody is woken.
    async fn keep(&self, workspace: &WorkspaceId, event: &OtherEvent, now: Timestamp) -> Answer {
        let write = DocumentWrite {
            partition: format!("EVENTS#{workspace}"),
            name: event.dedup.as_str().to_owned(),
            expected: Expected::Absent,
            body: event.body.clone(),
            expires_at: Some(now + jiff::SignedDuration::from_hours(24 * MARKER_DAYS)),
        };
        match self.store.put_document(&write).await {
            Ok(()) => answer(StatusCode::OK, "kept"),
            Err(StoreError::Conflict { .. }) => answer(StatusCode::OK, "already kept"),
            Err(error) => {
                tracing::error!(%workspace, error = %telemetry::Chain(&error), "the event was not kept");
                answer(StatusCode::SERVICE_UNAVAILABLE, "the event was not stored; try again")
            }
        }
    }
}

fn workspace_of(request: &Request) -> Option<WorkspaceId> {
    let parameters = request.path_parameters_ref();
    WorkspaceId::parse(parameters.and_then(|parameters| parameters.first("workspace"))?).ok()
}

fn fits(workspace: &Workspace, body: &[u8], header: Option<&str>) -> bool {
    let parsed = workspace.settings.webhook_keys.iter().filter_map(|key| match WebhookKey::parse(key) {
        Ok(key) => Some(key),
        Err(error) => {
            tracing::error!(workspace = %workspace.settings.workspace, %error, "a webhook key of the settings is not valid");
            None
        }
    });
    let keys: Vec<WebhookKey> = parsed.collect();
    verify(&keys, body, header).is_ok()
}

/// The signature binds no URL: a payload of another portal that is signed with a known key must not get in here.
fn belongs_here(workspace: &Workspace, delivery: &Delivery) -> bool {
    match (&workspace.settings.org_id, &delivery.org_id) {
        (Some(ours), Some(told)) => ours == told,
        _ => true,
    }
}

fn respond(answer: &Answer, head: bool) -> Response<Body> {
    let body = if head { Body::Empty } else { Body::Text(json!({"reason": answer.reason}).to_string()) };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    let json = lambda_http::http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(lambda_http::http::header::CONTENT_TYPE, json);
    response
}
