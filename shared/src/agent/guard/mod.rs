//! Rules that hold whatever thinks. They are code, so they hold when a model is down, wrong, or talked into something.
//!
//! [`before`] looks at what the visitor wrote and decides what needs no thinking. [`objection`] looks at what is about to be
//! said.

use crate::agent::playbook::summary_of;
use crate::agent::understanding::intent::Reading;
use crate::agent::{Turn, understanding};
use crate::domain::verdict::Verdict;

/// Why a draft may not be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Objection {
    /// It says nothing.
    Empty,
}

impl Objection {
    /// What a model is told, so that its next draft is better.
    pub(in crate::agent) fn advice(self) -> &'static str {
        match self {
            Self::Empty => "The reply was empty. Write what the visitor shall read.",
        }
    }
}

/// What is to be done without any thinking: a human is needed for what may cost a life or a living, and who asks for one or
/// is upset gets one.
pub(in crate::agent) fn before(turn: &Turn<'_>, reading: &Reading) -> Option<Verdict> {
    let reason = reading.reason.clone()?;
    Some(Verdict::Escalate { reason, summary: summary_of(turn.lines) })
}

/// Why a draft may not be said, if so. `language` is the visitor's.
pub(in crate::agent) fn objection(_turn: &Turn<'_>, draft: &Verdict, _language: &str) -> Option<Objection> {
    match draft {
        Verdict::Reply { text, .. } if text.trim().is_empty() => Some(Objection::Empty),
        _ => None,
    }
}

/// What the visitor's unanswered lines say, and in which language as far as it can be told: BCP 47.
pub(in crate::agent) fn read(turn: &Turn<'_>) -> (Reading, Option<String>) {
    let question = understanding::question::question_of(turn.lines);
    let reading = understanding::intent::read(&question);
    let language = understanding::language::tell(&question, turn, reading.language);
    (reading, language)
}
