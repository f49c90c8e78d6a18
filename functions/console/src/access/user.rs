//! The people who may sign in, and where they are kept.
//!
//! A person has a partition of their own, `CONSOLE#USER#{key}`, with the document `PROFILE` and one document a session, so
//! that one query tells who asks and whether they still may. `CONSOLE#USERS` lists the keys.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::domain::email::EmailAddress;
use shared::domain::id::WorkspaceId;
use shared::store::{DocumentWrite, DynamoDb, Expected, Store as _, StoreError};
use thiserror::Error;

use super::hashed;
use super::role::Role;

/// The document that says who it is.
pub(super) const PROFILE: &str = "PROFILE";
pub(super) const LIST: &str = "CONSOLE#USERS";

/// Which person: a hash of the address that they sign in with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserKey(String);

impl UserKey {
    /// Of an address, in whatever case it is written.
    #[must_use]
    pub fn of(email: &EmailAddress) -> Self {
        Self::typed(email.as_str())
    }

    /// Of whatever somebody typed as their address: nobody's, if it is none.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self(hashed(&text.trim().to_ascii_lowercase()))
    }

    /// Takes a text as a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_key.then(|| Self(text.to_owned()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn partition(&self) -> String {
        format!("CONSOLE#USER#{}", self.0)
    }
}

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The address that they sign in with.
    pub email: EmailAddress,
    /// Their name, as colleagues know them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The workspaces that they see; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<WorkspaceId>,
    /// The Argon2id hash of their password; none: they sign in with the identity provider only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The language of what is written for them, such as summaries: BCP 47.
    #[serde(default = "english")]
    pub language: String,
    /// May not sign in any more.
    #[serde(default)]
    pub disabled: bool,
    /// Since when they are known.
    pub added_at: Timestamp,
}

fn english() -> String {
    "en".to_owned()
}

impl User {
    /// Which person.
    #[must_use]
    pub fn key(&self) -> UserKey {
        UserKey::of(&self.email)
    }

    /// Whether they see a workspace.
    #[must_use]
    pub fn sees(&self, workspace: &WorkspaceId) -> bool {
        self.workspaces.is_empty() || self.workspaces.contains(workspace)
    }
}

/// People can't be read or written.
#[derive(Debug, Error)]
pub enum UsersError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document that can't be read.
    #[error("the profile of {key} can't be read")]
    Profile {
        /// Whose.
        key: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The people who may sign in.
#[derive(Clone)]
pub struct Users {
    pub(super) store: DynamoDb,
}

impl Users {
    /// Keeps people in a table.
    #[must_use]
    pub fn new(store: DynamoDb) -> Self {
        Self { store }
    }

    /// One person, and the version of what is kept of them.
    ///
    /// # Errors
    /// The table can't be reached, or what is kept can't be read.
    pub async fn get(&self, key: &UserKey) -> Result<Option<(User, u64)>, UsersError> {
        let Some(document) = self.store.document(&key.partition(), PROFILE).await? else { return Ok(None) };
        Ok(Some((read(key, &document.body)?, document.version)))
    }

    /// Everybody, by address.
    ///
    /// # Errors
    /// The table can't be reached, or what is kept can't be read.
    pub async fn all(&self) -> Result<Vec<User>, UsersError> {
        let mut users = Vec::new();
        for listed in self.store.documents(LIST, "").await? {
            let Some(key) = UserKey::parse(&listed.name) else { continue };
            users.extend(self.get(&key).await?.map(|(user, _)| user));
        }
        users.sort_by(|a, b| a.email.cmp(&b.email));
        Ok(users)
    }

    /// Writes a person, whoever is there, or on condition of a version.
    ///
    /// # Errors
    /// The table can't be reached, or somebody else wrote meanwhile.
    pub async fn put(&self, user: &User, expected: Expected) -> Result<(), UsersError> {
        let key = user.key();
        let profile_error = |source| UsersError::Profile { key: key.as_str().to_owned(), source };
        let write = |partition: String, name: &str, expected, body| DocumentWrite {
            partition,
            name: name.to_owned(),
            expected,
            body,
            expires_at: None,
        };
        // Listed first: somebody who is listed and not there is passed over, the other way round they would be lost.
        let listed = write(LIST.to_owned(), key.as_str(), Expected::Anything, "{}".to_owned());
        self.store.put_document(&listed).await?;
        let body = serde_json::to_string(user).map_err(profile_error)?;
        self.store.put_document(&write(key.partition(), PROFILE, expected, body)).await?;
        Ok(())
    }

    /// Forgets a person and their sessions.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn remove(&self, key: &UserKey) -> Result<(), UsersError> {
        self.store.erase_documents(&key.partition()).await?;
        self.store.delete_document(LIST, key.as_str()).await?;
        Ok(())
    }
}

pub(super) fn read(key: &UserKey, body: &str) -> Result<User, UsersError> {
    serde_json::from_str(body).map_err(|source| UsersError::Profile { key: key.as_str().to_owned(), source })
}
