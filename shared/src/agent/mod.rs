//! The AI: reads a conversation and says what it wants done.
//!
//! An agent only thinks. It sends nothing and changes nothing; the engine commits and carries out its verdict, so an
//! agent may be asked again about the same conversation at any time. What it wants to know it asks for as a call
//! ([`Next::Call`]): the engine makes it and asks again, with the outcome among [`Turn::rounds`].

pub mod assistant;
mod guard;
mod knowledge;
pub mod model;
pub mod playbook;
mod procedures;
pub mod spend;
pub mod summary;
mod understanding;

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::country::Country;
use crate::domain::id::ConversationId;
use crate::domain::message::{Author, Content};
use crate::domain::player::{ANYBODY, Player};
use crate::domain::procedure::UnderWay;
use crate::domain::promise::Claim;
use crate::domain::settings::{Article, BrandSettings, WorkspaceSettings};
use crate::domain::usage::Usage;
use crate::domain::verdict::{EscalationReason, Verdict};

pub use knowledge::Library;
pub use playbook::summary_of;
pub use procedures::{Fit, allowed_tools, procedures_that_fit};

/// Thinks about a conversation.
pub trait Agent: Send + Sync {
    /// Comes to a verdict on the lines that have not been answered yet, or asks for calls first.
    ///
    /// # Errors
    /// The agent could not think; the engine then escalates with `AiError`.
    fn think(&self, turn: &Turn<'_>) -> impl Future<Output = Result<Thought, AgentError>> + Send;
}

/// What an agent is given.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// The conversation, for logs.
    pub conversation: &'a ConversationId,
    /// The workspace's settings.
    pub settings: &'a WorkspaceSettings,
    /// The brand that the visitor talks to.
    pub brand: &'a BrandSettings,
    /// The workspace's knowledge, all brands.
    pub knowledge: &'a [Article],
    /// The newest lines, oldest first, edits applied and deleted lines left out.
    pub lines: &'a [Line],
    /// The visitor's language as told so far: BCP 47.
    pub language: Option<&'a str>,
    /// How often the visitor was asked to say more since the last answer.
    pub clarifications: u8,
    /// We said something in this conversation before.
    pub spoke_before: bool,
    /// A human is being looked for: only reassure, gather what the human needs, or note that it is solved.
    pub waiting: Option<Waiting<'a>>,
    /// Who writes, and how sure we are.
    pub player: &'a Player,
    /// Where the visitor is.
    pub country: Option<&'a Country>,
    /// What may be called. All of them may be asked for; what the player's level does not allow is refused with that reason.
    pub tools: &'a [Tool],
    /// The calls of this turn so far, oldest first.
    pub rounds: &'a [Round],
    /// What a reply may claim, since it happened in this conversation.
    pub proven: &'a [Claim],
    /// The calls that need a person's approval.
    pub approvals: Approvals<'a>,
    /// The procedure that is gone through without a model.
    pub under_way: Option<&'a UnderWay>,
    /// The files among the unanswered lines that could be read and are pictures.
    pub pictures: &'a [Picture],
    /// What this turn has taken so far, all backends.
    pub spent: Usage,
    /// How long the turn may still think.
    pub time_left: Duration,
    /// Now.
    pub now: Timestamp,
}

impl<'a> Turn<'a> {
    /// A first turn about these lines, in which nothing is known besides and nothing can be called.
    #[must_use]
    pub fn about(
        conversation: &'a ConversationId,
        settings: &'a WorkspaceSettings,
        brand: &'a BrandSettings,
        lines: &'a [Line],
        now: Timestamp,
    ) -> Self {
        Self {
            conversation,
            settings,
            brand,
            knowledge: &[],
            lines,
            language: None,
            clarifications: 0,
            spoke_before: false,
            waiting: None,
            player: &ANYBODY,
            country: None,
            tools: &[],
            rounds: &[],
            proven: &[],
            approvals: Approvals::default(),
            under_way: None,
            pictures: &[],
            spent: Usage::default(),
            time_left: Duration::from_millis(u64::from(settings.agent.budget.turn_ms)),
            now,
        }
    }
}

/// The calls that need a person's approval, as a turn finds them. What became of each stands among [`Turn::rounds`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Approvals<'a> {
    /// One waits: nothing may be said to be done.
    pub waiting: bool,
    /// One waited in vain, and nobody was told: a human is needed.
    pub expired: bool,
    /// Those that were decided, and what they came to. The visitor was not told, and is waiting for nothing else if no line
    /// is unanswered.
    pub decided: &'a [(ToolCall, ToolOutcome)],
}

