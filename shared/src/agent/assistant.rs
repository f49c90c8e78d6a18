//! The AI as it is composed: rules first, then the brand's models in their order, at last the playbook.
//!
//! 1. While a human is looked for, the playbook alone speaks.
//! 2. What the guard decides needs no model.
//! 3. The brand's models, each as often as its settings allow, within the turn's and the day's budget. A file is shown to
//!    models that see pictures only; one that nobody can see is the playbook's.
//! 4. A draft that the guard objects to is written anew once, with its advice; a second one is not said and a human is asked
//!    for. What can't be read as a verdict is put back once too, then the next model is asked.
//! 5. When all failed or the budget is used up, the playbook answers; where it can't, a human is asked for (`AiError`).

mod effort;

use std::time::Duration;

use self::effort::{Effort, pause_after};
use super::guard::{self, Objection};
use super::model::circuit::Circuits;
use super::model::control::{self, Meaning};
use super::model::prompt::{self, Brief};
use super::model::{ModelError, Models, Question, Tokens};
use super::playbook::{Playbook, summary_of};
use super::procedures;
use super::spend::Spend;
use super::understanding::question::with_earlier_lines;
use super::{Agent, AgentError, Next, Thought, Turn};
use crate::domain::id::ProcedureName;
use crate::domain::message::{Author, Content};
use crate::domain::settings::{Backend, Procedure};
use crate::domain::verdict::{EscalationReason, Verdict};
use crate::store::Store;

/// How many procedures a model is shown.
const PROCEDURES: usize = 4;

/// The agent that asks models. Make one per process: it keeps what it learned of them.
#[derive(Debug)]
pub struct Assistant<S> {
    playbook: Playbook,
    models: Models,
    spend: Spend<S>,
    circuits: Circuits,
}

/// What is the same for all models that a turn is thought with.
struct Case<'a> {
    turn: &'a Turn<'a>,
    /// As far as it can be told.
    language: Option<&'a str>,
    fitting: &'a [&'a Procedure],
}

impl<S: Store> Assistant<S> {
    /// An assistant that keeps its days' spend in `store`.
    #[must_use]
    pub fn new(store: S, models: Models) -> Self {
        Self { playbook: Playbook::new(), models, spend: Spend::new(store), circuits: Circuits::default() }
    }

    /// What the models come to; nothing if none of them does.
    async fn ask_models(
        &self,
        case: &Case<'_>,
        backends: &[&Backend],
        effort: &mut Effort,
    ) -> Result<Option<Thought>, AgentError> {
        let turn = case.turn;
        if !self.spend.allows(turn.settings, turn.brand, turn.now).await {
            tracing::warn!(workspace = %turn.settings.workspace, brand = %turn.brand.id, "the day's budget for models is used up");
            effort.passed_over(backends.len());
            return Ok(None);
        }
        for (index, backend) in backends.iter().enumerate() {
            if !effort.allows_a_call(turn) {
                tracing::warn!(conversation = %turn.conversation, "the turn's budget for models is used up");
                effort.passed_over(backends.len() - index);
                break;
            }
            if self.circuits.allows(&turn.settings.workspace, &backend.name, turn.now)
                && let Some(thought) = self.ask_model(case, backend, effort).await?
            {
                return Ok(Some(thought));
            }
            effort.passed_over(1);
        }
        Ok(None)
    }

