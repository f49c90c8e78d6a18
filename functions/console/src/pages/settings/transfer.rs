//! Settings as a file: taken out, and taken in as a draft.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::draft::{Held, canonical};
use super::edit::{Pairs, hash_of};
use super::form::problems::Verdict;
use super::form::read::Sent;
use super::frame::Frame;
use super::text::{self, Format, write};
use crate::access::SignedIn;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::problem::Problem;

/// What is to be taken out.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    of: String,
    #[serde(default)]
    format: String,
}

#[derive(Template)]
#[template(path = "settings/text.html")]
struct TextPage {
    chrome: Chrome,
    frame: Frame,
    /// It is taken in from elsewhere; otherwise what is there is edited.
    import: bool,
    text: String,
    seen: String,
    problem: Option<String>,
    /// There is a draft that would be lost.
    replaces: bool,
}

/// A file of the published settings, or of the draft.
///
/// # Errors
/// The table can't be reached, or there is no draft.
pub(super) async fn export(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Query(Wanted { of, format }): Query<Wanted>,
) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    let value = if of == "draft" { held.value() } else { &held.published };
    let format = Format::of(&format);
    let text = write(value, format).map_err(|error| Problem::bad_request(error, "Choose the other format."))?;
    let name = format!("attachment; filename=\"{}-settings.{}\"", held.id, format.ending());
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(format.mime())), (header::CONTENT_DISPOSITION, name)], text)
        .into_response())
}

/// The page that takes a file in.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn import_page(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    shown(&who, &held, true, String::new(), None, StatusCode::OK)
}

/// The draft as a text.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn text_page(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    let text = match held.value() {
        // Not even JSON: as it lies there.
        serde_json::Value::String(text) => text.clone(),
        value => write(value, Format::Yaml).unwrap_or_default(),
    };
    shown(&who, &held, false, text, None, StatusCode::OK)
}

/// Takes a file in, as the draft.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn import(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    let sent = Sent::new(pairs);
    let text = sent.get("text").unwrap_or_default();
    if held.draft.is_some() && sent.get("replace").is_none() {
        let what = "There is a draft already. Tick that it may be replaced, or publish or discard it first.".to_owned();
        return shown(&who, &held, true, text.to_owned(), Some(what), StatusCode::CONFLICT);
    }
    taken_in(&console, &who, &held, text, true).await
}

/// Saves the draft that was edited as a text.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn save_text(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    let sent = Sent::new(pairs);
    let text = sent.get("text").unwrap_or_default();
    if sent.get("seen") != Some(version(&held).as_str()) {
        let what =
            "Somebody else changed the draft meanwhile. Nothing was saved. Save again to put this text in its place.";
        return shown(&who, &held, false, text.to_owned(), Some(what.to_owned()), StatusCode::CONFLICT);
    }
    taken_in(&console, &who, &held, text, false).await
}

async fn taken_in(
    console: &Arc<Console>,
    who: &SignedIn,
    held: &Held,
    text: &str,
    import: bool,
) -> Result<Response, Problem> {
    let value = match text::settings(text) {
        Ok(value) => value,
        Err(error) => {
            let what = format!("This can't be read: {error}");
            return shown(who, held, import, text.to_owned(), Some(what), StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let other = value.get("workspace").and_then(serde_json::Value::as_str).filter(|name| *name != held.id.as_str());
    let other = other.map(|name| format!(" The file was of the workspace {name}; the draft is of {}.", held.id));
    let mut value = value;
    if let Some(object) = value.as_object_mut() {
        object.insert("workspace".to_owned(), held.id.as_str().into());
    }
    let wrong = Verdict::of(&canonical(&value), &held.id).wrong().count();
    held.save(console, who, value, import.then(|| "From a file".to_owned())).await?;
    let said = match wrong {
        0 => "It is the draft now. Look at its changes, then publish.".to_owned(),
        1 => "It is the draft now. One thing has to be mended before it can be published.".to_owned(),
        wrong => format!("It is the draft now. {wrong} things have to be mended before it can be published."),
    };
    let back = format!("/console/w/{}/settings/review", held.id);
    Ok(done(&back, &format!("{said}{}", other.unwrap_or_default())))
}

/// What the whole was when the page was made.
fn version(held: &Held) -> String {
    hash_of(&[Some(held.value())])
}

fn shown(
    who: &SignedIn,
    held: &Held,
    import: bool,
    text: String,
    problem: Option<String>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let title = if import { "Export and import" } else { "Edit as text" };
    let page = TextPage {
        chrome: Chrome::new(title, Section::Settings, who),
        frame: Frame::new(held, &Verdict::of(held.value(), &held.id), None, None),
        import,
        text,
        seen: version(held),
        problem,
        replaces: held.draft.is_some(),
    };
    Ok((status, html(&page)?).into_response())
}
