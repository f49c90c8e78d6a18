//! What is counted of a conversation; flows from the state to the counters (ARCHITECTURE.md, "Findings and counters").

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::id::BrandId;
use super::usage::Usage;
use super::verdict::EscalationReason;
use super::waiting::Waited;

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
    /// Searches that ended with a human.
    pub handed_over: u64,
    /// Searches that ended with nobody.
    pub unattended: u64,
    /// Mails that SES took.
    pub mails: u64,
    /// Threads that a mail told the team of.
    pub mailed: u64,
    /// Threads that ended, and that the AI had had.
    pub served: u64,
    /// Of these, without any human, and served as the visitor's last words said.
    pub contained_confirmed: u64,
    /// Of these, without any human, and nothing said that it was of help: the visitor went, or wrote no more.
    pub contained_assumed: u64,
    /// Silent visitors who were asked whether they are still there.
    pub check_ins: u64,
    /// Threads that ended since nothing was said for too long: assumed, not confirmed.
    pub idle_closed: u64,
    /// Countdowns that began.
    pub countdowns: u64,
    /// Countdowns that a line, or whoever took the chat, cancelled.
    pub countdowns_cancelled: u64,
    /// Lines of the AI that answer nothing: check-ins, steps of countdowns, last words.
    pub reminders: u64,
    /// How often a model was asked.
    pub model_calls: u64,
    /// Tokens that models read.
    pub input_tokens: u64,
    /// Tokens that models wrote.
    pub output_tokens: u64,
    /// What models cost, in millionths of the currency unit.
    pub cost_micros: u64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// Calls of tools that were refused or failed.
    pub tool_failures: u64,
    /// Drafts of replies that were not said since they claimed what had not happened, or were otherwise not fit.
    pub drafts_rejected: u64,
    /// Turns in which a model failed and another way was taken.
    pub fallbacks: u64,
    /// Escalations by reason code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub escalations: BTreeMap<String, u64>,
    /// Ratings by stars.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ratings: BTreeMap<u8, u64>,
    /// How long visitors waited for a first answer.
    #[serde(skip_serializing_if = "Waited::is_empty")]
    pub first_answer: Waited,
    /// From an escalation to a human.
    #[serde(skip_serializing_if = "Waited::is_empty")]
    pub to_human: Waited,
}

impl Counts {
    /// Counts an escalation.
    pub fn escalated(&mut self, reason: &EscalationReason) {
        *self.escalations.entry(reason.code().to_owned()).or_default() += 1;
    }

    /// Counts what thinking took.
    pub fn thought(&mut self, usage: Usage) {
        self.model_calls += usage.calls;
        self.input_tokens += usage.input_tokens;
        self.output_tokens += usage.output_tokens;
        self.cost_micros += usage.cost_micros;
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
            ("handed_over", self.handed_over),
            ("unattended", self.unattended),
            ("mails", self.mails),
            ("mailed", self.mailed),
            ("served", self.served),
            ("contained_confirmed", self.contained_confirmed),
            ("contained_assumed", self.contained_assumed),
            ("check_ins", self.check_ins),
            ("idle_closed", self.idle_closed),
            ("countdowns", self.countdowns),
            ("countdowns_cancelled", self.countdowns_cancelled),
            ("reminders", self.reminders),
            ("model_calls", self.model_calls),
            ("input_tokens", self.input_tokens),
            ("output_tokens", self.output_tokens),
            ("cost_micros", self.cost_micros),
            ("tool_calls", self.tool_calls),
            ("tool_failures", self.tool_failures),
            ("drafts_rejected", self.drafts_rejected),
            ("fallbacks", self.fallbacks),
        ];
        let reasons = self.escalations.iter().map(|(code, count)| (format!("escalation.{code}"), *count));
        let ratings = self.ratings.iter().map(|(stars, count)| (format!("rating.{stars}"), *count));
        plain
            .into_iter()
            .map(|(measure, count)| (measure.to_owned(), count))
            .chain(reasons)
            .chain(ratings)
            .chain(self.first_answer.totals("first_answer"))
            .chain(self.to_human.totals("to_human"))
            .filter(|(_, count)| *count > 0)
            .map(|(measure, count)| (format!("{day}#{brand}#{measure}"), count))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::waiting::STEPS_S;
    use super::*;
    use crate::salesiq::assumptions::RATINGS;

    fn totals(counts: &Counts, opened_at: &str) -> Vec<(String, u64)> {
        let brand = BrandId::parse("100").unwrap();
        counts.totals(opened_at.parse().unwrap(), &brand).into_iter().collect()
    }

    #[test]
    fn a_conversation_counts_as_one_even_if_nothing_was_said_in_it() {
        assert_eq!(
            totals(&Counts::default(), "2026-01-01T12:00:00Z"),
            [("2026-01-01#100#conversations".to_owned(), 1)]
        );
    }

    #[test]
    fn counters_are_named_by_the_day_of_the_opening_in_utc() {
        let counts = Counts { visitor_lines: 3, ..Counts::default() };
        let expected = [("2026-01-01#100#conversations".to_owned(), 1), ("2026-01-01#100#visitor_lines".to_owned(), 3)];
        assert_eq!(totals(&counts, "2026-01-01T23:59:59Z"), expected);
        assert_eq!(totals(&counts, "2026-01-02T01:59:59+02:00"), expected);
    }

    #[test]
    fn escalations_are_counted_by_reason_code() {
        let mut counts = Counts::default();
        for name in ["bonus abuse", "chargebacks"] {
            counts.escalated(&EscalationReason::Policy { name: name.to_owned() });
        }
        counts.escalated(&EscalationReason::VisitorAsked);
        let totals = totals(&counts, "2026-01-01T12:00:00Z");
        assert!(totals.contains(&("2026-01-01#100#escalation.policy".to_owned(), 2)), "{totals:?}");
        assert!(totals.contains(&("2026-01-01#100#escalation.visitor_asked".to_owned(), 1)), "{totals:?}");
    }

    #[test]
    fn the_most_that_a_conversation_can_count_fits_one_tally() {
        let mut counts = Counts::default();
        let mut all: serde_json::Value = serde_json::to_value(&counts).unwrap();
        for count in all.as_object_mut().unwrap().values_mut().filter(|count| count.is_u64()) {
            *count = 1.into();
        }
        counts = serde_json::from_value(all).unwrap();
        counts.escalations = EscalationReason::CODES.iter().map(|code| ((*code).to_owned(), 1)).collect();
        counts.ratings = RATINGS.map(|stars| (stars, 1)).collect();
        let every_step = || STEPS_S.into_iter().chain([u32::MAX]).map(|step| (step, 1)).collect();
        let waited = || Waited { count: 9, ms: 9, upto_s: every_step() };
        (counts.first_answer, counts.to_human) = (waited(), waited());
        let counted = totals(&counts, "2026-01-01T12:00:00Z").len();
        assert!(counted <= 90 && counted > 60, "{counted}");
    }
}
