//! What one process keeps in memory of one principal's token.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::ledger::ahead;

/// A token is not used in its last seconds: it might end on the way.
pub(super) const LAST_SECONDS: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Slot {
    pub(super) kept: Mutex<Kept>,
    // One task of this process at a time asks the secret and the store.
    pub(super) flight: tokio::sync::Mutex<()>,
}

#[derive(Default)]
pub(super) struct Kept {
    pub(super) token: Option<KeptToken>,
    pub(super) failed: Option<SecretString>,
}

#[derive(Clone)]
pub(super) struct KeptToken {
    pub(super) token: SecretString,
    pub(super) expires_at: Timestamp,
    // Until then nobody is asked.
    pub(super) warm_until: Timestamp,
}

impl Slot {
    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn warm(&self, now: Timestamp) -> Option<SecretString> {
        self.kept().token.as_ref().filter(|kept| kept.warm_until > now).map(|kept| kept.token.clone())
    }

    pub(super) fn usable(&self, now: Timestamp) -> Option<SecretString> {
        self.kept()
            .token
            .as_ref()
            .filter(|kept| ahead(now, LAST_SECONDS) < kept.expires_at)
            .map(|kept| kept.token.clone())
    }
}

/// Whether two tokens are the same.
pub(super) fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}
