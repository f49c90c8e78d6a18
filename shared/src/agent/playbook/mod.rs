//! The embedded agent: answers from the workspace's knowledge without a network and without a model.
//!
//! A company gets answers on the first day, before it has chosen a model, and the same question always gets the same
//! answer. It says only what an article says, what the brand has set, or one of the fixed texts in `texts/`.
//!
//! The visitor's unanswered lines are one question. It is looked at in this order:
//!
//! 1. self-harm, gambling harm, fraud, legal threats, a wish for a human, strong frustration: [`Verdict::Escalate`];
//! 2. greetings, thanks and the like, when there is nothing else: a short answer;
//! 3. "are you a human?": the truth, then the rest of the question;
//! 4. nothing that can be read (a file, emoji): asked what it is about;
//! 5. the best section of the knowledge, if its score reaches `settings.playbook.threshold_permille`;
//! 6. a clarifying question, as often as `settings.playbook.clarifications` allows, then `KnowledgeGap`.
//!
//! While a human is being looked for nothing is answered and nobody is asked for again: see `waiting`.
//!
//! # The score
//!
//! In thousandths, from 0 (no word in common) to 1000. Each word of the question that is not a stop word weighs its
//! inverse document frequency (BM25's formula) over the sections that the brand may use; a word that occurs in none of
//! them weighs 0.8 of one that occurs in a single section.
//!
//! ```text
//! coverage = weight of the question's words that the section has / weight of all words of the question
//! strength = BM25 of the section / the most that BM25 can come to for these words (weight * (k1 + 1))
//! score    = 1000 * coverage * (0.6 + 0.4 * strength)
//! ```
//!
//! The title of the article and the headings above a section count as its words, its own heading three times. A usual
//! strength is a half, so 350, the default, reads: somewhat less than half of what the visitor said, weighed, is in the
//! section. From 700 on nearly all of it is.

mod answer;
mod ending;
mod index;
mod intent;
mod language;
mod markdown;
mod pattern;
mod phrases;
mod solved;
mod summary;
mod terms;
pub mod texts;
mod waiting;
mod words;

use self::answer::Voice;
use self::index::Indexes;
use self::intent::Reading;
use crate::agent::{Agent, AgentError, Line, Thought, Turn};
use crate::domain::message::{Author, Content, clip};
use crate::domain::verdict::{EscalationReason, Verdict};

pub use self::answer::{ANSWER_LIMIT, REPLY_LIMIT};
pub use self::ending::{check_in, countdown, last_word};
pub use self::summary::SUMMARY_LIMIT;
pub use self::texts::{emergency, looking_for_colleague, nobody_available};

/// How much of what the visitor wrote is looked at, in bytes.
const QUESTION_LIMIT_BYTES: usize = 8 * 1024;

/// How many earlier lines of the visitor belong to a question that had to be clarified.
const EARLIER_LINES: usize = 4;

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
        let question = question_of(turn.lines);
        let reading = intent::read(&question);
        let told = language::tell(&question, turn, reading.language);
        let voice = Voice { turn, language: told.as_deref().unwrap_or(&turn.brand.language) };
        let verdict = match &turn.waiting {
            Some(waiting) => waiting::verdict(&voice, waiting, &question, &reading),
            None => self.verdict(turn, &voice, &reading),
        };
        Thought { verdict, language: told }
    }

    fn verdict(&self, turn: &Turn<'_>, voice: &Voice<'_>, reading: &Reading) -> Verdict {
        if let Some(reason) = reading.reason.clone() {
            return Verdict::Escalate { reason, summary: summary::of(turn.lines) };
        }
        if reading.rest.is_empty() {
            return match reading.small_talk {
                Some(talk) => voice.small_talk(talk, reading.about_us),
                None if reading.about_us => voice.about_us_only(),
                None => clarify_or_escalate(turn, || voice.ask_about(has_file(turn.lines))),
            };
        }
        let index = self.indexes.of(turn.knowledge, &turn.brand.id);
        let threshold = turn.settings.playbook.threshold_permille;
        let found = index.best(&reading.rest, voice.language, threshold).or_else(|| {
            let clarified = turn.clarifications > 0;
            let whole = clarified.then(|| intent::read(&with_earlier_lines(turn.lines)).rest)?;
            index.best(&whole, voice.language, threshold)
        });
        match found {
            Some(section) => voice.answer(section, reading.about_us),
            None => clarify_or_escalate(turn, || voice.clarify(reading.about_us)),
        }
    }
}

impl Agent for Playbook {
    async fn think(&self, turn: &Turn<'_>) -> Result<Thought, AgentError> {
        Ok(self.consider(turn))
    }
}

fn clarify_or_escalate(turn: &Turn<'_>, question: impl FnOnce() -> String) -> Verdict {
    if turn.clarifications < turn.settings.playbook.clarifications {
        Verdict::Reply { text: question(), sources: Vec::new(), clarifies: true }
    } else {
        Verdict::Escalate { reason: EscalationReason::KnowledgeGap, summary: summary::of(turn.lines) }
    }
}

fn visitors(lines: &[Line]) -> impl DoubleEndedIterator<Item = &Line> {
    lines.iter().filter(|line| line.author == Author::Visitor)
}

fn question_of(lines: &[Line]) -> String {
    joined(visitors(lines).filter(|line| line.unanswered))
}

fn with_earlier_lines(lines: &[Line]) -> String {
    let skip = visitors(lines).filter(|line| !line.unanswered).count().saturating_sub(EARLIER_LINES);
    joined(visitors(lines).skip(skip))
}

fn has_file(lines: &[Line]) -> bool {
    visitors(lines).any(|line| line.unanswered && matches!(line.content, Content::File { .. }))
}

/// The lines as one text. The end of a long one is kept as well: a wish often stands there.
fn joined<'a>(lines: impl Iterator<Item = &'a Line>) -> String {
    let parts: Vec<&str> = lines.map(|line| line.content.readable().trim()).filter(|text| !text.is_empty()).collect();
    let text = parts.join("\n");
    if text.len() <= QUESTION_LIMIT_BYTES {
        return text;
    }
    let head = clip(&text, QUESTION_LIMIT_BYTES / 2);
    let mut tail = text.len() - QUESTION_LIMIT_BYTES / 2;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    format!("{head}\n{}", &text[tail..])
}

#[cfg(test)]
mod tests;
