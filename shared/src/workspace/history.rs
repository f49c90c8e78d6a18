//! Who changed settings and articles, when, and what was there before.
//!
//! The entries of a workspace are documents of the partition `HISTORY#{workspace}`, apart from what functions read at each
//! start. Names begin with what was changed, then the time, so that the newest entries are one query.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ARTICLE_PREFIX, SETTINGS, StoredSettings, WorkspaceError, Workspaces};
use crate::domain::changes::{Change, between};
use crate::domain::id::{ArticleId, WorkspaceId};
use crate::domain::settings::WorkspaceSettings;
use crate::store::{Document, DocumentWrite, Expected, Store, StoreError};

/// The most bytes of an entry: an item of the table holds 400 KB, names and lengths included.
const ENTRY_LIMIT_BYTES: usize = 380_000;

/// Who changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By<'a> {
    /// A person's address, or the program's name.
    pub name: &'a str,
    /// What is worth knowing besides, such as that an earlier version was restored.
    pub note: Option<&'a str>,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The settings.
    Settings,
    /// An article.
    Article(ArticleId),
}

impl Changed {
    fn prefix(&self) -> String {
        match self {
            Self::Settings => format!("{SETTINGS}#"),
            Self::Article(article) => format!("{ARTICLE_PREFIX}{article}#"),
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What is worth knowing besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The version that it took the place of; none: there was nothing before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// What was changed. Without values, where these were too much for an entry.
    pub changes: Vec<Change>,
    /// All that was there before, unless it is too much for an entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
}

impl<S: Store> Workspaces<S> {
    /// Writes settings in place of those that were read, or of none, and into the history who did it. This process sees them
    /// at once, others within a minute.
    ///
    /// # Errors
    /// [`WorkspaceError::Changed`] when others are there meanwhile, or the settings are not usable: nothing was written. The
    /// table can't be reached: read what is there.
    pub async fn publish(
        &self,
        settings: &WorkspaceSettings,
        over: Option<&StoredSettings>,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<(), WorkspaceError> {
        let id = &settings.workspace;
        self.replace_settings(settings, over.map(|stored| stored.version)).await?;
        self.forget(id);
        let before =
            over.map(|stored| serde_json::from_str(&stored.body).unwrap_or_else(|_| stored.body.clone().into()));
        let version = over.map(|stored| stored.version);
        let after = serde_json::to_value(settings).ok();
        self.remember(id, &Changed::Settings, entry(before, version, after.as_ref(), by, now)).await
    }

    /// The newest changes with their names; with `before`, those that are older than the one of that name.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn history(
        &self,
        id: &WorkspaceId,
        of: &Changed,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Entry)>, StoreError> {
        let documents = self.store.newest_documents(&partition(id), &of.prefix(), before, limit).await?;
        // An entry that can't be read must not hide the others.
        Ok(documents.into_iter().filter_map(read).collect())
    }

    /// One change; none if there is no such one.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn history_entry(&self, id: &WorkspaceId, of: &Changed, name: &str) -> Result<Option<Entry>, StoreError> {
        if !name.starts_with(&of.prefix()) {
            return Ok(None);
        }
        let document = self.store.document(&partition(id), name).await?;
        Ok(document.and_then(read).map(|(_, entry)| entry))
    }

    pub(super) async fn remember(&self, id: &WorkspaceId, of: &Changed, entry: Entry) -> Result<(), WorkspaceError> {
        let time = entry.at.as_millisecond().max(0);
        let name = format!("{}{time:013}#{}", of.prefix(), entry.version.unwrap_or_default());
        let write = DocumentWrite {
            partition: partition(id),
            name,
            expected: Expected::Anything,
            body: body(entry),
            expires_at: None,
        };
        let written = self.store.put_document(&write).await;
        written.map_err(|source| WorkspaceError::Store { workspace: id.clone(), source })
    }
}

/// The partition of a workspace's history.
fn partition(id: &WorkspaceId) -> String {
    format!("HISTORY#{id}")
}

fn read(document: Document) -> Option<(String, Entry)> {
    Some((document.name, serde_json::from_str(&document.body).ok()?))
}

pub(super) fn entry(
    before: Option<Value>,
    version: Option<u64>,
    after: Option<&Value>,
    by: By<'_>,
    now: Timestamp,
) -> Entry {
    let nothing = Value::Object(serde_json::Map::new());
    let changes = between(before.as_ref().unwrap_or(&nothing), after.unwrap_or(&nothing));
    Entry { at: now, by: by.name.to_owned(), note: by.note.map(str::to_owned), version, changes, before }
}

/// The entry as JSON, without what does not fit.
fn body(mut entry: Entry) -> String {
    let text = |entry: &Entry| serde_json::to_string(entry).unwrap_or_default();
    let fits = |text: &String| text.len() <= ENTRY_LIMIT_BYTES;
    let whole = text(&entry);
    if fits(&whole) {
        return whole;
    }
    entry.before = None;
    let without_before = text(&entry);
    if fits(&without_before) {
        return without_before;
    }
    entry.changes.iter_mut().for_each(|change| (change.old, change.new) = (None, None));
    text(&entry)
}
