//! When a failed execution is run again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest pause between two runs of one execution. SalesIQ runs each at most 99 times (api.md §5.2): with these pauses
/// they last for more than a month.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(12);

/// How often a failed execution was run again, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// How often.
    pub times: u8,
    /// When last.
    pub at: Timestamp,
}

impl Tried {
    /// Whether to run it now: one, two, four minutes after the last time, and so on.
    #[must_use]
    pub fn is_due(self, now: Timestamp) -> bool {
        let pause = SignedDuration::from_mins(1 << self.times.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
        now.duration_since(self.at) >= pause
    }

    /// Whether it would have failed again by now, if it did.
    #[must_use]
    pub fn is_past(self, now: Timestamp) -> bool {
        now.duration_since(self.at) > LONGEST_PAUSE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_that_keeps_failing_is_run_ever_more_seldom() {
        let start = Timestamp::UNIX_EPOCH;
        let after = |times, minutes| Tried { times, at: start }.is_due(start + SignedDuration::from_mins(minutes));
        assert!(after(1, 1) && !after(2, 1) && after(2, 2) && !after(5, 15) && after(5, 16));
        assert!(!after(200, 719) && after(200, 720));
    }
}
