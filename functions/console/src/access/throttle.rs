//! How often somebody may try to sign in. No clock, no table: [`super::attempts`] keeps what this decides on.
//!
//! Three counts of failures within [`WINDOW`]: of an account from one origin, of an origin, and of an account from everywhere.
//! The last one alone could be used to keep somebody out of their account, so it does not count where the account has signed
//! in from before: there only the other two do, and nobody else can fill these from elsewhere. From new places it slows:
//! as failures grow old, one more attempt after the other is let through.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// For how long a failure counts.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// For how long an origin that an account has signed in from is its usual one.
pub const USUAL: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many attempts are remembered of one kind.
const MOST_KEPT: usize = 60;

/// What is counted, and how many failures within [`WINDOW`] are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Of an account from one origin.
    AccountFromOrigin,
    /// Of all accounts from one origin.
    Origin,
    /// Of an account from everywhere.
    Account,
}

impl Limit {
    /// How many.
    #[must_use]
    pub fn failures(self) -> usize {
        match self {
            Self::AccountFromOrigin => 5,
            Self::Origin => 20,
            Self::Account => 30,
        }
    }
}

/// Attempts of one kind: those under way, and those that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    at: Vec<Timestamp>,
    /// Until when the origin is a usual one of the account; only of an account from one origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usual_until: Option<Timestamp>,
}

impl Attempts {
    fn counting(&self, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        self.at.iter().copied().filter(move |at| *at + WINDOW > now)
    }

    /// How long until one more is let through; none: now.
    #[must_use]
    pub fn wait(&self, limit: Limit, now: Timestamp) -> Option<SignedDuration> {
        let mut counting: Vec<Timestamp> = self.counting(now).collect();
        counting.sort_unstable();
        // One more is let through when all but one less than the limit are too old to count.
        let last_too_many = counting.len().checked_sub(limit.failures())?;
        counting.get(last_too_many).map(|at| (*at + WINDOW).duration_since(now))
    }

    /// With one more attempt, and without those that count no more.
    #[must_use]
    pub fn with(&self, now: Timestamp) -> Self {
        let mut at: Vec<Timestamp> = self.counting(now).chain([now]).collect();
        // Where a limit does not bind, as at an account's usual place, more than it may come; the document stays small.
        at.drain(..at.len().saturating_sub(MOST_KEPT));
        Self { at, usual_until: self.usual_until }
    }

    /// Without an attempt that turned out well.
    #[must_use]
    pub fn without(mut self, at: Timestamp) -> Self {
        if let Some(place) = self.at.iter().position(|its| *its == at) {
            self.at.remove(place);
        }
        self
    }

    /// After the account signed in from the origin.
    #[must_use]
    pub fn signed_in(now: Timestamp) -> Self {
        Self { at: Vec::new(), usual_until: Some(now + USUAL) }
    }

    fn is_usual(&self, now: Timestamp) -> bool {
        self.usual_until.is_some_and(|until| until > now)
    }

    /// When it may be forgotten.
    #[must_use]
    pub fn expires_at(&self, now: Timestamp) -> Timestamp {
        self.usual_until.into_iter().fold(now + WINDOW, Timestamp::max)
    }
}

/// How matters stand before an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The account from this origin.
    pub here: Attempts,
    /// All accounts from this origin.
    pub origin: Attempts,
    /// The account from everywhere.
    pub account: Attempts,
}

impl Standing {
    /// How long until an attempt is let through; none: now.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<SignedDuration> {
        let everywhere = self.account.wait(Limit::Account, now).filter(|_| self.is_slowed_by_others(now));
        let here = self.here.wait(Limit::AccountFromOrigin, now);
        here.max(self.origin.wait(Limit::Origin, now)).max(everywhere)
    }

    /// Whether the account's failures elsewhere limit an attempt from here.
    #[must_use]
    pub fn is_slowed_by_others(&self, now: Timestamp) -> bool {
        !self.here.is_usual(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn failed(times: impl IntoIterator<Item = i64>) -> Attempts {
        times.into_iter().fold(Attempts::default(), |attempts, second| attempts.with(at(second)))
    }

    #[test]
    fn the_sixth_failure_from_one_place_waits_until_the_first_is_a_quarter_of_an_hour_old() {
        let here = failed([0, 10, 20, 30]);
        assert_eq!(here.wait(Limit::AccountFromOrigin, at(40)), None);
        let here = here.with(at(40));
        assert_eq!(here.wait(Limit::AccountFromOrigin, at(50)), Some(SignedDuration::from_secs(850)));
        assert_eq!(here.wait(Limit::AccountFromOrigin, at(900)), None);
    }

    #[test]
    fn failures_elsewhere_do_not_keep_an_account_out_of_its_usual_place() {
        let account = failed(0..30);
        let stranger = Standing { account: account.clone(), ..Standing::default() };
        assert!(stranger.wait(at(31)).is_some());
        let usual = Standing { here: Attempts::signed_in(at(-86_400)), account, ..Standing::default() };
        assert_eq!(usual.wait(at(31)), None);
        let long_ago = Standing { here: Attempts::signed_in(at(0)), account: failed(2_600_000..2_600_030), ..usual };
        assert!(long_ago.wait(at(2_600_031)).is_some(), "thirty days later it is a place as any other");
    }

    #[test]
    fn guessing_from_an_accounts_usual_place_is_limited_like_from_any_other() {
        let mut here = Attempts::signed_in(at(0));
        for second in 1..=5 {
            here = here.with(at(second));
        }
        assert!(Standing { here, ..Standing::default() }.wait(at(6)).is_some());
    }

    #[test]
    fn many_accounts_from_one_place_are_slowed_together() {
        let origin = failed(0..20);
        assert!(Standing { origin, ..Standing::default() }.wait(at(21)).is_some());
    }

    proptest! {
        #[test]
        fn within_any_quarter_of_an_hour_no_more_are_let_through_than_the_limit_says(
            pauses in prop::collection::vec(0_i64..400, 1..200),
            limit in prop::sample::select(vec![Limit::AccountFromOrigin, Limit::Origin, Limit::Account]),
        ) {
            let (mut attempts, mut now, mut passed) = (Attempts::default(), 0, Vec::new());
            for pause in pauses {
                now += pause;
                if let Some(wait) = attempts.wait(limit, at(now)) {
                    prop_assert!(wait > SignedDuration::ZERO && wait <= WINDOW);
                    let then = at(now) + wait;
                    prop_assert_eq!(attempts.wait(limit, then), None, "it is told for how long");
                    prop_assert!(attempts.wait(limit, then - SignedDuration::from_millis(1)).is_some(), "and no longer");
                } else {
                    attempts = attempts.with(at(now));
                    passed.push(now);
                }
                let recent = passed.iter().filter(|time| **time > now - WINDOW.as_secs()).count();
                prop_assert!(recent <= limit.failures());
                prop_assert!(attempts.at.len() <= limit.failures(), "what is kept stays small");
            }
        }

        #[test]
        fn who_is_let_through_and_signs_in_leaves_no_failure(times in prop::collection::vec(0_i64..900, 0..20)) {
            let before = failed(times);
            let now = at(450);
            let after = before.with(now).without(now);
            prop_assert_eq!(after.counting(now).count(), before.counting(now).count());
        }
    }
}
