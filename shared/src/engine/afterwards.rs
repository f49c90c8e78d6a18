//! What a wake-up leaves behind: an alarm, woken functions, findings.

use jiff::{SignedDuration, Timestamp};

use crate::agent::Agent;
use crate::domain::action::Duty;
use crate::store::{ConversationKey, Store};
use crate::telemetry::Chain;

use super::session::Session;

/// What is due within this is worth an alarm of its own; the sweep comes once a minute. The queue delays no longer.
const ALARM_HORIZON: SignedDuration = SignedDuration::from_mins(15);

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// When an alarm is worth while. Leases and claims that run out are left to the sweep: their holder is expected to
    /// end before.
    pub(super) fn alarm_to_set(&self, now: Timestamp) -> Option<Timestamp> {
        let due_at = self.conversation.deadline(&self.workspace.settings, now)?;
        (due_at <= now + ALARM_HORIZON).then_some(due_at)
    }

    /// Sets the alarm clock, and wakes the functions that have to go on.
    pub(super) async fn wake_others(&self) {
        let now = self.now();
        let (workspace, conversation) = (&self.key.workspace, &self.key.conversation);
        // One alarm for each time: who changed nothing leaves it to who did.
        let alarm = self.conversation.alarm_at.filter(|at| Some(*at) != self.alarm_before && *at > now);
        if let Some(due_at) = alarm
            && let Err(error) = self.engine.bus.set_alarm(self.key, due_at, now).await
        {
            tracing::warn!(%workspace, %conversation, error = %Chain(&error), "the alarm could not be set; the sweep will do");
        }
        let own = self.engine.work.duty();
        for duty in self.conversation.work_for(&self.workspace.settings, now) {
            if duty == own {
                continue;
            }
            let woken = match duty {
                Duty::Conversation => self.engine.bus.conversation_news(std::slice::from_ref(self.key)).await,
                Duty::Escalation => self.engine.bus.escalation_requested(self.key).await,
                Duty::Transcript => self.engine.bus.transcript_requested(self.key, false).await,
            };
            if let Err(error) = woken {
                tracing::warn!(%workspace, %conversation, ?duty, error = %Chain(&error), "nobody could be woken; the sweep will do");
            }
        }
    }

    pub(super) async fn report(&mut self) {
        let now = self.now();
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort_unstable();
        findings.dedup();
        let ConversationKey { workspace, conversation } = self.key;
        for finding in findings {
            crate::findings::report(&self.engine.store, workspace, Some(conversation), finding, now).await;
        }
        if self.echo_matched
            && !self.workspace.echo_proven
            && let Err(error) = self.engine.workspaces.put_echo_proven(workspace).await
        {
            tracing::warn!(%workspace, %error, "the first matched echo could not be recorded");
        }
    }
}
