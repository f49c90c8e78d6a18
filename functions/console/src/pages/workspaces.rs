//! The front page: which workspace.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use shared::domain::id::WorkspaceId;

use crate::access::{Role, SignedIn};
use crate::console::Console;
use crate::page::{Chrome, Section, html, lead_to};
use crate::problem::Problem;
use crate::routes::{Route, VIEWER, get};

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![get("/console", VIEWER, page)]
}

#[derive(Template)]
#[template(path = "workspaces.html")]
struct WorkspacesPage {
    chrome: Chrome,
    workspaces: Vec<WorkspaceId>,
    may_add: bool,
}

/// The workspaces that a person sees; who sees only one, and can add none, goes on to it.
///
/// # Errors
/// The table can't be reached.
pub async fn page(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let mut workspaces = console.workspaces.list().await?;
    workspaces.retain(|workspace| who.user.sees(workspace));
    let may_add = who.user.role >= Role::Admin;
    if let ([only], false) = (workspaces.as_slice(), may_add) {
        return Ok(lead_to(&format!("/console/w/{only}/chats")));
    }
    html(&WorkspacesPage { chrome: Chrome::new("Workspaces", Section::Workspaces, &who), workspaces, may_add })
}
