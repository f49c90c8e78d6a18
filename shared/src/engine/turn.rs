//! A turn: pick up, wait for the rest of a burst, think, conclude, look once more, say it (ARCHITECTURE.md, "Turns and epochs").
//!
//! Uncontended it costs three calls between the lease and the tick: the commit of the verdict, and the look before it
//! is said, which comes as late as can be since a sent line can't be taken back.

use std::time::Duration;

use crate::agent::playbook::looking_for_colleague;
use crate::agent::{Agent, AgentError, Line, Thought, Turn, Waiting};
use crate::domain::action::{Action, ActionId, ActionKind, ActionState};
use crate::domain::conversation::Phase;
use crate::domain::drain::Finding;
use crate::domain::lines::standing_lines;
use crate::domain::plan::Claimed;
use crate::domain::settings::BrandSettings;
use crate::domain::turn::{Conclusion, Standing};
use crate::domain::verdict::{EscalationReason, Verdict};
use crate::store::Store;

use super::effect::Effect;
use super::session::{Committed, Session};
use super::{EngineError, Work, fault_point};

/// How many of the newest lines an agent is shown.
const LINES_SHOWN: usize = 60;

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Thinks and says what it came to. The lease is held and committed when this is called.
    pub(super) async fn think(&mut self, pickup: Option<Claimed>) -> Result<(), EngineError> {
        self.reached(fault_point::Step::Committed).await;
        let burst = Duration::from_millis(u64::from(self.workspace.settings.burst_window_ms));
        let waited = tokio::time::sleep(burst);
        if let Some(pickup) = pickup {
            self.carry_out(&[pickup]).await;
            self.reached(fault_point::Step::PickedUp).await;
        }
        waited.await;
        while let Some(actions) = self.come_to_a_verdict().await? {
            self.reached(fault_point::Step::Concluded).await;
            self.load().await?;
            self.reached(fault_point::Step::LookedAgain).await;
            if self.may_still_say(&actions) {
                let claimed: Vec<Claimed> = actions.iter().map(|id| Claimed { id: *id, unsure_since: None }).collect();
                self.carry_out(&claimed).await;
                self.reached(fault_point::Step::Said).await;
                return Ok(());
            }
            if !self.resume(&actions) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Thinks until the verdict stands and is committed; none when there is nothing to be said any more.
    async fn come_to_a_verdict(&mut self) -> Result<Option<Vec<ActionId>>, EngineError> {
        let us = self.workspace.settings.bot_operator.clone();
        loop {
            let thought = self.ask_agent().await;
            self.reached(fault_point::Step::Thought).await;
            loop {
                while self.has_news() {
                    self.take_in();
                    if self.has_news() {
                        self.commit_if_changed().await?;
                    }
                }
                match self.conversation.standing(&self.holder, &us, self.now()) {
                    Standing::Lost => {
                        let holder = self.holder.clone();
                        self.conversation.abandon_turn(&holder);
                        return Ok(None);
                    }
                    Standing::Rethink => {
                        self.conversation.rethink();
                        break;
                    }
                    Standing::Holds => {
                        let Some(thought) = &thought else {
                            let holder = self.holder.clone();
                            self.conversation.abandon_turn(&holder);
                            return Ok(None);
                        };
                        let actions = self.conclude(thought);
                        if self.commit_if_changed().await? == Committed::Yes {
                            return Ok(Some(actions));
                        }
                    }
                }
            }
        }
    }

    fn conclude(&mut self, thought: &Thought) -> Vec<ActionId> {
        if let Some(language) = &thought.language {
            self.conversation.language = Some(language.clone());
        }
        // Nobody makes the calls yet that an agent may ask for.
        let verdict = thought.verdict().cloned().unwrap_or(Verdict::Silence);
        let notice = match &verdict {
            Verdict::Escalate { reason, .. } => self.notice(reason),
            _ => String::new(),
        };
        let now = self.now();
        self.rethinks = self.conversation.turn.as_ref().map_or(0, |turn| turn.rethinks);
        self.conversation.conclude_turn(Conclusion {
            holder: &self.holder,
            verdict,
            looking_for_colleague: notice,
            settings: &self.workspace.settings,
            terms: &self.engine.terms,
            now,
        })
    }

    /// What the visitor is told when a colleague is looked for.
    pub(super) fn notice(&self, reason: &EscalationReason) -> String {
        let language = self.conversation.language.as_deref();
        match self.conversation.brand(&self.workspace.settings) {
            Some(brand) => looking_for_colleague(brand, language.unwrap_or(&brand.language), reason),
            None => String::new(),
        }
    }

    async fn ask_agent(&mut self) -> Option<Thought> {
        let brand: &BrandSettings = self.conversation.brand(&self.workspace.settings)?;
        let covers = self.conversation.turn.as_ref().map(|turn| turn.covers.clone()).unwrap_or_default();
        let mut standing = standing_lines(self.log(), &covers);
        let surplus = standing.len().saturating_sub(LINES_SHOWN);
        standing.drain(..surplus);
        let lines: Vec<Line> = standing
            .into_iter()
            .map(|line| Line { author: line.author, content: line.message.content, unanswered: line.unanswered })
            .collect();
        let waiting = self.conversation.escalation().map(|escalation| Waiting {
            reason: &escalation.reason,
            summary: &escalation.summary,
            said: escalation.reassured,
        });
        let turn = Turn {
            conversation: &self.key.conversation,
            settings: &self.workspace.settings,
            brand,
            knowledge: &self.workspace.knowledge,
            lines: &lines,
            language: self.conversation.language.as_deref(),
            clarifications: self.conversation.clarifications,
            spoke_before: self.conversation.spoke,
            waiting,
            player: &self.conversation.player,
            country: None,
            tools: &[],
            rounds: &[],
            proven: &[],
            under_way: None,
            pictures: &[],
            spent: crate::domain::usage::Usage::default(),
            time_left: Duration::from_millis(u64::from(self.workspace.settings.agent.budget.turn_ms)),
            now: self.now(),
        };
        let Work::Converse(agent) = &self.engine.work else { return None };
        match agent.think(&turn).await {
            Ok(thought) => Some(thought),
            Err(error) => Some(self.agent_failed(&error)),
        }
    }

    fn agent_failed(&mut self, error: &AgentError) -> Thought {
        tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, %error, "the agent failed; a human is asked for");
        self.found(Finding::AgentFailed);
        let verdict = Verdict::Escalate { reason: EscalationReason::AiError, summary: String::new() };
        Thought::of(verdict)
    }

    /// After the last look: whether what was concluded is still to be said. Takes in what the look found.
    fn may_still_say(&mut self, actions: &[ActionId]) -> bool {
        self.take_in();
        // More than one commit takes: drained first, then decided again.
        if self.has_news() {
            return false;
        }
        actions.iter().all(|id| self.conversation.action(*id).is_some_and(|action| self.is_valid(action)))
    }

    /// `valid_while` of ARCHITECTURE.md, "Actions and their promises".
    pub(super) fn is_valid(&self, action: &Action) -> bool {
        let same_epoch = action.epoch == self.conversation.epoch;
        let open = matches!(action.state, ActionState::Claimed { .. });
        match &action.kind {
            ActionKind::Reply { overrides_visitor, .. } => {
                let paused = self.conversation.retry_at.is_some_and(|at| at > self.engine.clock.now());
                open && !paused && self.conversation.phase == Phase::Assisting && (same_epoch || *overrides_visitor)
            }
            ActionKind::Notice { .. } => {
                let looking = matches!(self.conversation.phase, Phase::Escalating(_) | Phase::Unattended { .. });
                let reminds = self.conversation.phase == Phase::Assisting && self.conversation.is_reminder(action.id);
                open && (looking || reminds)
            }
            ActionKind::Note { .. } => open && self.conversation.escalation().is_some(),
            ActionKind::Transfer { target, .. } => open && self.is_rung(target),
            ActionKind::TakeBack { .. } | ActionKind::Pickup => open && self.conversation.phase == Phase::Assisting,
            ActionKind::Release { .. } | ActionKind::Mail { .. } | ActionKind::LookBack { .. } => open,
            ActionKind::Close => open && matches!(self.conversation.phase, Phase::Assisting | Phase::Unattended { .. }),
        }
    }

    /// Takes an unsaid reply back and thinks again with what the visitor wrote meanwhile. False when that is not ours
    /// to do any more.
    fn resume(&mut self, actions: &[ActionId]) -> bool {
        let now = self.now();
        let mut replied = false;
        for id in actions {
            let open = self.conversation.action(*id).filter(|action| action.is_open());
            replied |= open.is_some_and(|action| matches!(action.kind, ActionKind::Reply { .. }));
            if open.is_some_and(|action| matches!(action.kind, ActionKind::Reply { .. })) {
                self.happened(Effect::Withdraw { id: *id });
            }
        }
        // A close that was to follow is void with it.
        let closes = self.conversation.actions.iter().filter(|action| action.kind == ActionKind::Close);
        for id in closes.map(|action| action.id).collect::<Vec<_>>() {
            self.happened(Effect::Withdraw { id });
        }
        if !replied || self.conversation.phase != Phase::Assisting {
            return false;
        }
        let rethinks = self.rethinks.saturating_add(1);
        let holder = self.holder.clone();
        self.conversation.start_turn(&holder, &self.engine.terms, now);
        if let Some(turn) = &mut self.conversation.turn {
            turn.rethinks = rethinks;
        }
        true
    }
}
