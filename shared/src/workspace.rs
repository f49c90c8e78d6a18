//! Settings and knowledge of workspaces, kept for a minute (ARCHITECTURE.md, "Tokens").

pub mod history;
mod knowledge;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::domain::id::{ArticleId, WorkspaceId};
use crate::domain::settings::{Article, SettingsProblem, WorkspaceSettings};
use crate::store::{DocumentWrite, Expected, Store, StoreError};

pub use knowledge::{Edited, StoredArticle};

/// How long settings are kept, unknown workspaces too.
const KEPT: SignedDuration = SignedDuration::from_secs(60);
/// How soon settings may be read again on demand.
const REREAD: SignedDuration = SignedDuration::from_secs(10);
/// How many unknown workspaces are remembered; anyone can ask for any name.
const UNKNOWN_REMEMBERED: usize = 1_000;

/// The partition that lists the workspaces.
const LIST: &str = "WORKSPACES";
const SETTINGS: &str = "SETTINGS";
const ARTICLE_PREFIX: &str = "K#";
const ECHO_PROVEN: &str = "ECHO";

/// A workspace as functions see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its settings.
    pub settings: WorkspaceSettings,
    /// Its knowledge.
    pub knowledge: Vec<Article>,
    /// An echo of our own lines has matched here before (ARCHITECTURE.md, "Facts and progress").
    pub echo_proven: bool,
}

/// Settings can't be had.
#[derive(Debug, Error)]
pub enum WorkspaceError {
    /// The table.
    #[error("settings of workspace {workspace} can't be read")]
    Store {
        /// Whose.
        workspace: WorkspaceId,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The document.
    #[error("document {name} of workspace {workspace} is not valid: {reason}")]
    Document {
        /// Whose.
        workspace: WorkspaceId,
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
    /// Settings that were to be written, and are not; nothing was written. Repeating does not help.
    #[error("settings of workspace {workspace} are refused: {}", listed(.problems))]
    Refused {
        /// Whose.
        workspace: WorkspaceId,
        /// All that is wrong.
        problems: Vec<SettingsProblem>,
    },
    /// Somebody else wrote meanwhile; nothing was written. Read them anew.
    #[error("settings of workspace {workspace} were changed by somebody else meanwhile")]
    Changed {
        /// Whose.
        workspace: WorkspaceId,
    },
}

/// Settings as they lie in the table, readable or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSettings {
    /// Counts writes, from 1.
    pub version: u64,
    /// The JSON.
    pub body: String,
}

struct Kept {
    read_at: Timestamp,
    workspace: Option<Arc<Workspace>>,
}

/// The workspaces of a deployment.
#[derive(Clone)]
pub struct Workspaces<S> {
    store: S,
    keep: SignedDuration,
    kept: Arc<Mutex<HashMap<WorkspaceId, Kept>>>,
}

impl<S: Store> Workspaces<S> {
    /// Reads from a store.
    pub fn new(store: S) -> Self {
        Self::kept_for(store, KEPT)
    }

    /// Reads from a store, and keeps what was read for so long.
    pub fn kept_for(store: S, keep: SignedDuration) -> Self {
        Self { store, keep, kept: Arc::default() }
    }

    /// A workspace; none if there is no such one.
    ///
    /// # Errors
    /// The settings can't be read.
    pub async fn get(&self, id: &WorkspaceId, now: Timestamp) -> Result<Option<Arc<Workspace>>, WorkspaceError> {
        self.get_read_after(id, now - self.keep, now).await
    }

    /// The same, read anew unless that was done within the last ten seconds: after a signature that no key fits.
    ///
    /// # Errors
    /// The settings can't be read.
    pub async fn get_anew(&self, id: &WorkspaceId, now: Timestamp) -> Result<Option<Arc<Workspace>>, WorkspaceError> {
        self.get_read_after(id, now - REREAD, now).await
    }

    async fn get_read_after(
        &self,
        id: &WorkspaceId,
        earliest: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Arc<Workspace>>, WorkspaceError> {
        if let Some(kept) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(id)
            && kept.read_at > earliest
        {
            return Ok(kept.workspace.clone());
        }
        let workspace = self.read(id).await?.map(Arc::new);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= UNKNOWN_REMEMBERED {
            kept.retain(|_, kept| kept.workspace.is_some());
        }
        kept.insert(id.clone(), Kept { read_at: now, workspace: workspace.clone() });
        Ok(workspace)
    }

    /// Forgets what was kept of a workspace: it is read anew when it is next asked for.
    pub fn forget(&self, id: &WorkspaceId) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    async fn read(&self, id: &WorkspaceId) -> Result<Option<Workspace>, WorkspaceError> {
        let documents = self
            .store
            .documents(&partition(id), "")
            .await
            .map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })?;
        let invalid = |name: &str, error: &serde_json::Error| WorkspaceError::Document {
            workspace: id.clone(),
            name: name.to_owned(),
            reason: error.to_string(),
        };
        let mut settings = None;
        let mut knowledge = Vec::new();
        let mut echo_proven = false;
        for document in documents {
            match document.name.as_str() {
                SETTINGS => {
                    let parsed: WorkspaceSettings =
                        serde_json::from_str(&document.body).map_err(|e| invalid(SETTINGS, &e))?;
                    // What is only incomplete goes on serving: the engine says so when it matters.
                    let problems = parsed.harmful();
                    if !problems.is_empty() {
                        let (workspace, name) = (id.clone(), SETTINGS.to_owned());
                        return Err(WorkspaceError::Document { workspace, name, reason: listed(&problems) });
                    }
                    settings = Some(parsed);
                }
                ECHO_PROVEN => echo_proven = true,
                name if name.starts_with(ARTICLE_PREFIX) => {
                    knowledge.push(serde_json::from_str(&document.body).map_err(|e| invalid(name, &e))?);
                }
                _ => {}
            }
        }
        Ok(settings.map(|settings| Workspace { settings, knowledge, echo_proven }))
    }

