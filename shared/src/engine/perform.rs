//! Carries out claimed actions. When a call's answer is lost nobody knows whether it took place; what is done then depends
//! on the kind (ARCHITECTURE.md, "Actions and their promises").

use jiff::{SignedDuration, Timestamp};

use crate::agent::Agent;
use crate::domain::action::{Action, ActionKind};
use crate::domain::asked::content;
use crate::domain::conversation::{Attendance, Phase};
use crate::domain::drain::{Finding, LogEntry};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::message::{Content, Sender};
use crate::domain::plan::Claimed;
use crate::domain::verdict::EscalationReason;
use crate::salesiq::assumptions::LIMIT_REACHED;
use crate::salesiq::client::Sent;
use crate::salesiq::error::SalesiqError;
use crate::store::Store;
use crate::telemetry::Chain;

use super::effect::Effect;
use super::portal::{Outcome, outcome};
use super::session::Session;

/// After so many refusals a notice is given up.
const NOTICE_REFUSALS: u8 = 3;

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Carries out actions in their order. One that fails does not hold up the next.
    pub(super) async fn carry_out(&mut self, actions: &[Claimed]) {
        for claimed in actions {
            let action = self.conversation.action(claimed.id).filter(|action| action.is_open()).cloned();
            let Some(action) = action else { continue };
            if action.kind.is_reply() && self.earlier_part_is_open(&action) {
                // Said after it, or not at all.
                self.happened(Effect::Failed { id: action.id, at_least: None });
                continue;
            }
            tracing::info!(
                workspace = %self.key.workspace, conversation = %self.key.conversation,
                action = action.id.0,
                kind = action.kind.name(),
                taken_over = claimed.unsure_since.is_some(),
                "carrying out"
            );
            match &action.kind {
                ActionKind::Pickup => self.pick_up(&action, claimed.unsure_since).await,
                ActionKind::Reply { text, print, .. }
                | ActionKind::Line { text, print, .. }
                | ActionKind::Notice { text, print } => {
                    self.say(&action, text, print, claimed.unsure_since).await;
                }
                ActionKind::Note { text } => self.put_note(&action, text).await,
                ActionKind::TeamNote { text } => self.put_team_note(&action, text).await,
                ActionKind::Transfer { target, take_back, .. } => {
                    self.transfer(&action, target, take_back.as_ref(), claimed.unsure_since.is_some()).await;
                }
                ActionKind::TakeBack { target } => self.take_back(&action, target).await,
                ActionKind::Release { operator } => self.release(&action, operator).await,
                ActionKind::LookBack { .. } => self.look_back(&action).await,
                ActionKind::Mail { occasion } => self.mail(&action, *occasion).await,
                ActionKind::MailCopy { to } => self.mail_copy(&action, to).await,
                ActionKind::Tag { tags } => self.tag(&action, tags).await,
                ActionKind::Close => self.close(&action, claimed.unsure_since.is_some()).await,
            }
        }
    }

    /// Learns from SalesIQ how the conversation stands.
    pub(super) async fn read_portal(&mut self) {
        let now = self.now();
        match self.portal.read(&self.key.conversation, now).await {
            Ok(event) => {
                self.happened(Effect::Read(Box::new(event)));
                if self.conversation.phase == Phase::Unplaced {
                    tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, "SalesIQ does not tell the brand");
                    self.found(Finding::UnresolvedPayload);
                    self.happened(Effect::BackOff { at_least: None });
                }
            }
            Err(error) => {
                let at_least = self.note_failure(&error, "read");
                self.happened(Effect::BackOff { at_least });
            }
        }
    }

    async fn pick_up(&mut self, action: &Action, unsure_since: Option<Timestamp>) {
        if !self.is_valid(action) {
            self.happened(Effect::Cancel { id: action.id });
            return;
        }
        if unsure_since.is_some() {
            self.read_portal().await;
            if self.attends() || !self.still_open(action) {
                return;
            }
        }
        match self.portal.pick_up(&self.key.conversation, self.now()).await {
            Ok(mut event) => {
                // The answer may carry an older time than what it supersedes.
                event.order = event.order.max(self.after_all_known());
                self.happened(Effect::Read(Box::new(event)));
                self.happened(Effect::Done { id: action.id });
                if !self.attends() && self.conversation.is_ours_to_end() {
                    self.happened(Effect::BackOff { at_least: None });
                }
            }
            Err(error) => {
                let at_least = self.note_failure(&error, "pickup");
                match outcome(&error) {
                    Outcome::WrongState => {
                        self.happened(Effect::Cancel { id: action.id });
                        self.happened(Effect::MustRead);
                        self.read_portal().await;
                        // Still nobody's although it can't be had: not at once again.
                        if !self.attends() && self.conversation.is_ours_to_end() {
                            self.happened(Effect::BackOff { at_least });
                        }
                    }
                    Outcome::DidNothing => self.happened(Effect::Failed { id: action.id, at_least }),
                    Outcome::NobodyKnows => {
                        self.read_portal().await;
                        if !self.attends() {
                            self.happened(Effect::Unsure { id: action.id });
                        }
                    }
                }
            }
        }
    }

    async fn say(&mut self, action: &Action, text: &str, print: &Fingerprint, unsure_since: Option<Timestamp>) {
        let conversation = &self.key.conversation;
        let is_reply = matches!(action.kind, ActionKind::Reply { .. });
        let content = said(&action.kind, text);
        if let Some(since) = unsure_since {
            let said_at = self.said_at(print);
            match self.portal.find_said(conversation, print, since, &said_at).await {
                Ok(Some(message)) => {
                    let sent = Sent { message: Some(message), time: None };
                    self.happened(Effect::Said { id: action.id, content, sent });
                    return;
                }
                // Reading took its time: a human may have come meanwhile.
                Ok(None) => {
                    if let Err(error) = self.load().await {
                        tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "left to the next waker");
                        return;
                    }
                    self.take_in();
                }
                Err(error) if is_reply => {
                    self.note_failure(&error, "read back");
                    self.found(Finding::UncertainReply);
                    let notice = self.notice(&EscalationReason::UncertainReply);
                    self.happened(Effect::Uncertain { id: action.id, notice });
                    return;
                }
                Err(error) if action.kind.is_persons_line() => {
                    self.note_failure(&error, "read back");
                    self.found(Finding::UncertainReply);
                    self.happened(Effect::LineUncertain { id: action.id });
                    return;
                }
                Err(error) => {
                    self.note_failure(&error, "read back");
                }
            }
        }
        let Some(held) = self.conversation.action(action.id).filter(|held| held.is_open()).cloned() else { return };
        if held.state != action.state || self.has_news() {
            // Another took it over, or there is more news than one commit takes: decided anew.
            return;
        }
        let is_file = matches!(content, Content::File { .. });
        if text.is_empty() && !is_file || !self.is_valid(&held) {
            self.give_up(action, unsure_since);
            return;
        }
        if held.kind.is_persons_line() && !self.attends() {
            // Nobody has taken it out of our hands: it is said once we have it back.
            self.happened(Effect::Failed { id: action.id, at_least: None });
            return;
        }
        let Some(sent) = self.send(action, text).await else { return };
        match sent {
            Ok(sent) => {
                self.woken.said += 1;
                self.happened(Effect::Said { id: action.id, content, sent });
            }
            Err(error) => {
                let at_least = self.note_failure(&error, "send");
                match outcome(&error) {
                    Outcome::WrongState if is_reply => {
                        self.give_up(action, unsure_since);
                        self.happened(Effect::MustRead);
                        self.happened(Effect::BackOff { at_least });
                    }
                    // Read back first: the echo of one that did arrive would pass for a human's line.
                    Outcome::NobodyKnows => self.happened(Effect::Unsure { id: action.id }),
                    Outcome::WrongState | Outcome::DidNothing => {
                        self.happened(Effect::Failed { id: action.id, at_least });
                        if outcome(&error) == Outcome::WrongState && action.failures >= NOTICE_REFUSALS {
                            // It must not hold up the mail and the close.
                            self.give_up(action, unsure_since);
                        } else if outcome(&error) == Outcome::WrongState {
                            self.happened(Effect::MustRead);
                            let ours = matches!(self.conversation.phase, Phase::Unattended { .. })
                                || self.conversation.is_held_in_console();
                            if action.failures > 0 && ours {
                                // Not ours any more, as when it was ended and opened again unheard.
                                self.take_the_chat().await;
                            }
                        }
                    }
                }
            }
        }
    }

    /// A part of the same reply that comes before is not said yet.
    fn earlier_part_is_open(&self, action: &Action) -> bool {
        let before = |other: &&Action| other.is_open() && other.kind.is_reply() && other.id < action.id;
        self.conversation.actions.iter().any(|other| before(&other))
    }

    /// Gives an action up that was not carried out now, and perhaps never.
    fn give_up(&mut self, action: &Action, unsure_since: Option<Timestamp>) {
        let id = action.id;
        self.happened(if unsure_since.is_some() { Effect::Cancel { id } } else { Effect::Withdraw { id } });
    }

    /// When we said this before, as far as the log goes back.
    fn said_at(&self, print: &Fingerprint) -> Vec<Timestamp> {
        let us = &self.workspace.settings.bot_operator;
        let ours = self.log().filter_map(|(_, entry)| match entry {
            LogEntry::Line { message, .. } => Some(message),
            _ => None,
        });
        ours.filter(|message| matches!(&message.sender, Sender::Operator { id, .. } if id == us))
            .filter(|message| &message.content.print() == print)
            .map(|message| message.time)
            .collect()
    }

    /// A moment after everything that was told: where something belongs that has no time of its own. Our clock would not
    /// do: it may be ahead of SalesIQ's, and outrank what happens next.
    pub(super) fn after_all_known(&self) -> Timestamp {
        let facts = &self.conversation.facts;
        let known = [facts.attender.time(), facts.ended.time(), facts.visitor_wrote_at, facts.opened_at];
        known.into_iter().flatten().max().map_or(self.now(), |latest| latest + SignedDuration::from_millis(1))
    }

    pub(super) fn attends(&self) -> bool {
        self.conversation.attendance(&self.workspace.settings.bot_operator) == Attendance::Us
    }

    pub(super) fn still_open(&self, action: &Action) -> bool {
        self.conversation.action(action.id).is_some_and(Action::is_open)
    }

    /// Logs a failed call once, reports what a person must mend, and tells how long to wait at least.
    pub(super) fn note_failure(&mut self, error: &SalesiqError, what: &'static str) -> Option<SignedDuration> {
        tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(error), what, "SalesIQ did not do it");
        if error.code() == Some(LIMIT_REACHED) {
            self.found(Finding::OperatorFull);
        }
        if matches!(error, SalesiqError::Auth { .. } | SalesiqError::Scope { .. }) {
            self.found(Finding::AccessRefused);
        }
        super::portal::retry_after(error)
    }
}

/// What stands in the chat once it is said.
fn said(kind: &ActionKind, text: &str) -> Content {
    match kind {
        ActionKind::Line { file, .. } => content(text, file.as_ref()),
        _ => Content::text(text),
    }
}
