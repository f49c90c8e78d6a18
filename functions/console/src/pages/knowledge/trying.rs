//! "Try it": what the playbook would answer now, and what the knowledge has for it.

use serde::Deserialize;
use shared::agent::playbook::Playbook;
use shared::agent::{Library, Line, Next, Turn};
use shared::domain::id::{ArticleId, ConversationId};
use shared::domain::message::{Author, Content};
use shared::domain::settings::{Article, BrandSettings, WorkspaceSettings};
use shared::domain::verdict::Verdict;

/// What is to be tried.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    /// The question.
    #[serde(default)]
    pub q: String,
    /// Asked to which brand.
    #[serde(default)]
    pub brand: String,
    /// The visitor's language; blank: as the question tells.
    #[serde(default)]
    pub language: String,
    /// `draft`, or what is published.
    #[serde(default)]
    pub of: String,
}

/// What a question comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What happens, in words.
    pub what: String,
    /// What the visitor reads.
    pub text: Option<String>,
    /// What it rests on.
    pub sources: Vec<ArticleId>,
    /// What the knowledge has for it, best first.
    pub passages: Vec<Passage>,
}

/// A piece of an article.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Passage {
    /// Of which.
    pub article: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
}

#[derive(Deserialize)]
struct Found {
    passages: Vec<Passage>,
}

/// Asks the playbook.
#[must_use]
pub fn answer(
    settings: &WorkspaceSettings,
    brand: &BrandSettings,
    knowledge: &[Article],
    asked: &Asked,
    now: jiff::Timestamp,
) -> Option<Answer> {
    let conversation = ConversationId::parse("trial").ok()?;
    let line = Line { author: Author::Visitor, content: Content::text(&asked.q), unanswered: true };
    let lines = [line];
    let language = Some(asked.language.trim()).filter(|language| !language.is_empty());
    let turn = Turn { knowledge, language, ..Turn::about(&conversation, settings, brand, &lines, now) };
    let thought = Playbook::new().consider(&turn);
    let (what, text, sources) = match thought.next {
        Next::Conclude(Verdict::Reply { text, sources, clarifies: false }) => ("It answers:", Some(text), sources),
        Next::Conclude(Verdict::Reply { text, sources, clarifies: true }) => ("It asks back:", Some(text), sources),
        Next::Conclude(Verdict::Escalate { reason, .. }) => {
            let what = format!("It asks for a human ({}).", reason.code().replace('_', " "));
            return Some(Answer { what, text: None, sources: Vec::new(), passages: passages(brand, knowledge, asked) });
        }
        Next::Conclude(Verdict::Silence) => ("It says nothing.", None, Vec::new()),
        Next::Conclude(Verdict::Close { text, .. }) => ("It says goodbye:", text, Vec::new()),
        Next::Call(_) => ("It runs a procedure, which calls a tool first.", None, Vec::new()),
    };
    Some(Answer { what: what.to_owned(), text, sources, passages: passages(brand, knowledge, asked) })
}

fn passages(brand: &BrandSettings, knowledge: &[Article], asked: &Asked) -> Vec<Passage> {
    let language = if asked.language.trim().is_empty() { &brand.language } else { asked.language.trim() };
    let found = Library::default().search(knowledge, &brand.id, language, &asked.q);
    serde_json::from_value(found).map(|found: Found| found.passages).unwrap_or_default()
}
