//! What is kept of a conversation line by line, beside its state.

use serde::{Deserialize, Serialize};

use super::action::Covers;
use super::ask::Person;
use super::event::{EndedBy, OperatorRef, TransferStep};
use super::id::{DepartmentId, MessageId};
use super::message::{Author, Message};
use super::router::Target;

/// A line of the message log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LogEntry {
    /// Somebody said something.
    Line {
        /// The line.
        message: Message,
        /// Whose it is.
        author: Author,
        /// For a reply of ours: the lines that it answers.
        #[serde(default, skip_serializing_if = "Covers::is_empty")]
        answers: Covers,
    },
    /// A line was edited.
    Edited {
        /// Which.
        message: MessageId,
        /// Its new text.
        text: Option<String>,
    },
    /// A line was deleted.
    Deleted {
        /// Which.
        message: MessageId,
    },
    /// The attender changed.
    Attender {
        /// To whom.
        operator: OperatorRef,
    },
    /// A transfer went on.
    Transfer {
        /// How far.
        step: TransferStep,
        /// Who is rung, accepted or rejected.
        operator: Option<OperatorRef>,
        /// Where it goes.
        department: Option<DepartmentId>,
    },
    /// The thread ended.
    Ended {
        /// Nobody took it.
        missed: bool,
        /// By whom.
        by: Option<EndedBy>,
    },
    /// The chat was reopened.
    Reopened,
    /// A person did something in the console.
    Asked {
        /// Who.
        by: Person,
        /// What.
        deed: Deed,
    },
}

/// What a person did in the console. What they said is a line of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Deed {
    /// Took the chat.
    PickedUp,
    /// Had somebody rung for it.
    Reassigned {
        /// Whom.
        target: Target,
    },
    /// Had it ended.
    Ended {
        /// With a countdown; else at once.
        countdown: bool,
    },
    /// Put tags on it.
    Tagged {
        /// Which.
        tags: Vec<String>,
    },
    /// Put a note for the team on it.
    Noted {
        /// The text, for the team alone: no transcript has it.
        text: String,
    },
    /// Gave it back to the AI.
    HandedBack,
    /// Had the transcript mailed.
    Mailed {
        /// To how many addresses.
        addresses: usize,
    },
}
