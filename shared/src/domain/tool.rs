//! What was called of the company's systems in a conversation (ARCHITECTURE.md, "Actions and their promises").

pub mod hosts;
pub mod schema;
pub mod template;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conversation::Conversation;
use super::id::ToolName;
use super::promise::Claim;

/// Names that are not a company's to give: what is built in, and what a model says to end its turn.
pub const RESERVED: [&str; 6] = ["search_knowledge", "lookup_player", "tag", "escalate", "close", "reply"];

/// How many calls that write are remembered. More than a conversation ever makes; beyond, no further one is made.
pub const WRITES_REMEMBERED: usize = 16;

/// How many of the newest keep their arguments and their answer, so that the state stays small.
pub const WRITES_IN_FULL: usize = 3;

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
    /// Its arguments as JSON, clipped: for a turn that is thought again.
    #[serde(default)]
    pub arguments: String,
    /// When it was decided.
    pub at: Timestamp,
    /// What became of it.
    pub state: WriteState,
}

impl Conversation {
    /// Takes up that a call that writes is about to be made, or made again.
    pub fn begin_write(&mut self, write: Write) {
        // Always a change, so that a commit stands between the decision and the call, also of one that is made again.
        self.writes.retain(|known| known.key != write.key);
        self.writes.push(write);
        let older = self.writes.len().saturating_sub(WRITES_IN_FULL);
        for write in self.writes.iter_mut().take(older) {
            write.arguments.clear();
            if let WriteState::Done { answer, .. } = &mut write.state {
                answer.clear();
            }
        }
    }

    /// Takes up what became of a call that writes; none: nothing was done, and it is as if it had never been begun.
    pub fn write_ended(&mut self, key: &IdempotencyKey, state: Option<&WriteState>) {
        let Some(state) = state else {
            self.writes.retain(|write| &write.key != key);
            self.approved_not_made(key, "the company's system could not do it; nothing was done");
            return;
        };
        if let Some(write) = self.writes.iter_mut().find(|write| &write.key == key) {
            write.state = state.clone();
        }
    }

    /// What a reply may claim, since it happened in this thread.
    #[must_use]
    pub fn proven(&self) -> Vec<Claim> {
        let mut proven: Vec<Claim> = self
            .writes
            .iter()
            .filter_map(|write| match &write.state {
                WriteState::Done { proves, .. } => Some(proves.iter().copied()),
                _ => None,
            })
            .flatten()
            .collect();
        if self.mails.iter().any(|mail| mail.action > self.thread_after && !mail.returned) {
            proven.push(Claim::Mailed);
        }
        proven.sort_unstable();
        proven.dedup();
        proven
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn write(key: &str, state: WriteState) -> Write {
        Write {
            key: IdempotencyKey(key.to_owned()),
            tool: ToolName::parse("refund").unwrap(),
            arguments: "{}".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            state,
        }
    }

    #[test]
    fn only_what_was_done_may_be_claimed() {
        let mut conversation = Conversation::default();
        conversation.begin_write(write("1", WriteState::Begun));
        assert_eq!(conversation.proven(), []);
        let refused = WriteState::Refused { why: "no".to_owned() };
        conversation.write_ended(&IdempotencyKey("1".to_owned()), Some(&refused));
        assert_eq!(conversation.proven(), []);
        let done = WriteState::Done { answer: String::new(), proves: vec![Claim::Refunded] };
        conversation.write_ended(&IdempotencyKey("1".to_owned()), Some(&done));
        assert_eq!(conversation.proven(), [Claim::Refunded]);
    }

    #[test]
    fn only_the_newest_calls_keep_what_was_said_in_them() {
        let mut conversation = Conversation::default();
        for number in 0..WRITES_REMEMBERED {
            let key = number.to_string();
            conversation.begin_write(write(&key, WriteState::Begun));
            let done = WriteState::Done { answer: "a".repeat(ANSWER_KEPT_BYTES), proves: vec![Claim::Refunded] };
            conversation.write_ended(&IdempotencyKey(key), Some(&done));
        }
        let said = |write: &Write| matches!(&write.state, WriteState::Done { answer, .. } if !answer.is_empty());
        assert!(conversation.writes.iter().filter(|write| said(write)).count() <= WRITES_IN_FULL);
        assert!(serde_json::to_string(&conversation.writes).unwrap().len() < 6_000);
        assert_eq!(conversation.proven(), [Claim::Refunded]);
    }

    #[test]
    fn a_call_that_is_made_again_is_the_same_one() {
        let mut conversation = Conversation::default();
        conversation.begin_write(write("1", WriteState::Begun));
        conversation.begin_write(write("1", WriteState::Begun));
        assert_eq!(conversation.writes.len(), 1);
    }
}
