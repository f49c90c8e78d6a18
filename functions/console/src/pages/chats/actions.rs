//! What a person may do about a chat now: the forms for it, and why others are not there.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use shared::domain::ask::Person;
use shared::domain::asked::{AskKind, NOTE_CHARS};
use shared::domain::fingerprint::hex;
use shared::domain::settings::WorkspaceSettings;
use shared::salesiq::assumptions::MESSAGE_LIMIT;

use super::conversation::{Chat, load};
use super::waiting::{ApprovalView, approvals};
use crate::access::guard::InWorkspace;
use crate::access::session::random_text;
use crate::access::{Role, SignedIn};
use crate::console::Console;
use crate::page::html;
use crate::problem::Problem;
use crate::times::Times;
use crate::words;

/// What was wrong with what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// In which field.
    pub(super) field: &'static str,
    /// What, and how to mend it.
    pub(super) message: String,
    /// What was typed.
    pub(super) typed: String,
}

/// A tag of the portal.
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) on: bool,
}

/// The forms.
pub(super) struct Actions {
    pub(super) times: Times,
    pub(super) base: String,
    pub(super) csrf: String,
    /// Names the request of whichever form is sent: the same form sent twice is one request.
    pub(super) request: String,
    pub(super) key: String,
    pub(super) can: Vec<AskKind>,
    /// Why what people would look for is not there.
    pub(super) why: Vec<&'static str>,
    pub(super) approvals: Vec<ApprovalView>,
    pub(super) supervises: bool,
    pub(super) say_limit: usize,
    pub(super) note_limit: usize,
    pub(super) countdown: Option<String>,
    pub(super) tags: Vec<Tag>,
    pub(super) tags_known: bool,
    pub(super) own_email: String,
    pub(super) wrong: Option<Wrong>,
}

#[derive(Template)]
#[template(path = "chats/actions.html")]
struct ActionsPart<'a> {
    actions: &'a Actions,
}

/// Changes with what may be done about a chat.
pub(super) fn key(chat: &Chat) -> String {
    let waiting = approvals(&chat.conversation).into_iter().filter(|approval| approval.waits);
    let keys: Vec<String> = waiting.map(|approval| approval.key).collect();
    let all = format!("{:?} {keys:?} {:?}", chat.conversation.can_be_asked(), chat.conversation.tags);
    hex(&ring::digest::digest(&ring::digest::SHA256, all.as_bytes()).as_ref()[..6])
}

/// How long an answer and a note may be, in characters.
pub(super) fn limits(who: &SignedIn, settings: &WorkspaceSettings) -> (usize, usize) {
    let say = usize::try_from(settings.agent.message_chars.min(MESSAGE_LIMIT)).unwrap_or(usize::MAX);
    // The name goes with a note.
    let by = Person { email: who.user.email.clone(), name: who.user.name.clone(), operator: None }.clipped();
    (say, NOTE_CHARS.saturating_sub(by.name.chars().count() + "\n— ".chars().count()))
}

fn no_randomness() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The system has no randomness", "Try again in a moment.")
}

impl Actions {
    /// The forms for a person; none for who only looks.
    ///
    /// # Errors
    /// The system has no randomness.
    pub(super) async fn of(
        console: &Console,
        who: &SignedIn,
        chat: &Chat,
        settings: &WorkspaceSettings,
        wrong: Option<Wrong>,
    ) -> Result<Option<Self>, Problem> {
        if who.user.role < Role::Agent {
            return Ok(None);
        }
        let conversation = &chat.conversation;
        let can = conversation.can_be_asked();
        let why = [AskKind::PickUp, AskKind::Say, AskKind::End]
            .into_iter()
            .filter_map(|kind| words::not_offered(kind, conversation.allows(kind).err()?));
        let (tags, tags_known) = tags(console, settings, chat, can.contains(&AskKind::Tag)).await;
        let (say_limit, note_limit) = limits(who, settings);
        let steps = conversation.brand(settings).map(|brand| settings.idle_of(brand).countdown_s).unwrap_or_default();
        let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
        Ok(Some(Self {
            times: Times::new(&settings.time_zone, console.clock.now()),
            base: chat.base(),
            csrf: who.session.csrf.clone(),
            request: random_text().ok_or_else(no_randomness)?,
            key: key(chat),
            why: why.collect(),
            approvals: approvals(&chat.conversation).into_iter().filter(|approval| approval.waits).collect(),
            supervises: who.user.role >= Role::Supervisor,
            say_limit,
            note_limit,
            countdown: (!steps.is_empty()).then(|| steps.join(", ")),
            tags,
            tags_known,
            own_email: who.user.email.to_string(),
            wrong,
            can,
        }))
    }

    pub(super) fn may(&self, kind: &str) -> bool {
        let kind = match kind {
            "pick_up" => AskKind::PickUp,
            "say" => AskKind::Say,
            "send_file" => AskKind::SendFile,
            "reassign" => AskKind::Reassign,
            "end" => AskKind::End,
            "tag" => AskKind::Tag,
            "note" => AskKind::Note,
            "hand_back" => AskKind::HandBack,
            _ => AskKind::MailTranscript,
        };
        self.can.contains(&kind)
    }

    pub(super) fn wrong_in(&self, field: &str) -> Option<&Wrong> {
        self.wrong.as_ref().filter(|wrong| wrong.field == field)
    }

    pub(super) fn typed_in(&self, field: &str) -> &str {
        self.wrong_in(field).map_or("", |wrong| &wrong.typed)
    }

    /// The forms alone.
    ///
    /// # Errors
    /// The template can't be rendered.
    pub(super) fn part(&self) -> Result<Response, Problem> {
        html(&ActionsPart { actions: self })
    }
}

/// The portal's tags, and whether SalesIQ told them.
async fn tags(console: &Console, settings: &WorkspaceSettings, chat: &Chat, asked: bool) -> (Vec<Tag>, bool) {
    if !asked {
        return (Vec::new(), true);
    }
    let Ok(portal) = console.portals.of(settings) else { return (Vec::new(), false) };
    match portal.tag_names(console.clock.now()).await {
        Ok(names) => {
            let on = |name: &str| chat.conversation.tags.iter().any(|tag| tag.eq_ignore_ascii_case(name));
            (names.into_iter().map(|name| Tag { on: on(&name), name }).collect(), true)
        }
        Err(error) => {
            tracing::warn!(workspace = %settings.workspace, %error, "tags can't be listed");
            (Vec::new(), false)
        }
    }
}

/// The forms, asked for when they changed.
///
/// # Errors
/// There is no such conversation, or the table can't be reached.
pub(super) async fn part(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    Path((_, conversation)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let chat = load(&console, &id, &conversation).await?;
    let actions = Actions::of(&console, &who, &chat, &workspace.settings, None).await?;
    actions.ok_or_else(|| Problem::forbidden("Ask an admin."))?.part()
}
