//! A page of settings: shown, and saved to the draft.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use shared::domain::changes::between;
use shared::domain::fingerprint::hex;

use super::draft::Held;
use super::form::act::{Act, node};
use super::form::control::Control;
use super::form::names::Names;
use super::form::pointer::{put, step, steps};
use super::form::problems::Verdict;
use super::form::read::{Sent, value};
use super::form::schema::workspace;
use super::form::view::View;
use super::form::words::Pattern;
use super::frame::{Frame, directory};
use super::list;
use super::parts::{PARTS, Part, Place, Shape};
use super::told::{Told, tell};
use super::trying::{self, Trial};
use crate::access::SignedIn;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html, lead_to};
use crate::problem::Problem;

/// What a form sends.
pub(super) type Pairs = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "settings/edit.html")]
struct EditPage {
    chrome: Chrome,
    frame: Frame,
    title: String,
    about: &'static str,
    /// The list that it is an element of.
    back: Option<(&'static str, String)>,
    action: String,
    seen: String,
    controls: Vec<Control>,
    /// What somebody else changed meanwhile: theirs, and what was sent.
    theirs: Vec<Told>,
    zones: Vec<String>,
    trial: Option<Trial>,
}

/// The first page.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn front(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let held = Held::read(&console, &who).await?;
    let place = Place { part: &PARTS[0], index: None };
    shown(&console, &who, &held, place, None, None).await
}

/// A page by its name.
///
/// # Errors
/// There is no such page, or the table can't be reached.
pub(super) async fn part(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, slug)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let part = found(&slug)?;
    let held = Held::read(&console, &who).await?;
    if matches!(part.shape, Shape::List { .. }) {
        return list::shown(&console, &who, &held, part, None).await;
    }
    shown(&console, &who, &held, Place { part, index: None }, None, None).await
}

/// The page of an element of a list.
///
/// # Errors
/// There is no such element, or the table can't be reached.
pub(super) async fn element(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, slug, index)): Path<(String, String, String)>,
    axum::extract::Query(asked): axum::extract::Query<trying::Asked>,
) -> Result<Response, Problem> {
    let place = element_of(&slug, &index)?;
    let held = Held::read(&console, &who).await?;
    shown(&console, &who, &held, place, None, Some(asked)).await
}

/// Saves a page to the draft.
///
/// # Errors
/// There is no such page, somebody else changed the draft meanwhile, or the table can't be reached.
pub(super) async fn save_part(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, slug)): Path<(String, String)>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Problem> {
    let part = found(&slug)?;
    let held = Held::read(&console, &who).await?;
    if matches!(part.shape, Shape::List { .. }) {
        return list::changed(&console, &who, &held, part, &Sent::new(pairs)).await;
    }
    saved(&console, &who, &held, Place { part, index: None }, pairs).await
}

/// Saves the page of an element to the draft.
///
/// # Errors
/// There is no such element, somebody else changed the draft meanwhile, or the table can't be reached.
pub(super) async fn save_element(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, slug, index)): Path<(String, String, String)>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Problem> {
    let place = element_of(&slug, &index)?;
    let held = Held::read(&console, &who).await?;
    saved(&console, &who, &held, place, pairs).await
}

fn found(slug: &str) -> Result<&'static Part, Problem> {
    Part::of(slug).ok_or_else(|| Problem::not_found("There is no such page of settings"))
}

fn element_of(slug: &str, index: &str) -> Result<Place, Problem> {
    let part = found(slug)?;
    let index = index.parse().ok().filter(|_| matches!(part.shape, Shape::List { .. }));
    let index = index.ok_or_else(|| Problem::not_found("There is no such page of settings"))?;
    Ok(Place { part, index: Some(index) })
}

/// What a page was made of, in short: to see whether somebody else changed it.
#[must_use]
pub fn seen(value: &Value, place: Place) -> String {
    let parts: Vec<Option<&Value>> = place.pointers().iter().map(|pointer| value.pointer(pointer)).collect();
    hash_of(&parts)
}

/// A short hash of values.
#[must_use]
pub fn hash_of(values: &[Option<&Value>]) -> String {
    let text = serde_json::to_string(values).unwrap_or_default();
    hex(&ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref()[..12])
}

