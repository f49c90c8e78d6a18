//! The list of articles, what they answer, and all of them as a file.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use shared::domain::id::BrandId;
use shared::domain::settings::{Article, WorkspaceSettings};
use shared::workspace::Edited;

use super::article::{Draft, Held, MOST, problems};
use super::trying::{Answer, Asked, answer};
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::pages::settings::form::names::Opt;
use crate::pages::settings::form::read::Sent;
use crate::pages::settings::text::{Format, read, write};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "knowledge/list.html")]
struct ListPage {
    chrome: Chrome,
    base: String,
    rows: Vec<Row>,
    asked: Asked,
    brands: Vec<Opt>,
    answer: Option<Answer>,
}

struct Row {
    article: Article,
    brands: String,
    edited: Option<Edited>,
    draft: Option<Draft>,
    published: bool,
}

#[derive(Template)]
#[template(path = "knowledge/transfer.html")]
struct TransferPage {
    chrome: Chrome,
    base: String,
    text: String,
    problems: Vec<String>,
}

/// The list, and what a question comes to, if one is asked.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let all = Held::all(&console, &id).await?;
    let mut edited = console.workspaces.edited(&id).await?;
    let brand =
        settings.brands.iter().find(|brand| brand.id.as_str() == asked.brand).or_else(|| settings.brands.first());
    let option = |one: &shared::domain::settings::BrandSettings| Opt {
        value: one.id.to_string(),
        label: one.name.clone(),
        chosen: brand.is_some_and(|brand| brand.id == one.id),
    };
    let brands = settings.brands.iter().map(option).collect();
    let answer = brand.filter(|_| !asked.q.trim().is_empty()).and_then(|brand| {
        let of = |held: &Held| {
            let published = held.stored.as_ref().map(|stored| &stored.article);
            if asked.of == "draft" { held.article().cloned() } else { published.cloned() }
        };
        let knowledge: Vec<Article> = all.values().filter_map(of).collect();
        answer(settings, brand, &knowledge, &asked, console.clock.now())
    });
    let row = |held: Held| {
        let article = held.article()?.clone();
        Some(Row {
            brands: named(settings, &article.brands),
            edited: edited.remove(article.id.as_str()),
            published: held.stored.is_some(),
            draft: held.draft.map(|(draft, _)| draft),
            article,
        })
    };
    let page = ListPage {
        chrome: Chrome::new("Knowledge", Section::Knowledge, &who),
        base: format!("/console/w/{id}/knowledge"),
        rows: all.into_values().filter_map(row).collect(),
        asked,
        brands,
        answer,
    };
    html(&page)
}

fn named(settings: &WorkspaceSettings, brands: &[BrandId]) -> String {
    if brands.is_empty() {
        return "All".to_owned();
    }
    let name = |id: &BrandId| settings.brand(id).map_or_else(|| id.to_string(), |brand| brand.name.clone());
    brands.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// All published articles as a file.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn export(
    State(console): State<Arc<Console>>,
    InWorkspace { id, .. }: InWorkspace,
    Query(wanted): Query<std::collections::BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let articles: Vec<Article> =
        console.workspaces.articles(&id).await?.into_iter().map(|stored| stored.article).collect();
    let format = Format::of(wanted.get("format").map(String::as_str).unwrap_or_default());
    let text = write(&articles, format).map_err(|error| Problem::bad_request(error, "Choose the other format."))?;
    let name = format!("attachment; filename=\"{id}-knowledge.{}\"", format.ending());
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let mime = HeaderValue::from_static(format.mime());
    Ok(([(header::CONTENT_TYPE, mime), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

/// The page that takes a file in.
///
/// # Errors
/// The page can't be shown.
pub(super) async fn transfer(who: SignedIn, InWorkspace { id, .. }: InWorkspace) -> Result<Response, Problem> {
    transfer_page(&who, &id, String::new(), Vec::new(), StatusCode::OK)
}

/// Takes a file in: each article that differs becomes a draft.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn import(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, .. }: InWorkspace,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let sent = Sent::new(pairs);
    let text = sent.get("text").unwrap_or_default();
    let articles: Vec<Article> = match read(text) {
        Ok(articles) => articles,
        Err(error) => {
            let told = vec![format!("This can't be read as a list of articles: {error}")];
            return transfer_page(&who, &id, text.to_owned(), told, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let all = Held::all(&console, &id).await?;
    let mut found: Vec<String> = Vec::new();
    for (index, article) in articles.iter().enumerate() {
        found.extend(problems(article).into_iter().map(|(field, what)| format!("{} ({field}): {what}", article.id)));
        if articles.iter().take(index).any(|earlier| earlier.id == article.id) {
            found.push(format!("{}: It stands there twice. Give each article an id of its own.", article.id));
        }
    }
    let new = articles.iter().filter(|article| !all.contains_key(&article.id)).count();
    if all.len() + new > MOST {
        found.push(format!("There would be {} articles, and {MOST} fit. Leave some out.", all.len() + new));
    }
    if !found.is_empty() {
        return transfer_page(&who, &id, text.to_owned(), found, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut drafts = 0;
    for article in articles {
        let nothing = Held { stored: None, draft: None };
        let held = all.get(&article.id).unwrap_or(&nothing);
        if held.article() != Some(&article) {
            held.save(&console, &who, &id, article).await?;
            drafts += 1;
        }
    }
    let said = format!("{drafts} articles differ and are drafts now. Look at them, then publish them.");
    Ok(done(&format!("/console/w/{id}/knowledge"), &said))
}

fn transfer_page(
    who: &SignedIn,
    id: &shared::domain::id::WorkspaceId,
    text: String,
    problems: Vec<String>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let chrome = Chrome::new("Export and import", Section::Knowledge, who);
    let page = TransferPage { chrome, base: format!("/console/w/{id}/knowledge"), text, problems };
    Ok((status, html(&page)?).into_response())
}
