//! Deliveries that failed for good are run again by SalesIQ; they arrive as ordinary ones and are de-duplicated.

use jiff::SignedDuration;

use super::{Run, Stop, is_of_one, is_refusal};
use crate::domain::drift::delivers_here;
use crate::domain::reconcile::Tried;
use crate::salesiq::error::SalesiqError;
use crate::store::Store;

/// How many executions one run lets SalesIQ run again: each becomes a delivery.
const RETRIED_AT_ONCE: usize = 50;

/// How many executions are remembered as tried; of more, some are run again earlier.
const REMEMBERED: usize = 500;

/// How long after a refusal the executions are not asked for.
const REFUSED_FOR: SignedDuration = SignedDuration::from_hours(1);

const REFUSED: &str = "executions";

impl<S: Store + Clone> Run<'_, S> {
    /// Lets SalesIQ run again what failed. Not being allowed to is reported once and holds nothing else up.
    pub(super) async fn retry_executions(&mut self) -> Result<(), Stop> {
        let now = self.now();
        if self.cursor.executions_not_before.is_some_and(|at| at > now) {
            return Ok(());
        }
        self.cursor.executions_not_before = None;
        match self.retry_failed().await {
            Ok(()) => {
                self.cursor.refused.remove(REFUSED);
                Ok(())
            }
            Err(Stop::Salesiq(error)) if is_refusal(&error) => {
                self.refused(REFUSED, &error).await;
                self.cursor.executions_not_before = Some(now + REFUSED_FOR);
                Ok(())
            }
            Err(Stop::Salesiq(error)) if is_of_one(&error) => {
                let workspace = &self.watch.workspace.settings.workspace;
                tracing::warn!(%workspace, %error, "failed deliveries were not run again");
                Ok(())
            }
            stopped => stopped,
        }
    }

    async fn retry_failed(&mut self) -> Result<(), Stop> {
        let salesiq = |error: SalesiqError| Stop::Salesiq(error);
        let (now, portal) = (self.now(), &self.watch.portal);
        let settings = &self.watch.workspace.settings;
        self.may_call(0)?;
        let ours = |url: &str| delivers_here(url, settings);
        let webhooks = portal.failing_webhooks(ours).await.map_err(salesiq)?;
        let mut failed_now = Vec::new();
        let mut left = RETRIED_AT_ONCE;
        for webhook in &webhooks {
            self.may_call(0)?;
            let failed = portal.failed_executions(webhook).await.map_err(salesiq)?;
            let due = failed.iter().filter(|id| self.cursor.retried.get(*id).is_none_or(|tried| tried.is_due(now)));
            let due: Vec<String> = due.take(left).cloned().collect();
            failed_now.extend(failed);
            if due.is_empty() {
                continue;
            }
            self.may_call(0)?;
            let skipped = portal.retry_executions(webhook, &due).await.map_err(salesiq)?;
            left -= due.len();
            for id in due {
                let tried = self.cursor.retried.entry(id.clone()).or_insert(Tried { times: 0, at: now });
                let times = if skipped.contains(&id) { u8::MAX } else { tried.times.saturating_add(1) };
                *tried = Tried { times, at: now };
                self.report.retried += usize::from(times != u8::MAX);
            }
        }
        // What is not on the list arrived, or is on its way once more and may come back.
        self.cursor.retried.retain(|id, tried| failed_now.contains(id) || !tried.is_past(now));
        while self.cursor.retried.len() > REMEMBERED {
            let oldest = self.cursor.retried.iter().min_by_key(|(_, tried)| tried.at).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { break };
            self.cursor.retried.remove(&oldest);
        }
        Ok(())
    }
}
