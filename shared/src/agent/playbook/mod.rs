//! The embedded agent: answers from the workspace's knowledge without a network and without a model.
//!
//! A company gets answers on the first day, before it has chosen a model, and the same question always gets the same
//! answer. It says only what an article says, what the brand has set, or one of the fixed texts in `texts/`.
//!
//! The visitor's unanswered lines are one question. It is looked at in this order:
//!
//! 1. what the guards see without thinking ([`crate::agent::guard::before`]): [`Verdict::Escalate`];
//! 2. a file, which nobody here can look at: [`Verdict::Escalate`], unless there is a plain question beside it that the
//!    knowledge answers; then it is answered, and said that the file was not looked at;
//! 3. greetings, thanks and the like, when there is nothing else: a short answer;
//! 4. "are you a human?": the truth, then the rest of the question;
//! 5. nothing that can be read (emoji): asked what it is about;
//! 6. the best section of the knowledge, if its score ([`crate::agent::knowledge`]) reaches
//!    `settings.playbook.threshold_permille`;
//! 7. a clarifying question, as often as `settings.playbook.clarifications` allows, then `KnowledgeGap`.
//!
//! An answer that the guards object to ([`crate::agent::guard::objection`]) is not given: a human is asked instead.
//!
//! While a human is being looked for nothing is answered and nobody is asked for again: see `waiting`.

mod answer;
mod ending;
mod summary;
pub mod texts;
mod waiting;

use self::answer::Voice;
use crate::agent::guard;
use crate::agent::knowledge::{Indexes, Passage};
use crate::agent::understanding::intent::{self, Reading};
use crate::agent::understanding::question::{question_of, with_earlier_lines};
use crate::agent::{Agent, AgentError, Next, Thought, Turn};
use crate::domain::verdict::{EscalationReason, Verdict};

pub use self::answer::REPLY_LIMIT;
pub use self::ending::{check_in, countdown, last_word};
pub use self::summary::SUMMARY_LIMIT;
pub(in crate::agent) use self::summary::of as summary_of;
pub use self::texts::{emergency, looking_for_colleague, nobody_available};

/// The embedded agent. Keeps the indexes of the knowledge that it has seen; make one per process.
#[derive(Debug, Default)]
pub struct Playbook {
    indexes: Indexes,
}

impl Playbook {
    /// An agent that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Comes to a verdict; the same turn always gets the same.
    #[must_use]
    pub fn consider(&self, turn: &Turn<'_>) -> Thought {
        let (reading, told) = guard::read(turn);
        let voice = Voice { turn, language: told.as_deref().unwrap_or(&turn.brand.language) };
        let verdict = match &turn.waiting {
            Some(waiting) => waiting::verdict(&voice, waiting, &question_of(turn.lines), &reading),
            None => kept_or_escalated(turn, self.verdict(turn, &voice, &reading)),
        };
        Thought { language: told, ..Thought::next(Next::Conclude(verdict)) }
    }

    fn verdict(&self, turn: &Turn<'_>, voice: &Voice<'_>, reading: &Reading) -> Verdict {
        if let Some(verdict) = guard::before(turn, reading) {
            return verdict;
        }
        if let Some(for_a_human) = guard::files(turn, false) {
            let asks = question_of(turn.lines).contains(['?', '？']);
            let found = if asks { self.find(turn, voice, reading) } else { None };
            return found.map_or(for_a_human, |section| voice.answer_beside_file(&section, reading.about_us));
        }
        if reading.rest.is_empty() {
            return match reading.small_talk {
                Some(talk) => voice.small_talk(talk, reading.about_us),
                None if reading.about_us => voice.about_us_only(),
                None => clarify_or_escalate(turn, || voice.ask_about()),
            };
        }
        match self.find(turn, voice, reading) {
            Some(section) => voice.answer(&section, reading.about_us),
            None => clarify_or_escalate(turn, || voice.clarify(reading.about_us)),
        }
    }

    /// The section that answers the question, read together with what was said before if it had to be clarified.
    fn find(&self, turn: &Turn<'_>, voice: &Voice<'_>, reading: &Reading) -> Option<Passage> {
        let index = self.indexes.of(turn.knowledge, &turn.brand.id);
        let threshold = turn.settings.playbook.threshold_permille;
        let found = index.best(&reading.rest, voice.language, threshold).or_else(|| {
            let clarified = turn.clarifications > 0;
            let whole = clarified.then(|| intent::read(&with_earlier_lines(turn.lines)).rest)?;
            index.best(&whole, voice.language, threshold)
        });
        found.cloned()
    }
}

impl Agent for Playbook {
    async fn think(&self, turn: &Turn<'_>) -> Result<Thought, AgentError> {
        Ok(self.consider(turn))
    }
}

/// The verdict, if it may be said. What an article says in its own language may.
fn kept_or_escalated(turn: &Turn<'_>, verdict: Verdict) -> Verdict {
    match guard::objection_in_any_language(turn, &verdict) {
        None => verdict,
        Some(_) => Verdict::Escalate { reason: EscalationReason::KnowledgeGap, summary: summary::of(turn.lines) },
    }
}

fn clarify_or_escalate(turn: &Turn<'_>, question: impl FnOnce() -> String) -> Verdict {
    if turn.clarifications < turn.settings.playbook.clarifications {
        Verdict::Reply { text: question(), sources: Vec::new(), clarifies: true }
    } else {
        Verdict::Escalate { reason: EscalationReason::KnowledgeGap, summary: summary::of(turn.lines) }
    }
}

#[cfg(test)]
pub(in crate::agent) mod tests;
