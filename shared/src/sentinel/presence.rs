//! Keeps the AI's operator available: looks, sets the status, looks again, and records what was found.

use jiff::Timestamp;

use super::{Report, Sentinel, Watch};
use crate::domain::finding::Finding;
use crate::domain::id::WorkspaceId;
use crate::domain::presence::{self, Cause, Concluded, Presence, Run, Second, Step, Wanted};
use crate::domain::settings::WorkspaceSettings;
use crate::engine::item::retained_until;
use crate::findings;
use crate::store::{DocumentWrite, Expected, Store, StoreError};
use crate::telemetry::{self, Chain};

/// 1 while the operator takes chats, else 0.
const AVAILABLE: &str = "OperatorAvailable";
/// Runs in a row that ended without an available operator; 0 in maintenance. The alarm stands on it (template.yaml).
const FAILURES: &str = "PresenceFailuresInARow";
/// A run set the operator available again.
const RESTORED: &str = "OperatorRestored";

impl<S: Store + Clone> Sentinel<S> {
    /// One look at the workspace's operator: one call to SalesIQ if all is well, three if the status has to be set.
    pub(super) async fn presence(&self, watch: &Watch<S>, report: &mut Report) {
        let settings = &watch.workspace.settings;
        let run = self.run(watch, Wanted::of(settings)).await;
        let previous = match self.kept_presence(&settings.workspace).await {
            Ok(previous) => previous,
            Err(error) => {
                // What was done stays done; without the state before it nothing can be recorded.
                tracing::error!(workspace = %settings.workspace, error = %Chain(&error), "presence can't be read");
                report.failed += 1;
                not_looked_at(&settings.workspace, run.ended);
                return;
            }
        };
        let concluded = presence::conclude(previous.as_ref(), &run);
        self.tell(settings, previous.as_ref(), &concluded).await;
        if concluded.presence.failures > 0 {
            report.unavailable += 1;
        }
        if let Err(error) = self.keep(settings, &concluded).await {
            tracing::error!(workspace = %settings.workspace, error = %Chain(&error), "presence can't be recorded");
            report.failed += 1;
        }
    }

    async fn run(&self, watch: &Watch<S>, wanted: Wanted) -> Run {
        let began = self.clock.now();
        let first = watch.portal.own_operator().await;
        let second = match presence::step(&first, wanted) {
            Step::Nothing => None,
            Step::Set(wanted) => Some(match watch.portal.set_own_status(wanted).await {
                Ok(()) => Second { set: Ok(()), reading: Some(watch.portal.own_operator().await) },
                Err(error) if error.may_have_landed => {
                    Second { set: Err(error.cause), reading: Some(watch.portal.own_operator().await) }
                }
                Err(error) => Second { set: Err(error.cause), reading: None },
            }),
        };
        Run { wanted, first, second, began, ended: self.clock.now() }
    }

    async fn kept_presence(&self, workspace: &WorkspaceId) -> Result<Option<Presence>, StoreError> {
        let document = self.store.document(&presence::partition(workspace), presence::NOW).await?;
        // One that can't be read is begun anew: nothing else would ever replace it.
        Ok(document.and_then(|document| match serde_json::from_str(&document.body) {
            Ok(presence) => Some(presence),
            Err(error) => {
                tracing::error!(%workspace, %error, "the state of presence can't be read and is begun anew");
                None
            }
        }))
    }

    // Outages first: should the second write fail, the state before tells the next run of the same outage.
    async fn keep(&self, settings: &WorkspaceSettings, concluded: &Concluded) -> Result<(), StoreError> {
        let records = concluded.records.iter().map(|record| {
            let body = match record {
                presence::Record::Outage(outage) => serde_json::to_string(outage),
                presence::Record::Maintenance(maintenance) => serde_json::to_string(maintenance),
            };
            (record.name(), body)
        });
        let now = (presence::NOW.to_owned(), serde_json::to_string(&concluded.presence));
        for (name, body) in records.chain([now]) {
            let partition = presence::partition(&settings.workspace);
            let unwritable =
                |error: serde_json::Error| StoreError::Corrupt { what: name.clone(), reason: error.to_string() };
            let write = DocumentWrite {
                body: body.map_err(unwritable)?,
                partition,
                name,
                expected: Expected::Anything,
                expires_at: Some(retained_until(settings, concluded.presence.checked_at)),
            };
            self.store.put_document(&write).await?;
        }
        Ok(())
    }

    async fn tell(&self, settings: &WorkspaceSettings, previous: Option<&Presence>, concluded: &Concluded) {
        let (workspace, operator) = (&settings.workspace, &settings.bot_operator);
        let Presence { failures, checked_at: now, cause, seen, maintenance, .. } = &concluded.presence;
        let (failures, now) = (*failures, *now);
        let before = previous.and_then(|previous| previous.cause.as_ref());
        if let Some(cause) = &concluded.restored {
            tracing::warn!(%workspace, %operator, %cause, "the operator was set available again");
            telemetry::count(RESTORED, workspace.as_str(), 1, now);
        }
        match (cause, before) {
            (Some(cause), before) if before != Some(cause) || concluded.tell_unavailable => {
                let seen = seen.as_ref().map(presence::Availability::as_str);
                let (trouble, advice) = (cause.trouble(), Cause::advice(cause));
                tracing::warn!(%workspace, %operator, %cause, ?trouble, seen, failures, advice, "the operator is not as wanted");
            }
            (None, Some(cause)) => tracing::info!(%workspace, %operator, %cause, "the operator is as wanted again"),
            _ => {}
        }
        let was = previous.and_then(|previous| previous.maintenance.as_ref());
        match (was, maintenance) {
            (None, Some(_)) => tracing::info!(%workspace, %operator, "maintenance begins"),
            (Some(_), None) => tracing::info!(%workspace, %operator, "maintenance is over"),
            _ => {}
        }
        telemetry::count(AVAILABLE, workspace.as_str(), u64::from(concluded.available), now);
        telemetry::count(FAILURES, workspace.as_str(), u64::from(failures), now);
        let told = [
            (concluded.tell_unavailable, Finding::OperatorUnavailable),
            (concluded.tell_unconfirmed, Finding::OperatorNotConfirmed),
        ];
        for (_, finding) in told.into_iter().filter(|(tell, _)| *tell) {
            findings::report(&self.store, workspace, None, finding, now).await;
        }
    }
}

/// Counts a workspace whose operator nobody could look after as one without: the alarm must not take silence for health.
pub(super) fn not_looked_at(workspace: &WorkspaceId, now: Timestamp) {
    telemetry::count(FAILURES, workspace.as_str(), 1, now);
}

/// Tells the alarm that the sentinel lives where there is no workspace to look after.
pub(super) fn nobody_to_look_after(now: Timestamp) {
    telemetry::count_of_all(FAILURES, 0, now);
}
