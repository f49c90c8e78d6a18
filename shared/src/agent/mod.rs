//! The AI: reads a conversation and says what it wants done.
//!
//! An agent only thinks. It sends nothing and changes nothing; the engine commits and carries out its verdict, so an
//! agent may be asked again about the same conversation at any time.

pub mod playbook;

use std::future::Future;

use thiserror::Error;

use crate::domain::id::ConversationId;
use crate::domain::message::{Author, Content};
use crate::domain::settings::{Article, BrandSettings, WorkspaceSettings};
use crate::domain::verdict::{EscalationReason, Verdict};

/// Thinks about a conversation.
pub trait Agent: Send + Sync {
    /// Comes to a verdict on the lines that have not been answered yet.
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
    /// What the agent may call.
    pub tools: &'a [Tool],
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

/// What thinking came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thought {
    /// What to do.
    pub verdict: Verdict,
    /// The visitor's language, when it could be told: BCP 47.
    pub language: Option<String>,
}

/// Thinking failed.
#[derive(Debug, Error)]
pub enum AgentError {
    /// The backend did not answer in time or at all.
    #[error("the agent's backend {backend} did not answer: {reason}")]
    Unavailable {
        /// Which backend.
        backend: &'static str,
        /// What went wrong, without message texts.
        reason: String,
    },
}
