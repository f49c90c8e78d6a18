//! Puts what a person asks for into the conversation's inbox, and wakes it.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts as _, Path, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;
use shared::domain::ask::{Ask, Person, asked};
use shared::domain::fingerprint::hex;
use shared::domain::settings::WorkspaceSettings;
use shared::store::{Recorded, Store as _};
use shared::telemetry::Chain;
use shared::workspace::Workspace;

use super::actions::{Actions, Wrong};
use super::conversation::{Chat, load, names, parts, triggering, whole};
use crate::access::SignedIn;
use crate::access::guard::{BODY_LIMIT_BYTES, InWorkspace};
use crate::audit;
use crate::console::Console;
use crate::page::done;
use crate::problem::Problem;
use crate::wanted::Wanted;
use crate::words;

/// Where something is asked for, and by whom.
pub(super) struct Asking {
    pub(super) console: Arc<Console>,
    pub(super) who: SignedIn,
    workspace: Arc<Workspace>,
    pub(super) chat: Chat,
    pub(super) wanted: Wanted,
}

/// The same with the fields of a form.
pub(super) struct Sent {
    pub(super) asking: Asking,
    fields: Vec<(String, String)>,
}

impl Asking {
    /// Reads who asks and where, without the body.
    pub(super) async fn of(request: Request, console: &Arc<Console>) -> Result<(Self, Request), Problem> {
        let (mut parts, body) = request.into_parts();
        let who = SignedIn::from_request_parts(&mut parts, console).await?;
        let InWorkspace { id, workspace } = InWorkspace::from_request_parts(&mut parts, console).await?;
        let wanted = Wanted::by(&parts.headers);
        let Path((_, conversation)) = Path::<(String, String)>::from_request_parts(&mut parts, console)
            .await
            .map_err(|_| Problem::not_found("There is no such page"))?;
        let chat = load(console, &id, &conversation).await?;
        let asking = Self { console: Arc::clone(console), who, workspace, chat, wanted };
        Ok((asking, Request::from_parts(parts, body)))
    }

    pub(super) fn settings(&self) -> &WorkspaceSettings {
        &self.workspace.settings
    }

    /// Asks for something under the name that the form gave: the same form sent twice is one request, whatever came of it.
    pub(super) async fn ask(self, ask: Ask, request: &str) -> Result<Response, Problem> {
        let (console, key) = (&self.console, &self.chat.key);
        let names = names(console, self.settings()).await;
        let user = &self.who.user;
        let operator = names.with_email(user.email.as_str()).into_iter().next();
        let by = Person { email: user.email.clone(), name: user.name.clone(), operator };
        let now = console.clock.now();
        // A form that is sent again with another text is another request.
        let said = serde_json::to_vec(&ask).unwrap_or_default();
        let said = ring::digest::digest(&ring::digest::SHA256, &said);
        let request = format!("{}|{request}|{}|{}", ask.name(), user.key().as_str(), hex(said.as_ref()));
        let event = asked(&key.conversation, by, ask.clone(), &request, now);
        let recorded = console.store.record(key, &event).await?;
        if recorded != Recorded::AlreadyRead
            && let Err(error) = console.bus.conversation_news(std::slice::from_ref(key)).await
        {
            // The sweep wakes it within a minute.
            tracing::warn!(workspace = %key.workspace, conversation = %key.conversation, error = %Chain(&error), "the conversation could not be woken");
        }
        if recorded == Recorded::New
            && let Some((what, detail)) = self.audited(&ask)
        {
            audit::record(console, &self.who, what, key.conversation.as_str(), &detail).await?;
        }
        self.answer(words::taken_in(&ask)).await
    }

    /// What goes into the audit trail: who took, gave away, ended or decided, and to whom a transcript went.
    fn audited(&self, ask: &Ask) -> Option<(&'static str, String)> {
        let conversation = &self.chat.conversation;
        Some(match ask {
            Ask::PickUp => ("chat.pick_up", String::new()),
            Ask::Say { .. } | Ask::SendFile { .. } if !conversation.is_held_in_console() => {
                ("chat.pick_up", "by answering".to_owned())
            }
            Ask::Reassign { target, .. } => {
                let operator = target.operator.as_ref().map(|id| format!(", operator {id}")).unwrap_or_default();
                ("chat.reassign", format!("department {}{operator}", target.department))
            }
            Ask::End { countdown } => ("chat.end", if *countdown { "with a countdown" } else { "at once" }.to_owned()),
            Ask::HandBack => ("chat.hand_back", String::new()),
            Ask::MailTranscript { to } => ("chat.mail_transcript", format!("to {} addresses", to.len())),
            Ask::Decide { call, approve } => {
                (if *approve { "call.approve" } else { "call.deny" }, format!("call {}", call.0))
            }
            Ask::Say { .. } | Ask::SendFile { .. } | Ask::Tag { .. } | Ask::Note { .. } => return None,
        })
    }

    /// The conversation as it stands after, and what was taken in.
    async fn answer(&self, said: &str) -> Result<Response, Problem> {
        if self.wanted != Wanted::Fragment {
            return Ok(done(&self.chat.base(), said));
        }
        let (workspace, id) = (&self.chat.key.workspace, self.chat.key.conversation.as_str());
        let chat = load(&self.console, workspace, id).await?;
        let response = parts(&self.console, &chat, self.settings()).await?;
        Ok(triggering(response, &json!({"toast": said, "actions-changed": true})))
    }

    /// The forms again, with what is wrong.
    pub(super) async fn refused(self, wrong: Wrong) -> Result<Response, Problem> {
        let actions = Actions::of(&self.console, &self.who, &self.chat, self.settings(), Some(wrong)).await?;
        let mut response = match &actions {
            Some(actions) if self.wanted == Wanted::Fragment => actions.part()?,
            actions => {
                whole(&self.console, &self.who, &self.chat, self.settings(), self.wanted, actions.as_ref()).await?
            }
        };
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("hx-retarget"), HeaderValue::from_static("#actions"));
        headers.insert(HeaderName::from_static("hx-reswap"), HeaderValue::from_static("morph:outerHTML"));
        Ok(response)
    }
}

impl FromRequest<Arc<Console>> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Problem> {
        let (asking, request) = Asking::of(request, console).await?;
        let body: Bytes = to_bytes(request.into_body(), BODY_LIMIT_BYTES).await.map_err(|_| {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "That is too much at once", "Send less than 6 MB.")
        })?;
        let fields = url::form_urlencoded::parse(&body);
        let fields = fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Self { asking, fields })
    }
}

impl Sent {
    /// A field's text, trimmed; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }

    /// All values of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Asks under the name that the form gave.
    pub(super) async fn ask(self, ask: Ask) -> Result<Response, Problem> {
        let request = named(self.text("request"))?;
        Box::pin(self.asking.ask(ask, &request)).await
    }

    /// The form again: something is wrong in a field.
    pub(super) async fn wrong(self, field: &'static str, message: impl Into<String>) -> Result<Response, Problem> {
        let typed = self.text(field).to_owned();
        Box::pin(self.asking.refused(Wrong { field, message: message.into(), typed })).await
    }
}

/// The name that a form gave its request.
pub(super) fn named(request: &str) -> Result<String, Problem> {
    let plausible = (16..=100).contains(&request.len())
        && request.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plausible {
        return Ok(request.to_owned());
    }
    Err(Problem::bad_request(
        "The form was not whole",
        "Nothing was asked for. Load the page again, and send it from there.",
    ))
}