    /// What one model comes to; nothing if the next one is to be asked.
    async fn ask_model(
        &self,
        case: &Case<'_>,
        backend: &Backend,
        effort: &mut Effort,
    ) -> Result<Option<Thought>, AgentError> {
        let turn = case.turn;
        let workspace = &turn.settings.workspace;
        // A draft that was not fit, and what is to be better.
        let mut rejected: Option<(String, String)> = None;
        let mut failures = 0;
        while effort.allows_a_call(turn) {
            let last = effort.calls_left(turn) == 1;
            let brief = Brief { turn, language: case.language, fitting: case.fitting, last };
            let mut prompt = prompt::build(&brief, backend);
            if let Some((draft, advice)) = &rejected {
                prompt::advise(&mut prompt, draft, advice);
            }
            let within = Duration::from_millis(backend.timeout_ms.into()).min(effort.time_left(turn));
            let question = Question { workspace, backend, prompt: &prompt, within, now: turn.now };
            let completion = match self.models.ask(&question).await {
                Ok(completion) => completion,
                Err(error) => {
                    failures += 1;
                    self.failed(turn, backend, &error, Tokens::estimated(&prompt), effort)?;
                    let again = error.is_retryable() && failures < backend.attempts;
                    let rests = !self.circuits.allows(workspace, &backend.name, turn.now);
                    match pause_after(&error, failures).filter(|pause| again && !rests && effort.has(turn, *pause)) {
                        Some(pause) => tokio::time::sleep(pause).await,
                        None => return Ok(None),
                    }
                    continue;
                }
            };
            self.circuits.succeeded(workspace, &backend.name);
            let usage = completion.tokens.usage(backend);
            effort.took(usage);
            self.spend.add(turn.settings, turn.brand, usage, turn.now);
            match control::meaning(completion, turn, case.fitting) {
                Meaning::Calls(calls) if effort.allows_a_call(turn) => {
                    return Ok(Some(Thought::next(Next::Call(calls))));
                }
                // Nobody could be told what they come to.
                Meaning::Calls(_) => return Ok(None),
                Meaning::Concluded { verdict, procedure } => match case.objection(&verdict) {
                    None => return Ok(Some(case.thought(verdict, procedure.as_ref()))),
                    Some(objection) if rejected.is_some() => {
                        effort.rejected();
                        tracing::warn!(conversation = %turn.conversation, backend = %backend.name, "a second draft was not fit to be said");
                        let summary = summary_of(turn.lines);
                        let verdict = Verdict::Escalate { reason: objection.reason(), summary };
                        return Ok(Some(Thought::of(verdict)));
                    }
                    Some(objection) => {
                        effort.rejected();
                        rejected = Some((words_of(&verdict), objection.advice().to_owned()));
                    }
                },
                Meaning::Unclear { .. } if rejected.is_some() => {
                    effort.rejected();
                    return Ok(None);
                }
                Meaning::Unclear { draft, advice } => {
                    effort.rejected();
                    rejected = Some((draft, advice.to_owned()));
                }
            }
        }
        Ok(None)
    }

    fn failed(
        &self,
        turn: &Turn<'_>,
        backend: &Backend,
        error: &ModelError,
        estimated: Tokens,
        effort: &mut Effort,
    ) -> Result<(), AgentError> {
        if matches!(error, ModelError::NotRecorded { .. } | ModelError::Recording { .. }) {
            // A run that is to be repeatable must not go on with something else.
            return Err(AgentError::Unavailable { backend: backend.name.to_string(), reason: error.to_string() });
        }
        let workspace = &turn.settings.workspace;
        tracing::warn!(
            %workspace, conversation = %turn.conversation, backend = %backend.name, error = error as &dyn std::error::Error,
            "a model gave no answer"
        );
        if error.is_outage() {
            self.circuits.failed(workspace, &backend.name, turn.now);
        }
        if error.was_asked() {
            let usage = error.tokens(estimated).usage(backend);
            effort.took(usage);
            self.spend.add(turn.settings, turn.brand, usage, turn.now);
        }
        Ok(())
    }
}

