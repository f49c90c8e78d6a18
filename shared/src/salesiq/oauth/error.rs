//! Why there is no access token.

use std::time::Duration;

use thiserror::Error;

use super::Principal;
use super::accounts::AccountsError;
use super::secret::SecretError;
use crate::store::StoreError;

/// Why there is no access token for a principal.
#[derive(Debug, Error)]
pub enum TokenError {
    /// Nobody has connected this account yet.
    #[error("the {principal} account is not connected; connect it in the settings")]
    NotConnected {
        /// For whom.
        principal: Principal,
    },
    /// Zoho no longer accepts the refresh token or the client: connect the account again.
    #[error("Zoho no longer accepts the {principal} account; connect it again")]
    Denied {
        /// For whom.
        principal: Principal,
        /// What the accounts server said.
        #[source]
        source: AccountsError,
    },
    /// SalesIQ wants this address to be left alone.
    #[error("calls for the {principal} account are throttled for {} s", retry_after.as_secs())]
    Throttled {
        /// For whom.
        principal: Principal,
        /// How long.
        retry_after: Duration,
    },
    /// Too many tokens were asked for in ten minutes (api.md §7.3): by our own count, or the accounts server's.
    #[error("tokens of the {principal} account are at their limit for {} s", retry_after.as_secs())]
    Limited {
        /// For whom.
        principal: Principal,
        /// How long.
        retry_after: Duration,
    },
    /// Another process is getting a token and has not finished.
    #[error("another process is still getting a token for the {principal} account")]
    Busy {
        /// For whom.
        principal: Principal,
    },
    /// The accounts server did not answer.
    #[error("no new token for the {principal} account")]
    Accounts {
        /// For whom.
        principal: Principal,
        /// What went wrong.
        #[source]
        source: AccountsError,
    },
    /// The secret can't be read or written.
    #[error("no secret for the {principal} account")]
    Secret {
        /// For whom.
        principal: Principal,
        /// What went wrong.
        #[source]
        source: SecretError,
    },
    /// The table with the leases does not answer.
    #[error("no lease for a new token of the {principal} account")]
    Store {
        /// For whom.
        principal: Principal,
        /// What went wrong.
        #[source]
        source: StoreError,
    },
}

impl TokenError {
    /// Whether there may be a token later without anybody doing something about it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotConnected { .. } | Self::Denied { .. } => false,
            Self::Throttled { .. } | Self::Limited { .. } | Self::Busy { .. } | Self::Accounts { .. } => true,
            Self::Secret { source, .. } => source.is_retryable(),
            Self::Store { source, .. } => source.is_retryable() || matches!(source, StoreError::Conflict { .. }),
        }
    }

    /// How long to wait, where it is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } | Self::Limited { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
}
