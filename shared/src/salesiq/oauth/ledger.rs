//! Who may get a new access token now: a lease, and the count of refreshes of all processes (ARCHITECTURE.md, "Tokens"). Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::salesiq::lenient;

/// How many refreshes of one refresh token we allow ourselves in [`REFRESH_WINDOW`]. Zoho allows 10 (api.md §7.3); two are
/// left for people.
pub const REFRESH_LIMIT: usize = 8;

/// The time in which refreshes are counted (api.md §7.3).
pub const REFRESH_WINDOW: Duration = Duration::from_mins(10);

/// The document `LEASE` of a principal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// The process that is getting a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    /// Until when it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// When tokens were refreshed, in the last window.
    #[serde(default)]
    refreshes: Vec<Timestamp>,
    /// The accounts server wants to be left alone until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    throttled_until: Option<Timestamp>,
    /// Which refresh token is counted, as [`Ledger::print`] names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// What a process that wants to refresh is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It may; the ledger to write. The refresh is counted already, since a crash after it must not uncount it.
    Granted(Ledger),
    /// Another process is at it.
    Held,
    /// Not before that much time.
    Throttled(Duration),
}

impl Ledger {
    /// Names a refresh token without telling it.
    pub(super) fn print(refresh: &SecretString) -> String {
        lenient::hash(&[refresh.expose_secret()])
    }

    /// The ledger of this refresh token. Zoho's limits are each token's own, so that an account that was connected again is
    /// served at once, however often the old token was tried.
    pub(super) fn of(self, print: &str) -> Self {
        let token = Some(print.to_owned());
        if self.token.is_some() && self.token != token {
            return Self { token, refreshes: Vec::new(), throttled_until: None, ..self };
        }
        Self { token, ..self }
    }

    /// Asks for the lease.
    pub(super) fn claim(&self, holder: &str, now: Timestamp, lease: Duration) -> Claim {
        if let Some(wait) = self.throttled_until.and_then(|until| wait(now, until)) {
            return Claim::Throttled(wait);
        }
        let other = self.holder.as_deref().is_some_and(|current| current != holder);
        if other && self.until.is_some_and(|until| until > now) {
            return Claim::Held;
        }
        let since = back(now, REFRESH_WINDOW);
        let mut refreshes: Vec<Timestamp> = self.refreshes.iter().copied().filter(|at| *at > since).collect();
        refreshes.sort_unstable();
        if refreshes.len() >= REFRESH_LIMIT {
            let oldest_that_counts = refreshes[refreshes.len() - REFRESH_LIMIT];
            let free_at = ahead(oldest_that_counts, REFRESH_WINDOW);
            return Claim::Throttled(wait(now, free_at).unwrap_or(Duration::from_secs(1)));
        }
        refreshes.push(now);
        Claim::Granted(Self {
            holder: Some(holder.to_owned()),
            until: Some(ahead(now, lease)),
            refreshes,
            throttled_until: None,
            token: self.token.clone(),
        })
    }

    /// How many refreshes count now.
    pub(super) fn refreshed_lately(&self, now: Timestamp) -> usize {
        let since = back(now, REFRESH_WINDOW);
        self.refreshes.iter().filter(|at| **at > since).count()
    }

    /// Until when a process has the lease.
    pub(super) fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.holder.as_ref().and(self.until).filter(|until| *until > now)
    }

    /// Until when the accounts server wants to be left alone.
    pub(super) fn throttled_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.throttled_until.filter(|until| *until > now)
    }

    /// The lease given back after a refresh.
    pub(super) fn released(self) -> Self {
        Self { holder: None, until: None, ..self }
    }

    /// The lease given back without a refresh.
    pub(super) fn released_unused(mut self) -> Self {
        self.refreshes.pop();
        self.released()
    }

    /// The lease given back, and everybody told to leave the accounts server alone.
    pub(super) fn released_throttled(self, until: Timestamp) -> Self {
        Self { throttled_until: Some(until), ..self.released() }
    }
}

/// How long it is from `now` to `until`, if that is not over.
pub(super) fn wait(now: Timestamp, until: Timestamp) -> Option<Duration> {
    Duration::try_from(until.duration_since(now)).ok().filter(|wait| !wait.is_zero())
}

/// `time` plus `by`.
pub(super) fn ahead(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| time.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

fn back(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| time.checked_sub(by).ok()).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(15);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn granted(ledger: &Ledger, holder: &str, now: Timestamp) -> Ledger {
        match ledger.claim(holder, now, LEASE) {
            Claim::Granted(ledger) => ledger,
            other => panic!("not granted: {other:?}"),
        }
    }

    #[test]
    fn one_process_holds_the_lease_until_it_gives_it_back_or_it_runs_out() {
        let held = granted(&Ledger::default(), "a", at(0));
        assert_eq!(held.claim("b", at(14), LEASE), Claim::Held);
        granted(&held, "b", at(15));
        granted(&held.released(), "b", at(1));
    }

    #[test]
    fn the_ninth_refresh_in_ten_minutes_is_refused() {
        let mut ledger = Ledger::default();
        for second in 0..8 {
            ledger = granted(&ledger, "a", at(second * 10)).released();
        }
        assert_eq!(ledger.claim("b", at(80), LEASE), Claim::Throttled(Duration::from_secs(520)));
        granted(&ledger, "b", at(600));
        assert_eq!(granted(&ledger, "b", at(600)).refreshes.len(), 8);
    }

    #[test]
    fn a_lease_that_was_not_used_does_not_count() {
        let mut ledger = Ledger::default();
        for second in 0..20 {
            ledger = granted(&ledger, "a", at(second)).released_unused();
        }
        assert_eq!(ledger, Ledger::default());
    }

    #[test]
    fn another_refresh_token_has_its_own_count_and_the_same_one_keeps_it() {
        let (old, new) = (Ledger::print(&"old".into()), Ledger::print(&"new".into()));
        let ledger = granted(&Ledger::default().of(&old), "a", at(0)).released_throttled(at(600));
        assert!(matches!(ledger.clone().of(&old).claim("b", at(10), LEASE), Claim::Throttled(_)));
        assert_eq!(granted(&ledger.clone().of(&new), "b", at(10)).refreshes, [at(10)]);
        let held = granted(&ledger.of(&new), "b", at(10));
        assert_eq!(held.of(&old).claim("a", at(11), LEASE), Claim::Held);
    }

    #[test]
    fn all_leave_the_accounts_server_alone_when_one_was_told_to() {
        let ledger = granted(&Ledger::default(), "a", at(0)).released_throttled(at(600));
        assert_eq!(ledger.claim("b", at(10), LEASE), Claim::Throttled(Duration::from_secs(590)));
        granted(&ledger, "b", at(601));
    }
}