impl Case<'_> {
    fn language(&self) -> &str {
        self.language.unwrap_or(&self.turn.brand.language)
    }

    fn objection(&self, draft: &Verdict) -> Option<Objection> {
        guard::objection(self.turn, draft, self.language())
    }

    /// A verdict with the tags of the procedure that it follows, and contained if that says so.
    fn thought(&self, verdict: Verdict, followed: Option<&ProcedureName>) -> Thought {
        let followed = followed.and_then(|name| self.turn.settings.procedures.iter().find(|own| own.name == *name));
        let contained = match &verdict {
            Verdict::Escalate { reason, .. } => {
                let (language, brands) = (self.language(), &self.turn.brand.language);
                // Another one that fits, too, has no say in a case that is not its own.
                let its =
                    followed.or(self.fitting.first().copied()).filter(|_| procedures::may_be_contained(self.turn));
                let said = its.and_then(|one| procedures::containment(one, reason, language, brands));
                said.map(|text| Verdict::Reply { text: text.to_owned(), sources: Vec::new(), clarifies: false })
            }
            _ => None,
        };
        let tags = followed.map(|procedure| procedure.tags.clone()).unwrap_or_default();
        Thought { tags, ..Thought::of(contained.unwrap_or(verdict)) }
    }
}

impl<S: Store> Agent for Assistant<S> {
    async fn think(&self, turn: &Turn<'_>) -> Result<Thought, AgentError> {
        if turn.waiting.is_some() {
            return Ok(self.playbook.consider(turn));
        }
        let (reading, language) = guard::read(turn);
        if let Some(verdict) = guard::before(turn, &reading) {
            return Ok(Thought { language, ..Thought::of(verdict) });
        }
        let backends = able(turn);
        if backends.is_empty() {
            return Ok(self.playbook.consider(turn));
        }
        let fitting = fitting(turn);
        let case = Case { turn, language: language.as_deref(), fitting: &fitting };
        let mut effort = Effort::begin();
        let thought = match self.ask_models(&case, &backends, &mut effort).await? {
            Some(thought) => Thought { language, ..thought },
            None => for_want_of_a_model(self.playbook.consider(turn)),
        };
        // A turn that goes on is written with its verdict.
        if matches!(thought.next, Next::Conclude(_)) {
            self.spend.write(turn.settings, turn.brand, turn.now).await;
        }
        Ok(effort.added_to(thought))
    }
}

/// The procedures that a model is shown, best first; the one that is under way goes before all.
fn fitting<'a>(turn: &Turn<'a>) -> Vec<&'a Procedure> {
    let under_way = turn.under_way.map(|under_way| &under_way.procedure);
    let own = turn.settings.procedures_of(turn.brand).filter(|own| Some(&own.name) == under_way);
    let found = procedures::fitting(turn, &with_earlier_lines(turn.lines), PROCEDURES);
    let others = found.into_iter().map(|(procedure, _)| procedure).filter(|one| Some(&one.name) != under_way);
    own.chain(others).take(PROCEDURES).collect()
}

/// The brand's models that can do what the turn asks for: those that see pictures, if there is one to be answered. None, if
/// there is a file that nobody can see.
fn able<'a>(turn: &Turn<'a>) -> Vec<&'a Backend> {
    let mut backends = turn.settings.backends_of(turn.brand);
    let is_file = |line: &&super::Line| {
        line.unanswered && line.author == Author::Visitor && matches!(line.content, Content::File { .. })
    };
    let files = turn.lines.iter().filter(is_file).count();
    if files > 0 {
        let all_shown = turn.pictures.len() >= files;
        backends.retain(|backend| backend.sees_images && all_shown);
    }
    backends
}

/// What the playbook came to in the place of the models: where it knows no answer, that they failed is why a human is needed.
fn for_want_of_a_model(thought: Thought) -> Thought {
    match thought.next {
        Next::Conclude(Verdict::Escalate { reason: EscalationReason::KnowledgeGap, summary }) => {
            let verdict = Verdict::Escalate { reason: EscalationReason::AiError, summary };
            Thought { next: Next::Conclude(verdict), ..thought }
        }
        next => Thought { next, ..thought },
    }
}

/// What a model is shown of its own draft.
fn words_of(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Reply { text, .. } => text.clone(),
        Verdict::Close { text, .. } => text.clone().unwrap_or_default(),
        Verdict::Escalate { summary, .. } => summary.clone(),
        Verdict::Silence => String::new(),
    }
}
