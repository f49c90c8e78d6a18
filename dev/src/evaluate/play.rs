//! One case, put to an agent as the engine would.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::agent::{Agent, Library, Line, Next, Round, Thought, Turn};
use shared::domain::id::{ArticleId, ConversationId};
use shared::domain::message::{Author, Content};
use shared::domain::settings::{Article, BrandSettings, WorkspaceSettings};
use shared::domain::usage::Usage;
use shared::domain::verdict::Verdict;

use super::calls;
use super::case::{Case, Writer};
use super::spoken;

/// Always the same, so that a model is asked the same each time and recorded answers fit: 15 January 2026, noon.
const NOW_MS: i64 = 1_768_478_400_000;

/// What the cases are played with.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) settings: WorkspaceSettings,
    /// What brand a case without one is about.
    pub(super) brand: BrandSettings,
    pub(super) knowledge: Vec<Article>,
    pub(super) cases: Vec<Case>,
    /// Searches the knowledge for agents that ask for it.
    pub(super) library: Library,
    /// Answers may be in the language of the articles that they rest on.
    pub(super) quotes: bool,
}

/// What an agent made of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Played {
    /// What it came to.
    pub(super) got: Got,
    /// The language that the visitor is served in from then on.
    pub(super) language: String,
    /// The reply is in a language that it may not be in: which.
    pub(super) strayed_to: Option<String>,
    /// What it took.
    pub(super) usage: Usage,
    /// The backend failed and another one, at last the playbook, thought in its place.
    pub(super) fell_back: bool,
}

/// What an agent came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Got {
    /// An answer that rests on articles.
    Answered(Vec<ArticleId>),
    /// It asked the visitor to say more.
    Clarified,
    /// It said something that rests on no article.
    Replied,
    /// A human is needed, for this reason.
    Escalated(&'static str),
    /// It said goodbye.
    Closed,
    /// It said nothing.
    Silent,
    /// It could not think; the engine escalates then, with `ai_error`.
    Failed(String),
}

impl Got {
    /// The reason that a human is looked for, if one is.
    pub(super) fn code(&self) -> Option<&'static str> {
        match self {
            Self::Escalated(code) => Some(code),
            Self::Failed(_) => Some("ai_error"),
            Self::Answered(_) | Self::Clarified | Self::Replied | Self::Closed | Self::Silent => None,
        }
    }

    /// In words, for people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Answered(articles) => {
                let articles: Vec<&str> = articles.iter().map(ArticleId::as_str).collect();
                format!("answer from {}", articles.join(", "))
            }
            Self::Clarified => "clarify".to_owned(),
            Self::Replied => "reply".to_owned(),
            Self::Escalated(code) => format!("escalate {code}"),
            Self::Closed => "close".to_owned(),
            Self::Silent => "silence".to_owned(),
            Self::Failed(why) => format!("no verdict: {why}"),
        }
    }
}

