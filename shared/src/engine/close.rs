//! Closing a chat: by a verdict of the AI, for silence, when a countdown is over, or after its transcript was mailed (ARCHITECTURE.md, "Actions and their promises").

use jiff::{SignedDuration, Timestamp};

use crate::agent::Agent;
use crate::domain::action::Action;
use crate::domain::conversation::{Attendance, Phase};
use crate::domain::drain::Finding;
use crate::salesiq::error::SalesiqError;
use crate::store::Store;
use crate::telemetry::Chain;

use super::effect::Effect;
use super::portal::{Outcome, outcome};
use super::session::Session;

/// After so many refusals a chat is left open for a person to look at, and tried again now and then.
const REFUSALS: u8 = 3;
/// Within what time of the opening a line may be the first one (api.md §9.1, assumption).
const FIRST_LINE: SignedDuration = SignedDuration::from_secs(10);
/// After so many failures the list of messages is not waited for.
const LISTS_ASKED: u8 = 2;
/// How long a chat that could not be closed is left alone.
const LEFT_OPEN: SignedDuration = SignedDuration::from_mins(15);

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Closes the chat: not while a line waits.
    pub(super) async fn close(&mut self, action: &Action, unsure: bool) {
        if matches!(self.conversation.phase, Phase::Unattended { .. }) {
            self.close_mailed(action).await;
            return;
        }
        if !self.nothing_was_missed(action).await || !self.still_open(action) {
            return;
        }
        if !self.is_valid(action) || !self.conversation.unanswered.is_empty() {
            let id = action.id;
            self.happened(if unsure { Effect::Cancel { id } } else { Effect::Withdraw { id } });
            return;
        }
        match self.portal.close(&self.key.conversation, self.after_all_known()).await {
            Ok(event) => {
                self.happened(Effect::Done { id: action.id });
                self.happened(Effect::Read(Box::new(event)));
            }
            Err(error) => self.close_refused(action, &error).await,
        }
    }

    /// The last look before a chat is closed that the AI serves: the inbox, the chat as SalesIQ has it, and its messages,
    /// since a webhook may be late or lost. What the visitor wrote meanwhile is taken in. False when this could not be
    /// looked at: then nothing is closed now.
    async fn nothing_was_missed(&mut self, action: &Action) -> bool {
        if let Err(error) = self.load().await {
            tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "left to the next waker");
            return false;
        }
        self.take_in();
        if self.has_news() {
            return false;
        }
        if !self.still_open(action) || !self.conversation.unanswered.is_empty() {
            return true;
        }
        let looked = match self.portal.read_with_last_line(&self.key.conversation, self.now()).await {
            Ok((event, wrote_at)) => {
                self.happened(Effect::Read(Box::new(event)));
                let facts = &self.conversation.facts;
                let known = facts.visitor_wrote_at.max(facts.thread_begins());
                match self.find_missed_lines().await {
                    // Where messages can't be listed the last one has to do.
                    Err(error) if outcome(&error) == Outcome::WrongState && wrote_at <= known => Ok(()),
                    looked => looked,
                }
            }
            Err(error) => Err(error),
        };
        if let Err(error) = looked {
            let at_least = self.note_failure(&error, "read");
            self.happened(Effect::Failed { id: action.id, at_least });
            return false;
        }
        true
    }

    /// Closes a chat whose transcript was mailed. Right before, the inbox and SalesIQ are looked at: a human may have
    /// come, or the visitor may have written what no mail told of.
    async fn close_mailed(&mut self, action: &Action) {
        if let Err(error) = self.load().await {
            tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "left to the next waker");
            return;
        }
        self.take_in();
        if self.has_news() || !self.still_open(action) {
            return;
        }
        let untold = match self.untold_since_the_mail(action.failures).await {
            Ok(untold) => untold,
            Err(error) => {
                let at_least = self.note_failure(&error, "read");
                self.happened(Effect::Failed { id: action.id, at_least });
                return;
            }
        };
        if !self.still_open(action) {
            return;
        }
        if !self.is_valid(action) || !self.conversation.unmailed().is_empty() {
            self.happened(Effect::Withdraw { id: action.id });
            return;
        }
        if let Some(wrote_at) = untold {
            // Its webhook has not come, and may never: the mail is made from SalesIQ's own list.
            self.happened(Effect::Withdraw { id: action.id });
            self.happened(Effect::VisitorWrote { at: wrote_at });
            return;
        }
        if self.conversation.attendance(&self.workspace.settings.bot_operator) != Attendance::Us {
            self.take_the_chat().await;
            if !self.still_open(action) {
                return;
            }
        }
        match self.portal.close(&self.key.conversation, self.after_all_known()).await {
            Ok(event) => {
                self.happened(Effect::Done { id: action.id });
                self.happened(Effect::Read(Box::new(event)));
            }
            Err(error) => self.close_refused(action, &error).await,
        }
    }

    /// Takes in what SalesIQ has of the chat. Where it does not list messages, after a few tries: when the visitor wrote the last line, if no
    /// mail told of it.
    async fn untold_since_the_mail(&mut self, failures: u8) -> Result<Option<Timestamp>, SalesiqError> {
        let (event, visitor_wrote_at) = self.portal.read_with_last_line(&self.key.conversation, self.now()).await?;
        self.happened(Effect::Read(Box::new(event)));
        let facts = &self.conversation.facts;
        // The first line came with the opening; what is newer than the last mail is not the first line.
        let mailed_at = self.conversation.mails.last().map(|mail| mail.at);
        let first = facts.opened_at.map(|opened_at| opened_at + FIRST_LINE).min(mailed_at);
        let known = facts.visitor_wrote_at.max(first);
        match self.find_missed_lines().await {
            Err(error) if outcome(&error) == Outcome::WrongState || failures >= LISTS_ASKED => {
                Ok(visitor_wrote_at.filter(|wrote_at| known < Some(*wrote_at)))
            }
            looked => looked.map(|()| None),
        }
    }

    async fn close_refused(&mut self, action: &Action, error: &SalesiqError) {
        let at_least = self.note_failure(error, "close");
        if outcome(error) == Outcome::NobodyKnows {
            self.happened(Effect::Unsure { id: action.id });
            return;
        }
        if outcome(error) == Outcome::WrongState {
            // Not ours, as SalesIQ sees it.
            self.take_the_chat().await;
            if !self.still_open(action) {
                return;
            }
        }
        let often = action.failures >= REFUSALS;
        if often {
            self.found(Finding::ChatLeftOpen);
        }
        if often && self.conversation.is_ours_to_end() {
            // Nothing is lost by an open chat that was served: SalesIQ ends it when nobody writes.
            self.happened(Effect::Cancel { id: action.id });
            return;
        }
        let at_least = if often { Some(LEFT_OPEN) } else { at_least };
        self.happened(Effect::Failed { id: action.id, at_least });
    }
}
