//! Whom a chat can be given to: departments, and operators with how busy they are.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use shared::domain::asked::AskKind;
use shared::domain::id::DepartmentId;
use shared::domain::router::{ChatLimit, Colleague, Presence, Roster};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::portal::Names;
use shared::engine::roster::Rosters;

use super::conversation::{Chat, load, names};
use super::forms::REASSIGN_NOTE_CHARS;
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::access::session::random_text;
use crate::console::Console;
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::wanted::Wanted;
use crate::words;

/// An operator who may be chosen, or is only shown.
struct Choice {
    /// None: can't be rung now.
    value: Option<String>,
    name: String,
    department: String,
    availability: String,
    chats: String,
}

struct Choices {
    base: String,
    csrf: String,
    request: String,
    /// Id and name.
    departments: Vec<(String, String)>,
    operators: Vec<Choice>,
    /// SalesIQ did not tell who is there.
    untold: bool,
    /// Why it can't be reassigned now.
    refused: Option<&'static str>,
    note_limit: usize,
}

#[derive(Template)]
#[template(path = "chats/reassign.html")]
struct ReassignPage<'a> {
    chrome: Chrome,
    choices: &'a Choices,
}

#[derive(Template)]
#[template(path = "chats/reassign_form.html")]
struct ReassignPart<'a> {
    choices: &'a Choices,
}

/// The form, with the operators as they are now.
///
/// # Errors
/// There is no such conversation, or the table can't be reached.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    wanted: Wanted,
    Path((_, conversation)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let chat = load(&console, &id, &conversation).await?;
    let roster = roster(&console, settings).await?;
    let names = names(&console, settings).await;
    let choices = Choices {
        base: chat.base(),
        csrf: who.session.csrf.clone(),
        request: random_text().unwrap_or_default(),
        departments: departments(&roster, settings, &names),
        operators: operators(&roster, &chat, settings, &names),
        untold: roster.operators.is_empty(),
        refused: chat.conversation.allows(AskKind::Reassign).err().map(words::refused),
        note_limit: REASSIGN_NOTE_CHARS,
    };
    if wanted == Wanted::Fragment {
        return html(&ReassignPart { choices: &choices });
    }
    html(&ReassignPage { chrome: Chrome::new("Reassign the chat", Section::Chats, &who), choices: &choices })
}

/// The operators as SalesIQ tells them, a few seconds old at the most.
pub(crate) async fn roster(console: &Console, settings: &WorkspaceSettings) -> Result<Roster, Problem> {
    let portal = console.portals.of(settings).map_err(|error| Problem::failed("Asking SalesIQ", &error))?;
    let rosters = Rosters { store: &console.store, portal: &portal, settings, clock: &console.clock };
    let (roster, failures) = rosters.newest().await;
    for (error, call) in failures {
        tracing::warn!(workspace = %settings.workspace, %error, call, "SalesIQ did not tell the roster");
    }
    Ok(roster)
}

/// All departments that are open: those of SalesIQ, else those of the settings.
fn departments(roster: &Roster, settings: &WorkspaceSettings, names: &Names) -> Vec<(String, String)> {
    let known: Vec<DepartmentId> = if names.departments.is_empty() {
        settings.departments().into_iter().collect()
    } else {
        names.departments.keys().cloned().collect()
    };
    let open = known.into_iter().filter(|id| !roster.closed_departments.contains(id));
    let mut open: Vec<(String, String)> = open.map(|id| (id.to_string(), names.department(&id).to_owned())).collect();
    open.sort_by(|a, b| a.1.cmp(&b.1));
    open
}

/// Human operators: who can be rung in front, the least busy first.
fn operators(roster: &Roster, chat: &Chat, settings: &WorkspaceSettings, names: &Names) -> Vec<Choice> {
    let humans = roster.operators.iter().filter(|one| {
        !one.bot && one.id != settings.bot_operator && one.deleted != Some(true) && !one.departments.is_empty()
    });
    let mut humans: Vec<&Colleague> = humans.collect();
    humans.sort_by_key(|one| (!may_be_rung(one), one.open_chats, one.name.clone(), one.id.clone()));
    let current = chat.conversation.facts.department.value();
    humans
        .into_iter()
        .filter_map(|one| {
            let department =
                one.departments.iter().find(|id| Some(*id) == current).or_else(|| one.departments.first())?;
            Some(Choice {
                value: may_be_rung(one).then(|| format!("{department}/{}", one.id)),
                name: one.name.clone().unwrap_or_else(|| names.operator(&one.id).to_owned()),
                department: names.department(department).to_owned(),
                availability: availability(one),
                chats: match one.limit {
                    Some(ChatLimit::AtMost(limit)) => format!("{} of {limit}", one.open_chats),
                    Some(ChatLimit::Unlimited) | None => one.open_chats.to_string(),
                },
            })
        })
        .collect()
}

/// Somebody who takes chats now. One with as many as the limit allows may still be chosen: whoever reassigns knows why.
fn may_be_rung(one: &Colleague) -> bool {
    let off = one.enabled == Some(false) || one.confirmed == Some(false) || one.chat_enabled == Some(false);
    !off && matches!(one.presence, Presence::Available | Presence::Untold)
}

fn availability(one: &Colleague) -> String {
    if one.enabled == Some(false) {
        return "account switched off".to_owned();
    }
    if one.confirmed == Some(false) {
        return "invitation not accepted".to_owned();
    }
    if one.chat_enabled == Some(false) {
        return "takes no chats".to_owned();
    }
    match &one.presence {
        Presence::Available => "available".to_owned(),
        Presence::Busy => "busy".to_owned(),
        Presence::Other(word) => word.clone(),
        Presence::Untold => "not told".to_owned(),
    }
}
