//! A visitor who says nothing more is asked once whether they are still there; then the chat is ended (ARCHITECTURE.md,
//! "Silence and countdown").
//!
//! Silence is measured by our own clock, from when a line of ours was said or the chat became ours: neither a late echo
//! nor a clock of SalesIQ's that is ahead of ours can end a chat early. A line of the visitor ends the silence whenever
//! it comes and whenever it was written.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::{Action, ActionId, ActionKind, ActionState, Holder};
use super::conversation::{Attendance, Conversation, Phase, Terms};
use super::fingerprint::Fingerprint;
use super::plan::seconds;
use super::settings::{IdleSettings, WorkspaceSettings};

/// A silence, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idle {
    /// Since when nothing was said, by our clock.
    pub since: Timestamp,
    /// The line that is being said: the check-in, or the last word.
    #[serde(default)]
    pub saying: Option<ActionId>,
    /// When the visitor was asked whether they are still there.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// The close that ends it. One that was given up is not tried again in this silence.
    #[serde(default)]
    pub close: Option<ActionId>,
}

/// What is to be said to a visitor who says nothing. It answers nothing, and no wait of theirs begins or ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminder {
    /// Are you still there?
    CheckIn,
    /// The chat ends in so many seconds.
    Countdown {
        /// How many.
        seconds: u32,
    },
    /// The chat ends now.
    LastWord,
}

impl Idle {
    /// A silence that begins now.
    #[must_use]
    pub fn since(since: Timestamp) -> Self {
        Self { since, saying: None, asked_at: None, close: None }
    }

    /// When the next thing is to be said in it.
    fn due_at(&self, settings: &IdleSettings) -> Option<Timestamp> {
        match self.asked_at {
            _ if settings.check_in_s == 0 || self.close.is_some() => None,
            None => Some(self.since + seconds(settings.check_in_s)),
            Some(asked_at) => (settings.close_s > 0).then(|| asked_at + seconds(settings.close_s)),
        }
    }
}

impl Conversation {
    /// When something is to be said to a visitor who says nothing, or the chat is to be ended; none while somebody waits,
    /// thinks or speaks.
    #[must_use]
    pub fn reminder_at(&self, settings: &WorkspaceSettings, now: Timestamp) -> Option<Timestamp> {
        let idle_settings = self.silent_with(settings, now)?;
        if self.reminder_given_up() {
            return Some(now);
        }
        match (&self.countdown, &self.idle) {
            (Some(countdown), _) => countdown.due_at(),
            (None, Some(idle)) => idle.due_at(&idle_settings),
            // The silence of a visitor whom a human serves is that human's matter.
            (None, None) if self.phase != Phase::Assisting => None,
            // Not watched yet: that is done when it is planned.
            (None, None) => (idle_settings.check_in_s > 0).then_some(now),
        }
    }

    /// What is to be said now.
    pub(super) fn reminder_due(&self, settings: &WorkspaceSettings, now: Timestamp) -> Option<Reminder> {
        let due = self.reminder_at(settings, now).is_some_and(|at| at <= now);
        match (&self.countdown, &self.idle) {
            _ if !due => None,
            (Some(countdown), _) => countdown.reminder(now),
            (None, Some(Idle { asked_at: None, .. })) => Some(Reminder::CheckIn),
            (None, Some(_)) => Some(Reminder::LastWord),
            (None, None) => None,
        }
    }

    /// Keeps silence and countdown in line with everything else. Called whenever it is planned.
    pub(super) fn watch_silence(&mut self, settings: &WorkspaceSettings, now: Timestamp) {
        if !self.is_ours_to_end() {
            self.idle = None;
            self.countdown = None;
            return;
        }
        self.watch_countdown(settings, now);
        if self.phase != Phase::Assisting {
            self.idle = None;
            return;
        }
        let given_up = self.reminder_given_up();
        match &mut self.idle {
            // A check-in that could not be said asked nobody: the silence begins anew.
            Some(idle) if given_up && idle.close.is_none() => *idle = Idle::since(now),
            Some(idle) if given_up => idle.saying = None,
            Some(_) => {}
            None => {
                let watched = self.silent_with(settings, now).is_some_and(|idle| idle.check_in_s > 0);
                self.idle = (watched && self.countdown.is_none()).then(|| Idle::since(now));
            }
        }
    }

