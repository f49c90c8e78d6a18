//! The search for a human, step by step (ARCHITECTURE.md, "Escalation").

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::Covers;
use super::ask::Person;
use super::router::{NobodyWhy, Target};
use super::verdict::EscalationReason;

/// A search for a human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Why.
    pub reason: EscalationReason,
    /// What the visitor wants.
    pub summary: String,
    /// Since when.
    pub since: Timestamp,
    /// How far it is.
    pub stage: Stage,
    /// What was tried, oldest first.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// The note is on the chat, or was given up.
    #[serde(default)]
    pub noted: bool,
    /// Lines of the visitor that the AI reacted to while a human was looked for. They still wait for the human.
    #[serde(default)]
    pub heard: Covers,
    /// How often the AI said something meanwhile.
    #[serde(default)]
    pub reassured: u8,
    /// A person chose who is rung first; gone once they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
    /// The visitor was not told yet that a colleague is looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
}

/// Whom a person chose to be rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Who is rung.
    pub target: Target,
    /// What they read while it rings; empty: what the search gives.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who chose.
    pub by: Person,
    /// It rings.
    #[serde(default)]
    pub rung: bool,
}

/// How far a search is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Stage {
    /// Whom to ring next is to be decided.
    Routing,
    /// Somebody is being rung.
    Ringing {
        /// Who.
        target: Target,
        /// Since when.
        since: Timestamp,
        /// Then the next is rung.
        deadline: Timestamp,
        /// The newest transfer that SalesIQ had told of when this one began: an older one says nothing about it.
        known: Option<Timestamp>,
        /// SalesIQ told that it rings.
        heard_of: bool,
    },
}

/// Somebody was rung, and did not take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Who.
    pub target: Target,
    /// When it began.
    pub at: Timestamp,
    /// When it was over.
    pub ended_at: Timestamp,
    /// Why it was over.
    pub end: AttemptEnd,
    /// A person had chosen them: it says nothing about the departments of the settings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chosen: bool,
}

/// Why an attempt was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AttemptEnd {
    /// It was turned down.
    Rejected,
    /// Nobody took it before the deadline.
    NoAnswer,
    /// A person chose somebody else meanwhile.
    TakenBack,
    /// SalesIQ refused the transfer.
    Refused {
        /// With this error code, if it gave one (api.md §1.4).
        code: Option<i64>,
    },
}

/// Why a transcript is mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MailOccasion {
    /// No human could be found; the visitor was told.
    Nobody {
        /// Why.
        why: NobodyWhy,
    },
    /// The visitor left while a human was looked for.
    LeftWaiting,
    /// The chat was missed; the visitor was not told anything.
    Missed,
    /// The chat ended while lines of the visitor were unanswered.
    EndedUnanswered,
    /// The visitor wrote after the first mail.
    Supplement,
    /// A mail about this conversation came back; goes to the last resort.
    Returned {
        /// A complaint; else it could not be delivered.
        complaint: bool,
    },
}