async fn saved(
    console: &Arc<Console>,
    who: &SignedIn,
    held: &Held,
    place: Place,
    pairs: Pairs,
) -> Result<Response, Problem> {
    if !place.is_in(held.value()) {
        return Err(gone());
    }
    let sent = Sent::new(pairs);
    let mut new = taken(place, held.value(), &sent);
    if sent.get("seen") != Some(seen(held.value(), place).as_str()) {
        return shown(console, who, held, place, Some(new), None).await;
    }
    let act = Act::parse(sent.get("do").unwrap_or_default());
    let is_own = |pointer: &str| place.pointers().iter().any(|own| pointer.starts_with(own.as_str()));
    let anchor = act.pointer().is_some_and(is_own).then(|| act.perform(workspace(), &mut new, &sent)).flatten();
    held.save(console, who, new, None).await?;
    let back = format!("/console/w/{}/settings/{}", held.id, place.path());
    Ok(match anchor {
        Some(anchor) => lead_to(&format!("{back}#{anchor}")),
        None => done(&back, "Saved to the draft. It holds for visitors once it is published."),
    })
}

/// The settings with what the form of a page has sent.
pub(super) fn taken(place: Place, before: &Value, sent: &Sent) -> Value {
    let mut new = before.clone();
    for pointer in place.pointers() {
        let Some(node) = node(workspace(), before, &pointer) else { continue };
        put(&mut new, &pointer, value(node, &pointer, sent, before.pointer(&pointer)));
    }
    new
}

/// The fields of a page.
pub(super) fn controls(place: Place, settings: &Value, view: View<'_>) -> Vec<Control> {
    let control = |pointer: &String| {
        let property = workspace().properties().iter().find(|one| step("", &one.name) == *pointer);
        let node = node(workspace(), settings, pointer)?;
        let default = property.and_then(|one| one.default.as_ref());
        let required = property.is_some_and(|one| one.required);
        Some(view.control(node, settings.pointer(pointer).or(default), pointer, &pattern(pointer), required))
    };
    place.pointers().iter().filter_map(control).collect()
}

fn gone() -> Problem {
    let fix = "Go back to the list, and choose it there.";
    Problem::new(StatusCode::NOT_FOUND, "That is not in the settings any more", fix)
}

/// The page; with what was sent instead of what is there, where somebody else changed it meanwhile.
async fn shown(
    console: &Arc<Console>,
    who: &SignedIn,
    held: &Held,
    place: Place,
    sent: Option<Value>,
    asked: Option<trying::Asked>,
) -> Result<Response, Problem> {
    if !place.is_in(held.value()) {
        return Err(gone());
    }
    let value = sent.as_ref().unwrap_or(held.value());
    let directory = directory(console, held).await;
    let names = Names { directory: &directory, draft: value };
    let verdict = Verdict::of(value, &held.id);
    let view = View { names, found: &verdict.found };
    let controls = controls(place, value, view);
    let name = |pointer: &str| value.pointer(pointer)?.get("name")?.as_str().filter(|name| !name.is_empty());
    let title = match (place.part.shape, place.pointers().first()) {
        (Shape::List { noun, .. }, Some(pointer)) => {
            name(pointer).map_or_else(|| format!("A {noun} without a name"), str::to_owned)
        }
        _ => place.part.title.to_owned(),
    };
    let frame = Frame::new(held, &verdict, Some(place.part), Some(&directory));
    let trial = trying::trial(place, &verdict, value, asked);
    let theirs = match &sent {
        Some(sent) => tell(&between(held.value(), sent), sent, names),
        None => Vec::new(),
    };
    let status = if sent.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = EditPage {
        chrome: Chrome::new(title.clone(), Section::Settings, who),
        back: place.index.map(|_| (place.part.title, format!("{}/{}", frame.base, place.part.slug))),
        action: format!("{}/{}", frame.base, place.path()),
        seen: seen(held.value(), place),
        frame,
        title,
        about: place.part.about,
        controls,
        theirs,
        zones: jiff::tz::db().available().map(|zone| zone.to_string()).collect(),
        trial,
    };
    Ok((status, html(&page)?).into_response())
}

/// The place of a pointer in the schema.
fn pattern(pointer: &str) -> Pattern {
    steps(pointer).fold(Pattern::default(), |pattern, step| {
        let is_element = step.parse::<usize>().is_ok();
        pattern.step((!is_element).then_some(step.as_str()))
    })
}
