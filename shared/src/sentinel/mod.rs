//! What is done each minute, whatever happened or was missed: wake what waits, keep the operator available, compare with
//! SalesIQ what webhooks may have lost, and look after the webhook itself (ARCHITECTURE.md, "The sentinel").
//!
//! Waking comes first and asks SalesIQ nothing. The rest is bounded by time and by calls, and goes on in the next run where
//! it stopped.

mod drift;
mod last_run;
mod presence;
mod reconcile;
mod sweep;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::bus::Bus;
use crate::clock::Clock;
use crate::domain::id::WorkspaceId;
use crate::engine::portal::{Portal, Portals};
use crate::store::{Store, StoreError};
use crate::telemetry::Chain;
use crate::workspace::{Workspace, Workspaces};

pub use last_run::{LastRun, last_run};
pub use reconcile::compared_partition;
pub use sweep::WOKEN_PER_SHARD;

/// Watches over all workspaces of a deployment.
pub struct Sentinel<S> {
    /// Where state is kept.
    pub store: S,
    /// Settings.
    pub workspaces: Workspaces<S>,
    /// SalesIQ.
    pub portals: Portals<S>,
    /// Who wakes others.
    pub bus: Bus,
    /// What time it is.
    pub clock: Clock,
    /// How long one run may take.
    pub time_budget: SignedDuration,
}

/// One workspace in one run: how much may still be asked of SalesIQ, and until when.
pub struct Watch<S> {
    /// The workspace.
    pub workspace: Arc<Workspace>,
    /// Its SalesIQ.
    pub portal: Portal<S>,
    /// When the run must end.
    pub until: Timestamp,
    calls_before: u64,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Conversations woken.
    pub woken: usize,
    /// Shards and workspaces that something failed for; the next minute tries again.
    pub failed: usize,
    /// Workspaces whose operator takes no chats although it should.
    pub unavailable: usize,
    /// Calls made to SalesIQ.
    pub salesiq_calls: u64,
    /// Of these, to see to the operators' availability.
    pub presence_calls: u64,
    /// Of these, to compare chats and failed deliveries with what is kept here.
    pub reconcile_calls: u64,
    /// Of these, to compare webhooks and brands with the settings.
    pub drift_calls: u64,
    /// Failed deliveries that SalesIQ was told to run again.
    pub retried: usize,
    /// Chats in SalesIQ that were not open here, and are now.
    pub opened: usize,
    /// Chats whose attender was another than we knew.
    pub followed: usize,
    /// Conversations that were over in SalesIQ, and are now here.
    pub closed: usize,
    /// Open conversations that no list showed, and that were read by themselves.
    pub checked: usize,
    /// Chats whose messages were compared.
    pub compared: usize,
    /// Lines that no webhook had told of.
    pub lines: usize,
    /// Passes through all chats of a workspace that were completed.
    pub passes: usize,
}

impl<S: Store> Watch<S> {
    /// How many calls to SalesIQ this run may still make for the workspace.
    #[must_use]
    pub fn calls_left(&self) -> u64 {
        let made = self.portal.calls().saturating_sub(self.calls_before);
        u64::from(self.workspace.settings.sentinel.calls_per_run).saturating_sub(made)
    }
}

impl<S: Store + Clone> Sentinel<S> {
    /// One run.
    ///
    /// # Errors
    /// The list of workspaces can't be read; nothing was done.
    pub async fn tick(&self) -> Result<Report, StoreError> {
        let started = self.clock.now();
        let mut report = Report::default();
        let workspaces = self.workspaces.list().await?;
        for workspace in &workspaces {
            self.sweep(workspace, started, &mut report).await;
        }
        if workspaces.is_empty() {
            presence::nobody_to_look_after(started);
        }
        let until = started + self.time_budget;
        // Another workspace begins each minute: none is left out for ever when time is short.
        let minute = usize::try_from(started.as_second() / 60).unwrap_or(0);
        let first = if workspaces.is_empty() { 0 } else { minute % workspaces.len() };
        let mut watches = Vec::new();
        for workspace in workspaces[first..].iter().chain(&workspaces[..first]) {
            watches.extend(self.watch(workspace, until, &mut report).await);
        }
        // Before anything that takes longer: an operator who is not available takes no chats.
        for watch in &mut watches {
            Box::pin(self.see_to_presence(watch, &mut report)).await;
        }
        for watch in &mut watches {
            if self.clock.now() >= until {
                let workspace = &watch.workspace.settings.workspace;
                tracing::warn!(%workspace, "there was no time to look after the workspace; the next run begins with another one");
                continue;
            }
            Box::pin(self.look_after(watch, &mut report)).await;
        }
        report.salesiq_calls = report.presence_calls + report.reconcile_calls + report.drift_calls;
        last_run::keep(&self.store, started, self.clock.now(), &report).await;
        Ok(report)
    }

    async fn watch(&self, id: &WorkspaceId, until: Timestamp, report: &mut Report) -> Option<Watch<S>> {
        let workspace = match self.workspaces.get(id, self.clock.now()).await {
            Ok(workspace) => workspace?,
            Err(error) => {
                tracing::error!(workspace = %id, error = %Chain(&error), "the workspace is not looked after");
                report.failed += 1;
                presence::not_looked_at(id, self.clock.now());
                return None;
            }
        };
        match self.portals.of(&workspace.settings) {
            Ok(portal) => Some(Watch { calls_before: portal.calls(), workspace, portal, until }),
            Err(error) => {
                tracing::error!(workspace = %id, %error, "the workspace is not looked after");
                report.failed += 1;
                presence::not_looked_at(id, self.clock.now());
                None
            }
        }
    }

    async fn see_to_presence(&self, watch: &mut Watch<S>, report: &mut Report) {
        let began = watch.portal.calls();
        self.presence(watch, report).await;
        report.presence_calls += watch.portal.calls().saturating_sub(began);
    }

    /// Everything else that SalesIQ has to be asked for. Drift first: it takes little, and seldom.
    async fn look_after(&self, watch: &mut Watch<S>, report: &mut Report) {
        let began = watch.portal.calls();
        self.drift(watch, report).await;
        let compared = watch.portal.calls();
        self.reconcile(watch, report).await;
        report.drift_calls += compared.saturating_sub(began);
        report.reconcile_calls += watch.portal.calls().saturating_sub(compared);
    }
}
