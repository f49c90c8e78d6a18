//! A turn: pick up, wait for the rest of a burst, think, conclude, look once more, say it (ARCHITECTURE.md, "Turns and epochs").
//!
//! Uncontended it costs three calls between the lease and the tick: the commit of the verdict, and the look before it
//! is said, which comes as late as can be since a sent line can't be taken back.

use std::time::Duration;

use tokio::time::Instant;

use crate::agent::playbook::looking_for_colleague;
use crate::agent::{Agent, Thought};
use crate::domain::action::{Action, ActionId, ActionKind, ActionState};
use crate::domain::conversation::Phase;
use crate::domain::plan::Claimed;
use crate::domain::turn::{Conclusion, Standing};
use crate::domain::verdict::{EscalationReason, Verdict};
use crate::store::Store;

use super::effect::Effect;
use super::session::{Committed, Session};
use super::{EngineError, fault_point};

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Thinks and says what it came to. The lease is held and committed when this is called.
    pub(super) async fn think(&mut self, pickup: Option<Claimed>) -> Result<(), EngineError> {
        self.thinking = None;
        self.reached(fault_point::Step::Committed).await;
        let burst = Duration::from_millis(u64::from(self.workspace.settings.burst_window_ms));
        let waited = tokio::time::sleep(burst);
        if let Some(pickup) = pickup {
            self.carry_out(&[pickup]).await;
            self.reached(fault_point::Step::PickedUp).await;
        }
        waited.await;
        let began = Instant::now();
        while let Some(actions) = self.come_to_a_verdict().await? {
            self.reached(fault_point::Step::Concluded).await;
            let pause = self.typing_pause(&actions).saturating_sub(began.elapsed());
            tokio::time::sleep(pause.min(self.ends().saturating_duration_since(Instant::now()))).await;
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
            let thought = Box::pin(self.deliberate()).await?;
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
                        // What thinking took, and what it learned, must not be lost with the process.
                        if self.effects.is_empty() || self.commit_if_changed().await? == Committed::Yes {
                            break;
                        }
                    }
                    Standing::Holds => {
                        let Some(thought) = &thought else {
                            let holder = self.holder.clone();
                            self.conversation.abandon_turn(&holder);
                            return Ok(None);
                        };
                        let actions = self.conclude(thought);
                        if self.commit_if_changed().await? == Committed::Yes {
                            self.tags_asked.clear();
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
            tags: thought.tags.iter().chain(&self.tags_asked).cloned().collect(),
            under_way: thought.under_way.clone(),
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

    /// How long typing the first message would take; nothing unless the settings ask for it.
    fn typing_pause(&self, actions: &[ActionId]) -> Duration {
        let typing = &self.workspace.settings.agent.typing;
        let first =
            actions.iter().filter_map(|id| self.conversation.action(*id)).find_map(|action| match &action.kind {
                ActionKind::Reply { text, .. } => Some(text.chars().count()),
                _ => None,
            });
        let characters = u64::try_from(first.unwrap_or_default()).unwrap_or(u64::MAX);
        let pause_ms = characters.saturating_mul(1_000).checked_div(u64::from(typing.chars_per_second));
        Duration::from_millis(pause_ms.unwrap_or_default().min(u64::from(typing.longest_ms)))
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
                let reminds = self.conversation.is_ours_to_end() && self.conversation.is_reminder(action.id);
                open && (looking || reminds)
            }
            ActionKind::Line { .. } => open && self.conversation.is_held_in_console(),
            ActionKind::Note { .. } => open && self.conversation.escalation().is_some(),
            ActionKind::Transfer { target, .. } => open && self.is_rung(target),
            ActionKind::TakeBack { .. } | ActionKind::Pickup => open && self.conversation.is_ours_to_end(),
            ActionKind::Release { .. }
            | ActionKind::Mail { .. }
            | ActionKind::MailCopy { .. }
            | ActionKind::TeamNote { .. }
            | ActionKind::LookBack { .. } => open,
            // Whoever has the chat, its tags are of use until it is over.
            ActionKind::Tag { .. } => open && !matches!(self.conversation.phase, Phase::Closed { .. }),
            ActionKind::Close => {
                let mailed = matches!(self.conversation.phase, Phase::Unattended { .. });
                open && (mailed || self.conversation.is_ours_to_end())
            }
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
