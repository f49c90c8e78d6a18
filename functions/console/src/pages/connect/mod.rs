//! Connecting a portal of SalesIQ: a client, the accounts, the workspace's first settings, the webhook, and a look at all of it.
//!
//! What is not settings yet is a [`draft`]; access of which it is not known whose it is lies apart until it is
//! ([`account`]), so that what works is never replaced by what may not.

mod account;
mod callback;
mod check;
mod client;
mod consent;
mod draft;
mod explain;
mod known;
mod overview;
mod prove;
mod start;
mod steps;
mod webhook;
mod workspace;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use shared::domain::settings::WorkspaceSettings;
use shared::workspace::WorkspaceError;
use shared::workspace::history::By;

use crate::access::SignedIn;
use crate::console::Console;
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::routes::{ADMIN, Route, get, post};
use explain::Trouble;

/// Writes settings in place of those of a version, or of none, with an entry in their history.
async fn publish(
    console: &Console,
    who: &SignedIn,
    settings: &WorkspaceSettings,
    version: Option<u64>,
) -> Result<(), Problem> {
    let workspace = &settings.workspace;
    let stored = console.workspaces.stored_settings(workspace).await?;
    if stored.as_ref().map(|stored| stored.version) != version {
        return Err(WorkspaceError::Changed { workspace: workspace.clone() }.into());
    }
    let by = By { name: who.user.email.as_str(), note: Some("while SalesIQ was connected") };
    Ok(console.workspaces.publish(settings, stored.as_ref(), by, console.clock.now()).await?)
}

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/connect", ADMIN, start::page),
        post("/console/connect", ADMIN, start::begin),
        // Zoho sends the browser here: the one GET that changes something, guarded by the state that it brings back.
        get("/console/connect/callback", ADMIN, callback::page),
        get("/console/w/{workspace}/connect", ADMIN, overview::page),
        post("/console/w/{workspace}/connect/client/{of}", ADMIN, client::save),
        post("/console/w/{workspace}/connect/consent/{principal}", ADMIN, consent::leave),
        get("/console/w/{workspace}/connect/account/{principal}", ADMIN, account::page),
        post("/console/w/{workspace}/connect/account/{principal}", ADMIN, account::choose),
        post("/console/w/{workspace}/connect/portal/{principal}", ADMIN, account::choose_portal),
        get("/console/w/{workspace}/connect/settings", ADMIN, workspace::page),
        post("/console/w/{workspace}/connect/settings", ADMIN, workspace::save),
        post("/console/w/{workspace}/connect/webhook", ADMIN, webhook::register),
        post("/console/w/{workspace}/connect/check", ADMIN, check::run),
    ]
}

/// What Zoho or SalesIQ said no to, within the wizard: what happened, what to do, and the way back.
#[derive(Template)]
#[template(path = "connect/trouble.html")]
struct TroublePage {
    chrome: Chrome,
    trouble: Trouble,
    back: String,
}

/// The page of a trouble.
fn in_trouble(who: &SignedIn, trouble: Trouble) -> Result<Response, Problem> {
    let back =
        who.workspace.as_ref().map_or_else(|| "/console/connect".to_owned(), |id| format!("/console/w/{id}/connect"));
    let chrome = Chrome::new("Connect SalesIQ", Section::Connect, who);
    let mut response = html(&TroublePage { chrome, trouble, back })?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// A secret could not be read or written.
fn secret_trouble(error: &shared::salesiq::oauth::secret::SecretError) -> Problem {
    Problem::failed("Reading or writing a secret", error)
}
