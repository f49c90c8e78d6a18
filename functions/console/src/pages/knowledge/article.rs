//! Articles as they are written: drafts beside what is published, and what must be of one.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::domain::id::{ArticleId, BrandId, WorkspaceId};
use shared::domain::settings::Article;
use shared::store::{Document, DocumentWrite, Expected, Store as _};
use shared::workspace::StoredArticle;

use crate::access::SignedIn;
use crate::console::Console;
use crate::pages::settings::draft::partition;
use crate::pages::settings::form::read::Sent;
use crate::problem::Problem;

/// The most bytes of an article: an item of the table holds 400 KB, and history and draft need room for what is around it.
pub const LIMIT_BYTES: usize = 150_000;

/// The most articles of a workspace: functions read all of them when they start.
pub const MOST: usize = 2_000;

/// What names of drafts of articles begin with.
const PREFIX: &str = "K#";

/// An article that is not published yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The article.
    pub article: Article,
    /// The version that was published when it was begun; none: there was none.
    pub base: Option<u64>,
    /// Who changed it last.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// An article, published or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What is published.
    pub stored: Option<StoredArticle>,
    /// The draft and its version.
    pub draft: Option<(Draft, u64)>,
}

impl Held {
    /// Reads an article of the workspace; none if there is none.
    ///
    /// # Errors
    /// The table can't be reached, or what is there can't be read.
    pub async fn read(
        console: &Arc<Console>,
        workspace: &WorkspaceId,
        id: &ArticleId,
    ) -> Result<Option<Self>, Problem> {
        let stored = console.workspaces.article(workspace, id).await?;
        let document = console.store.document(&partition(workspace), &name(id)).await?;
        let draft = document.as_ref().map(read).transpose()?;
        Ok((stored.is_some() || draft.is_some()).then_some(Self { stored, draft }))
    }

    /// All articles of a workspace, by id.
    ///
    /// # Errors
    /// The table can't be reached, or what is there can't be read.
    pub async fn all(console: &Arc<Console>, workspace: &WorkspaceId) -> Result<BTreeMap<ArticleId, Self>, Problem> {
        let stored = console.workspaces.articles(workspace).await?;
        let of_stored = |one: StoredArticle| (one.article.id.clone(), Self { stored: Some(one), draft: None });
        let mut all: BTreeMap<ArticleId, Self> = stored.into_iter().map(of_stored).collect();
        for document in console.store.documents(&partition(workspace), PREFIX).await? {
            let draft = read(&document)?;
            let held = all.entry(draft.0.article.id.clone()).or_insert(Self { stored: None, draft: None });
            held.draft = Some(draft);
        }
        Ok(all)
    }

    /// What is edited: the draft, else what is published.
    #[must_use]
    pub fn article(&self) -> Option<&Article> {
        let published = || self.stored.as_ref().map(|stored| &stored.article);
        self.draft.as_ref().map(|(draft, _)| &draft.article).or_else(published)
    }

    /// The version that is published.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.stored.as_ref().map(|stored| stored.version)
    }

    /// Another version was published since the draft was begun.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.draft.as_ref().is_some_and(|(draft, _)| draft.base != self.version())
    }

    /// Keeps an article as the draft; one that is published as it is needs none.
    ///
    /// # Errors
    /// Somebody else changed the draft meanwhile, or the table can't be reached.
    pub async fn save(
        &self,
        console: &Arc<Console>,
        who: &SignedIn,
        workspace: &WorkspaceId,
        article: Article,
    ) -> Result<(), Problem> {
        if self.stored.as_ref().is_some_and(|stored| stored.article == article) {
            return discard(console, workspace, &article.id).await;
        }
        let (name, by) = (name(&article.id), who.user.email.as_str().to_owned());
        let draft = Draft { article, base: self.version(), by, at: console.clock.now() };
        let write = DocumentWrite {
            partition: partition(workspace),
            name,
            expected: self.draft.as_ref().map_or(Expected::Absent, |(_, version)| Expected::Version(*version)),
            body: serde_json::to_string(&draft).map_err(|error| Problem::failed("Writing the draft", &error))?,
            expires_at: None,
        };
        console.store.put_document(&write).await?;
        Ok(())
    }
}

/// Takes a draft away.
///
/// # Errors
/// The table can't be reached.
pub async fn discard(console: &Arc<Console>, workspace: &WorkspaceId, id: &ArticleId) -> Result<(), Problem> {
    console.store.delete_document(&partition(workspace), &name(id)).await?;
    Ok(())
}

/// An article as a form sends it.
#[must_use]
pub fn sent(id: ArticleId, sent: &Sent) -> Article {
    let text = |name: &str| sent.get(name).unwrap_or_default().to_owned();
    let url = text("url");
    Article {
        id,
        title: text("title").trim().to_owned(),
        brands: sent.all("brands").iter().filter_map(|brand| BrandId::parse(brand).ok()).collect(),
        language: text("language").trim().to_owned(),
        url: Some(url.trim().to_owned()).filter(|url| !url.is_empty()),
        markdown: text("markdown"),
    }
}

/// What is wrong with an article, each with the field that it is about.
#[must_use]
pub fn problems(article: &Article) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if article.title.is_empty() {
        found.push(("title", "It has no title. Write what it is about, as a visitor would ask.".to_owned()));
    }
    if article.markdown.trim().is_empty() {
        found.push(("markdown", "It says nothing. Write what visitors are to be told.".to_owned()));
    }
    let language = article.language.split('-').next().unwrap_or_default();
    if !(2..=3).contains(&language.len()) || !language.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        found.push((
            "language",
            "This is no tag of a language. Write it as BCP 47 has it, such as en or pt-BR.".to_owned(),
        ));
    }
    if article.url.as_ref().is_some_and(|url| !(url.starts_with("https://") || url.starts_with("http://"))) {
        found.push(("url", "This is no address of a page. Write it as https://host/path, or leave it out.".to_owned()));
    }
    if article.markdown.len() > LIMIT_BYTES {
        let told = format!(
            "It has {} KB, and {} fit. Part it into several articles, one for each question.",
            article.markdown.len() / 1_000,
            LIMIT_BYTES / 1_000
        );
        found.push(("markdown", told));
    }
    found
}

/// An id made of a title.
#[must_use]
pub fn id_of(title: &str) -> Option<ArticleId> {
    let words: String =
        title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let joined: String = words.split_whitespace().collect::<Vec<_>>().join("-").chars().take(80).collect();
    ArticleId::parse(joined.trim_matches('-')).ok()
}

fn read(document: &Document) -> Result<(Draft, u64), Problem> {
    let draft = serde_json::from_str(&document.body).map_err(|error| Problem::failed("Reading a draft", &error))?;
    Ok((draft, document.version))
}

fn name(id: &ArticleId) -> String {
    format!("{PREFIX}{id}")
}
