//! A new workspace: its name, and where the portal lives.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use shared::domain::id::WorkspaceId;
use shared::domain::settings::DataCentre;
use shared::store::StoreError;

use super::draft::{self, Draft};
use crate::access::SignedIn;
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "connect/start.html")]
struct StartPage {
    chrome: Chrome,
    /// Workspaces that were begun and are not finished.
    begun: Vec<WorkspaceId>,
    centres: Vec<Centre>,
    name: String,
    name_problem: Option<String>,
    centre_problem: Option<&'static str>,
}

/// A data centre in a list.
pub(super) struct Centre {
    pub(super) code: &'static str,
    pub(super) label: &'static str,
    /// Zoho's domain there.
    pub(super) domain: String,
    pub(super) chosen: bool,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    name: String,
    #[serde(default)]
    data_centre: String,
}

/// All data centres, one of them chosen.
pub(super) fn centres(chosen: Option<DataCentre>) -> Vec<Centre> {
    let centre = |centre: DataCentre| Centre {
        code: centre.code(),
        label: centre.label(),
        domain: shared::salesiq::client::api_console(centre).replacen("https://api-console.", "", 1),
        chosen: Some(centre) == chosen,
    };
    DataCentre::ALL.into_iter().map(centre).collect()
}

/// The page with the form.
pub(super) async fn page(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    html(&start_page(&console, &who).await?)
}

async fn start_page(console: &Console, who: &SignedIn) -> Result<StartPage, Problem> {
    let begun = draft::all(&console.store).await?.into_iter().map(|(workspace, _)| workspace);
    Ok(StartPage {
        chrome: Chrome::new("Connect a portal", Section::Workspaces, who),
        begun: begun.filter(|workspace| who.user.sees(workspace)).collect(),
        centres: centres(None),
        name: String::new(),
        name_problem: None,
        centre_problem: None,
    })
}

/// Begins a workspace.
pub(super) async fn begin(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Form(sent): Form<Begin>,
) -> Result<Response, Problem> {
    if !who.user.workspaces.is_empty() {
        return Err(Problem::forbidden(
            "You see single workspaces only, and would not see the new one. Ask an admin who sees all of them.",
        ));
    }
    let name = WorkspaceId::parse(&sent.name);
    let centre = DataCentre::parse(&sent.data_centre);
    let name_problem = match &name {
        Err(error) => Some(format!("{error}. Use a-z, 0-9 and -, at most 40 of them, such as acme.")),
        Ok(name) if is_taken(&console, name).await? => {
            Some(format!("There is a workspace {name} already. Choose another name, or open that one."))
        }
        Ok(_) => None,
    };
    let (Ok(name), None, Some(centre)) = (name, &name_problem, centre) else {
        let page = StartPage {
            centres: centres(centre),
            name: sent.name,
            name_problem,
            centre_problem: centre.is_none().then_some("Choose where the portal lives."),
            ..start_page(&console, &who).await?
        };
        let mut response = html(&page)?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    };
    match draft::keep(&console.store, &name, &Draft::new(centre, console.clock.now()), None).await {
        // Begun by somebody else a moment ago: that one is gone on with.
        Ok(()) | Err(StoreError::Conflict { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let who = SignedIn { workspace: Some(name.clone()), ..who };
    audit::record(&console, &who, "connect.begin", name.as_str(), centre.label()).await?;
    Ok(done(&format!("/console/w/{name}/connect"), "The workspace is begun. Go on with the client."))
}

async fn is_taken(console: &Console, name: &WorkspaceId) -> Result<bool, Problem> {
    if console.workspaces.stored_settings(name).await?.is_some() {
        return Ok(true);
    }
    Ok(draft::find(&console.store, name).await?.is_some())
}
