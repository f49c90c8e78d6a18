//! Lines of the visitor, by id as far as there is room.

use serde::{Deserialize, Serialize};

use super::id::MessageId;

/// The visitor's lines that a turn answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covers {
    /// By id.
    pub ids: Vec<MessageId>,
    /// How many more, beyond those kept by id.
    #[serde(default)]
    pub more: u32,
}

/// How many unanswered lines are kept by id; further ones are only counted, so that the state stays small.
pub const UNANSWERED_BY_ID: usize = 128;

impl Covers {
    /// No line waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.more == 0
    }

    /// Adds a line.
    pub fn add(&mut self, id: MessageId) {
        if self.ids.contains(&id) {
        } else if self.ids.len() < UNANSWERED_BY_ID {
            self.ids.push(id);
        } else {
            self.more += 1;
        }
    }

    /// Takes away what `other` covers.
    pub fn remove(&mut self, other: &Self) {
        self.ids.retain(|id| !other.ids.contains(id));
        self.more = self.more.saturating_sub(other.more);
    }

    /// Puts back what `other` covers, in front.
    pub fn put_back(&mut self, other: Self) {
        let mut all = other;
        let newer = std::mem::take(self);
        all.more += newer.more;
        for id in newer.ids {
            all.add(id);
        }
        *self = all;
    }

    /// Forgets a line that was deleted.
    pub fn forget(&mut self, id: &MessageId) {
        self.ids.retain(|held| held != id);
    }
}
