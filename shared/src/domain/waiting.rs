//! What is measured of a thread: how long the visitor waited for the first answer and for a human, whether it came to an
//! end without any human, and the visitor's rating (ARCHITECTURE.md, "Findings and counters").
//!
//! The first wait counts: what is said by itself (a colleague is looked for, is somebody there) answers nothing, and nor
//! does a Zobot. Each is counted once a thread, when it is first known: counts only grow.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::conversation::{Closed, Conversation, Phase};
use super::event::{EventKind, InboxEvent};
use super::join::earliest;
use crate::salesiq::assumptions::RATINGS;

/// Up to how many seconds each step of the histograms goes; a longer wait is beyond them.
pub const STEPS_S: [u32; 8] = [5, 10, 30, 60, 120, 300, 900, 3_600];

/// How the step beyond [`STEPS_S`] is called.
pub const BEYOND: &str = "beyond";

/// What is known of the current thread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Waits {
    /// When the visitor first wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// When they were first answered; not before they wrote, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// The first wait was counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
    /// A human wrote, had it, or ended it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub human: bool,
    /// The visitor is served, as the AI understood their last words.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
    /// A rating was counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rated: bool,
}

impl Waits {
    /// Nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Somebody answered. One who wrote before the visitor did answered nothing.
    fn answered(&mut self, at: Timestamp) {
        let early = self.asked_at.zip(self.answered_at).is_some_and(|(asked, answered)| answered < asked);
        if early {
            self.answered_at = Some(at);
        } else {
            earliest(&mut self.answered_at, at);
        }
    }

    /// How long the first answer took, if it is known and was not counted.
    fn to_count(&self) -> Option<u64> {
        let (asked, answered) = (self.asked_at?, self.answered_at?);
        (!self.counted && answered >= asked).then(|| ms(asked, answered))
    }
}

/// Waits of one kind, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Waited {
    /// How many.
    pub count: u64,
    /// How long they were together, in milliseconds.
    pub ms: u64,
    /// How many were up to so many seconds, and longer than the step before; [`u32::MAX`]: beyond all steps.
    pub upto_s: BTreeMap<u32, u64>,
}

impl Waited {
    /// There was none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn add(&mut self, ms: u64) {
        self.count += 1;
        self.ms = self.ms.saturating_add(ms);
        let step = STEPS_S.into_iter().find(|step| ms <= u64::from(*step) * 1_000).unwrap_or(u32::MAX);
        *self.upto_s.entry(step).or_default() += 1;
    }

    /// Under the names of their counters, which begin with `name`.
    pub(super) fn totals(&self, name: &str) -> Vec<(String, u64)> {
        let steps = self.upto_s.iter().map(|(step, count)| (format!("{name}.{}", step_name(*step)), *count));
        [(format!("{name}.count"), self.count), (format!("{name}.ms"), self.ms)].into_iter().chain(steps).collect()
    }
}

/// How a step is called in counters' names.
#[must_use]
pub fn step_name(upto_s: u32) -> String {
    if upto_s == u32::MAX { BEYOND.to_owned() } else { format!("{upto_s}s") }
}

impl Conversation {
    /// Takes note of what an event, already taken in, says of waits. Called after each drain.
    pub(super) fn watch_waits(&mut self, inbox: &InboxEvent) {
        match &inbox.event.kind {
            EventKind::EndAsked { .. } | EventKind::Asked { ask: Ask::End { .. }, .. } => self.waits.human = true,
            EventKind::Rated { rating: Some(stars), .. } => self.rated(*stars),
            _ => {}
        }
        if !self.facts.is_closed() {
            let begins = self.facts.thread_begins();
            let lines = self.facts.messages.iter().filter(|line| line.by_visitor && Some(line.time) > begins);
            let question = self.facts.opened_at.filter(|_| begins.is_none() && self.question_taken);
            if let Some(asked_at) = lines.map(|line| line.time).chain(question).min() {
                earliest(&mut self.waits.asked_at, asked_at);
            }
        }
        self.count_first_wait();
    }

    /// The visitor was answered, by the AI or by anybody.
    pub(super) fn first_answered(&mut self, at: Timestamp) {
        self.waits.answered(at);
        self.count_first_wait();
    }

    fn count_first_wait(&mut self) {
        if let Some(ms) = self.waits.to_count() {
            self.waits.counted = true;
            self.counts.first_answer.add(ms);
        }
    }

    /// A human has it who was looked for, since when the last search of this thread tells.
    pub(super) fn count_wait_for_human(&mut self, now: Timestamp) {
        if let Some(search) = &self.last_escalation {
            self.counts.to_human.add(ms(search.since, now));
        }
    }

    /// A rating; of a thread the first counts, since a delivery without a time may come twice (api.md §5.6).
    fn rated(&mut self, stars: i64) {
        let Ok(stars) = u8::try_from(stars) else { return };
        if RATINGS.contains(&stars) && !self.waits.rated {
            self.waits.rated = true;
            *self.counts.ratings.entry(stars).or_default() += 1;
        }
    }

    /// The thread ended: whether the AI alone had it. That the visitor said so is one thing, that they said nothing more
    /// another. Called before the phase is changed.
    pub(super) fn count_containment(&mut self, how: Closed) {
        let watched = matches!(self.phase, Phase::Unplaced | Phase::Observed | Phase::AwaitingHandoff | Phase::Bridged);
        if watched {
            return;
        }
        self.counts.served += 1;
        let alone = self.phase == Phase::Assisting && self.spoke && !self.waits.human && how != Closed::Missed;
        if alone && self.unanswered.is_empty() {
            self.counts.contained_confirmed += u64::from(self.waits.confirmed);
            self.counts.contained_assumed += u64::from(!self.waits.confirmed);
        }
    }
}

/// How long it took, in milliseconds. Times come from two clocks.
fn ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_in_the_step_that_it_just_fits() {
        let mut waited = Waited::default();
        for ms in [0, 5_000, 5_001, 3_600_000, 3_600_001] {
            waited.add(ms);
        }
        let totals = waited.totals("first_answer");
        let expected = [
            ("first_answer.count", 5),
            ("first_answer.ms", 7_210_002),
            ("first_answer.5s", 2),
            ("first_answer.10s", 1),
            ("first_answer.3600s", 1),
            ("first_answer.beyond", 1),
        ];
        assert_eq!(totals, expected.map(|(name, count)| (name.to_owned(), count)));
    }

    #[test]
    fn who_wrote_before_the_visitor_answered_nothing() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let mut waits = Waits::default();
        waits.answered(at(1));
        waits.asked_at = Some(at(5));
        assert_eq!(waits.to_count(), None);
        waits.answered(at(9));
        waits.answered(at(12));
        assert_eq!(waits.to_count(), Some(4_000));
    }
}
