//! The draft of a workspace's settings: what is to be published, and what was published when it was begun.
//!
//! It lies in the partition `DRAFT#{workspace}`, apart from what functions read at each start: `SETTINGS` is the draft, as it
//! is, readable or not; `BASE#{version}` are the published settings that it was begun on.

use std::sync::Arc;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::changes::{Change, Conflict, Rebased, between, rebase};
use shared::domain::id::WorkspaceId;
use shared::domain::settings::WorkspaceSettings;
use shared::store::{DocumentWrite, Expected, Store as _};
use shared::workspace::StoredSettings;

use crate::access::SignedIn;
use crate::console::Console;
use crate::problem::Problem;

/// The most bytes of a draft: an item of the table holds 400 KB, names and lengths included.
pub const LIMIT_BYTES: usize = 380_000;

const SETTINGS: &str = "SETTINGS";

/// A draft as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What is to be published.
    pub settings: Value,
    /// The version of the published settings that it was begun on.
    pub base: Option<u64>,
    /// Who changed it last.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Where it comes from, if it was not only edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The settings of a workspace and their draft.
#[derive(Debug, Clone)]
pub struct Held {
    /// The workspace.
    pub id: WorkspaceId,
    /// What is published, as it lies there.
    pub stored: Option<StoredSettings>,
    /// The same, read.
    pub published: Value,
    /// The draft and its version; on top of what is published now, unless both changed the same.
    pub draft: Option<(Draft, u64)>,
    /// What both changed: the draft, and who published since it was begun.
    pub conflicts: Vec<Conflict>,
}

/// The partition of a workspace's drafts.
#[must_use]
pub fn partition(id: &WorkspaceId) -> String {
    format!("DRAFT#{id}")
}

/// As settings are written: with what holds by default. What can't be read stays as it is.
#[must_use]
pub fn canonical(value: &Value) -> Value {
    let settings = WorkspaceSettings::deserialize(value).ok();
    settings.and_then(|settings| serde_json::to_value(settings).ok()).unwrap_or_else(|| value.clone())
}

impl Held {
    /// Reads settings and draft of the workspace that the request names.
    ///
    /// # Errors
    /// There is no such workspace, or the table can't be reached.
    pub async fn read(console: &Arc<Console>, who: &SignedIn) -> Result<Self, Problem> {
        let id = who.workspace.clone().ok_or_else(|| Problem::not_found("No workspace was named"))?;
        let stored = console.workspaces.stored_settings(&id).await?;
        let document = console.store.document(&partition(&id), SETTINGS).await?;
        if stored.is_none() && document.is_none() {
            return Err(Problem::not_found(format!("There is no workspace {id}")));
        }
        let published = stored.as_ref().map_or(Value::Null, |stored| {
            let value = serde_json::from_str(&stored.body).unwrap_or_else(|_| Value::from(stored.body.as_str()));
            canonical(&value)
        });
        let read = |document: shared::store::Document| {
            let draft = serde_json::from_str(&document.body);
            draft.map(|draft: Draft| (draft, document.version))
        };
        let draft = document.map(read).transpose().map_err(|error| Problem::failed("Reading the draft", &error))?;
        let held = Self { id, stored, published, draft, conflicts: Vec::new() };
        if held.is_behind() { held.brought_up(console).await } else { Ok(held) }
    }

    /// The draft on top of what was published since it was begun.
    async fn brought_up(mut self, console: &Arc<Console>) -> Result<Self, Problem> {
        if let (Some(Rebased { value, conflicts }), Some((draft, _))) = (self.rebased(console).await?, &mut self.draft)
        {
            if conflicts.is_empty() {
                draft.settings = canonical(&value);
            }
            self.conflicts = conflicts;
        }
        Ok(self)
    }

    /// What is edited: the draft, else what is published.
    #[must_use]
    pub fn value(&self) -> &Value {
        self.draft.as_ref().map_or(&self.published, |(draft, _)| &draft.settings)
    }

