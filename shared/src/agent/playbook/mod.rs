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
//! 6. the procedure that fits best, if it can be run, its score ([`crate::agent::procedures`]) reaches
//!    `RUNS_PERMILLE`, is clearly higher than the next procedure's, and is no lower than that of the best section, or
//!    beyond doubt by itself;
//! 7. the best section of the knowledge, if its score ([`crate::agent::knowledge`]) reaches
//!    `settings.playbook.threshold_permille`;
//! 8. a clarifying question, as often as `settings.playbook.clarifications` allows, then `KnowledgeGap`.
//!
//! A procedure that is under way is gone on with after the first steps, until it is over or left: see `procedure`. Where a
//! human would be asked for only since nothing known helps, the procedure that fits best may have a text for that
//! (`do_not_escalate`): it is said instead.
//!
//! An answer that the guards object to ([`crate::agent::guard::objection`]) is not given: a human is asked for instead.
//!
//! What people decided about calls that needed their approval is told before all else, also in a turn without any line: see
//! `approval`.
//!
//! While a human is being looked for nothing is answered and nobody is asked for again: see `waiting`.

mod answer;
mod approval;
mod ending;
mod procedure;
mod summary;
pub mod texts;
mod waiting;

use self::answer::Voice;
use self::procedure::Running;
use crate::agent::guard;
use crate::agent::knowledge::{Index, Indexes, Passage};
use crate::agent::procedures::{self, RUNS_PERMILLE};
use crate::agent::understanding::intent::{self, Reading};
use crate::agent::understanding::question::{question_of, with_earlier_lines};
use crate::agent::{Agent, AgentError, Next, Thought, Turn};
use crate::domain::id::ToolName;
use crate::domain::settings::Procedure;
use crate::domain::verdict::{EscalationReason, Verdict};

pub use self::answer::REPLY_LIMIT;
pub use self::ending::{check_in, countdown, last_word};
pub use self::summary::SUMMARY_LIMIT;
pub use self::summary::of as summary_of;
pub use self::texts::{emergency, looking_for_colleague, nobody_available};

/// How much better a procedure must fit than the next one, in thousandths: otherwise the question does not tell which.
const CLEARLY_PERMILLE: u32 = 30;

/// From this score on a procedure is what the visitor means, whatever the knowledge says: of "where is my withdrawal?" it
/// only sees "withdrawal", which articles have as well.
const SURE_PERMILLE: u32 = 800;

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
        if turn.waiting.is_none()
            && let Some(thought) = self.go_on(turn, &reading, told.as_deref())
        {
            return thought;
        }
        let voice = Voice { turn, language: told.as_deref().unwrap_or(&turn.brand.language) };
        let thought = match &turn.waiting {
            Some(waiting) => Thought::of(waiting::verdict(&voice, waiting, &question_of(turn.lines), &reading)),
            None if approval::is_all_there_is(&voice) => match guard::before(turn, &reading) {
                Some(verdict) => Thought::of(verdict),
                None => approval::told(&voice),
            },
            None => {
                let thought = kept(contained(kept(self.decide(turn, &voice, &reading), turn), &voice), turn);
                approval::with_decided(thought, &voice, None)
            }
        };
        Thought { language: told, ..thought }
    }

    /// Goes on with the procedure that is under way, unless the visitor needs a human or leaves it.
    fn go_on(&self, turn: &Turn<'_>, reading: &Reading, told: Option<&str>) -> Option<Thought> {
        let under_way = turn.under_way?;
        if guard::before(turn, reading).is_some() || guard::files(turn, false).is_some() {
            return None;
        }
        let mut own = turn.settings.procedures_of(turn.brand);
        let current = own.find(|procedure| procedure.name == under_way.procedure)?;
        // An address or the name of a game tells no language.
        let language = turn.language.or(told);
        let voice = Voice { turn, language: language.unwrap_or(&turn.brand.language) };
        let own = current.run.as_ref().and_then(|run| run.call.as_ref());
        let is_decided = |tool: &ToolName| turn.approvals.decided.iter().any(|(call, _)| call.name == tool.as_str());
        if approval::is_all_there_is(&voice) && !own.is_some_and(is_decided) {
            // Its last question stands.
            return None;
        }
        let index = self.indexes.of(turn.knowledge, &turn.brand.id);
        let thought = Running::of(&voice, reading, current)?.go_on(under_way, |words, least| {
            match procedure_for(turn, &index, words, voice.language) {
                Some((other, score)) => other.name != current.name && score >= least,
                None => score_of(&index, words, voice.language) >= least,
            }
        })?;
        let thought = approval::with_decided(thought, &voice, own);
        Some(Thought { language: language.map(str::to_owned), ..thought })
    }

    fn decide(&self, turn: &Turn<'_>, voice: &Voice<'_>, reading: &Reading) -> Thought {
        if let Some(verdict) = guard::before(turn, reading) {
            return Thought::of(verdict);
        }
        if let Some(for_a_human) = guard::files(turn, false) {
            let asks = question_of(turn.lines).contains(['?', '？']);
            let found = if asks { self.find(turn, voice, reading) } else { None };
            return Thought::of(
                found.map_or(for_a_human, |section| voice.answer_beside_file(&section, reading.about_us)),
            );
        }
        if reading.rest.is_empty() {
            return Thought::of(match reading.small_talk {
                Some(talk) => voice.small_talk(talk, reading.about_us),
                None if reading.about_us => voice.about_us_only(),
                None => clarify_or_escalate(turn, || voice.ask_about()),
            });
        }
        let index = self.indexes.of(turn.knowledge, &turn.brand.id);
        questions(turn, reading)
            .find_map(|question| {
                let procedure = procedure_for(turn, &index, &question, voice.language);
                procedure.and_then(|(procedure, _)| Some(Running::of(voice, reading, procedure)?.begin())).or_else(
                    || {
                        let section =
                            index.best(&question, voice.language, turn.settings.playbook.threshold_permille)?;
                        Some(Thought::of(voice.answer(section, reading.about_us)))
                    },
                )
            })
            .unwrap_or_else(|| Thought::of(clarify_or_escalate(turn, || voice.clarify(reading.about_us))))
    }

    /// The section that answers the question, read together with what was said before if it had to be clarified.
    fn find(&self, turn: &Turn<'_>, voice: &Voice<'_>, reading: &Reading) -> Option<Passage> {
        let index = self.indexes.of(turn.knowledge, &turn.brand.id);
        let threshold = turn.settings.playbook.threshold_permille;
        questions(turn, reading).find_map(|question| index.best(&question, voice.language, threshold).cloned())
    }
}

