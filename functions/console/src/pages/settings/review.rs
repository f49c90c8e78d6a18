//! The draft as a whole: what it changes and what is wrong with it; publishing, discarding, and what contradicts it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use shared::workspace::WorkspaceError;
use shared::workspace::history::By;

use super::draft::Held;
use super::edit::Pairs;
use super::form::names::Names;
use super::form::problems::{Found, Verdict};
use super::form::read::Sent;
use super::frame::{Frame, directory};
use super::parts::path_of;
use super::told::{Told, place, tell};
use crate::access::SignedIn;
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::problem::Problem;

/// The most characters of what the audit trail tells of a change.
const AUDITED: usize = 300;

#[derive(Template)]
#[template(path = "settings/review.html")]
struct ReviewPage {
    chrome: Chrome,
    frame: Frame,
    changes: Vec<Told>,
    wrong: Vec<Row>,
    warnings: Vec<Row>,
    conflicts: Vec<Told>,
    refused: Option<&'static str>,
}

/// Something that was found, with where it is mended.
pub(super) struct Row {
    what: String,
    path: String,
    found: Found,
}

/// What the draft changes, and what is wrong with it.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn page(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    shown(&console, &who, &held, None).await
}

/// Publishes the draft.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn publish(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    let base = format!("/console/w/{}/settings", held.id);
    let Some((draft, version)) = &held.draft else {
        return Ok(done(&base, "There is no draft; nothing was published."));
    };
    if Sent::new(pairs).get("version") != Some(version.to_string().as_str()) {
        let what = "The draft was changed since you looked at it. Nothing was published: look at it as it is now.";
        return shown(&console, &who, &held, Some((StatusCode::CONFLICT, what))).await;
    }
    if !held.conflicts.is_empty() {
        let what = "Somebody else published the same settings with other values. Nothing was published: decide below.";
        return shown(&console, &who, &held, Some((StatusCode::CONFLICT, what))).await;
    }
    let verdict = Verdict::of(held.value(), &held.id);
    let Some(settings) = verdict.settings.as_ref().filter(|_| verdict.is_usable()) else {
        let what = "The draft can't be published as it is. Nothing was published: mend what is listed below.";
        return shown(&console, &who, &held, Some((StatusCode::UNPROCESSABLE_ENTITY, what))).await;
    };
    let changes = held.changes();
    let by = By { name: who.user.email.as_str(), note: draft.note.as_deref() };
    let published = console.workspaces.publish(settings, held.stored.as_ref(), by, console.clock.now()).await;
    if let Err(WorkspaceError::Changed { .. }) = published {
        let held = Held::read(&console, &who).await?;
        let what =
            "Somebody else published settings at the same moment. Nothing was published: look again, then publish.";
        return shown(&console, &who, &held, Some((StatusCode::CONFLICT, what))).await;
    }
    published?;
    held.discard(&console).await?;
    let listed: Vec<String> = changes.iter().map(ToString::to_string).collect();
    let detail: String = format!("{} changes: {}", changes.len(), listed.join(", ")).chars().take(AUDITED).collect();
    audit::record(&console, &who, "settings.publish", held.id.as_str(), &detail).await?;
    Ok(done(&base, "Published. Chats follow the new settings within a minute."))
}

/// Takes the draft away.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn discard(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    held.discard(&console).await?;
    let base = format!("/console/w/{}/settings", held.id);
    Ok(done(&base, "The draft is gone. What is published holds as before."))
}

/// Puts the draft on top of what was published meanwhile; where they contradict each other, the draft holds.
///
/// # Errors
/// The draft was changed meanwhile, or the table can't be reached.
pub(super) async fn rebase(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    if let Some(rebased) = held.rebased(&console).await? {
        held.decide(&console, &who, &rebased.value).await?;
    }
    let back = format!("/console/w/{}/settings/review", held.id);
    Ok(done(&back, "The draft now stands on what is published. Look at its changes, then publish."))
}

/// What was found, with where it is mended.
pub(super) fn rows(verdict: &Verdict, value: &serde_json::Value, warns: bool) -> Vec<Row> {
    let row = |found: &Found| {
        let steps: Vec<String> = super::form::pointer::steps(&found.pointer).map(|step| labelled(&step)).collect();
        Row { what: place(&steps, value).0, path: path_of(&found.pointer), found: found.clone() }
    };
    verdict.found.iter().filter(|found| found.warns == warns).map(row).collect()
}

/// A step of a pointer as changes name it: elements by their number.
fn labelled(step: &str) -> String {
    step.parse::<usize>().map_or_else(|_| step.to_owned(), |index| format!("[{}]", index + 1))
}

async fn shown(
    console: &Arc<Console>,
    who: &SignedIn,
    held: &Held,
    refused: Option<(StatusCode, &'static str)>,
) -> Result<Response, Problem> {
    let value = held.value();
    let directory = directory(console, held).await;
    let names = Names { directory: &directory, draft: value };
    let verdict = Verdict::of(value, &held.id);
    let conflicts: Vec<_> = held
        .conflicts
        .iter()
        .map(|one| shared::domain::changes::Change {
            path: one.path.clone(),
            old: one.theirs.clone(),
            new: one.mine.clone(),
        })
        .collect();
    let page = ReviewPage {
        chrome: Chrome::new("Review the draft", Section::Settings, who),
        frame: Frame::new(held, &verdict, None, Some(&directory)),
        changes: tell(&held.changes(), value, names),
        wrong: rows(&verdict, value, false),
        warnings: rows(&verdict, value, true),
        conflicts: tell(&conflicts, value, names),
        refused: refused.map(|(_, what)| what),
    };
    Ok((refused.map_or(StatusCode::OK, |(status, _)| status), html(&page)?).into_response())
}
