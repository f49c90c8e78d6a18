//! The company's procedures: which of them fit what the visitor says.
//!
//! A company may have a hundred. A model is given those that fit, and the playbook runs the one that fits best, so they are
//! searched like the knowledge ([`super::knowledge`]), but differently scored: an article is a text in which an answer
//! stands, a procedure is known by short phrases that visitors say.
//!
//! # The score
//!
//! In thousandths, from 0 (no word in common) to 1000 (the visitor says an example word by word, in whatever order). Words
//! are compared by their beginnings, as in the knowledge; small talk around a question is left out. A word weighs its inverse
//! document frequency over the brand's procedures, so what stands in all of them tells none; a stop word weighs 0.15 of
//! what a word weighs that is in one procedure ("where is my withdrawal" and "how long does a withdrawal take" differ in
//! nothing else); a word that is in none weighs a half.
//!
//! ```text
//! phrase   = shared / (shared + 0.5 * only in the example + 0.35 * only in the question)
//! words    = 0.55 * shared / (shared + 0.6 * only in the question)     shared with all the procedure says, stop words apart
//! score    = 1000 * max(phrase of the best example, words)
//! ```
//!
//! What is only in the question counts 0.1 instead of 0.35 if it is elsewhere in the procedure. Name, `when` and the other
//! examples are in `words` alone: together they let a procedure be found, never run. So a procedure without examples is for
//! models.
//!
//! What reaches [`FITS_PERMILLE`] is worth showing to a model, which judges by itself. What reaches [`RUNS_PERMILLE`] is said
//! so much like an example that it can be acted upon without one. Procedures with the same score stand in the order of the
//! settings.

mod containment;
mod index;
mod spoken;

pub(in crate::agent) use containment::{containment, may_be_contained};
pub(in crate::agent) use spoken::spoken;

use crate::agent::Turn;
use crate::agent::understanding::question::with_earlier_lines;
use crate::domain::id::{ProcedureName, ToolName};
use crate::domain::settings::Procedure;

/// From this score on a procedure is worth looking at, in thousandths.
pub(in crate::agent) const FITS_PERMILLE: u32 = 250;

/// How many procedures open their tools at once.
const FITTING_LOOKED_AT: usize = 8;

/// From this score on a procedure may be run without a model, in thousandths.
pub(in crate::agent) const RUNS_PERMILLE: u32 = 600;

/// The brand's procedures that fit the question, at most so many, best first, with their scores.
///
/// The question is what the visitor says, as written or folded.
pub(in crate::agent) fn fitting<'a>(turn: &Turn<'a>, question: &str, most: usize) -> Vec<(&'a Procedure, u32)> {
    let own: Vec<&'a Procedure> = turn.settings.procedures_of(turn.brand).collect();
    if own.is_empty() || most == 0 {
        return Vec::new();
    }
    let scores = index::of(&own).scores(question);
    let mut fitting: Vec<(&'a Procedure, u32)> =
        own.into_iter().zip(scores).filter(|(_, permille)| *permille >= FITS_PERMILLE).collect();
    // Sorting keeps the order of equals.
    fitting.sort_by_key(|(_, permille)| std::cmp::Reverse(*permille));
    fitting.truncate(most);
    fitting
}

/// How well a procedure fits what a visitor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// The procedure.
    pub procedure: ProcedureName,
    /// The score, in thousandths.
    pub permille: u32,
    /// It is said so much like an example that the playbook runs it, unless another one fits as well.
    pub runs: bool,
}

/// The procedures of the turn's brand that fit what its visitor says, best first.
#[must_use]
pub fn procedures_that_fit(turn: &Turn<'_>) -> Vec<Fit> {
    let question = with_earlier_lines(turn.lines);
    let fitting = fitting(turn, &question, FITTING_LOOKED_AT).into_iter();
    let fit = |(procedure, permille): (&Procedure, u32)| Fit {
        procedure: procedure.name.clone(),
        permille,
        runs: permille >= RUNS_PERMILLE && procedure.run.is_some(),
    };
    fitting.map(fit).collect()
}

/// The declared tools that may be called in a turn: those that no procedure names, and those of the procedures that fit what
/// the visitor says, or that is under way. A procedure that needs a surer player than there is opens none.
#[must_use]
pub fn allowed_tools(turn: &Turn<'_>) -> Vec<ToolName> {
    let own = || turn.settings.procedures_of(turn.brand);
    let under_way = own().filter(|own| turn.under_way.is_some_and(|under_way| under_way.procedure == own.name));
    let question = with_earlier_lines(turn.lines);
    let fitting = fitting(turn, &question, FITTING_LOOKED_AT).into_iter().map(|(procedure, _)| procedure);
    let open: Vec<&Procedure> =
        under_way.chain(fitting).filter(|procedure| procedure.level <= turn.player.level).collect();
    let names = |procedure: &Procedure, tool: &ToolName| {
        let runs = procedure.run.as_ref().and_then(|run| run.call.as_ref());
        procedure.tools.contains(tool) || runs == Some(tool)
    };
    let declared = turn.settings.tools.iter().map(|tool| &tool.name);
    let allowed = declared.filter(|tool| {
        open.iter().any(|procedure| names(procedure, tool)) || !own().any(|procedure| names(procedure, tool))
    });
    allowed.cloned().collect()
}

#[cfg(test)]
mod tests;
