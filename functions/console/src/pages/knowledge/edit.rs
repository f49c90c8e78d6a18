//! One article: written, looked at, published, taken back, deleted.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use shared::domain::changes::{Change, between};
use shared::domain::id::{ArticleId, WorkspaceId};
use shared::domain::settings::{Article, WorkspaceSettings};
use shared::store::StoreError;
use shared::workspace::WorkspaceError;
use shared::workspace::history::{By, Changed, Entry};

use super::article::{Held, MOST, discard, id_of, problems, sent};
use super::markdown::Preview;
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::pages::settings::edit::hash_of;
use crate::pages::settings::form::names::Opt;
use crate::pages::settings::form::read::Sent;
use crate::problem::Problem;

/// How many earlier versions are listed.
const LISTED: u32 = 20;

#[derive(Template)]
#[template(path = "knowledge/article.html")]
struct ArticlePage {
    chrome: Chrome,
    base: String,
    action: String,
    article: Article,
    /// It is not written down yet.
    new: bool,
    /// It is not there any more; what is shown is the last that it said.
    deleted: bool,
    brands: Vec<Opt>,
    preview: Preview,
    problems: Vec<(&'static str, String)>,
    refused: Option<String>,
    /// What differs between what is published and the draft.
    behind: Vec<Change>,
    draft: Option<super::article::Draft>,
    published: bool,
    seen: String,
    history: Vec<(String, Entry)>,
}

impl ArticlePage {
    fn found(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(its, _)| *its == field).map(|(_, what)| what.as_str())
    }
}

#[derive(Template)]
#[template(source = "{{ preview }}", ext = "html")]
struct PreviewPart {
    preview: Preview,
}

/// A page for a new article.
///
/// # Errors
/// The page can't be shown.
pub(super) async fn new(who: SignedIn, InWorkspace { id, workspace }: InWorkspace) -> Result<Response, Problem> {
    let language = workspace.settings.brands.first().map_or("en", |brand| brand.language.as_str());
    let article = serde_json::json!({"id": "new", "title": "", "language": language, "markdown": ""});
    let article = serde_json::from_value(article).map_err(|error| Problem::failed("Showing the page", &error))?;
    shown(&who, &id, &workspace.settings, Shown::of(article, None, StatusCode::OK))
}

/// Writes a new article down, as a draft.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn create(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let form = Sent::new(pairs);
    let wanted = form.get("id").map(str::trim).unwrap_or_default();
    let made =
        if wanted.is_empty() { id_of(form.get("title").unwrap_or_default()) } else { ArticleId::parse(wanted).ok() };
    let refused = |article: Article, what: String| {
        let page = Shown { refused: Some(what), ..Shown::of(article, None, StatusCode::UNPROCESSABLE_ENTITY) };
        shown(&who, &id, &workspace.settings, page)
    };
    let Some(article) = made else {
        let none = ArticleId::parse("new").map_err(|error| Problem::failed("Showing the page", &error))?;
        let what = "The article needs an id of letters, digits, _ and -. Write one, such as withdrawal-times.";
        return refused(sent(none, &form), what.to_owned());
    };
    let all = Held::all(&console, &id).await?;
    let article = sent(article, &form);
    if all.contains_key(&article.id) {
        let what = format!("There is an article {} already. Write another id.", article.id);
        return refused(article, what);
    }
    if all.len() >= MOST {
        let what = format!(
            "There are {MOST} articles, and no more fit: functions read all of them when they start. Delete some."
        );
        return refused(article, what);
    }
    written(&console, &who, &id, &workspace.settings, &Held { stored: None, draft: None }, article, &form).await
}

/// The page of an article.
///
/// # Errors
/// There is no such article, or the table can't be reached.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    Path((_, article)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let article = ArticleId::parse(&article).map_err(|_| unknown())?;
    let held = Held::read(&console, &id, &article).await?;
    let history = console.workspaces.history(&id, &Changed::Article(article), None, LISTED).await?;
    let Some(held) = held else {
        let last = history.first().and_then(|(_, entry)| entry.before.clone()).ok_or_else(unknown)?;
        let last = serde_json::from_value(last).map_err(|_| unknown())?;
        let page = Shown { deleted: true, new: false, history, ..Shown::of(last, None, StatusCode::OK) };
        return shown(&who, &id, &workspace.settings, page);
    };
    let Some(article) = held.article().cloned() else { return Err(unknown()) };
    shown(&who, &id, &workspace.settings, Shown { history, ..Shown::of(article, Some(&held), StatusCode::OK) })
}