    /// What publishing would change.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        between(&self.published, self.value())
    }

    /// Others were published since the draft was begun.
    fn is_behind(&self) -> bool {
        let version = self.stored.as_ref().map(|stored| stored.version);
        self.draft.as_ref().is_some_and(|(draft, _)| draft.base != version)
    }

    /// Keeps these settings as the draft; one that changes nothing is taken away.
    ///
    /// # Errors
    /// It is too large, somebody else changed the draft meanwhile, or the table can't be reached.
    pub async fn save(
        &self,
        console: &Arc<Console>,
        who: &SignedIn,
        settings: Value,
        note: Option<String>,
    ) -> Result<(), Problem> {
        let mut settings = settings;
        if let Some(object) = settings.as_object_mut() {
            object.insert("workspace".to_owned(), self.id.as_str().into());
        }
        let settings = canonical(&settings);
        if settings == self.published {
            return self.discard(console).await;
        }
        let old = self.draft.as_ref();
        // While there are contradictions, the draft stays on what it was begun on: they are still to be told.
        let base = match old {
            Some((draft, _)) if !self.is_behind() || !self.conflicts.is_empty() => draft.base,
            _ => self.keep_base(console).await?,
        };
        let note = note.or_else(|| old.and_then(|(draft, _)| draft.note.clone()));
        self.write(console, who, settings, base, note).await?;
        self.drop_base(console, base).await
    }

    /// The draft and what was published since it was begun; where they contradict each other, the draft.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn rebased(&self, console: &Arc<Console>) -> Result<Option<Rebased>, Problem> {
        let Some((draft, _)) = &self.draft else { return Ok(None) };
        let base = match draft.base {
            Some(version) => console.store.document(&partition(&self.id), &base_name(version)).await?,
            None => None,
        };
        // Without what it was begun on, each difference may be a contradiction.
        let base = base.and_then(|base| serde_json::from_str(&base.body).ok()).unwrap_or(Value::Null);
        Ok(Some(rebase(&canonical(&base), &draft.settings, &self.published)))
    }

    /// Keeps settings as the draft, begun on what is published now: what contradicted it is decided.
    ///
    /// # Errors
    /// Somebody else changed the draft meanwhile, or the table can't be reached.
    pub async fn decide(&self, console: &Arc<Console>, who: &SignedIn, settings: &Value) -> Result<(), Problem> {
        let note = self.draft.as_ref().and_then(|(draft, _)| draft.note.clone());
        let base = self.keep_base(console).await?;
        self.write(console, who, canonical(settings), base, note).await?;
        self.drop_base(console, base).await
    }

    /// Takes the draft away.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn discard(&self, console: &Arc<Console>) -> Result<(), Problem> {
        let Some((draft, _)) = &self.draft else { return Ok(()) };
        console.store.delete_document(&partition(&self.id), SETTINGS).await?;
        if let Some(version) = draft.base {
            console.store.delete_document(&partition(&self.id), &base_name(version)).await?;
        }
        Ok(())
    }

    async fn keep_base(&self, console: &Arc<Console>) -> Result<Option<u64>, Problem> {
        let Some(stored) = &self.stored else { return Ok(None) };
        let write = DocumentWrite {
            partition: partition(&self.id),
            name: base_name(stored.version),
            expected: Expected::Anything,
            body: stored.body.clone(),
            expires_at: None,
        };
        console.store.put_document(&write).await?;
        Ok(Some(stored.version))
    }

    /// Takes away what the draft was begun on, unless it still is.
    async fn drop_base(&self, console: &Arc<Console>, now: Option<u64>) -> Result<(), Problem> {
        let old = self.draft.as_ref().and_then(|(draft, _)| draft.base).filter(|old| Some(*old) != now);
        if let Some(version) = old {
            console.store.delete_document(&partition(&self.id), &base_name(version)).await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        console: &Arc<Console>,
        who: &SignedIn,
        settings: Value,
        base: Option<u64>,
        note: Option<String>,
    ) -> Result<(), Problem> {
        let (by, at) = (who.user.email.as_str().to_owned(), console.clock.now());
        let draft = Draft { settings, base, by, at, note };
        let body = serde_json::to_string(&draft).map_err(|error| Problem::failed("Writing the draft", &error))?;
        if body.len() > LIMIT_BYTES {
            let what = format!(
                "The settings have {} KB, and a document in the table holds {}",
                body.len() / 1_000,
                LIMIT_BYTES / 1_000
            );
            let fix = "Nothing was saved. Shorten texts, or leave out what is not needed; long texts belong into the knowledge.";
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, what, fix));
        }
        let write = DocumentWrite {
            partition: partition(&self.id),
            name: SETTINGS.to_owned(),
            expected: self.draft.as_ref().map_or(Expected::Absent, |(_, version)| Expected::Version(*version)),
            body,
            expires_at: None,
        };
        console.store.put_document(&write).await?;
        Ok(())
    }
}

fn base_name(version: u64) -> String {
    format!("BASE#{version}")
}
