//! The end of a chat that is told beforehand: how many seconds are left, step by step, then it is closed
//! (ARCHITECTURE.md, "Silence and countdown").
//!
//! The end is counted from when a step was really said, so the visitor always has the time that they were told. A step
//! that is late is left out when the next one is due already.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::{ActionId, ActionKind, ActionState};
use super::conversation::{Conversation, Phase};
use super::drain::Drained;
use super::event::{DedupKey, Event, EventKind, InboxEvent, Told};
use super::finding::Finding;
use super::fingerprint::hex;
use super::id::ConversationId;
use super::idle::Reminder;
use super::plan::seconds;
use super::settings::WorkspaceSettings;

/// A chat that is being ended. Whatever the visitor writes cancels it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countdown {
    /// Since when.
    pub begun_at: Timestamp,
    /// The steps that were not said yet, in seconds before the end, longest first. Without any step that was ever said,
    /// none left means: say the last word and close.
    pub left: Vec<u32>,
    /// When it ends; none before the first step was said.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// What is being said.
    #[serde(default)]
    saying: Option<Saying>,
    /// The close that ends it.
    #[serde(default)]
    pub close: Option<ActionId>,
}

/// A line on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Saying {
    action: ActionId,
    /// How many seconds it tells are left; none: it is the last word.
    seconds: Option<u32>,
}

impl Countdown {
    fn new(mut steps: Vec<u32>, begun_at: Timestamp) -> Self {
        // Settings are checked; a step twice would be said twice.
        steps.sort_unstable_by(|a, b| b.cmp(a));
        steps.dedup();
        Self { begun_at, left: steps, ends_at: None, saying: None, close: None }
    }

    /// When the next step or the end is due.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        match self.ends_at {
            _ if self.close.is_some() => None,
            None => Some(self.begun_at),
            Some(ends_at) => Some(self.left.first().map_or(ends_at, |step| ends_at - seconds(*step))),
        }
    }

    /// What is to be said now; of several steps that are due the last.
    pub(super) fn reminder(&self, now: Timestamp) -> Option<Reminder> {
        let step = match self.ends_at {
            _ if self.close.is_some() => return None,
            None => self.left.first(),
            Some(ends_at) if ends_at <= now => return None,
            Some(ends_at) => Some(self.left.iter().rev().find(|step| ends_at - seconds(**step) <= now)?),
        };
        Some(step.map_or(Reminder::LastWord, |seconds| Reminder::Countdown { seconds: *seconds }))
    }

    /// A line is on its way; it and what comes before it is not said again.
    pub(super) fn say(&mut self, reminder: Reminder, action: ActionId, close: Option<ActionId>) {
        let seconds = match reminder {
            Reminder::Countdown { seconds } => Some(seconds),
            Reminder::CheckIn | Reminder::LastWord => None,
        };
        self.left.retain(|step| seconds.is_some_and(|seconds| *step < seconds));
        self.saying = Some(Saying { action, seconds });
        self.close = close;
    }

    /// It arrived: from now on the visitor has the time that it tells.
    pub(super) fn said(&mut self, now: Timestamp) {
        if let Some(told) = self.saying.take().and_then(|saying| saying.seconds) {
            self.ends_at = self.ends_at.max(Some(now + seconds(told)));
        }
    }

    pub(super) fn saying(&self) -> Option<ActionId> {
        self.saying.map(|saying| saying.action)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.saying.is_none() && self.close.is_none() && self.ends_at.is_some_and(|ends_at| ends_at <= now)
    }
}

impl Conversation {
    /// Begins to end the chat. Without steps the last word is said and the chat is closed at once.
    pub(super) fn begin_countdown(&mut self, steps: Vec<u32>, now: Timestamp) {
        self.call_off_ending(now);
        self.counts.countdowns += u64::from(!steps.is_empty());
        self.countdown = Some(Countdown::new(steps, now));
    }

    /// The steps that the brand has set.
    pub(super) fn countdown_steps(&self, settings: &WorkspaceSettings) -> Vec<u32> {
        self.brand(settings).map(|brand| settings.idle_of(brand).countdown_s).unwrap_or_default()
    }

    /// Somebody asked for the end of the chat. Not while it isn't ours, while a human is looked for, nor while the visitor
    /// waits for an answer.
    pub(super) fn end_asked(&mut self, countdown: bool, settings: &WorkspaceSettings, now: Timestamp) -> Drained {
        if self.phase != Phase::Assisting || !self.unanswered.is_empty() {
            return Drained { finding: Some(Finding::EndNotOurs), ..Drained::default() };
        }
        self.end(countdown, settings, now);
        Drained::default()
    }

    /// Begins to end it. What ends already goes on as it was told to the visitor.
    pub(super) fn end(&mut self, countdown: bool, settings: &WorkspaceSettings, now: Timestamp) {
        let ends = self.open_action(|kind| *kind == ActionKind::Close).is_some();
        if self.countdown.is_none() && !ends {
            let steps = if countdown { self.countdown_steps(settings) } else { Vec::new() };
            self.begin_countdown(steps, now);
        }
    }

    /// What the clock and failures make of a countdown.
    pub(super) fn watch_countdown(&mut self, settings: &WorkspaceSettings, now: Timestamp) {
        if self.countdown.is_some() && !self.unanswered.is_empty() {
            self.call_off_ending(now);
        }
        let given_up = self.reminder_given_up();
        let silent = self.silent_with(settings, now).is_some();
        let ending = self.is_ending();
        let Some(countdown) = &mut self.countdown else { return };
        if countdown.close.is_some() && !ending {
            // The close was given up: SalesIQ ends the chat when nobody writes.
            self.countdown = None;
            return;
        }
        if given_up && countdown.close.is_none() {
            countdown.saying = None;
            if countdown.ends_at.is_none() {
                // The visitor was told nothing: nothing is ended behind their back.
                self.call_off_ending(now);
                return;
            }
        }
        if silent && countdown.is_over(now) {
            let close = self.add_action(ActionKind::Close, ActionState::Waiting { not_before: now });
            if let Some(countdown) = &mut self.countdown {
                countdown.close = Some(close);
            }
        }
    }
}

/// The request to end a chat, as it is put into the conversation's inbox. `request` names it: the same one twice is one.
#[must_use]
pub fn end_asked(conversation: &ConversationId, countdown: bool, request: &str, now: Timestamp) -> InboxEvent {
    let parts = format!("end asked|{conversation}|{request}");
    let hash = ring::digest::digest(&ring::digest::SHA256, parts.as_bytes());
    let kind = EventKind::EndAsked { countdown };
    InboxEvent {
        dedup: DedupKey::from_hex(hex(&hash.as_ref()[..16])),
        order: now,
        received_at: now,
        event: Event { conversation: conversation.clone(), time: Some(now), kind, told: Told::default() },
        raw: None,
    }
}
