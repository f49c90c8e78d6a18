//! Waiting for other writers to let go of an item.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use tokio::time::sleep;

/// A transaction that meets another one on the same item is cancelled at once, and a writer holds an item for
/// milliseconds. Three retries with these longest waits add 175 ms at most to a webhook that SalesIQ gives 5 s.
const LONGEST_WAITS_MS: [u64; 3] = [25, 50, 100];

/// The retries that are left.
#[derive(Debug, Default)]
pub(super) struct Patience {
    used: usize,
}

impl Patience {
    /// Waits before the next retry; false if there is none left.
    pub(super) async fn wait(&mut self) -> bool {
        let Some(longest) = LONGEST_WAITS_MS.get(self.used) else { return false };
        self.used += 1;
        // Anywhere up to the longest: two writers that met once must not meet again.
        sleep(Duration::from_millis(fastrand::u64(1..=*longest))).await;
        true
    }
}

/// A text that no other request has, for tokens and stamps.
///
/// Not by `fastrand`, which the SDK uses for its own tokens: it is seeded with the monotonic clock, and sandboxes that are
/// started from one image count alike. The keys of the standard library's hasher come from the operating system.
pub(super) fn stamp() -> String {
    let (one, two) = (RandomState::new().hash_one(1), RandomState::new().hash_one(2));
    format!("{one:016x}{two:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn there_are_three_retries() {
        let mut patience = Patience::default();
        for _ in 0..3 {
            assert!(patience.wait().await);
        }
        assert!(!patience.wait().await);
    }

    #[test]
    fn no_stamp_comes_twice_and_each_fits_a_token() {
        let (one, two) = (stamp(), stamp());
        assert_ne!(one, two);
        assert!(one.len() <= 36, "the longest token DynamoDB takes");
    }
}
