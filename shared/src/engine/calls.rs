//! Makes the calls that an agent asks for. Whether one may be made is decided by [`crate::tools`]; a call that writes is
//! committed with its idempotency key before it is made, so that it takes place once whatever happens to the process.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::agent::{Agent, ToolCall, ToolOutcome};
use crate::domain::drain::Finding;
use crate::domain::id::ToolName;
use crate::domain::message::clip;
use crate::domain::player::{Learned, Level, Refusal};
use crate::domain::redact::{Place, redacted};
use crate::domain::settings::{BrandSettings, WorkspaceSettings};
use crate::domain::tool::{ANSWER_KEPT_BYTES, IdempotencyKey, Write, WriteState};
use crate::domain::turn::Standing;
use crate::store::Store;
use crate::telemetry::Chain;
use crate::tools::lookup::{self, Account, Found, LookedUp};
use crate::tools::{Context, Decision, NotMade, ToolRequest, decide};

use super::effect::Effect;
use super::session::{Committed, Session};
use super::{EngineError, Mind, Work, fault_point};

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Makes a call, or tells why not. None when the turn was lost before a call that writes was committed.
    pub(super) async fn make(
        &mut self,
        call: &ToolCall,
        allowed: &[ToolName],
        until: Instant,
    ) -> Result<Option<ToolOutcome>, EngineError> {
        let workspace = Arc::clone(&self.workspace);
        let settings = &workspace.settings;
        let Some(brand) = self.conversation.brand(settings) else { return Ok(None) };
        let Work::Converse(mind) = &self.engine.work else { return Ok(None) };
        let time_left = until.saturating_duration_since(Instant::now());
        let decision = self.decide(call, brand, allowed);
        let id = &settings.workspace;
        let outcome = match decision {
            Decision::Refused(why) => why.outcome(),
            Decision::Known(outcome) => outcome,
            Decision::Search { query } => {
                let language = self.conversation.language.as_deref().unwrap_or(&brand.language);
                mind.tools.search(&workspace.knowledge, &brand.id, language, &query)
            }
            Decision::Tag { tags } => {
                self.tags_asked.extend(tags);
                ToolOutcome::Answered { answer: serde_json::json!("the tags will be put on the chat") }
            }
            Decision::LookUp { request } => self.check_player(mind, call, &request, time_left).await,
            Decision::Read { request } => mind.tools.perform(id, &request, time_left, self.now()).await.outcome(),
            Decision::Wait { .. } => match self.commit_approval(call, brand, allowed).await? {
                Some(outcome) => outcome,
                None => return Ok(None),
            },
            Decision::Write { .. } => {
                let Some((request, key)) = self.commit_write(call, brand, allowed).await? else { return Ok(None) };
                self.reached(fault_point::Step::WriteBegun).await;
                let performed = mind.tools.perform(id, &request, time_left, self.now()).await;
                self.reached(fault_point::Step::WriteMade).await;
                let state = performed.write_state(request.proves()).map(|state| masked(state, settings));
                if state == Some(WriteState::Begun) {
                    self.found(Finding::WriteUncertain);
                }
                self.happened(Effect::Wrote { key, state });
                while self.commit_if_changed().await? == Committed::Conflict {}
                performed.outcome()
            }
        };
        let failures = u64::from(matches!(outcome, ToolOutcome::Refused { .. } | ToolOutcome::Failed { .. }));
        tracing::info!(
            workspace = %self.key.workspace, conversation = %self.key.conversation,
            tool = settings.tool(&call.name).map(|tool| tool.name.as_str()), answered = failures == 0, "a call was decided"
        );
        self.happened(Effect::Called { calls: 1, failures });
        Ok(Some(outcome))
    }

    pub(super) fn decide(&self, call: &ToolCall, brand: &BrandSettings, allowed: &[ToolName]) -> Decision {
        let context = Context {
            settings: &self.workspace.settings,
            brand,
            player: &self.conversation.player,
            writes: &self.conversation.writes,
            approvals: &self.conversation.approvals,
            conversation: &self.key.conversation,
            thread: self.conversation.facts.thread_begins(),
            allowed: Some(allowed),
        };
        decide(call, &context)
    }

    /// Takes in what came meanwhile, and tells whether the turn still holds on it.
    pub(super) async fn still_holds(&mut self) -> Result<bool, EngineError> {
        while self.has_news() {
            self.take_in();
            if self.has_news() {
                self.commit_if_changed().await?;
            }
        }
        let us = &self.workspace.settings.bot_operator;
        Ok(self.conversation.standing(&self.holder, us, self.now()) == Standing::Holds)
    }

    /// Commits a call that writes before it is made, as it is decided on the state that the commit rests on. None when the
    /// turn does not hold any more, or the call may not be made on that state: then it is not made.
    async fn commit_write(
        &mut self,
        call: &ToolCall,
        brand: &BrandSettings,
        allowed: &[ToolName],
    ) -> Result<Option<(ToolRequest, IdempotencyKey)>, EngineError> {
        let redaction = self.workspace.settings.redaction;
        loop {
            if !self.still_holds().await? {
                return Ok(None);
            }
            let Decision::Write { request, key } = self.decide(call, brand, allowed) else { return Ok(None) };
            let arguments = call.arguments.to_string();
            let arguments = redacted(&arguments, &redaction, Place::Log);
            self.conversation.begin_write(Write {
                key: key.clone(),
                tool: request.tool().clone(),
                arguments: clip(&arguments, ANSWER_KEPT_BYTES).to_owned(),
                at: self.now(),
                state: WriteState::Begun,
            });
            if self.commit_if_changed().await? == Committed::Yes {
                return Ok(Some((request, key)));
            }
        }
    }

    /// Checks what the visitor told by what only the player knows. Tries are counted for who is asked about as well: a new
    /// chat begins no new ones.
    async fn check_player(
        &mut self,
        mind: &Mind<A>,
        call: &ToolCall,
        request: &ToolRequest,
        time_left: Duration,
    ) -> ToolOutcome {
        let workspace = self.workspace.settings.workspace.clone();
        match self.count_try(&call.arguments).await {
            Ok(true) => {}
            Ok(false) => {
                let now = self.now();
                self.conversation.player.refused(Refusal::TooManyTries, now);
                return NotMade::TooManyTries.outcome();
            }
            Err(error) => {
                tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "a try could not be counted, so it is not made");
                return ToolOutcome::Failed { why: "the visitor could not be checked now".to_owned() };
            }
        }
        let checked = lookup::checked(&mind.tools.perform(&workspace, request, time_left, self.now()).await);
        if let LookedUp::Verified(account) = &checked {
            let (id, vip) = (account.id.clone(), account.vip);
            self.happened(Effect::Learned(Box::new(Learned::Verified { id, vip })));
        } else if checked.is_a_failed_try() {
            self.happened(Effect::Learned(Box::new(Learned::Mismatch)));
        }
        checked.outcome()
    }

    /// Looks up who the page says is writing, once.
    pub(super) async fn look_up_player(
        &mut self,
        settings: &WorkspaceSettings,
        brand: &BrandSettings,
        time_left: Duration,
    ) {
        let player = &self.conversation.player;
        if player.looked_up || player.level != Level::Anonymous {
            return;
        }
        let Work::Converse(mind) = &self.engine.work else { return };
        let told = self.conversation.facts.visitor.told();
        let Some(request) = lookup::passive(settings, brand, &told) else { return };
        let learned =
            match lookup::found(&mind.tools.perform(&settings.workspace, &request, time_left, self.now()).await) {
                Found::Account(Account { id, vip, details }) => Learned::Claimed { id, vip, details },
                Found::Nobody => Learned::NobodyKnown,
                // Tried again with the next turn.
                Found::Failed { .. } => return,
            };
        let known = learned != Learned::NobodyKnown;
        tracing::info!(workspace = %self.key.workspace, conversation = %self.key.conversation, known, "the page's player was looked up");
        self.happened(Effect::Learned(Box::new(learned)));
    }
}

/// What is kept of a call's outcome, without what the settings keep from the table.
fn masked(state: WriteState, settings: &WorkspaceSettings) -> WriteState {
    match state {
        WriteState::Done { answer, proves } => {
            WriteState::Done { answer: redacted(&answer, &settings.redaction, Place::Log).into_owned(), proves }
        }
        state => state,
    }
}
