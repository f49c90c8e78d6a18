//! Live chats.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::console::Console;
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::routes::{Route, VIEWER, get};

/// The most chats that are listed.
const LISTED: u32 = 1_000;

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![get("/console/w/{workspace}/chats", VIEWER, page)]
}

#[derive(Template)]
#[template(path = "chats.html")]
struct ChatsPage {
    chrome: Chrome,
    rows: Vec<Row>,
}

/// A chat as the index of open ones has it.
#[derive(Deserialize)]
struct Row {
    #[serde(skip)]
    id: String,
    phase: String,
    visitor: Option<String>,
}

/// The list.
///
/// # Errors
/// The table can't be reached.
pub async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, .. }: InWorkspace,
) -> Result<Response, Problem> {
    use shared::store::Store as _;
    let live = console.store.live(&id, None, LISTED).await?;
    let rows = live.into_iter().filter_map(|(id, entry)| {
        let row: Row = serde_json::from_str(&entry.body).ok()?;
        Some(Row { id: id.to_string(), ..row })
    });
    html(&ChatsPage { chrome: Chrome::new("Live chats", Section::Chats, &who), rows: rows.collect() })
}
