//! A list of which each element has a page of its own: brands, tools, procedures.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::draft::Held;
use super::edit::seen;
use super::form::act::Act;
use super::form::names::{Names, Opt};
use super::form::pointer::{put, step};
use super::form::problems::Verdict;
use super::form::read::Sent;
use super::form::schema::workspace;
use super::form::words::Refers;
use super::frame::{Frame, directory};
use super::parts::{Part, Place, Shape};
use crate::access::SignedIn;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html, lead_to};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "settings/list.html")]
struct ListPage {
    chrome: Chrome,
    frame: Frame,
    part: &'static Part,
    noun: &'static str,
    pointer: &'static str,
    action: String,
    seen: String,
    rows: Vec<Row>,
    /// What SalesIQ has and is not in the list yet.
    brands: Option<Vec<Opt>>,
    /// What is wrong with what was sent.
    problem: Option<&'static str>,
    conflict: bool,
}

struct Row {
    name: String,
    id: String,
    about: String,
    /// Whether the AI serves the brand.
    automated: Option<bool>,
    wrong: usize,
}

/// The list.
pub(super) async fn shown(
    console: &Arc<Console>,
    who: &SignedIn,
    held: &Held,
    part: &'static Part,
    refused: Option<(StatusCode, &'static str)>,
) -> Result<Response, Problem> {
    let Shape::List { pointer, noun } = part.shape else { return Err(Problem::not_found("That is no list")) };
    let value = held.value();
    let directory = directory(console, held).await;
    let verdict = Verdict::of(value, &held.id);
    let list = value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |one: &Value, name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let rows = list.iter().enumerate().map(|(index, one)| {
        let place = Place { part, index: Some(index) };
        let id = text(one, "id");
        let name = [text(one, "name"), id.clone(), format!("A {noun} without a name")];
        Row {
            name: name.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default(),
            about: text(one, if pointer == "/tools" { "description" } else { "when" }),
            automated: one.get("automated").and_then(Value::as_bool),
            id,
            wrong: verdict.wrong().filter(|found| Place::of(&found.pointer) == place).count(),
        }
    });
    let names = Names { directory: &directory, draft: value };
    let known: Vec<String> = list.iter().map(|one| text(one, "id")).collect();
    let brands = names.options(Refers::Brand).filter(|_| pointer == "/brands");
    let brands = brands.map(|all| all.into_iter().filter(|one| !known.contains(&one.value)).collect());
    let rows = rows.collect();
    let frame = Frame::new(held, &verdict, Some(part), Some(&directory));
    let page = ListPage {
        chrome: Chrome::new(part.title, Section::Settings, who),
        action: format!("{}/{}", frame.base, part.slug),
        seen: seen(value, Place { part, index: None }),
        frame,
        part,
        noun,
        pointer,
        rows,
        brands,
        problem: refused.map(|(_, problem)| problem),
        conflict: refused.is_some_and(|(status, _)| status == StatusCode::CONFLICT),
    };
    let status = refused.map_or(StatusCode::OK, |(status, _)| status);
    Ok((status, html(&page)?).into_response())
}

/// Takes an element in, out, or up.
pub(super) async fn changed(
    console: &Arc<Console>,
    who: &SignedIn,
    held: &Held,
    part: &'static Part,
    sent: &Sent,
) -> Result<Response, Problem> {
    let Shape::List { pointer, .. } = part.shape else { return Err(Problem::not_found("That is no list")) };
    if sent.get("seen") != Some(seen(held.value(), Place { part, index: None }).as_str()) {
        let what =
            "Somebody else changed this list meanwhile. Nothing was saved: look at it as it is now, then do it again.";
        return shown(console, who, held, part, Some((StatusCode::CONFLICT, what))).await;
    }
    let act = Act::parse(sent.get("do").unwrap_or_default());
    let mut new = held.value().clone();
    if !act.pointer().is_some_and(|own| own == pointer || own.starts_with(&format!("{pointer}/"))) {
        return Err(Problem::bad_request("Nothing was chosen", "Use one of the buttons of the page."));
    }
    let named = sent.get("name").map(str::trim).unwrap_or_default();
    if matches!(act, Act::Add(_)) && named.is_empty() {
        let what = "Choose or write what is to be added.";
        return shown(console, who, held, part, Some((StatusCode::UNPROCESSABLE_ENTITY, what))).await;
    }
    act.perform(workspace(), &mut new, sent);
    let base = format!("/console/w/{}/settings/{}", held.id, part.slug);
    if !matches!(act, Act::Add(_)) {
        held.save(console, who, new, None).await?;
        return Ok(done(&base, "Saved to the draft. It holds for visitors once it is published."));
    }
    let last = new.pointer(pointer).and_then(Value::as_array).map_or(0, |list| list.len().saturating_sub(1));
    let place = step(pointer, &last.to_string());
    if pointer == "/brands" {
        let directory = directory(console, held).await;
        let known = directory.brands.as_ref().ok().and_then(|all| all.iter().find(|one| one.id == named));
        let name = known.and_then(|one| one.name.clone()).unwrap_or_default();
        put(&mut new, &step(&place, "id"), Some(named.into()));
        put(&mut new, &step(&place, "name"), Some(name.into()));
    } else {
        put(&mut new, &step(&place, "name"), Some(named.into()));
    }
    held.save(console, who, new, None).await?;
    Ok(lead_to(&format!("{base}/{last}")))
}
