//! One conversation: what is going on in it, and who writes.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::domain::conversation::{Conversation, Phase};
use shared::domain::drain::LogEntry;
use shared::domain::event::InboxEvent;
use shared::domain::fingerprint::hex;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::portal::Names;
use shared::engine::{decisions, item};
use shared::findings;
use shared::store::{ConversationKey, Store as _};

use super::actions::Actions;
use super::recent::{RecentView, recent};
use super::routing::{DecisionView, SearchView};
use super::thread::{Entry, thread};
use super::visitor::VisitorView;
use super::waiting::{ApprovalView, AskView, approvals, asks};
use crate::access::guard::InWorkspace;
use crate::access::{Role, SignedIn};
use crate::console::Console;
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::times::Times;
use crate::wanted::Wanted;
use crate::words;

/// How many of the visitor's other chats are shown.
const RECENT: usize = 5;

/// A conversation as it lies in the table.
pub(crate) struct Chat {
    /// Which.
    pub(crate) key: ConversationKey,
    /// Counts its commits; 0 before the first.
    version: u64,
    /// Under what the visitor's chats are found.
    identity: Option<String>,
    /// The state.
    pub(crate) conversation: Conversation,
    /// What is not taken in yet.
    pub(super) unread: Vec<InboxEvent>,
}

/// Reads a conversation: one query.
///
/// # Errors
/// There is no such one, it can't be read, or the table can't be reached.
pub(crate) async fn load(console: &Console, workspace: &WorkspaceId, id: &str) -> Result<Chat, Problem> {
    let unknown = || Problem::not_found(format!("There is no conversation of this id in {workspace}"));
    let id = ConversationId::parse(id).map_err(|_| unknown())?;
    let key = ConversationKey { workspace: workspace.clone(), conversation: id };
    let loaded = console.store.load(&key).await?;
    let Some(state) = loaded.state else {
        if loaded.unread.is_empty() {
            return Err(unknown());
        }
        let conversation = Conversation::default();
        return Ok(Chat { key, version: 0, identity: None, conversation, unread: loaded.unread });
    };
    let conversation = item::read(&key.conversation, &state);
    let conversation = conversation.map_err(|error| Problem::failed("Reading the conversation", &error))?;
    let identity = state.visitor.map(|visitor| visitor.identity);
    Ok(Chat { key, version: state.version, identity, conversation, unread: loaded.unread })
}

/// What operators and departments are called; nothing while SalesIQ can't be asked.
pub(crate) async fn names(console: &Console, settings: &WorkspaceSettings) -> Arc<Names> {
    match console.portals.of(settings) {
        Ok(portal) => portal.names(console.clock.now()).await,
        Err(_) => Arc::default(),
    }
}

impl Chat {
    /// Changes with whatever changes in the conversation.
    fn seen(&self) -> String {
        let unread: Vec<&str> = self.unread.iter().map(|event| event.dedup.as_str()).collect();
        let unread = ring::digest::digest(&ring::digest::SHA256, unread.join(" ").as_bytes());
        format!("{}-{}", self.version, hex(&unread.as_ref()[..6]))
    }

    /// Where its page is.
    pub(super) fn base(&self) -> String {
        format!("/console/w/{}/chats/{}", self.key.workspace, self.key.conversation)
    }

    /// All log lines, oldest first; one that can't be read is left out.
    pub(super) async fn log(&self, console: &Console) -> Result<Vec<(Timestamp, LogEntry)>, Problem> {
        let lines = console.store.log(&self.key).await?;
        let read = |line: &shared::store::LogLine| Some((line.time, serde_json::from_str(&line.body).ok()?));
        Ok(lines.iter().filter_map(read).collect())
    }
}

/// A call that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct CallView {
    at: Timestamp,
    tool: String,
    arguments: String,
    state: String,
    mark: &'static str,
}

/// The chat is being ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct CountdownView {
    begun_at: Timestamp,
    ends_at: Option<Timestamp>,
}