impl Agent for Playbook {
    async fn think(&self, turn: &Turn<'_>) -> Result<Thought, AgentError> {
        Ok(self.consider(turn))
    }
}

/// The thought, if what it says may be said. What an article says in its own language may.
fn kept(thought: Thought, turn: &Turn<'_>) -> Thought {
    if thought.verdict().and_then(|verdict| guard::objection_in_any_language(turn, verdict)).is_none() {
        return thought;
    }
    let (reason, summary) = (EscalationReason::KnowledgeGap, summary::of(turn.lines));
    Thought { next: Next::Conclude(Verdict::Escalate { reason, summary }), ..thought }
}

fn clarify_or_escalate(turn: &Turn<'_>, question: impl FnOnce() -> String) -> Verdict {
    if turn.clarifications < turn.settings.playbook.clarifications {
        Verdict::Reply { text: question(), sources: Vec::new(), clarifies: true }
    } else {
        Verdict::Escalate { reason: EscalationReason::KnowledgeGap, summary: summary::of(turn.lines) }
    }
}

/// What is searched for: the question, then, if the visitor was asked to say more, all of it. What tells of a person is left
/// out.
fn questions(turn: &Turn<'_>, reading: &Reading) -> impl Iterator<Item = String> {
    let clarified = turn.clarifications > 0;
    let searchable = |text: &str, read: &dyn Fn() -> String| {
        let without = procedure::without_answers(text, turn);
        if without == text { read() } else { intent::read(&without).rest }
    };
    let newest = searchable(&question_of(turn.lines), &|| reading.rest.clone());
    let whole = clarified.then(|| with_earlier_lines(turn.lines));
    let whole = whole.map(|whole| searchable(&whole, &|| intent::read(&whole).rest));
    std::iter::once(newest).chain(whole)
}

/// The procedure to run for a question, with its score.
fn procedure_for<'a>(turn: &Turn<'a>, index: &Index, question: &str, language: &str) -> Option<(&'a Procedure, u32)> {
    let fitting = procedures::fitting(turn, question, 2);
    let (best, score) = fitting.first().copied()?;
    let clear = fitting.get(1).is_none_or(|(_, next)| next + CLEARLY_PERMILLE <= score);
    let runs = score >= RUNS_PERMILLE && clear && procedure::is_runnable(best);
    let better = score >= SURE_PERMILLE || score >= score_of(index, question, language);
    (runs && better).then_some((best, score))
}

/// How well the knowledge fits a question.
fn score_of(index: &Index, question: &str, language: &str) -> u32 {
    index.search(question, language, 1).first().map_or(0, |(_, score)| *score)
}

/// Says what the procedure that fits best has for it, where a human would be asked for since nothing known helps.
fn contained(thought: Thought, voice: &Voice<'_>) -> Thought {
    let Some(Verdict::Escalate { reason, .. }) = thought.verdict() else { return thought };
    let turn = voice.turn;
    if !procedures::may_be_contained(turn) {
        return thought;
    }
    let (reading, _) = guard::read(turn);
    let text = questions(turn, &reading).find_map(|question| {
        let (procedure, _) = procedures::fitting(turn, &question, 1).first().copied()?;
        let text = procedures::containment(procedure, reason, voice.language, &turn.brand.language)?;
        Some((procedure, text))
    });
    match text {
        Some((procedure, text)) => {
            let verdict = answer::reply(voice.told([text], reading.about_us));
            Thought { tags: procedure.tags.clone(), ..Thought::of(verdict) }
        }
        None => thought,
    }
}

#[cfg(test)]
pub(in crate::agent) mod tests;
