//! What was called of the company's systems in a conversation (ARCHITECTURE.md, "Actions and their promises").

pub mod hosts;
pub mod schema;
pub mod template;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::ToolName;
use super::promise::Claim;

/// Names that are not a company's to give: what is built in, and what a model says to end its turn.
pub const RESERVED: [&str; 6] = ["search_knowledge", "lookup_player", "tag", "escalate", "close", "reply"];

/// How many calls that write are remembered. More than a conversation ever makes; beyond, no further one is made.
pub const WRITES_REMEMBERED: usize = 16;

/// The longest answer of a call that writes which is kept for a turn that is thought again, in bytes.
pub const ANSWER_KEPT_BYTES: usize = 400;

/// The name by which a repeated call is known to be the same: a hash of conversation, thread, player, tool and
/// arguments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(pub String);

/// A call that writes: committed before it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Which call is the same.
    pub key: IdempotencyKey,
    /// The tool.
    pub tool: ToolName,
    /// When it was decided.
    pub at: Timestamp,
    /// What became of it.
    pub state: WriteState,
}

/// What became of a call that writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WriteState {
    /// It is about to be made, or was and its answer was lost: made again with the same key.
    Begun,
    /// It was made.
    Done {
        /// What it answered, clipped.
        answer: String,
        /// What a reply may say now.
        proves: Vec<Claim>,
    },
    /// It certainly was not made.
    Refused {
        /// Why, without the visitor's words.
        why: String,
    },
}