/// What is shown of a conversation.
#[derive(Serialize)]
pub(super) struct View {
    #[serde(skip)]
    times: Times,
    #[serde(skip)]
    base: String,
    #[serde(skip)]
    seen: String,
    id: ConversationId,
    phase: &'static str,
    state: String,
    with: Option<String>,
    brand: Option<String>,
    department: Option<String>,
    opened_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    waiting_since: Option<Timestamp>,
    countdown: Option<CountdownView>,
    /// An end was called off, and none runs.
    called_off: bool,
    asks: Vec<AskView>,
    approvals: Vec<ApprovalView>,
    lines: Vec<Entry>,
    visitor: VisitorView,
    tags: Vec<String>,
    calls: Vec<CallView>,
    searches: Vec<SearchView>,
    decisions: Vec<DecisionView>,
    /// When, why, and whether it came back.
    mails: Vec<(Timestamp, &'static str, bool)>,
    findings: Vec<(Timestamp, &'static str)>,
    /// Stars and words.
    rating: Option<(Option<i64>, Option<String>)>,
}

impl View {
    /// Gathers what is shown: the log, the decisions and the findings, a query each.
    pub(super) async fn of(
        console: &Console,
        chat: &Chat,
        settings: &WorkspaceSettings,
        names: &Names,
    ) -> Result<Self, Problem> {
        let (conversation, now) = (&chat.conversation, console.clock.now());
        let facts = &conversation.facts;
        let log = chat.log(console).await?;
        let visitor = VisitorView::of(conversation, settings, now);
        let decisions = decisions::read(&console.store, &chat.key).await?;
        let mut decisions: Vec<DecisionView> = decisions.iter().map(|one| DecisionView::of(one, names)).collect();
        decisions.reverse();
        let running = conversation.escalation().map(|search| SearchView::of(search, true, names));
        let last = conversation.last_escalation.as_ref().map(|search| SearchView::of(search, false, names));
        let brand = conversation.brand(settings).map(|brand| brand.name.clone());
        let countdown = conversation.countdown.as_ref();
        let open = !matches!(conversation.phase, Phase::Closed { .. });
        Ok(Self {
            times: Times::new(&settings.time_zone, now),
            base: chat.base(),
            seen: chat.seen(),
            id: chat.key.conversation.clone(),
            phase: conversation.phase.name(),
            state: words::state(&conversation.phase),
            with: with(conversation, names),
            brand: brand.or_else(|| facts.brand.value().map(ToString::to_string)),
            department: facts.department.value().map(|id| names.department(id).to_owned()),
            opened_at: facts.opened_at,
            ended_at: facts.ended.time().filter(|_| facts.is_closed()),
            waiting_since: conversation.waiting_since,
            countdown: countdown.map(|one| CountdownView { begun_at: one.begun_at, ends_at: one.ends_at }),
            called_off: open && countdown.is_none() && conversation.counts.countdowns_cancelled > 0,
            asks: asks(conversation, &chat.unread),
            approvals: approvals(&chat.conversation),
            lines: thread(&log, &conversation.unanswered, &settings.bot_operator, facts.visitor.name(), names),
            visitor,
            tags: conversation.tags.clone(),
            calls: conversation.writes.iter().rev().map(call).collect(),
            searches: running.into_iter().chain(last).collect(),
            decisions,
            mails: conversation.mails.iter().rev().map(|m| (m.at, words::mailed(m.occasion), m.returned)).collect(),
            findings: findings_of(console, &chat.key).await?,
            rating: facts.rating.value().cloned(),
        })
    }
}

/// Who has it, if it is a person.
fn with(conversation: &Conversation, names: &Names) -> Option<String> {
    if let Some(person) = &conversation.held_by {
        return Some(person.name.clone());
    }
    let attender = conversation.facts.attender()?;
    matches!(conversation.phase, Phase::WithHuman { .. } | Phase::Observed | Phase::Bridged | Phase::AwaitingHandoff)
        .then(|| attender.name.clone().unwrap_or_else(|| names.operator(&attender.id).to_owned()))
}

fn call(write: &shared::domain::tool::Write) -> CallView {
    let (state, mark) = words::write(&write.state);
    CallView { at: write.at, tool: write.tool.to_string(), arguments: write.arguments.clone(), state, mark }
}

/// What was last seen in this conversation that an operations person should know.
async fn findings_of(console: &Console, key: &ConversationKey) -> Result<Vec<(Timestamp, &'static str)>, Problem> {
    let documents = console.store.documents(&findings::partition(&key.workspace), "").await?;
    let kept = documents.iter().filter_map(|document| serde_json::from_str::<findings::Kept>(&document.body).ok());
    let ours = kept.filter(|kept| kept.conversation.as_ref() == Some(&key.conversation));
    Ok(ours.map(|kept| (kept.seen_at, kept.finding.words().what)).collect())
}

#[derive(Template)]
#[template(path = "chats/conversation.html")]
struct ConversationPage<'a> {
    chrome: Chrome,
    view: &'a View,
    recent: &'a [RecentView],
    actions: Option<&'a Actions>,
}

#[derive(Template)]
#[template(path = "chats/parts.html")]
struct Parts<'a> {
    view: &'a View,
}

/// What is shown already.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    v: String,
    can: String,
}

/// The conversation, what changed of it, or the same as data.
///
/// # Errors
/// There is no such conversation, or the table can't be reached.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    wanted: Wanted,
    Path((_, conversation)): Path<(String, String)>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let chat = load(&console, &id, &conversation).await?;
    if wanted == Wanted::Fragment {
        if shown.v == chat.seen() {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        let response = parts(&console, &chat, settings).await?;
        let changed = who.user.role >= Role::Agent && shown.can != super::actions::key(&chat);
        return Ok(if changed { triggering(response, &json!({"actions-changed": true})) } else { response });
    }
    let actions = Actions::of(&console, &who, &chat, settings, None).await?;
    whole(&console, &who, &chat, settings, wanted, actions.as_ref()).await
}

/// The whole page, or the same as data.
pub(super) async fn whole(
    console: &Console,
    who: &SignedIn,
    chat: &Chat,
    settings: &WorkspaceSettings,
    wanted: Wanted,
    actions: Option<&Actions>,
) -> Result<Response, Problem> {
    let names = names(console, settings).await;
    let view = Box::pin(View::of(console, chat, settings, &names)).await?;
    let others = match &chat.identity {
        Some(identity) => {
            let key = &chat.key;
            recent(&console.store, &key.workspace, identity, Some(&key.conversation), RECENT, settings).await?
        }
        None => Vec::new(),
    };
    if wanted == Wanted::Json {
        return Ok(axum::Json(json!({"conversation": view, "recent": others})).into_response());
    }
    let title = format!("Chat with {}", view.visitor.called);
    html(&ConversationPage { chrome: Chrome::new(title, Section::Chats, who), view: &view, recent: &others, actions })
}

/// What is refreshed of the page.
pub(super) async fn parts(console: &Console, chat: &Chat, settings: &WorkspaceSettings) -> Result<Response, Problem> {
    let names = names(console, settings).await;
    let view = Box::pin(View::of(console, chat, settings, &names)).await?;
    html(&Parts { view: &view })
}

/// The answer, and events that htmx tells the page of.
pub(super) fn triggering(mut response: Response, events: &serde_json::Value) -> Response {
    // The texts are ours and ASCII.
    if let Ok(events) = HeaderValue::try_from(events.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("hx-trigger-after-swap"), events);
    }
    response
}
