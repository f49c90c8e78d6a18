//! Articles one by one, for who writes them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::history::{By, Changed, entry};
use super::{ARTICLE_PREFIX, WorkspaceError, Workspaces, article_name, partition};
use crate::domain::id::{ArticleId, WorkspaceId};
use crate::domain::settings::Article;
use crate::store::{Document, Expected, Store, StoreError};

/// Who published an article, and when: documents of the partition `EDITED#{workspace}`, apart from what functions read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// An article as it lies in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArticle {
    /// Counts writes, from 1.
    pub version: u64,
    /// The article.
    pub article: Article,
}

impl<S: Store> Workspaces<S> {
    /// All articles, by id.
    ///
    /// # Errors
    /// The table can't be reached, or an article can't be read.
    pub async fn articles(&self, id: &WorkspaceId) -> Result<Vec<StoredArticle>, WorkspaceError> {
        let documents = self.store.documents(&partition(id), ARTICLE_PREFIX).await;
        let documents = documents.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })?;
        documents.iter().map(|document| read(id, document)).collect()
    }

    /// One article; none if there is no such one.
    ///
    /// # Errors
    /// The table can't be reached, or the article can't be read.
    pub async fn article(
        &self,
        id: &WorkspaceId,
        article: &ArticleId,
    ) -> Result<Option<StoredArticle>, WorkspaceError> {
        let document = self.store.document(&partition(id), &article_name(article)).await;
        let document = document.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })?;
        document.map(|document| read(id, &document)).transpose()
    }

    /// Who published which articles last, as far as is known: what was written by a program at the beginning is not told.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn edited(&self, id: &WorkspaceId) -> Result<BTreeMap<String, Edited>, WorkspaceError> {
        let documents = self.store.documents(&edited_partition(id), "").await;
        let documents = documents.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })?;
        let read = |document: Document| Some((document.name, serde_json::from_str(&document.body).ok()?));
        Ok(documents.into_iter().filter_map(read).collect())
    }

    /// Writes an article in place of the one that was read, or of none, and into the history who did it. This process sees it
    /// at once, others within a minute.
    ///
    /// # Errors
    /// [`WorkspaceError::Changed`] when another one is there meanwhile: nothing was written. The table can't be reached.
    pub async fn publish_article(
        &self,
        id: &WorkspaceId,
        article: &Article,
        over: Option<&StoredArticle>,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<(), WorkspaceError> {
        let expected = over.map_or(Expected::Absent, |stored| Expected::Version(stored.version));
        let written = self.put_expecting(id, &partition(id), &article_name(&article.id), article, expected).await;
        written.map_err(|error| match error {
            WorkspaceError::Store { workspace, source: StoreError::Conflict { .. } } => {
                WorkspaceError::Changed { workspace }
            }
            error => error,
        })?;
        self.forget(id);
        let after = serde_json::to_value(article).ok();
        let entry = entry(before(over), over.map(|stored| stored.version), after.as_ref(), by, now);
        self.remember(id, &Changed::Article(article.id.clone()), entry).await?;
        let edited = Edited { at: now, by: by.name.to_owned() };
        self.put(id, &edited_partition(id), article.id.as_str(), &edited).await
    }

    /// Takes an article away, and writes into the history who did it and what it said.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn delete_article(
        &self,
        id: &WorkspaceId,
        stored: &StoredArticle,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<(), WorkspaceError> {
        let article = &stored.article.id;
        // The history first: what is gone can be had back from there alone.
        let entry = entry(before(Some(stored)), Some(stored.version), None, by, now);
        self.remember(id, &Changed::Article(article.clone()), entry).await?;
        let deleted = self.store.delete_document(&partition(id), &article_name(article)).await;
        deleted.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })?;
        self.forget(id);
        let told = self.store.delete_document(&edited_partition(id), article.as_str()).await;
        told.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })
    }
}

fn edited_partition(id: &WorkspaceId) -> String {
    format!("EDITED#{id}")
}

fn before(stored: Option<&StoredArticle>) -> Option<serde_json::Value> {
    serde_json::to_value(&stored?.article).ok()
}

fn read(id: &WorkspaceId, document: &Document) -> Result<StoredArticle, WorkspaceError> {
    let article = serde_json::from_str(&document.body).map_err(|error| WorkspaceError::Document {
        workspace: id.clone(),
        name: document.name.clone(),
        reason: error.to_string(),
    })?;
    Ok(StoredArticle { version: document.version, article })
}