    /// The settings for a visitor who says nothing, if nothing waits, nobody thinks and nothing is being said in a chat
    /// that we attend.
    pub(super) fn silent_with(&self, settings: &WorkspaceSettings, now: Timestamp) -> Option<IdleSettings> {
        let brand = self.brand(settings)?;
        let busy = |kind: &ActionKind| kind.speaks() || matches!(kind, ActionKind::Pickup | ActionKind::Close);
        let silent = self.is_ours_to_end()
            && !self.must_read
            && self.attendance(&settings.bot_operator) == Attendance::Us
            && self.unanswered.is_empty()
            && !self.is_thinking(now)
            && self.open_action(busy).is_none();
        silent.then(|| settings.idle_of(brand))
    }

    /// Says it: the line is claimed. After a last word the chat is closed.
    pub fn remind(
        &mut self,
        reminder: Reminder,
        text: String,
        holder: &Holder,
        terms: &Terms,
        now: Timestamp,
    ) -> Vec<ActionId> {
        let claimed = ActionState::Claimed { by: holder.clone(), since: now, until: now + terms.claim() };
        let print = Fingerprint::of(&text);
        let said = self.add_action(ActionKind::Notice { text, print }, claimed);
        let close = (reminder == Reminder::LastWord)
            .then(|| self.add_action(ActionKind::Close, ActionState::Waiting { not_before: now }));
        if let Some(countdown) = &mut self.countdown {
            countdown.say(reminder, said, close);
        } else if let Some(idle) = &mut self.idle {
            idle.saying = Some(said);
            idle.close = close;
        }
        vec![said]
    }

    /// Whether a notice is still to be said while the AI attends: only what belongs to the silence that goes on.
    #[must_use]
    pub fn is_reminder(&self, id: ActionId) -> bool {
        self.saying() == Some(id)
    }

    /// A line of ours has arrived: takes note of it if it is one of these, else the silence begins with it.
    pub(super) fn said_in_silence(&mut self, id: ActionId, now: Timestamp) {
        let is_reminder = self.is_reminder(id);
        if is_reminder {
            self.counts.reminders += 1;
        }
        if let Some(countdown) = self.countdown.as_mut().filter(|_| is_reminder) {
            countdown.said(now);
        } else if let Some(idle) = self.idle.as_mut().filter(|_| is_reminder) {
            idle.saying = None;
            if idle.close.is_none() {
                idle.asked_at = Some(now);
                self.counts.check_ins += 1;
            }
        } else if self.phase == Phase::Assisting && self.countdown.is_none() && !self.is_ending() {
            self.idle = Some(Idle::since(now));
        }
    }

    /// The visitor, or a human, is there: nothing of it goes on. What is on its way is known by its echo.
    pub(super) fn call_off_ending(&mut self, now: Timestamp) {
        let saying = self.saying();
        let serves = self.is_ours_to_end();
        self.give_up(|action| saying == Some(action.id) || serves && action.kind == ActionKind::Close, now);
        self.counts.countdowns_cancelled += u64::from(self.countdown.take().is_some());
        self.idle = None;
    }

    /// The chat is being closed for silence, or since a countdown is over.
    pub(super) fn is_ending(&self) -> bool {
        self.ending_close().is_some_and(|id| self.action(id).is_some_and(Action::is_open))
    }

    fn ending_close(&self) -> Option<ActionId> {
        let countdown = self.countdown.as_ref().and_then(|countdown| countdown.close);
        countdown.or(self.idle.as_ref().and_then(|idle| idle.close))
    }

    fn saying(&self) -> Option<ActionId> {
        match &self.countdown {
            Some(countdown) => countdown.saying(),
            None => self.idle.as_ref().and_then(|idle| idle.saying),
        }
    }

    /// SalesIQ refused what was to be said until it was given up.
    pub(super) fn reminder_given_up(&self) -> bool {
        self.saying().is_some_and(|id| !self.action(id).is_some_and(Action::is_open))
    }
}
