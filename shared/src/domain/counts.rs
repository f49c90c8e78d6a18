//! What is counted of a conversation; flows from the state to the counters (protocol.md §11).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::id::BrandId;
use super::verdict::EscalationReason;

/// Counts of one conversation. They only grow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Conversations that the AI served.
    pub automated: u64,
    /// Conversations that were only watched.
    pub observed: u64,
    /// Lines of the visitor.
    pub visitor_lines: u64,
    /// Lines of the AI.
    pub our_lines: u64,
    /// Lines of human operators.
    pub human_lines: u64,
    /// Lines of a Zobot.
    pub zobot_lines: u64,
    /// Turns that came to a verdict.
    pub turns: u64,
    /// Turns that were thought again because the visitor went on writing.
    pub rethinks: u64,
    /// Threads that ended.
    pub closed: u64,
    /// Threads that ended because nobody took them.
    pub missed: u64,
    /// Escalations by reason code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub escalations: BTreeMap<String, u64>,
}

impl Counts {
    /// Counts an escalation.
    pub fn escalated(&mut self, reason: &EscalationReason) {
        *self.escalations.entry(reason.code().to_owned()).or_default() += 1;
    }

    /// The counts under their counters' names, `{day}#{brand}#{measure}`, without the zeros.
    #[must_use]
    pub fn totals(&self, opened_at: Timestamp, brand: &BrandId) -> BTreeMap<String, u64> {
        let day = opened_at.to_zoned(TimeZone::UTC).date();
        let plain = [
            ("conversations", 1),
            ("automated", self.automated),
            ("observed", self.observed),
            ("visitor_lines", self.visitor_lines),
            ("our_lines", self.our_lines),
            ("human_lines", self.human_lines),
            ("zobot_lines", self.zobot_lines),
            ("turns", self.turns),
            ("rethinks", self.rethinks),
            ("closed", self.closed),
            ("missed", self.missed),
        ];
        let reasons = self.escalations.iter().map(|(code, count)| (format!("escalation.{code}"), *count));
        plain
            .into_iter()
            .map(|(measure, count)| (measure.to_owned(), count))
            .chain(reasons)
            .filter(|(_, count)| *count > 0)
            .map(|(measure, count)| (format!("{day}#{brand}#{measure}"), count))
            .collect()
    }
}