/// Saves an article as a draft, and publishes it if that was asked for.
///
/// # Errors
/// There is no such article, or the table can't be reached.
pub(super) async fn save(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    Path((_, article)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (article, held) = found(&console, &id, &article).await?;
    let form = Sent::new(pairs);
    let article = sent(article, &form);
    if form.get("seen") != Some(seen(&held).as_str()) {
        let what = "Somebody else changed this article meanwhile. Nothing was saved. What differs is listed; save again to put yours in its place.";
        let theirs = held.article().map(|theirs| differences(theirs, &article)).unwrap_or_default();
        let page = Shown {
            refused: Some(what.to_owned()),
            behind: theirs,
            ..Shown::of(article, Some(&held), StatusCode::CONFLICT)
        };
        return shown(&who, &id, &workspace.settings, page);
    }
    written(&console, &who, &id, &workspace.settings, &held, article, &form).await
}

async fn written(
    console: &Arc<Console>,
    who: &SignedIn,
    id: &WorkspaceId,
    settings: &WorkspaceSettings,
    held: &Held,
    article: Article,
    form: &Sent,
) -> Result<Response, Problem> {
    let wanted = form.get("do") == Some("publish");
    let found = problems(&article);
    // What is only not finished may be kept as a draft; what does not fit may not.
    if found.iter().any(|(_, what)| wanted || what.contains("fit.")) {
        let page = Shown { problems: found, ..Shown::of(article, Some(held), StatusCode::UNPROCESSABLE_ENTITY) };
        return shown(who, id, settings, page);
    }
    let back = format!("/console/w/{id}/knowledge/article/{}", article.id);
    if !wanted {
        held.save(console, who, id, article).await?;
        return Ok(done(&back, "Saved as a draft. Visitors get it once it is published."));
    }
    let by = By { name: who.user.email.as_str(), note: None };
    let published =
        console.workspaces.publish_article(id, &article, held.stored.as_ref(), by, console.clock.now()).await;
    if matches!(published, Err(WorkspaceError::Changed { .. })) {
        return Err(StoreError::Conflict { what: format!("article {}", article.id) }.into());
    }
    published?;
    discard(console, id, &article.id).await?;
    audit::record(console, who, "knowledge.publish", article.id.as_str(), &article.title).await?;
    Ok(done(&back, "Published. Chats follow within a minute."))
}

/// Takes a draft away.
///
/// # Errors
/// There is no such article, or the table can't be reached.
pub(super) async fn forget(
    State(console): State<Arc<Console>>,
    InWorkspace { id, .. }: InWorkspace,
    Path((_, article)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (article, held) = found(&console, &id, &article).await?;
    discard(&console, &id, &article).await?;
    let base = format!("/console/w/{id}/knowledge");
    let back = if held.stored.is_some() { format!("{base}/article/{article}") } else { base };
    Ok(done(&back, "The draft is gone."))
}

/// Deletes an article, published or not. Its history stays.
///
/// # Errors
/// There is no such article, or the table can't be reached.
pub(super) async fn delete(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, .. }: InWorkspace,
    Path((_, article)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (article, held) = found(&console, &id, &article).await?;
    if let Some(stored) = &held.stored {
        let by = By { name: who.user.email.as_str(), note: Some("Deleted") };
        console.workspaces.delete_article(&id, stored, by, console.clock.now()).await?;
        audit::record(&console, &who, "knowledge.delete", article.as_str(), &stored.article.title).await?;
    }
    discard(&console, &id, &article).await?;
    let base = format!("/console/w/{id}/knowledge");
    let back = if held.stored.is_some() { format!("{base}/article/{article}") } else { base };
    Ok(done(&back, "The article is deleted. Chats follow within a minute."))
}

/// Makes an earlier version the draft.
///
/// # Errors
/// There is no such article or version, or the table can't be reached.
pub(super) async fn restore(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, .. }: InWorkspace,
    Path((_, article, name)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let article = ArticleId::parse(&article).map_err(|_| unknown())?;
    let entry =
        console.workspaces.history_entry(&id, &Changed::Article(article.clone()), &name.replace('~', "#")).await?;
    let before = entry.and_then(|entry| serde_json::from_value::<Article>(entry.before?).ok());
    let before = before.ok_or_else(|| Problem::not_found("There is no such version in the history"))?;
    let held = Held::read(&console, &id, &article).await?.unwrap_or(Held { stored: None, draft: None });
    if held.draft.is_some() {
        let fix = "Publish or discard the draft first, then restore.";
        return Err(Problem::new(StatusCode::CONFLICT, "There is a draft already", fix));
    }
    held.save(&console, &who, &id, before).await?;
    Ok(done(
        &format!("/console/w/{id}/knowledge/article/{article}"),
        "That version is the draft now. Look at it, then publish.",
    ))
}

/// What Markdown that is being written looks like.
///
/// # Errors
/// It can't be shown.
pub(super) async fn preview(Form(pairs): Form<Vec<(String, String)>>) -> Result<Response, Problem> {
    let form = Sent::new(pairs);
    html(&PreviewPart { preview: Preview::of(form.get("markdown").unwrap_or_default()) })
}

async fn found(console: &Arc<Console>, id: &WorkspaceId, article: &str) -> Result<(ArticleId, Held), Problem> {
    let article = ArticleId::parse(article).map_err(|_| unknown())?;
    let held = Held::read(console, id, &article).await?.ok_or_else(unknown)?;
    Ok((article, held))
}

fn unknown() -> Problem {
    Problem::not_found("There is no such article")
}

fn seen(held: &Held) -> String {
    let value = serde_json::json!([held.article(), held.version()]);
    hash_of(&[Some(&value)])
}

fn differences(one: &Article, other: &Article) -> Vec<Change> {
    let value = |article: &Article| serde_json::to_value(article).unwrap_or_default();
    between(&value(one), &value(other))
}

/// What a page shows.
struct Shown {
    article: Article,
    new: bool,
    deleted: bool,
    problems: Vec<(&'static str, String)>,
    refused: Option<String>,
    behind: Vec<Change>,
    draft: Option<super::article::Draft>,
    published: bool,
    seen: String,
    history: Vec<(String, Entry)>,
    status: StatusCode,
}

impl Shown {
    fn of(article: Article, held: Option<&Held>, status: StatusCode) -> Self {
        let stored = held.and_then(|held| held.stored.as_ref());
        let behind = held.filter(|held| held.is_behind()).and(stored);
        let behind = behind.map(|stored| differences(&stored.article, &article)).unwrap_or_default();
        Self {
            new: held.is_none_or(|held| held.article().is_none()),
            deleted: false,
            problems: Vec::new(),
            refused: None,
            behind,
            draft: held.and_then(|held| held.draft.as_ref()).map(|(draft, _)| draft.clone()),
            published: stored.is_some(),
            seen: held.map(seen).unwrap_or_default(),
            history: Vec::new(),
            article,
            status,
        }
    }
}

fn shown(who: &SignedIn, id: &WorkspaceId, settings: &WorkspaceSettings, page: Shown) -> Result<Response, Problem> {
    let Shown { article, new, deleted, problems, refused, behind, draft, published, seen, history, status } = page;
    let base = format!("/console/w/{id}/knowledge");
    let known = settings.brands.iter().map(|brand| Opt {
        value: brand.id.to_string(),
        label: brand.name.clone(),
        chosen: article.brands.contains(&brand.id),
    });
    let gone = article.brands.iter().filter(|brand| settings.brand(brand).is_none());
    let gone = gone.map(|brand| Opt {
        value: brand.to_string(),
        label: format!("{brand} (not in the settings)"),
        chosen: true,
    });
    let title = if new { "New article".to_owned() } else { article.title.clone() };
    let page = ArticlePage {
        chrome: Chrome::new(title, Section::Knowledge, who),
        action: if new { format!("{base}/new") } else { format!("{base}/article/{}", article.id) },
        base,
        brands: known.chain(gone).collect(),
        preview: Preview::of(&article.markdown),
        history: history.into_iter().map(|(name, entry)| (name.replace('#', "~"), entry)).collect(),
        article,
        new,
        deleted,
        problems,
        refused,
        behind,
        draft,
        published,
        seen,
    };
    Ok((status, html(&page)?).into_response())
}
