//! Compares brands and webhook with the settings, and mends what may be mended.

use super::{Report, Sentinel, Watch};
use crate::domain::drift::{self, Compared, Comparison, Drift, Mending, Registered, Sight};
use crate::domain::settings::WorkspaceSettings;
use crate::engine::item::retained_until;
use crate::findings;
use crate::salesiq::error::SalesiqError;
use crate::store::{DocumentWrite, Expected, Store, StoreError};
use crate::telemetry::Chain;

/// The most brands that one line of the log names; the document has them all.
const LOGGED: usize = 20;

impl<S: Store + Clone> Sentinel<S> {
    /// Compares, if it is time: two calls to SalesIQ, and up to three to mend the webhook.
    pub(super) async fn drift(&self, watch: &Watch<S>, report: &mut Report) {
        let settings = &watch.workspace.settings;
        let workspace = &settings.workspace;
        let previous = match self.kept_comparison(settings).await {
            Ok(previous) => previous,
            Err(error) => {
                tracing::error!(%workspace, error = %Chain(&error), "the last comparison with SalesIQ can't be read");
                report.failed += 1;
                return;
            }
        };
        let now = self.clock.now();
        if !drift::is_due(previous.as_ref(), now) || watch.calls_left() < drift::CALLS || now >= watch.until {
            return;
        }
        let sight = watch.portal.sight().await;
        if let Some(cause) = drift::passing_trouble(previous.as_ref(), &sight, now) {
            // What the last comparison found still counts.
            tracing::info!(%workspace, %cause, "SalesIQ's brands and webhooks could not be read; the next run tries again");
            return;
        }
        let known = previous.as_ref().and_then(|previous| previous.webhook.as_deref());
        let found = drift::compare(settings, &sight, known);
        let (compared, mended) = match &found.webhook {
            Some(webhook) if settings.sentinel.mend_webhook => {
                let mending = drift::mending(settings, &sight, webhook);
                let left = self.mend(watch, sight, webhook, mending).await;
                let mended = found.drifts.iter().filter(|drift| !left.drifts.contains(drift)).cloned().collect();
                (left, mended)
            }
            _ => (found, Vec::new()),
        };
        let (comparison, tell) = Comparison::after(previous.as_ref(), &compared, mended, now);
        if tell {
            self.tell_drift(settings, &comparison).await;
        }
        if let Err(error) = self.keep_comparison(settings, &comparison).await {
            tracing::error!(%workspace, error = %Chain(&error), "a comparison with SalesIQ can't be kept");
            report.failed += 1;
        }
    }

    async fn kept_comparison(&self, settings: &WorkspaceSettings) -> Result<Option<Comparison>, StoreError> {
        let document = self.store.document(&drift::partition(&settings.workspace), drift::NOW).await?;
        // One that can't be read is made anew.
        Ok(document.and_then(|document| serde_json::from_str(&document.body).ok()))
    }

    async fn keep_comparison(&self, settings: &WorkspaceSettings, comparison: &Comparison) -> Result<(), StoreError> {
        let unwritable =
            |error: serde_json::Error| StoreError::Corrupt { what: drift::NOW.to_owned(), reason: error.to_string() };
        let write = DocumentWrite {
            partition: drift::partition(&settings.workspace),
            name: drift::NOW.to_owned(),
            expected: Expected::Anything,
            body: serde_json::to_string(comparison).map_err(unwritable)?,
            expires_at: Some(retained_until(settings, comparison.checked_at)),
        };
        self.store.put_document(&write).await
    }

    /// Mends what can be, and compares what is there then. What fails stays a difference, and is tried again the next time.
    async fn mend(&self, watch: &Watch<S>, sight: Sight, webhook: &Registered, mending: Mending) -> Compared {
        let mut settings = watch.workspace.settings.clone();
        let (workspace, id) = (settings.workspace.clone(), webhook.id.as_str());
        let mut now_there = webhook.clone();
        let mut calls: Vec<(&str, Result<Registered, SalesiqError>)> = Vec::new();
        if let Some(update) = &mending.update {
            calls.push(("the webhook was put right", watch.portal.update_webhook(id, update).await));
        }
        if mending.switch_on {
            calls.push(("the webhook was switched on", watch.portal.switch_on_webhook(id).await));
        }
        for (done, result) in calls {
            match result {
                Ok(webhook) => {
                    tracing::warn!(%workspace, webhook = id, "{done}");
                    now_there = webhook;
                }
                Err(error) => {
                    tracing::warn!(%workspace, webhook = id, error = %Chain(&error), "the webhook could not be mended");
                }
            }
        }
        if let Some(keys) = mending.keys {
            match self.take_up(&settings, &keys).await {
                Ok(()) => {
                    tracing::warn!(%workspace, webhook = id, keys = keys.len(), "the webhook's keys were taken up");
                    settings.webhook_keys = keys;
                }
                Err(reason) => {
                    tracing::warn!(%workspace, webhook = id, reason, "the webhook's keys could not be taken up");
                }
            }
        }
        let there = |one: Registered| if one.id == now_there.id { now_there.clone() } else { one };
        let webhooks = sight.webhooks.map(|all| all.into_iter().map(there).collect());
        drift::compare(&settings, &Sight { webhooks, ..sight }, Some(id))
    }

    // On what lies in the table, not on what was read a minute ago: somebody may be editing.
    async fn take_up(&self, settings: &WorkspaceSettings, keys: &[String]) -> Result<(), String> {
        let stored = self.workspaces.stored_settings(&settings.workspace).await;
        let stored = stored.map_err(|error| Chain(&error).to_string())?.ok_or("there are no settings any more")?;
        let mut anew: WorkspaceSettings = serde_json::from_str(&stored.body).map_err(|error| error.to_string())?;
        anew.webhook_keys = keys.to_vec();
        let replaced = self.workspaces.replace_settings(&anew, Some(stored.version)).await;
        replaced.map_err(|error| Chain(&error).to_string())
    }

    async fn tell_drift(&self, settings: &WorkspaceSettings, comparison: &Comparison) {
        let Comparison { drifts, checked_at, webhook, .. } = comparison;
        let workspace = &settings.workspace;
        if drifts.is_empty() {
            tracing::info!(%workspace, webhook, "SalesIQ and the settings agree");
        } else {
            let shown: Vec<&Drift> = drifts.iter().take(LOGGED).collect();
            tracing::warn!(%workspace, webhook, count = drifts.len(), drifts = ?shown, "SalesIQ and the settings differ");
        }
        for finding in drift::findings(drifts) {
            findings::report(&self.store, workspace, None, finding, *checked_at).await;
        }
    }
}
