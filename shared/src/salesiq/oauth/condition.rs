//! How an account's token stands, for people: whether it is there, until when, and who keeps us waiting. No secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Principal;
use super::ledger::Ledger;
use super::secret::{SecretError, Secrets};
use crate::domain::id::WorkspaceId;
use crate::store::{Store, StoreError};

/// The name of the document with the lease, in a principal's [`partition`].
pub(super) const LEASE: &str = "LEASE";

/// The name of the document with SalesIQ's throttle, in the workspace's [`partition`].
pub(super) const THROTTLE: &str = "THROTTLE";

/// The partition of a principal's documents; without one, of the workspace's.
pub(super) fn partition(workspace: &WorkspaceId, principal: Option<Principal>) -> String {
    principal.map_or_else(|| format!("TOKEN#{workspace}"), |principal| format!("TOKEN#{workspace}#{principal}"))
}

/// Until when SalesIQ wants to be left alone.
#[derive(Serialize, Deserialize)]
pub(super) struct Throttle {
    pub(super) until: Timestamp,
}

/// How an account's token stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenCondition {
    /// The secret is there.
    pub connected: bool,
    /// When the access token ends; it is renewed before.
    pub expires_at: Option<Timestamp>,
    /// How often it was renewed in the last [`super::REFRESH_WINDOW`].
    pub refreshes: usize,
    /// A process is renewing it, at the longest until then.
    pub refreshing_until: Option<Timestamp>,
    /// Zoho's accounts server wants to be left alone until then.
    pub throttled_until: Option<Timestamp>,
}

/// A token's condition can't be told.
#[derive(Debug, Error)]
pub enum ConditionError {
    /// The secret. Repeating may help.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The table. Repeating may help.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a principal's token stands.
///
/// # Errors
/// The secret or the table can't be read.
pub async fn token_condition(
    store: &impl Store,
    secrets: &Secrets,
    workspace: &WorkspaceId,
    principal: Principal,
    now: Timestamp,
) -> Result<TokenCondition, ConditionError> {
    let secret = secrets.read(workspace, principal).await?;
    let document = store.document(&partition(workspace, Some(principal)), LEASE).await?;
    // A ledger that can't be read is begun anew with the next refresh.
    let ledger: Ledger = document.and_then(|document| serde_json::from_str(&document.body).ok()).unwrap_or_default();
    Ok(TokenCondition {
        connected: secret.is_some(),
        expires_at: secret.and_then(|secret| secret.expires_at),
        refreshes: ledger.refreshed_lately(now),
        refreshing_until: ledger.held_until(now),
        throttled_until: ledger.throttled_until(now),
    })
}

/// Until when SalesIQ wants to be left alone by all of a workspace's accounts.
///
/// # Errors
/// The table can't be read.
pub async fn throttled_until(
    store: &impl Store,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let document = store.document(&partition(workspace, None), THROTTLE).await?;
    let throttle = document.and_then(|document| serde_json::from_str::<Throttle>(&document.body).ok());
    Ok(throttle.map(|throttle| throttle.until).filter(|until| *until > now))
}
