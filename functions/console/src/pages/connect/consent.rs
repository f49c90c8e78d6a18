//! Leaving for Zoho to grant access, and knowing the browser again that comes back.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::domain::fingerprint::hex;
use shared::domain::id::WorkspaceId;
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::authorize::{Grant, ORGANISATION_SCOPES, USER_SCOPES, authorisation_url};
use shared::store::{DocumentWrite, Expected, Store as _, StoreError};
use url::Url;

use super::explain::Trouble;
use super::known::{servers, workspace_of};
use super::{in_trouble, secret_trouble};
use crate::access::SignedIn;
use crate::access::session::random_text;
use crate::console::Console;
use crate::page::{Chrome, Section, html, leave_for};
use crate::problem::Problem;
use crate::public_url::base_url;

/// How long somebody may take at Zoho.
const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// The document, alone in its partition.
const STATE: &str = "STATE";

/// What somebody left for Zoho to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Errand {
    /// For which workspace.
    pub(super) workspace: WorkspaceId,
    /// For which account.
    pub(super) principal: String,
    /// Another account than the one that is known is meant.
    pub(super) another: bool,
    /// Where Zoho sends back to; the exchange must name the same.
    pub(super) redirect_uri: String,
    /// The hash of the session that left.
    session: String,
    /// Until when.
    until: Timestamp,
    /// Somebody came back with it.
    #[serde(default)]
    used: bool,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    another: Option<String>,
}

#[derive(Template)]
#[template(path = "connect/leave.html")]
struct LeavePage {
    chrome: Chrome,
    url: String,
    host: String,
    back: String,
}

/// The principal of a path.
pub(super) fn principal_of(text: &str) -> Result<Principal, Problem> {
    let found = Principal::ALL.into_iter().find(|principal| principal.as_str() == text);
    found.ok_or_else(|| Problem::not_found("There is no such account"))
}

/// What a principal's client is asked for.
pub(super) fn grant_of(principal: Principal) -> Grant {
    match principal {
        Principal::Bot | Principal::Facilitator => Grant::User,
        Principal::Organisation => Grant::Organisation,
    }
}

/// Where Zoho sends people back to.
pub(super) fn redirect_uri(console: &Console, headers: &HeaderMap) -> Result<Url, Problem> {
    let text = format!("{}/console/connect/callback", base_url(console, headers)?);
    Url::parse(&text).map_err(|error| Problem::failed("Making the redirect URI", &error))
}

/// Has the browser leave for Zoho.
pub(super) async fn leave(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, principal)): Path<(String, String)>,
    headers: HeaderMap,
    axum::Form(sent): axum::Form<Sent>,
) -> Result<Response, Problem> {
    let principal = principal_of(&principal)?;
    let (id, grant) = (workspace_of(&who)?, grant_of(principal));
    let client = console.secrets.read_client(&id, grant).await.map_err(|error| secret_trouble(&error))?;
    let Some(client) = client else {
        return in_trouble(&who, Trouble::new("There is no client yet", "Enter client id and client secret first."));
    };
    let redirect_uri = redirect_uri(&console, &headers)?;
    let errand = Errand {
        workspace: id.clone(),
        principal: principal.as_str().to_owned(),
        another: sent.another.is_some(),
        redirect_uri: redirect_uri.to_string(),
        session: session_hash(&who),
        until: console.clock.now() + LASTS,
        used: false,
    };
    let state = random_text().ok_or_else(|| {
        Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "Leaving for Zoho did not work", "Try again.")
    })?;
    keep(&console, &state, &errand, Expected::Absent).await?;
    let scopes: &[&str] = match grant {
        Grant::User => &USER_SCOPES,
        Grant::Organisation => &ORGANISATION_SCOPES,
    };
    let accounts = servers(&console, client.data_centre)?.accounts;
    let url = authorisation_url(&accounts, grant, &client.client.id, &redirect_uri, scopes, &state);
    tracing::info!(workspace = %id, %principal, "somebody leaves for Zoho to grant access");
    if headers.contains_key("hx-request") {
        return Ok(leave_for(url.as_str()));
    }
    html(&LeavePage {
        chrome: Chrome::new("To Zoho", Section::Connect, &who),
        host: url.host_str().unwrap_or("Zoho").to_owned(),
        url: url.into(),
        back: format!("/console/w/{id}/connect"),
    })
}

/// Takes up what somebody left for, once; what to say if it is not theirs, too old, or was taken up before.
pub(super) async fn take_up(
    console: &Console,
    who: &SignedIn,
    state: &str,
) -> Result<Result<Errand, Trouble>, Problem> {
    let again = "Go back to the workspace and connect the account again; Zoho's page must be opened from there.";
    let unknown = || Trouble::new("This way back from Zoho is not known", again);
    let Some(document) = console.store.document(&partition(state), STATE).await? else { return Ok(Err(unknown())) };
    let Ok(errand) = serde_json::from_str::<Errand>(&document.body) else { return Ok(Err(unknown())) };
    // Of another session: as if there were none, and the one whose it is may still come back.
    if errand.session != session_hash(who) || !who.user.sees(&errand.workspace) {
        return Ok(Err(unknown()));
    }
    if errand.used {
        return Ok(Err(Trouble::new("This way back from Zoho was taken already", again)));
    }
    if errand.until <= console.clock.now() {
        return Ok(Err(Trouble::new("It took longer than ten minutes", again)));
    }
    let used = Errand { used: true, ..errand.clone() };
    match keep(console, state, &used, Expected::Version(document.version)).await {
        Ok(()) => Ok(Ok(errand)),
        Err(StoreError::Conflict { .. }) => Ok(Err(Trouble::new("This way back from Zoho was taken already", again))),
        Err(error) => Err(error.into()),
    }
}

async fn keep(console: &Console, state: &str, errand: &Errand, expected: Expected) -> Result<(), StoreError> {
    let body = serde_json::to_string(errand)
        .map_err(|error| StoreError::Corrupt { what: STATE.to_owned(), reason: error.to_string() })?;
    let write = DocumentWrite {
        partition: partition(state),
        name: STATE.to_owned(),
        expected,
        body,
        // A while longer than it is good for, so that it can be told that it is not any more.
        expires_at: Some(errand.until + LASTS),
    };
    console.store.put_document(&write).await
}

/// The state itself lies nowhere: who reads the table can't come back with it.
fn partition(state: &str) -> String {
    format!("OAUTH#{}", hash(state))
}

fn session_hash(who: &SignedIn) -> String {
    hash(&who.session.csrf)
}

fn hash(text: &str) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref())
}