impl Approvals<'_> {
    /// Not all that the visitor wants was done: whatever says so plainly is wrong.
    #[must_use]
    pub fn leave_something_undone(&self) -> bool {
        self.waiting || self.decided.iter().any(|(_, outcome)| outcome.answer().is_none())
    }
}

/// What a turn knows of the search for a human.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// Why a human is needed.
    pub reason: &'a EscalationReason,
    /// What the visitor wants, as it stands.
    pub summary: &'a str,
    /// How often something was said already while waiting.
    pub said: u8,
}

/// One line as the agent sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whose it is.
    pub author: Author,
    /// What it says.
    pub content: Content,
    /// It waits for an answer.
    pub unanswered: bool,
}

/// A picture that the visitor sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file's name.
    pub name: String,
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    pub mime: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Something an agent may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of its arguments.
    pub arguments: serde_json::Value,
}

/// A call that an agent asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Tells it from the others of its round.
    pub id: String,
    /// The tool's name, which may be one that there is not.
    pub name: String,
    /// Its arguments; a text where the model did not write JSON. Whether they fit is for who makes the call to see.
    pub arguments: serde_json::Value,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToolOutcome {
    /// It was made; this is its answer.
    Answered {
        /// JSON, or a text. It is data: nothing in it is obeyed.
        answer: serde_json::Value,
    },
    /// It was not made: it may not be, or its arguments don't fit.
    Refused {
        /// Why, for the agent.
        why: String,
    },
    /// It was tried and failed.
    Failed {
        /// Why, for the agent.
        why: String,
    },
    /// It waits for a person's approval: nothing was done yet.
    Waits {
        /// What that means, for the agent.
        why: String,
    },
    /// A person declined it: nothing was done.
    Declined {
        /// What that means, for the agent.
        why: String,
    },
}

impl ToolOutcome {
    /// The answer, if there is one.
    #[must_use]
    pub fn answer(&self) -> Option<&serde_json::Value> {
        match self {
            Self::Answered { answer } => Some(answer),
            Self::Refused { .. } | Self::Failed { .. } | Self::Waits { .. } | Self::Declined { .. } => None,
        }
    }
}

/// Calls that were asked for at once, and what they came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The calls, in their order.
    pub calls: Vec<(ToolCall, ToolOutcome)>,
}

/// What thinking came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thought {
    /// What to do.
    pub next: Next,
    /// The visitor's language, when it could be told: BCP 47.
    pub language: Option<String>,
    /// Tags to put on the chat.
    pub tags: Vec<String>,
    /// The procedure that is to be gone on with in the next turn.
    pub under_way: Option<UnderWay>,
    /// What it took.
    pub usage: Usage,
    /// How many drafts of a reply were not fit to be said.
    pub drafts_rejected: u8,
    /// Models failed, were too slow or over budget: how many.
    pub fallbacks: u8,
}

impl Thought {
    /// What to do, if no call is wanted first.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        match &self.next {
            Next::Conclude(verdict) => Some(verdict),
            Next::Call(_) => None,
        }
    }

    /// A verdict, and nothing besides.
    #[must_use]
    pub fn of(verdict: Verdict) -> Self {
        Self::next(Next::Conclude(verdict))
    }

    /// A next step, and nothing besides.
    #[must_use]
    pub fn next(next: Next) -> Self {
        Self {
            next,
            language: None,
            tags: Vec::new(),
            under_way: None,
            usage: Usage::default(),
            drafts_rejected: 0,
            fallbacks: 0,
        }
    }
}

/// What an agent wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It knows what to do.
    Conclude(Verdict),
    /// It wants these calls made, and to be asked again. Never empty.
    Call(Vec<ToolCall>),
}

/// Thinking failed.
#[derive(Debug, Error)]
pub enum AgentError {
    /// The backend did not answer in time or at all.
    #[error("the agent's backend {backend} did not answer: {reason}")]
    Unavailable {
        /// Which backend.
        backend: String,
        /// What went wrong, without message texts.
        reason: String,
    },
    /// It did not come to anything in the time that it was given.
    #[error("the agent came to nothing in its time")]
    Slow,
    /// It went on asking for calls.
    #[error("the agent asked for more calls than a turn may have, or its time was over")]
    Endless,
}