/// Puts a case to an agent.
pub(super) async fn play<A: Agent>(agent: &A, bench: &Bench, index: usize, case: &Case) -> Played {
    let brand = case.brand.as_ref().and_then(|id| bench.settings.brands.iter().find(|brand| brand.id == *id));
    let brand = brand.unwrap_or(&bench.brand);
    let unanswered = case.messages.len().saturating_sub(case.unanswered());
    let lines: Vec<Line> =
        case.messages.iter().enumerate().map(|(at, message)| line(message, at >= unanswered)).collect();
    let earlier = case.messages.get(..unanswered).unwrap_or_default();
    // What the lines before told, as the engine would have kept it.
    let told = earlier.iter().any(|message| message.from == Writer::Visitor).then_some(case.language.as_str());
    let asked = earlier.iter().rev().filter(|message| message.from == Writer::Operator);
    let clarifications = asked.take_while(|message| message.clarifies).count();
    let failed = |why: String, usage| Played {
        got: Got::Failed(why),
        language: told.unwrap_or(&brand.language).to_owned(),
        strayed_to: None,
        usage,
        fell_back: false,
    };
    let Ok(conversation) = ConversationId::parse(&(index + 1).to_string()) else {
        return failed("the case can't be numbered".to_owned(), Usage::default());
    };
    let now = Timestamp::from_millisecond(NOW_MS).unwrap_or_default();
    let tools = calls::offered(&bench.settings, brand);
    let turn = Turn {
        tools: &tools,
        knowledge: &bench.knowledge,
        language: told,
        clarifications: u8::try_from(clarifications).unwrap_or(u8::MAX),
        spoke_before: earlier.iter().any(|message| message.from == Writer::Operator),
        ..Turn::about(&conversation, &bench.settings, brand, &lines, now)
    };
    match conclude(agent, &bench.library, &turn).await {
        Err((why, usage)) => failed(why, usage),
        Ok(Concluded { verdict, thought, usage }) => {
            let sources = |article: &&Article| bench.quotes && verdict_rests_on(&verdict, &article.id);
            let quoted = bench.knowledge.iter().filter(sources).map(|article| article.language.as_str());
            let may_be: Vec<&str> = quoted.chain([case.language.as_str()]).collect();
            Played {
                strayed_to: said(&verdict).and_then(|text| spoken::strayed(text, &may_be)),
                language: thought.language.unwrap_or_else(|| told.unwrap_or(&brand.language).to_owned()),
                got: got(verdict),
                usage,
                fell_back: thought.fallbacks > 0,
            }
        }
    }
}

fn line(message: &super::case::Message, unanswered: bool) -> Line {
    let author = match message.from {
        Writer::Visitor => Author::Visitor,
        Writer::Operator => Author::Ours,
    };
    Line { author, content: Content::text(&message.text), unanswered }
}

/// How thinking ended.
struct Concluded {
    verdict: Verdict,
    /// The last thought.
    thought: Thought,
    usage: Usage,
}

/// Asks an agent until it knows what to do, as often as the settings let a turn ask.
async fn conclude<A: Agent>(agent: &A, library: &Library, turn: &Turn<'_>) -> Result<Concluded, (String, Usage)> {
    let begun = Instant::now();
    let budget = &turn.settings.agent.budget;
    let longest = Duration::from_millis(u64::from(budget.turn_ms));
    let (mut rounds, mut usage, mut fallbacks): (Vec<Round>, Usage, u8) = (Vec::new(), Usage::default(), 0);
    for _ in 0..budget.turn_calls.max(1) {
        let time_left = longest.saturating_sub(begun.elapsed());
        let asked = agent.think(&Turn { rounds: &rounds, spent: usage, time_left, ..*turn }).await;
        let thought = asked.map_err(|error| (error.to_string(), usage))?;
        usage = usage.plus(thought.usage);
        fallbacks = fallbacks.saturating_add(thought.fallbacks);
        match thought.next.clone() {
            Next::Conclude(verdict) => {
                return Ok(Concluded { verdict, thought: Thought { fallbacks, ..thought }, usage });
            }
            Next::Call(calls) => {
                let made = calls.into_iter().map(|call| calls::made(library, turn, call));
                rounds.push(Round { calls: made.collect() });
            }
        }
    }
    Err((format!("it still called for something after {} rounds", budget.turn_calls), usage))
}

fn verdict_rests_on(verdict: &Verdict, article: &ArticleId) -> bool {
    matches!(verdict, Verdict::Reply { sources, .. } if sources.contains(article))
}

/// What the visitor reads, word by word.
fn said(verdict: &Verdict) -> Option<&str> {
    match verdict {
        Verdict::Reply { text, .. } => Some(text),
        Verdict::Close { text, .. } => text.as_deref(),
        Verdict::Escalate { .. } | Verdict::Silence => None,
    }
}

fn got(verdict: Verdict) -> Got {
    match verdict {
        Verdict::Reply { clarifies: true, .. } => Got::Clarified,
        Verdict::Reply { sources, .. } if sources.is_empty() => Got::Replied,
        Verdict::Reply { sources, .. } => Got::Answered(sources),
        Verdict::Escalate { reason, .. } => Got::Escalated(reason.code()),
        Verdict::Silence => Got::Silent,
        Verdict::Close { .. } => Got::Closed,
    }
}
