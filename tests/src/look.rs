//! Waiting for what should happen, and watching that something does not.

use std::time::Duration;

use crate::WATCHED;

/// Looks until a condition holds.
///
/// # Panics
/// It does not hold in time.
pub async fn until<T>(what: &str, patience: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let give_up = tokio::time::Instant::now() + patience;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(tokio::time::Instant::now() < give_up, "waited {} s in vain for {what}", patience.as_secs());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Watches for a while that a condition keeps holding.
///
/// # Panics
/// It ceases to.
pub async fn never(what: &str, mut happened: impl AsyncFnMut() -> bool) {
    let give_up = tokio::time::Instant::now() + WATCHED;
    while tokio::time::Instant::now() < give_up {
        assert!(!happened().await, "{what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
