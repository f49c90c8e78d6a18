//! A conversation in a few bullets, in the operator's language, for a colleague who has not read it.
//!
//! A model writes it where the brand has one, within the day's budget and the time that it is given: asked once each, in
//! their order. What it reads is data, as in a turn ([`super::model::prompt`]), and what it writes is bounded text that is
//! shown and never acted upon. What was called in the company's systems is told by the software itself in any case, since
//! that is nothing to be wrong about.
//!
//! Without a model, and whenever none gives a usable answer, the summary is an extract: always the same of the same
//! conversation, with fixed headings, and the visitor's own words quoted in the language that they are in.

mod asked;
mod extract;
mod known;
mod words;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use self::asked::Written;
use self::words::Words;
use super::model::circuit::Circuits;
use super::model::{Models, Question, Tokens};
use super::spend::Spend;
use crate::domain::conversation::Conversation;
use crate::domain::id::{BackendName, ConversationId};
use crate::domain::lines::StandingLine;
use crate::domain::settings::{Backend, BrandSettings, WorkspaceSettings};
use crate::domain::usage::Usage;
use crate::store::Store;

/// With less time no model is asked.
const LEAST_TIME: Duration = Duration::from_millis(300);

/// A conversation in a few bullets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// In the order in which they are read; one without bullets is left out.
    pub parts: Vec<Part>,
    /// Who wrote it.
    pub by: By,
    /// The language of headings and sentences: BCP 47. Quoted lines are in their own.
    pub language: String,
    /// How many lines of the conversation it is made of.
    pub lines_covered: usize,
    /// When it was made.
    pub made_at: Timestamp,
    /// What models took for it, also in vain.
    pub usage: Usage,
}

/// Who wrote a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum By {
    /// A model.
    Model {
        /// The backend's name in the settings.
        name: BackendName,
    },
    /// Nobody: it is taken from the lines and the state.
    Extract,
}

/// A heading and what stands below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is about.
    pub topic: Topic,
    /// The same, in the summary's language.
    pub heading: String,
    /// One sentence each.
    pub bullets: Vec<Bullet>,
}

/// What a part is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// What the visitor wants.
    Wants,
    /// What was done.
    Done,
    /// What is open.
    Open,
    /// How the visitor feels.
    Mood,
    /// What else is known.
    Facts,
}

/// A sentence, or a line of somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bullet {
    /// One line of plain text. Foreign: it is to be escaped where it is shown.
    pub text: String,
    /// It is quoted, and in this language as far as that can be told: BCP 47, given only if it is not the summary's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl Bullet {
    /// A sentence in the summary's language.
    fn plain(text: String) -> Self {
        Self { text, language: None }
    }
}

impl Summary {
    /// Plain text: headings, and a dash before each bullet. What is quoted in another language has that before it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        for part in &self.parts {
            lines.push(part.heading.clone());
            for bullet in &part.bullets {
                let mark = bullet.language.as_ref().map_or_else(String::new, |language| format!("[{language}] "));
                lines.push(format!("- {mark}{}", bullet.text));
            }
        }
        lines.join("\n")
    }
}

/// What is to be summed up.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The conversation, for logs.
    pub id: &'a ConversationId,
    /// The workspace's settings.
    pub settings: &'a WorkspaceSettings,
    /// The brand that the visitor talks to: whose models are asked, on whose budget.
    pub brand: &'a BrandSettings,
    /// How it stands.
    pub conversation: &'a Conversation,
    /// All its lines as they stand, oldest first (`domain::lines::standing_lines` over the whole log and
    /// `Conversation::unanswered`).
    pub lines: &'a [StandingLine],
    /// The language that it is to be in: BCP 47. Headings are in English where there are none in it.
    pub language: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// Sums conversations up. Make one per process: it keeps what it learned of models and of days' budgets.
#[derive(Debug)]
pub struct Summariser<S> {
    models: Models,
    spend: Spend<S>,
    circuits: Circuits,
}

