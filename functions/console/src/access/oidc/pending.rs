//! Sign-ins that are under way at the identity provider: what must come back, kept for ten minutes and used once.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::store::{DocumentWrite, DynamoDb, Expected, Store as _, StoreError};

use super::super::{hashed, same};

/// Where they lie: `CONSOLE#SIGNIN`, each under a hash of its state.
const PARTITION: &str = "CONSOLE#SIGNIN";

/// The cookie that ties a sign-in to the browser that began it.
pub(super) const COOKIE: &str = "__Host-signing-in";

/// How long one may take.
pub(super) const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// What a finished one is replaced by until it is forgotten.
const USED: &str = "{}";

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// What the token must repeat.
    pub(super) nonce: String,
    /// What proves to the provider that it is we who began.
    pub(super) verifier: String,
    /// A hash of what the browser's cookie holds.
    pub(super) browser: String,
    /// Where to go then.
    pub(super) next: String,
    /// Until when it may be finished.
    pub(super) until: Timestamp,
}

impl Pending {
    /// One that begins now in a browser.
    pub(super) fn new(nonce: &str, verifier: &str, browser: &str, next: &str, now: Timestamp) -> Self {
        let [nonce, verifier, next] = [nonce, verifier, next].map(str::to_owned);
        Self { nonce, verifier, browser: hashed(browser), next, until: now + LASTS }
    }
}

/// Keeps one under its state.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn keep(store: &DynamoDb, state: &str, pending: &Pending) -> Result<(), StoreError> {
    let body = serde_json::to_string(pending)
        .map_err(|error| StoreError::Corrupt { what: PARTITION.to_owned(), reason: error.to_string() })?;
    store.put_document(&written(state, Expected::Absent, body, pending.until)).await
}

/// The one of a state, for the browser that began it, once. None: it is over, was used, or is another browser's.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn take(
    store: &DynamoDb,
    state: &str,
    browser: &str,
    now: Timestamp,
) -> Result<Option<Pending>, StoreError> {
    let Some(document) = store.document(PARTITION, &hashed(state)).await? else { return Ok(None) };
    let pending = serde_json::from_str::<Pending>(&document.body).ok();
    let pending = pending.filter(|pending| pending.until > now && same(&hashed(browser), &pending.browser));
    let Some(pending) = pending else { return Ok(None) };
    let used = written(state, Expected::Version(document.version), USED.to_owned(), pending.until);
    match store.put_document(&used).await {
        Ok(()) => Ok(Some(pending)),
        // Somebody else took it just now.
        Err(StoreError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn written(state: &str, expected: Expected, body: String, until: Timestamp) -> DocumentWrite {
    DocumentWrite { partition: PARTITION.to_owned(), name: hashed(state), expected, body, expires_at: Some(until) }
}
