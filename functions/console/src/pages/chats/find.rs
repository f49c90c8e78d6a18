//! Finds a conversation by its id, or a visitor's conversations by what tells visitors apart.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use shared::domain::id::ConversationId;
use shared::engine::item::hashed;
use shared::store::ConversationKey;

use super::recent::{RecentView, one, recent};
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::console::Console;
use crate::page::{Chrome, Section, html, lead_to};
use crate::problem::Problem;
use crate::times::Times;
use crate::wanted::Wanted;

/// How many conversations of a visitor are listed.
const LISTED: usize = 20;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sought {
    q: String,
}

#[derive(Template)]
#[template(path = "chats/find.html")]
struct FindPage {
    chrome: Chrome,
    times: Times,
    base: String,
    action: String,
    q: String,
    found: Vec<RecentView>,
    /// Without the key no visitor can be found.
    by_visitor: bool,
}

/// What was found; a conversation's id leads to it at once.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    wanted: Wanted,
    Query(Sought { q }): Query<Sought>,
) -> Result<Response, Problem> {
    let (settings, q) = (&workspace.settings, shared::domain::message::clip(q.trim(), 300).to_owned());
    let base = format!("/console/w/{id}/chats");
    let mut found = Vec::new();
    if let Ok(conversation) = ConversationId::parse(&q) {
        let key = ConversationKey { workspace: id.clone(), conversation };
        found.extend(one(&console.store, key, settings).await?);
    }
    if let ([only], Wanted::Page) = (found.as_slice(), wanted) {
        return Ok(lead_to(&format!("{base}/{}", only.id)));
    }
    let key = match console.portals.of(settings) {
        Ok(portal) => portal.identity_key().await,
        Err(_) => None,
    };
    if let Some(key) = &key {
        for identity in identities(&q) {
            found.extend(recent(&console.store, &id, &hashed(key, &identity), None, LISTED, settings).await?);
        }
    }
    if wanted == Wanted::Json {
        return Ok(axum::Json(json!({"found": found})).into_response());
    }
    html(&FindPage {
        chrome: Chrome::new("Find a conversation", Section::Chats, &who),
        times: Times::new(&settings.time_zone, console.clock.now()),
        action: format!("/console/w/{id}/find"),
        base,
        q,
        found,
        by_visitor: key.is_some(),
    })
}

/// As whose conversations a text may be kept ([`shared::domain::facts::VisitorFacts::identity`]).
fn identities(q: &str) -> Vec<String> {
    if q.is_empty() {
        return Vec::new();
    }
    if q.contains('@') {
        return vec![format!("email:{}", q.to_lowercase())];
    }
    vec![format!("phone:{q}"), format!("id:{q}")]
}