impl<S: Store> Summariser<S> {
    /// One that keeps its days' spend in `store`, where the assistant keeps its own: the budget is one.
    #[must_use]
    pub fn new(store: S, models: Models) -> Self {
        Self { models, spend: Spend::new(store), circuits: Circuits::default() }
    }

    /// Sums a conversation up; it takes no longer than `within`, and a little for what a failing table costs.
    pub async fn summary(&self, case: &Case<'_>, within: Duration) -> Summary {
        let mut usage = Usage::default();
        let written = self.ask_models(case, within, &mut usage).await;
        if usage != Usage::default() {
            self.spend.write(case.settings, case.brand, case.now).await;
        }
        let (by, parts) = match written {
            Some((name, written)) => (By::Model { name }, written.parts(case)),
            None => (By::Extract, extract::parts(case)),
        };
        composed(case, by, parts, usage)
    }

    async fn ask_models(&self, case: &Case<'_>, within: Duration, usage: &mut Usage) -> Option<(BackendName, Written)> {
        let backends = case.settings.backends_of(case.brand);
        if backends.is_empty() || case.lines.is_empty() {
            return None;
        }
        let (workspace, until) = (&case.settings.workspace, Instant::now() + within);
        for backend in backends {
            if !self.spend.allows(case.settings, case.brand, case.now).await {
                tracing::warn!(%workspace, conversation = %case.id, brand = %case.brand.id, "the day's budget for models is used up, the summary is an extract");
                return None;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left < LEAST_TIME {
                return None;
            }
            if self.circuits.allows(workspace, &backend.name, case.now)
                && let Some(written) = self.ask(case, backend, left, usage).await
            {
                return Some((backend.name.clone(), written));
            }
        }
        None
    }

    /// What one model writes, if it is of use.
    async fn ask(&self, case: &Case<'_>, backend: &Backend, left: Duration, usage: &mut Usage) -> Option<Written> {
        let prompt = asked::prompt(case, backend);
        let workspace = &case.settings.workspace;
        let within = Duration::from_millis(backend.timeout_ms.into()).min(left);
        let question = Question { workspace, backend, prompt: &prompt, within, now: case.now };
        let (took, written) = match self.models.ask(&question).await {
            Ok(completion) => {
                self.circuits.succeeded(workspace, &backend.name);
                let written = asked::read(&completion, case);
                if written.is_none() {
                    tracing::warn!(%workspace, conversation = %case.id, backend = %backend.name, "a model wrote no usable summary");
                }
                (Some(completion.tokens), written)
            }
            Err(error) => {
                tracing::warn!(
                    %workspace, conversation = %case.id, backend = %backend.name, error = &error as &dyn std::error::Error,
                    "a model gave no summary"
                );
                if error.is_outage() {
                    self.circuits.failed(workspace, &backend.name, case.now);
                }
                (error.was_asked().then(|| error.tokens(Tokens::estimated(&prompt))), None)
            }
        };
        if let Some(tokens) = took {
            let took = tokens.usage(backend);
            *usage = usage.plus(took);
            self.spend.add(case.settings, case.brand, took, case.now);
        }
        written
    }
}

/// The summary of these parts; those that say nothing are left out.
fn composed(case: &Case<'_>, by: By, parts: Vec<(Topic, Vec<Bullet>)>, usage: Usage) -> Summary {
    let words = words::of(case.language);
    let parts = parts.into_iter().filter(|(_, bullets)| !bullets.is_empty());
    let part = |(topic, bullets)| Part { topic, heading: heading(topic, words), bullets };
    Summary {
        parts: parts.map(part).collect(),
        by,
        language: case.language.to_owned(),
        lines_covered: case.lines.len(),
        made_at: case.now,
        usage,
    }
}

fn heading(topic: Topic, words: &Words) -> String {
    match topic {
        Topic::Wants => words.wants.clone(),
        Topic::Done => words.done.clone(),
        Topic::Open => words.open.clone(),
        Topic::Mood => words.mood.clone(),
        Topic::Facts => words.facts.clone(),
    }
}

#[cfg(test)]
mod tests;
