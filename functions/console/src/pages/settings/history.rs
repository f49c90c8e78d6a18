//! What was published before: by whom, when, what was changed; and how to have it back.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use shared::workspace::history::{Changed, Entry};

use super::draft::Held;
use super::form::names::Names;
use super::form::problems::Verdict;
use super::frame::{Frame, directory};
use super::told::{Told, tell};
use crate::access::SignedIn;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::problem::Problem;

/// How many entries a page has.
const PAGE: u32 = 20;

/// Which page.
#[derive(Debug, Deserialize)]
pub(super) struct Before {
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "settings/history.html")]
struct HistoryPage {
    chrome: Chrome,
    frame: Frame,
    rows: Vec<Row>,
    older: Option<String>,
}

struct Row {
    /// The entry's name, as it stands in paths.
    name: String,
    entry: Entry,
    changes: Vec<Told>,
}

/// The newest changes.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    let before = before.map(|name| stored(&name));
    let entries = console.workspaces.history(&held.id, &Changed::Settings, before.as_deref(), PAGE).await?;
    let full = entries.len() == PAGE as usize;
    let older = entries.last().filter(|_| full).map(|(name, _)| shown(name));
    let directory = directory(&console, &held).await;
    let names = Names { directory: &directory, draft: held.value() };
    let row = |(name, entry): (String, Entry)| Row {
        name: shown(&name),
        changes: tell(&entry.changes, held.value(), names),
        entry,
    };
    let page = HistoryPage {
        chrome: Chrome::new("History of the settings", Section::Settings, &who),
        frame: Frame::new(&held, &Verdict::of(held.value(), &held.id), None, Some(&directory)),
        rows: entries.into_iter().map(row).collect(),
        older,
    };
    html(&page)
}

/// Makes what was there before a change the draft.
///
/// # Errors
/// There is a draft already, no such entry, or the table can't be reached.
pub(super) async fn restore(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    let entry = console.workspaces.history_entry(&held.id, &Changed::Settings, &stored(&name)).await?;
    let entry = entry.ok_or_else(|| Problem::not_found("There is no such entry in the history"))?;
    let Some(before) = entry.before else {
        let fix = "Only the changes are known; they are listed in the history. Make them back by hand.";
        return Err(Problem::new(StatusCode::CONFLICT, "What was there before was not kept whole", fix));
    };
    if held.draft.is_some() {
        let fix = "Publish or discard the draft first, then restore.";
        return Err(Problem::new(StatusCode::CONFLICT, "There is a draft already", fix));
    }
    let at = crate::page::shown(entry.at, &jiff::tz::TimeZone::UTC);
    held.save(&console, &who, before, Some(format!("What held before {at} UTC was restored"))).await?;
    let back = format!("/console/w/{}/settings/review", held.id);
    Ok(done(&back, "What held before is the draft now. Look at its changes, then publish."))
}

/// Names have a #, which is none of a path.
fn shown(name: &str) -> String {
    name.replace('#', "~")
}

fn stored(name: &str) -> String {
    name.replace('~', "#")
}
