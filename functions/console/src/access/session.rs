//! Sessions: a random token in a cookie, its hash in the table.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use shared::domain::fingerprint::hex;
use shared::store::{DocumentWrite, DynamoDb, Expected, Store as _};

use super::user::{PROFILE, User, UserKey, UsersError, read};

/// The cookie. `__Host-`: only for this host, with `Secure` and the path `/`, or browsers refuse it.
pub const COOKIE: &str = "__Host-session";

/// How long a session lasts.
pub const LASTS: SignedDuration = SignedDuration::from_hours(12);

/// What names of sessions begin with in a person's partition.
const PREFIX: &str = "SESSION#";

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// What every change must be accompanied by; no other site knows it.
    pub csrf: String,
}

/// What a browser holds: who, and the token.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: UserKey,
    token: String,
}

impl Credentials {
    /// As it stands in the cookie.
    #[must_use]
    pub fn to_cookie(&self) -> String {
        format!("{}.{}", self.user.as_str(), self.token)
    }

    /// Reads the cookie's value.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (user, token) = value.split_once('.')?;
        let plausible = (32..=64).contains(&token.len());
        plausible.then_some(())?;
        Some(Self { user: UserKey::parse(user)?, token: token.to_owned() })
    }

    fn name(&self) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, self.token.as_bytes());
        format!("{PREFIX}{}", hex(hash.as_ref()))
    }
}

/// A fresh random text of 256 bits. None when the system has no randomness.
#[must_use]
pub fn random_text() -> Option<String> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Begins a session. None when the system has no randomness.
///
/// # Errors
/// The table can't be reached.
pub async fn begin(store: &DynamoDb, user: &User, now: Timestamp) -> Result<Option<Credentials>, UsersError> {
    let (Some(token), Some(csrf)) = (random_text(), random_text()) else { return Ok(None) };
    let credentials = Credentials { user: user.key(), token };
    let session = Session { since: now, until: now + LASTS, csrf };
    let body = serde_json::to_string(&session)
        .map_err(|source| UsersError::Profile { key: user.key().as_str().to_owned(), source })?;
    let write = DocumentWrite {
        partition: user.key().partition(),
        name: credentials.name(),
        expected: Expected::Absent,
        body,
        expires_at: Some(session.until),
    };
    store.put_document(&write).await?;
    Ok(Some(credentials))
}

/// Who holds these credentials, if they still may: one query.
///
/// # Errors
/// The table can't be reached.
pub async fn find(
    store: &DynamoDb,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<Option<(User, Session)>, UsersError> {
    let name = credentials.name();
    let (mut user, mut session) = (None, None);
    for document in store.documents(&credentials.user.partition(), "").await? {
        if document.name == PROFILE {
            user = Some(read(&credentials.user, &document.body)?);
        } else if document.name == name {
            session = serde_json::from_str::<Session>(&document.body).ok();
        }
    }
    let held = user.zip(session);
    Ok(held.filter(|(user, session)| !user.disabled && session.until > now))
}

/// Ends one session.
///
/// # Errors
/// The table can't be reached.
pub async fn end(store: &DynamoDb, credentials: &Credentials) -> Result<(), UsersError> {
    store.delete_document(&credentials.user.partition(), &credentials.name()).await?;
    Ok(())
}

/// Ends all sessions of a person: their password or role changed.
///
/// # Errors
/// The table can't be reached.
pub async fn end_all(store: &DynamoDb, user: &UserKey) -> Result<(), UsersError> {
    for document in store.documents(&user.partition(), PREFIX).await? {
        store.delete_document(&user.partition(), &document.name).await?;
    }
    Ok(())
}