    /// The ids of all workspaces.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn list(&self) -> Result<Vec<WorkspaceId>, StoreError> {
        let documents = self.store.documents(LIST, "").await?;
        Ok(documents.iter().filter_map(|document| WorkspaceId::parse(&document.name).ok()).collect())
    }

    /// Writes a workspace's settings, whatever is there, and lists it.
    ///
    /// # Errors
    /// The settings are not usable, or the table can't be reached.
    pub async fn put_settings(&self, settings: &WorkspaceSettings) -> Result<(), WorkspaceError> {
        refuse_problems(settings)?;
        self.put_settings_as_is(settings).await
    }

    /// The same without a look at them: for tests of what an incomplete workspace does, and for rescue.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn put_settings_as_is(&self, settings: &WorkspaceSettings) -> Result<(), WorkspaceError> {
        self.put_listed(settings, Expected::Anything).await
    }

    /// Settings as they lie in the table, for who edits them; none if there are none.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn stored_settings(&self, id: &WorkspaceId) -> Result<Option<StoredSettings>, WorkspaceError> {
        let document = self.store.document(&partition(id), SETTINGS).await;
        let document = document.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })?;
        Ok(document.map(|document| StoredSettings { version: document.version, body: document.body }))
    }

    /// Writes settings in place of those of this version, or of none, so that two editors don't overwrite each other.
    ///
    /// # Errors
    /// [`WorkspaceError::Changed`] when another version is there; the settings are not usable; or the table can't be
    /// reached.
    pub async fn replace_settings(
        &self,
        settings: &WorkspaceSettings,
        version: Option<u64>,
    ) -> Result<(), WorkspaceError> {
        refuse_problems(settings)?;
        self.put_listed(settings, version.map_or(Expected::Absent, Expected::Version)).await.map_err(
            |error| match error {
                WorkspaceError::Store { workspace, source: StoreError::Conflict { .. } } => {
                    WorkspaceError::Changed { workspace }
                }
                error => error,
            },
        )
    }

    async fn put_listed(&self, settings: &WorkspaceSettings, expected: Expected) -> Result<(), WorkspaceError> {
        let id = &settings.workspace;
        self.put_expecting(id, &partition(id), SETTINGS, settings, expected).await?;
        self.put(id, LIST, id.as_str(), &serde_json::json!({})).await
    }

    /// Writes an article.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn put_article(&self, id: &WorkspaceId, article: &Article) -> Result<(), WorkspaceError> {
        self.put(id, &partition(id), &article_name(&article.id), article).await
    }

    /// Records that an echo of ours has matched.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn put_echo_proven(&self, id: &WorkspaceId) -> Result<(), WorkspaceError> {
        self.put(id, &partition(id), ECHO_PROVEN, &serde_json::json!({})).await?;
        self.forget(id);
        Ok(())
    }

    async fn put(
        &self,
        id: &WorkspaceId,
        partition: &str,
        name: &str,
        body: &impl serde::Serialize,
    ) -> Result<(), WorkspaceError> {
        self.put_expecting(id, partition, name, body, Expected::Anything).await
    }

    async fn put_expecting(
        &self,
        id: &WorkspaceId,
        partition: &str,
        name: &str,
        body: &impl serde::Serialize,
        expected: Expected,
    ) -> Result<(), WorkspaceError> {
        let body = serde_json::to_string(body).map_err(|error| WorkspaceError::Document {
            workspace: id.clone(),
            name: name.to_owned(),
            reason: error.to_string(),
        })?;
        let write =
            DocumentWrite { partition: partition.to_owned(), name: name.to_owned(), expected, body, expires_at: None };
        self.store.put_document(&write).await.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })
    }
}

fn refuse_problems(settings: &WorkspaceSettings) -> Result<(), WorkspaceError> {
    let problems = settings.check();
    if problems.is_empty() {
        return Ok(());
    }
    Err(WorkspaceError::Refused { workspace: settings.workspace.clone(), problems })
}

fn listed(problems: &[SettingsProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(". ")
}

fn partition(id: &WorkspaceId) -> String {
    format!("W#{id}")
}

fn article_name(id: &ArticleId) -> String {
    format!("{ARTICLE_PREFIX}{id}")
}
