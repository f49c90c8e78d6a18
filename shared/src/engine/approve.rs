//! Calls that need a person's approval: written down before anybody is asked, and made once it was given (ARCHITECTURE.md,
//! "Approval").

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

use crate::agent::{Agent, Round, ToolCall, ToolOutcome, summary_of};
use crate::domain::approval::{Approval, ApprovalState};
use crate::domain::drain::Finding;
use crate::domain::id::ToolName;
use crate::domain::settings::BrandSettings;
use crate::domain::tool::{IdempotencyKey, WriteState};
use crate::store::Store;
use crate::tools::{Decision, approval_outcome};

use super::EngineError;
use super::effect::Effect;
use super::session::{Committed, Session};

/// How much time a turn should have left to make a call that was approved.
const ENOUGH: Duration = Duration::from_secs(8);

/// What became of the calls that a turn is to tell of.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Each with its outcome.
    pub(super) decided: Vec<(ToolCall, ToolOutcome)>,
    /// One waited in vain.
    pub(super) expired: bool,
}

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Writes a call down that waits for approval, as it is decided on the state that the commit rests on. None when the turn
    /// does not hold any more, or the call may not be asked for on that state.
    pub(super) async fn commit_approval(
        &mut self,
        call: &ToolCall,
        brand: &BrandSettings,
        allowed: &[ToolName],
    ) -> Result<Option<ToolOutcome>, EngineError> {
        let lines = self.lines_for_the_agent();
        let wait = SignedDuration::from_secs(self.workspace.settings.agent.approval_deadline_s.into());
        loop {
            if !self.still_holds().await? {
                return Ok(None);
            }
            let Decision::Wait { key } = self.decide(call, brand, allowed) else { return Ok(None) };
            let Ok(tool) = ToolName::parse(&call.name) else { return Ok(None) };
            let now = self.now();
            self.conversation.await_approval(Approval {
                key,
                tool,
                arguments: call.arguments.to_string(),
                summary: summary_of(&lines),
                at: now,
                deadline: now + wait,
                state: ApprovalState::Waiting,
            });
            if self.commit_if_changed().await? == Committed::Yes {
                self.found(Finding::ApprovalAwaited);
                return Ok(Some(approval_outcome(&ApprovalState::Waiting)));
            }
        }
    }

    /// Makes the calls that were approved, once each, and tells what became of all that this turn is to tell of. None when
    /// the turn was lost on the way.
    pub(super) async fn carry_out_decisions(
        &mut self,
        brand: &BrandSettings,
        until: Instant,
    ) -> Result<Option<Told>, EngineError> {
        let mut told = Told::default();
        for (index, approval) in self.conversation.calls_to_tell_of().into_iter().enumerate() {
            let call = asked_for(&approval, format!("decided_{index}"));
            let outcome = match &approval.state {
                ApprovalState::Approved { .. } => match self.conversation.write_of(&approval.key) {
                    Some(state @ (WriteState::Done { .. } | WriteState::Refused { .. })) => outcome_of(state),
                    Some(WriteState::Begun) | None => {
                        let now = Instant::now();
                        if until < now + ENOUGH && self.ends() >= now + ENOUGH {
                            // The turn has thought long before it was approved: another one has the time for it.
                            return Ok(None);
                        }
                        let Some(outcome) = self.make_approved(&approval, &call, brand, until).await? else {
                            return Ok(None);
                        };
                        outcome
                    }
                },
                ApprovalState::Denied { .. } | ApprovalState::NotMade { .. } => approval_outcome(&approval.state),
                ApprovalState::Expired { .. } => {
                    told.expired = true;
                    continue;
                }
                ApprovalState::Waiting | ApprovalState::Void { .. } => continue,
            };
            told.decided.push((call, outcome));
        }
        Ok(Some(told))
    }

    /// Makes exactly the call that was approved, if it may still be made as the state is now.
    async fn make_approved(
        &mut self,
        approval: &Approval,
        call: &ToolCall,
        brand: &BrandSettings,
        until: Instant,
    ) -> Result<Option<ToolOutcome>, EngineError> {
        // Which procedures fit what was said since has no say in what was approved.
        let allowed = std::slice::from_ref(&approval.tool);
        let why = match self.decide(call, brand, allowed) {
            Decision::Write { key, .. } if key == approval.key => return self.make(call, allowed, until).await,
            Decision::Known(outcome) if outcome.answer().is_some() => return Ok(Some(outcome)),
            Decision::Refused(why) => format!("{why}; nothing was done"),
            _ => "who writes is not who it was approved for; nothing was done".to_owned(),
        };
        tracing::warn!(
            workspace = %self.key.workspace, conversation = %self.key.conversation, tool = %approval.tool,
            "an approved call may not be made any more"
        );
        self.happened(Effect::NotMade { key: approval.key.clone(), why });
        let state = self.conversation.approval(&approval.key).map(|approval| approval_outcome(&approval.state));
        Ok(state)
    }

    /// What was written in this thread, or waited for leave: by this turn before it was thought again, by one whose process
    /// died, or earlier; at last what this turn is to tell of.
    pub(super) fn earlier_calls(&self, told: &Told) -> Vec<Round> {
        let conversation = &self.conversation;
        let to_tell = conversation.calls_to_tell_of();
        let is_told = |key: &IdempotencyKey| to_tell.iter().any(|approval| &approval.key == key);
        let writes = conversation.writes.iter().filter(|write| !is_told(&write.key)).map(|write| {
            let call = ToolCall { id: String::new(), name: write.tool.to_string(), arguments: read(&write.arguments) };
            (call, outcome_of(&write.state))
        });
        let unwritten =
            |approval: &&Approval| !is_told(&approval.key) && conversation.write_of(&approval.key).is_none();
        let approvals = conversation.approvals.iter().filter(unwritten);
        let approvals =
            approvals.map(|approval| (asked_for(approval, String::new()), approval_outcome(&approval.state)));
        let mut calls: Vec<_> = writes.chain(approvals).collect();
        for (index, (call, _)) in calls.iter_mut().enumerate() {
            call.id = format!("earlier_{index}");
        }
        calls.extend(told.decided.iter().cloned());
        if calls.is_empty() { Vec::new() } else { vec![Round { calls }] }
    }
}

fn asked_for(approval: &Approval, id: String) -> ToolCall {
    ToolCall { id, name: approval.tool.to_string(), arguments: read(&approval.arguments) }
}

fn read(arguments: &str) -> serde_json::Value {
    serde_json::from_str(arguments).unwrap_or_else(|_| serde_json::Value::String(arguments.to_owned()))
}

fn outcome_of(state: &WriteState) -> ToolOutcome {
    match state {
        WriteState::Begun => {
            let why = "whether it took place is not known: ask for it again with the same arguments".to_owned();
            ToolOutcome::Failed { why }
        }
        WriteState::Done { answer, .. } => ToolOutcome::Answered { answer: read(answer) },
        WriteState::Refused { why } => ToolOutcome::Refused { why: why.clone() },
    }
}
