//! What we know of a chat, as far as it is compared.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::conversation::{Conversation, Phase};
use crate::domain::id::OperatorId;

/// What we know of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// We never heard of it.
    Nothing,
    /// Its first events wait to be read.
    Unread,
    /// It is open here.
    Open(Open),
    /// It is closed here.
    Closed {
        /// Since when.
        ended_at: Timestamp,
    },
}

/// An open conversation, as the list of open conversations shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The phase's name.
    pub phase: String,
    /// Who attends.
    #[serde(default)]
    pub attender: Option<OperatorId>,
    /// When it was opened, in milliseconds.
    #[serde(default)]
    opened_at: Option<i64>,
    /// When the visitor wrote the last line that we heard of, in milliseconds.
    #[serde(default)]
    wrote_at: Option<i64>,
}

impl Known {
    /// What a state tells; none: there is no state.
    #[must_use]
    pub fn of(conversation: Option<&Conversation>, something_unread: bool) -> Self {
        let Some(conversation) = conversation else {
            return if something_unread { Self::Unread } else { Self::Nothing };
        };
        match (&conversation.phase, conversation.facts.ended.time()) {
            (Phase::Closed { .. }, Some(ended_at)) => Self::Closed { ended_at },
            _ => Self::Open(Open::of(conversation)),
        }
    }
}

impl Open {
    /// Of a state.
    #[must_use]
    pub fn of(conversation: &Conversation) -> Self {
        let facts = &conversation.facts;
        Self {
            phase: conversation.phase.name().to_owned(),
            attender: facts.attender().map(|attender| attender.id.clone()),
            opened_at: facts.opened_at.map(Timestamp::as_millisecond),
            wrote_at: facts.visitor_wrote_at.map(Timestamp::as_millisecond),
        }
    }

    /// When it was opened.
    #[must_use]
    pub fn opened_at(&self) -> Option<Timestamp> {
        self.opened_at.and_then(|at| Timestamp::from_millisecond(at).ok())
    }

    /// The last that we heard of the visitor: a line, or the question that opened the chat.
    pub(super) fn heard_at(&self) -> Option<Timestamp> {
        let wrote_at = self.wrote_at.and_then(|at| Timestamp::from_millisecond(at).ok());
        wrote_at.max(self.opened_at())
    }

    /// Whether a line of the visitor would be ours to answer: not where a human attends, nor where we only watch.
    #[must_use]
    pub fn is_ours_to_answer(&self, us: &OperatorId) -> bool {
        match self.phase.as_str() {
            "observed" | "bridged" | "closed" => false,
            "with_human" => self.attender.as_ref() == Some(us),
            _ => true,
        }
    }
}
