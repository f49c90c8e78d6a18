//! The operators of a portal and how busy they are, at one moment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::id::{ConversationId, DepartmentId, OperatorId};

/// The operators at one moment. Kept for a few seconds and shared by all who route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// When it was read.
    pub taken_at: Timestamp,
    /// How far the loads can be trusted.
    pub loads: Loads,
    /// The operators.
    pub operators: Vec<Colleague>,
    /// Departments that are known to be switched off or gone.
    #[serde(default)]
    pub closed_departments: Vec<DepartmentId>,
}

/// How far loads can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loads {
    /// Seen with the facilitator's token: the chats of all departments.
    Full,
    /// No facilitator is set: only what the AI's operator sees, and reservations.
    Partial,
    /// The facilitator's token is refused: nobody can be called least busy.
    Refused,
    /// SalesIQ did not tell: neither loads nor operators are known.
    Unknown,
}

/// An operator as routing sees one. What SalesIQ did not tell is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// The id.
    pub id: OperatorId,
    /// The name that visitors see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A Zobot.
    #[serde(default)]
    pub bot: bool,
    /// The account is switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The invitation was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<bool>,
    /// The operator takes chats at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_enabled: Option<bool>,
    /// The account was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// Whether chats are taken now.
    pub presence: Presence,
    /// How many chats at a time; 5 where SalesIQ gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<ChatLimit>,
    /// The departments.
    pub departments: Vec<DepartmentId>,
    /// How many chats are open with this operator.
    pub open_chats: u32,
    /// Those of the open chats that were reserved when the roster was read: not to be counted twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_and_reserved: Vec<ConversationId>,
    /// When the newest of the open chats was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_last_at: Option<Timestamp>,
}

/// Whether chats are taken now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// `Available`.
    Available,
    /// `Busy`.
    Busy,
    /// Another word of SalesIQ's (api.md §9: none is documented).
    Other(String),
    /// SalesIQ did not tell.
    Untold,
}

/// How many chats an operator takes at a time (`maximum_concurrent_chat`, api.md §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatLimit {
    /// At most so many.
    AtMost(u32),
    /// Any number.
    Unlimited,
}

/// The chats that an operator is being rung for (protocol: load of operators). A document of its own in the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// Until when each counts.
    pub until: BTreeMap<ConversationId, Timestamp>,
    /// When the operator was last rung.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

impl Reserved {
    /// Whether a conversation counts now.
    #[must_use]
    pub fn holds(&self, conversation: &ConversationId, now: Timestamp) -> bool {
        self.until.get(conversation).is_some_and(|until| *until > now)
    }

    /// With one more chat, and without those that ran out.
    #[must_use]
    pub fn with(&self, conversation: &ConversationId, until: Timestamp, now: Timestamp) -> Self {
        let mut reserved = self.without(conversation, now);
        reserved.until.insert(conversation.clone(), until);
        reserved.last_at = Some(now);
        reserved
    }

    /// Without a chat, and without those that ran out.
    #[must_use]
    pub fn without(&self, conversation: &ConversationId, now: Timestamp) -> Self {
        let mut reserved = self.clone();
        reserved.until.retain(|held, until| held != conversation && *until > now);
        reserved
    }
}
