//! Settings and knowledge of workspaces, kept for a minute (ARCHITECTURE.md, "Tokens").

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::domain::id::{ArticleId, WorkspaceId};
use crate::domain::settings::{Article, WorkspaceSettings};
use crate::store::{DocumentWrite, Expected, Store, StoreError};

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
                    parsed.check().map_err(|problem| WorkspaceError::Document {
                        workspace: id.clone(),
                        name: SETTINGS.to_owned(),
                        reason: problem.to_string(),
                    })?;
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

    /// Writes a workspace's settings and lists it.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn put_settings(&self, settings: &WorkspaceSettings) -> Result<(), WorkspaceError> {
        let id = &settings.workspace;
        self.put(id, &partition(id), SETTINGS, settings).await?;
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
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        Ok(())
    }

    async fn put(
        &self,
        id: &WorkspaceId,
        partition: &str,
        name: &str,
        body: &impl serde::Serialize,
    ) -> Result<(), WorkspaceError> {
        let body = serde_json::to_string(body).map_err(|error| WorkspaceError::Document {
            workspace: id.clone(),
            name: name.to_owned(),
            reason: error.to_string(),
        })?;
        let write = DocumentWrite {
            partition: partition.to_owned(),
            name: name.to_owned(),
            expected: Expected::Anything,
            body,
            expires_at: None,
        };
        self.store.put_document(&write).await.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })
    }
}

fn partition(id: &WorkspaceId) -> String {
    format!("W#{id}")
}

fn article_name(id: &ArticleId) -> String {
    format!("{ARTICLE_PREFIX}{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Memory;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + seconds).unwrap()
    }

    fn id(name: &str) -> WorkspaceId {
        WorkspaceId::parse(name).unwrap()
    }

    fn settings(burst_window_ms: u32) -> WorkspaceSettings {
        serde_json::from_value(serde_json::json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "700",
            "burst_window_ms": burst_window_ms,
        }))
        .unwrap()
    }

    fn article(name: &str) -> Article {
        let article = serde_json::json!({"id": name, "title": name, "markdown": "Withdrawals take a day."});
        serde_json::from_value(article).unwrap()
    }

    /// Workspaces as one function sees them, and as whoever writes settings does.
    async fn reader_and_writer() -> (Workspaces<Memory>, Workspaces<Memory>) {
        let store = Memory::new();
        let writer = Workspaces::new(store.clone());
        writer.put_settings(&settings(1)).await.unwrap();
        (Workspaces::new(store), writer)
    }

    fn burst_window_ms(workspace: Option<Arc<Workspace>>) -> u32 {
        workspace.unwrap().settings.burst_window_ms
    }

    #[tokio::test]
    async fn settings_and_knowledge_are_read_together() {
        let (reader, writer) = reader_and_writer().await;
        for name in ["withdrawals", "bonuses"] {
            writer.put_article(&id("demo"), &article(name)).await.unwrap();
        }
        let knowledge = vec![article("bonuses"), article("withdrawals")];
        let expected = Workspace { settings: settings(1), knowledge, echo_proven: false };
        assert_eq!(reader.get(&id("demo"), at(0)).await.unwrap(), Some(Arc::new(expected)));
        assert_eq!(reader.list().await.unwrap(), [id("demo")]);
    }

    #[tokio::test]
    async fn new_settings_are_seen_after_a_minute() {
        let (reader, writer) = reader_and_writer().await;
        assert_eq!(burst_window_ms(reader.get(&id("demo"), at(0)).await.unwrap()), 1);
        writer.put_settings(&settings(2)).await.unwrap();
        assert_eq!(burst_window_ms(reader.get(&id("demo"), at(59)).await.unwrap()), 1);
        assert_eq!(burst_window_ms(reader.get(&id("demo"), at(60)).await.unwrap()), 2);
    }

    #[tokio::test]
    async fn settings_are_read_anew_every_ten_seconds_at_most() {
        let (reader, writer) = reader_and_writer().await;
        assert_eq!(burst_window_ms(reader.get_anew(&id("demo"), at(0)).await.unwrap()), 1);
        writer.put_settings(&settings(2)).await.unwrap();
        assert_eq!(burst_window_ms(reader.get_anew(&id("demo"), at(9)).await.unwrap()), 1);
        assert_eq!(burst_window_ms(reader.get_anew(&id("demo"), at(10)).await.unwrap()), 2);
    }

    #[tokio::test]
    async fn an_unknown_workspace_is_not_looked_for_again_within_a_minute() {
        let store = Memory::new();
        let reader = Workspaces::new(store.clone());
        assert_eq!(reader.get(&id("demo"), at(0)).await.unwrap(), None);
        Workspaces::new(store).put_settings(&settings(1)).await.unwrap();
        assert_eq!(reader.get(&id("demo"), at(59)).await.unwrap(), None);
        assert!(reader.get(&id("demo"), at(60)).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn names_that_anyone_may_ask_for_dont_fill_the_memory_and_known_ones_stay() {
        let (reader, writer) = reader_and_writer().await;
        reader.get(&id("demo"), at(0)).await.unwrap();
        writer.put_settings(&settings(2)).await.unwrap();
        for number in 0..=UNKNOWN_REMEMBERED {
            reader.get(&id(&format!("unknown-{number}")), at(1)).await.unwrap();
            assert!(reader.kept.lock().unwrap().len() <= UNKNOWN_REMEMBERED);
        }
        assert_eq!(burst_window_ms(reader.get(&id("demo"), at(2)).await.unwrap()), 1, "still kept");
    }

    #[tokio::test]
    async fn a_proven_echo_is_seen_at_once_by_who_recorded_it() {
        let (reader, _) = reader_and_writer().await;
        assert!(!reader.get(&id("demo"), at(0)).await.unwrap().unwrap().echo_proven);
        reader.put_echo_proven(&id("demo")).await.unwrap();
        assert!(reader.get(&id("demo"), at(0)).await.unwrap().unwrap().echo_proven);
    }

    #[tokio::test]
    async fn a_document_that_is_not_valid_is_named() {
        let (reader, writer) = reader_and_writer().await;
        let article = serde_json::json!({"id": "bonuses"});
        writer.put(&id("demo"), "W#demo", "K#bonuses", &article).await.unwrap();
        let error = reader.get(&id("demo"), at(0)).await.unwrap_err();
        assert!(matches!(&error, WorkspaceError::Document { name, .. } if name == "K#bonuses"), "{error:?}");
    }
}
