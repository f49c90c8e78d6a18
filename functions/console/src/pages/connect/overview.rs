//! The wizard's page: each step, how it stands, and what to do in it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use shared::domain::settings::DataCentre;
use shared::salesiq::client::api_console;
use shared::salesiq::oauth::Principal;

use super::check::Shown;
use super::client::Mistakes;
use super::consent::redirect_uri;
use super::known::{Known, ShownClient, workspace_of};
use super::start::{Centre, centres};
use super::steps::Steps;
use crate::access::SignedIn;
use crate::console::Console;
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::public_url::base_url;

#[derive(Template)]
#[template(path = "connect/overview.html")]
struct OverviewPage {
    chrome: Chrome,
    /// What paths of the wizard begin with.
    here: String,
    known: Known,
    steps: Steps,
    accounts_form: ClientForm,
    organisation_form: ClientForm,
    api_console: String,
    redirect_uri: String,
    webhook_url: String,
    report: Option<Shown>,
}

/// The form of a client.
struct ClientForm {
    action: String,
    /// What ids of its elements begin with.
    name: &'static str,
    centres: Vec<Centre>,
    client_id: String,
    id_problem: Option<&'static str>,
    secret_problem: Option<&'static str>,
    /// It is to be filled in.
    open: bool,
}

impl ClientForm {
    /// With what was typed, if there was a mistake in it; the secret is typed anew.
    fn new(
        name: &'static str,
        here: &str,
        known: Option<&ShownClient>,
        otherwise: DataCentre,
        mistakes: Option<&Mistakes>,
    ) -> Self {
        let centre = mistakes.and_then(|mistakes| mistakes.centre);
        let centre = centre.or(known.map(|client| client.data_centre)).unwrap_or(otherwise);
        let typed = mistakes.map(|mistakes| mistakes.client_id.clone());
        Self {
            action: format!("{here}/client/{name}"),
            name,
            centres: centres(Some(centre)),
            client_id: typed.or_else(|| known.map(|client| client.id.clone())).unwrap_or_default(),
            id_problem: mistakes.and_then(|mistakes| mistakes.id),
            secret_problem: mistakes.and_then(|mistakes| mistakes.secret),
            open: mistakes.is_some(),
        }
    }
}

/// Where SalesIQ shall deliver the events of a workspace.
pub(super) fn webhook_url(
    console: &Console,
    headers: &HeaderMap,
    id: &shared::domain::id::WorkspaceId,
) -> Result<String, Problem> {
    Ok(format!("{}/webhooks/salesiq/{id}", base_url(console, headers)?))
}

/// The page.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = Known::of(&console, workspace_of(&who)?).await?;
    show(&console, &who, &headers, known, None)
}

/// The page with what is wrong in a client's form.
pub(super) fn mistaken(
    console: &Console,
    who: &SignedIn,
    headers: &HeaderMap,
    known: Known,
    mistakes: &Mistakes,
) -> Result<Response, Problem> {
    let mut response = show(console, who, headers, known, Some(mistakes))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// The page as a whole.
pub(super) fn show(
    console: &Console,
    who: &SignedIn,
    headers: &HeaderMap,
    known: Known,
    mistakes: Option<&Mistakes>,
) -> Result<Response, Problem> {
    let here = format!("/console/w/{}/connect", known.id);
    let of = |organisation| mistakes.filter(|mistakes| mistakes.organisation == organisation);
    let centre = known.client.as_ref().map_or_else(|| known.data_centre(), |client| client.data_centre);
    let mut accounts_form = ClientForm::new("accounts", &here, known.client.as_ref(), centre, of(false));
    accounts_form.open |= known.client.is_none();
    let organisation = known.organisation_client.as_ref();
    html(&OverviewPage {
        chrome: Chrome::new("Connect SalesIQ", Section::Connect, who),
        steps: Steps::of(&known),
        accounts_form,
        organisation_form: ClientForm::new("organisation", &here, organisation, centre, of(true)),
        api_console: api_console(centre),
        redirect_uri: redirect_uri(console, headers)?.into(),
        webhook_url: webhook_url(console, headers, &known.id)?,
        report: known.report.as_ref().map(Shown::of),
        here,
        known,
    })
}
