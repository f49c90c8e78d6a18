//! Wakes whatever waits.

use jiff::Timestamp;

use super::{Report, Sentinel};
use crate::domain::id::WorkspaceId;
use crate::store::{Store, WORK_SHARDS};
use crate::telemetry::Chain;

/// The most conversations woken of one shard in one sweep; what is left waits for the next.
pub const WOKEN_PER_SHARD: u32 = 500;

impl<S: Store + Clone> Sentinel<S> {
    /// Wakes the conversations of a workspace that are due. A shard that fails does not hold up the next.
    pub(super) async fn sweep(&self, workspace: &WorkspaceId, now: Timestamp, report: &mut Report) {
        for shard in 0..WORK_SHARDS {
            let due = match self.store.due(workspace, shard, now, WOKEN_PER_SHARD).await {
                Ok(due) => due,
                Err(error) => {
                    report.failed += 1;
                    tracing::error!(%workspace, shard, error = %Chain(&error), "a shard was not swept");
                    continue;
                }
            };
            if due.is_empty() {
                continue;
            }
            match self.bus.conversation_news(&due).await {
                Ok(()) => report.woken += due.len(),
                Err(error) => {
                    report.failed += 1;
                    tracing::error!(%workspace, shard, error = %Chain(&error), "what waits in a shard was not woken");
                }
            }
        }
    }
}
