//! Mailing the transcript: gather, render, send, and set aside what SES does not take (ARCHITECTURE.md, "Mail").

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::agent::Agent;
use crate::dead_letter::DeadLetter;
use crate::domain::action::Action;
use crate::domain::conversation::{Phase, SentMail};
use crate::domain::drain::{Finding, LogEntry};
use crate::domain::email::EmailAddress;
use crate::domain::escalation::MailOccasion;
use crate::domain::id::OperatorId;
use crate::mail::{Letter, Post, PostError, compose};
use crate::store::Store;
use crate::telemetry::Chain;
use crate::transcript::{Sources, Transcript, assemble, occasion_title};

use super::effect::Effect;
use super::session::Session;
use super::{Work, decisions};

/// From the so-manieth failure on somebody is told.
const REPORTED_AFTER: u8 = 2;
/// After so many definite failures a mail is set aside with all that is needed to send it by hand.
const SET_ASIDE_AFTER: u8 = 4;
/// How long a mail that was set aside is left alone. It is tried again all the same.
const LEFT_ALONE: SignedDuration = SignedDuration::from_mins(15);

/// What a process needs to send mails.
pub struct MailRoom {
    /// Who takes mails.
    pub post: Post,
    /// The queue for those that nobody takes.
    pub dead_letters_url: String,
}

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Mails the transcript. The action stays open until SES took it.
    pub(super) async fn mail(&mut self, action: &Action, occasion: MailOccasion) {
        let engine = self.engine;
        let Work::Mail(room) = &engine.work else { return };
        let over = matches!(self.conversation.phase, Phase::Closed { .. });
        let about_lines = occasion == MailOccasion::EndedUnanswered || over && occasion == MailOccasion::Supplement;
        let of_this_thread = action.id > self.conversation.thread_after;
        if about_lines && of_this_thread && self.conversation.unmailed().is_empty() {
            // Our answer turned up after all.
            self.happened(Effect::Withdraw { id: action.id });
            return;
        }
        let Some(to) = self.addressee(occasion) else {
            self.found(Finding::EscalationUnsettled);
            self.happened(Effect::Failed { id: action.id, at_least: Some(LEFT_ALONE) });
            return;
        };
        let told = self.conversation.unanswered.clone();
        let Some(letter) = self.letter(action, Some(occasion), &[to]).await else { return };
        let to_last_resort = matches!(occasion, MailOccasion::Returned { .. });
        let tags = [
            ("workspace", self.key.workspace.as_str()),
            ("conversation", self.key.conversation.as_str()),
            // One that comes back from there is not answered with another.
            ("to", if to_last_resort { "last_resort" } else { "team" }),
        ];
        match room.post.send(&letter, &tags).await {
            Ok(accepted) => {
                tracing::info!(workspace = %self.key.workspace, conversation = %self.key.conversation, message_id = accepted.message_id, ?occasion, "mailed");
                let mail = SentMail {
                    action: action.id,
                    at: self.now(),
                    occasion,
                    message_id: accepted.message_id,
                    returned: false,
                };
                self.happened(Effect::Mailed { id: action.id, mail, told });
            }
            Err(error) => self.mail_refused(action, Some(occasion), &letter, &error, room).await,
        }
    }

    /// Mails the transcript to whom a person named. No close waits for it, and no line counts as told by it.
    pub(super) async fn mail_copy(&mut self, action: &Action, to: &[EmailAddress]) {
        let engine = self.engine;
        let Work::Mail(room) = &engine.work else { return };
        let to: Vec<String> = to.iter().map(ToString::to_string).collect();
        let Some(letter) = self.letter(action, None, &to).await else { return };
        let tags = [
            ("workspace", self.key.workspace.as_str()),
            ("conversation", self.key.conversation.as_str()),
            // One that comes back is told to nobody by mail: the request was not the visitor's.
            ("to", "copy"),
        ];
        match room.post.send(&letter, &tags).await {
            Ok(accepted) => {
                tracing::info!(workspace = %self.key.workspace, conversation = %self.key.conversation, message_id = accepted.message_id, "a copy was mailed");
                self.happened(Effect::Copied { id: action.id });
            }
            Err(error) => self.mail_refused(action, None, &letter, &error, room).await,
        }
    }

    /// Writes it; none where that failed, which is noted.
    async fn letter(&mut self, action: &Action, occasion: Option<MailOccasion>, to: &[String]) -> Option<Letter> {
        let transcript = match self.transcript(occasion).await {
            Ok(transcript) => transcript,
            Err(error) => {
                tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "the transcript could not be gathered");
                self.happened(Effect::Failed { id: action.id, at_least: None });
                return None;
            }
        };
        let settings = &self.workspace.settings;
        match compose(&transcript, settings, self.conversation.brand(settings), to) {
            Ok(letter) => Some(letter),
            Err(error) => {
                tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "the mail could not be made");
                self.found(Finding::EscalationUnsettled);
                self.happened(Effect::Failed { id: action.id, at_least: Some(LEFT_ALONE) });
                None
            }
        }
    }

    async fn mail_refused(
        &mut self,
        action: &Action,
        occasion: Option<MailOccasion>,
        letter: &Letter,
        error: &PostError,
        room: &MailRoom,
    ) {
        tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(error), failures = u32::from(action.failures) + 1, "SES did not take the mail");
        if action.failures.saturating_add(1) >= REPORTED_AFTER {
            self.found(Finding::MailFailed);
        }
        let failures = action.failures.saturating_add(1);
        let hopeless = error.is_permanent() || failures >= SET_ASIDE_AFTER;
        // Once: a person who has it need not find it again every quarter of an hour.
        if failures == SET_ASIDE_AFTER || error.is_permanent() && action.failures == 0 {
            self.set_aside(action, occasion, letter, error, room).await;
        }
        let wait = hopeless.then_some(LEFT_ALONE);
        self.happened(if error.is_definite() {
            Effect::Failed { id: action.id, at_least: wait }
        } else {
            // It may be on its way: it is sent once more all the same, at least once being promised.
            Effect::MailUnsure { id: action.id, wait }
        });
    }

    async fn set_aside(
        &mut self,
        action: &Action,
        occasion: Option<MailOccasion>,
        letter: &Letter,
        error: &PostError,
        room: &MailRoom,
    ) {
        self.found(Finding::MailUndeliverable);
        let dead = DeadLetter {
            workspace: self.key.workspace.clone(),
            conversation: self.key.conversation.clone(),
            at: self.now(),
            occasion: occasion_title(occasion).to_owned(),
            reason: error.to_string(),
            failures: u32::from(action.failures) + 1,
            from: letter.from.clone(),
            to: letter.to.clone(),
            reply_to: letter.reply_to.clone(),
            subject: letter.subject.clone(),
            text: letter.text.clone(),
            mime_base64: None,
        };
        let dead = dead.with_mime(&letter.raw);
        if let Err(error) = self.engine.bus.dead_letter(&room.dead_letters_url, &dead).await {
            tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "the mail could not be set aside; it is still tried now and then");
        }
    }

    /// Who is written to.
    fn addressee(&self, occasion: MailOccasion) -> Option<String> {
        let settings = &self.workspace.settings;
        let last_resort = settings.escalation.last_resort_email.clone();
        if matches!(occasion, MailOccasion::Returned { .. }) {
            return last_resort;
        }
        self.conversation.brand(settings).and_then(|brand| brand.escalation.email.clone()).or(last_resort)
    }

    async fn transcript(&mut self, occasion: Option<MailOccasion>) -> Result<Transcript, super::EngineError> {
        let now = self.now();
        let from = self.conversation.facts.opened_at;
        let salesiq = match self.portal.lines(&self.key.conversation, from, now).await {
            Ok(lines) => Some(lines),
            Err(error) => {
                self.note_failure(&error, "list messages");
                None
            }
        };
        let log = self.engine.store.log(self.key).await.map_err(|source| self.store_error(source))?;
        let log: Vec<(jiff::Timestamp, LogEntry)> =
            log.iter().filter_map(|line| Some((line.time, serde_json::from_str(&line.body).ok()?))).collect();
        let decisions =
            decisions::read(&self.engine.store, self.key).await.map_err(|source| self.store_error(source))?;
        let names: BTreeMap<OperatorId, String> = decisions
            .iter()
            .flat_map(|decision| &decision.considered)
            .filter_map(|one| Some((one.operator.clone(), one.name.clone()?)))
            .collect();
        let settings = &self.workspace.settings;
        let escalation = self.conversation.escalation().or(self.conversation.last_escalation.as_ref());
        Ok(assemble(Sources {
            settings,
            brand: self.conversation.brand(settings),
            id: &self.key.conversation,
            conversation: &self.conversation,
            occasion,
            escalation,
            decisions: &decisions,
            salesiq,
            log: &log,
            operators: &names,
            now,
        }))
    }
}
