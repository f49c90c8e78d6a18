//! The figures of a time and of brands, from the counters. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;
use shared::domain::id::BrandId;
use shared::domain::waiting::{BEYOND, STEPS_S};

/// What was counted of some conversations.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) conversations: u64,
    pub(super) closed: u64,
    pub(super) served: u64,
    pub(super) confirmed: u64,
    pub(super) assumed: u64,
    pub(super) missed: u64,
    pub(super) unattended: u64,
    pub(super) mailed: u64,
    pub(super) handed_over: u64,
    pub(super) escalations: BTreeMap<String, u64>,
    pub(super) first_answer: Wait,
    pub(super) to_human: Wait,
    pub(super) ratings: BTreeMap<u8, u64>,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) cost_micros: u64,
}

/// Waits of one kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wait {
    pub(super) count: u64,
    ms: u64,
    /// By the seconds up to which a step goes; [`u32::MAX`]: beyond all of them.
    steps: BTreeMap<u32, u64>,
}

/// A share of something, as both numbers: a percentage alone hides of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Share {
    pub(super) part: u64,
    pub(super) of: u64,
}

/// How long most waited.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Estimate {
    /// About so many seconds.
    Seconds(f64),
    /// Longer than so many: the steps go no further.
    Beyond(u32),
}

impl Share {
    pub(super) fn percent(self) -> Option<f64> {
        (self.of > 0).then(|| real(self.part) / real(self.of) * 100.0)
    }
}

impl Wait {
    /// The mean, in seconds.
    pub(super) fn mean_s(&self) -> Option<f64> {
        (self.count > 0).then(|| real(self.ms) / real(self.count) / 1_000.0)
    }

    /// Up to what time a part of all waits was over, between 0 and 1. Within a step waits are taken to be spread evenly.
    pub(super) fn quantile(&self, part: f64) -> Option<Estimate> {
        let all: u64 = self.steps.values().sum();
        if all == 0 {
            return None;
        }
        let (mut before, mut from) = (0.0, 0);
        let wanted = part.clamp(0.0, 1.0) * real(all);
        for upto in STEPS_S {
            let within = real(self.steps.get(&upto).copied().unwrap_or(0));
            if within > 0.0 && before + within >= wanted {
                let share = ((wanted - before) / within).clamp(0.0, 1.0);
                return Some(Estimate::Seconds(f64::from(from) + share * f64::from(upto - from)));
            }
            (before, from) = (before + within, upto);
        }
        Some(Estimate::Beyond(from))
    }

    fn take(&mut self, part: &str, count: u64) {
        match part {
            "count" => self.count += count,
            "ms" => self.ms += count,
            BEYOND => *self.steps.entry(u32::MAX).or_default() += count,
            step => {
                if let Some(step) = step.strip_suffix('s').and_then(|step| step.parse().ok()) {
                    *self.steps.entry(step).or_default() += count;
                }
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.ms += other.ms;
        for (step, count) in &other.steps {
            *self.steps.entry(*step).or_default() += count;
        }
    }
}

impl Figures {
    /// Takes a counter in; what is not shown anywhere is passed over.
    fn take(&mut self, measure: &str, count: u64) {
        let plain = match measure {
            "conversations" => &mut self.conversations,
            "closed" => &mut self.closed,
            "served" => &mut self.served,
            "contained_confirmed" => &mut self.confirmed,
            "contained_assumed" => &mut self.assumed,
            "missed" => &mut self.missed,
            "unattended" => &mut self.unattended,
            "mailed" => &mut self.mailed,
            "handed_over" => &mut self.handed_over,
            "input_tokens" => &mut self.input_tokens,
            "output_tokens" => &mut self.output_tokens,
            "cost_micros" => &mut self.cost_micros,
            _ => {
                match measure.split_once('.') {
                    Some(("escalation", code)) => *self.escalations.entry(code.to_owned()).or_default() += count,
                    Some(("first_answer", part)) => self.first_answer.take(part, count),
                    Some(("to_human", part)) => self.to_human.take(part, count),
                    Some(("rating", stars)) => {
                        if let Ok(stars) = stars.parse() {
                            *self.ratings.entry(stars).or_default() += count;
                        }
                    }
                    _ => {}
                }
                return;
            }
        };
        *plain += count;
    }

    /// These and others.
    pub(super) fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.conversations, other.conversations),
            (&mut self.closed, other.closed),
            (&mut self.served, other.served),
            (&mut self.confirmed, other.confirmed),
            (&mut self.assumed, other.assumed),
            (&mut self.missed, other.missed),
            (&mut self.unattended, other.unattended),
            (&mut self.mailed, other.mailed),
            (&mut self.handed_over, other.handed_over),
            (&mut self.input_tokens, other.input_tokens),
            (&mut self.output_tokens, other.output_tokens),
            (&mut self.cost_micros, other.cost_micros),
        ];
        for (sum, more) in sums {
            *sum += more;
        }
        for (code, count) in &other.escalations {
            *self.escalations.entry(code.clone()).or_default() += count;
        }
        for (stars, count) in &other.ratings {
            *self.ratings.entry(*stars).or_default() += count;
        }
        self.first_answer.add(&other.first_answer);
        self.to_human.add(&other.to_human);
    }

    /// Of the chats that ended and that the AI had had, those without any human.
    pub(super) fn automation(&self) -> Share {
        Share { part: self.confirmed + self.assumed, of: self.served }
    }

    /// Of these, those in which the visitor said that they are served.
    pub(super) fn said_so(&self) -> Share {
        Share { part: self.confirmed, of: self.served }
    }

    pub(super) fn escalated(&self) -> u64 {
        self.escalations.values().sum()
    }

    pub(super) fn rated(&self) -> u64 {
        self.ratings.values().sum()
    }

    /// The mean of the ratings.
    pub(super) fn rating(&self) -> Option<f64> {
        let stars: u64 = self.ratings.iter().map(|(stars, count)| u64::from(*stars) * count).sum();
        (self.rated() > 0).then(|| real(stars) / real(self.rated()))
    }

    pub(super) fn tokens(&self) -> u64 {
        self.input_tokens + self.output_tokens
    }

    /// What models cost, in the company's unit.
    pub(super) fn cost(&self) -> f64 {
        real(self.cost_micros) / 1_000_000.0
    }
}

/// The figures of some days, by day and brand.
#[derive(Debug, Default)]
pub(super) struct Counted(BTreeMap<(Date, BrandId), Figures>);

impl Counted {
    /// Takes counters in by their names, `{day}#{brand}#{measure}`.
    pub(super) fn take(&mut self, counters: &BTreeMap<String, u64>) {
        for (name, count) in counters {
            let mut parts = name.splitn(3, '#');
            let (Some(day), Some(brand), Some(measure)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let (Ok(day), Ok(brand)) = (day.parse(), BrandId::parse(brand)) else { continue };
            self.0.entry((day, brand)).or_default().take(measure, *count);
        }
    }

    /// The brands that something was counted of.
    pub(super) fn brands(&self) -> BTreeSet<&BrandId> {
        self.0.keys().map(|(_, brand)| brand).collect()
    }

    /// Each day and brand with the figures of both.
    pub(super) fn each(&self) -> impl Iterator<Item = (Date, &BrandId, &Figures)> {
        self.0.iter().map(|((day, brand), figures)| (*day, brand, figures))
    }

    /// The sum of what is asked for.
    pub(super) fn sum(&self, of: impl Fn(Date, &BrandId) -> bool) -> Figures {
        let mut sum = Figures::default();
        for (day, brand, figures) in self.each() {
            if of(day, brand) {
                sum.add(figures);
            }
        }
        sum
    }
}

/// A count as a number to reckon with; beyond 2^53 the last digits go.
#[expect(clippy::cast_precision_loss, reason = "no count is that large, and it is shown with two digits")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(pairs: &[(&str, u64)]) -> Figures {
        let mut counted = Counted::default();
        counted.take(&pairs.iter().map(|(name, n)| (format!("2026-01-02#100#{name}"), *n)).collect());
        counted.sum(|_, _| true)
    }

    #[test]
    fn nothing_counted_gives_no_share_no_mean_and_no_division_by_zero() {
        let none = Figures::default();
        assert_eq!((none.automation().percent(), none.rating(), none.first_answer.mean_s()), (None, None, None));
        assert_eq!(none.first_answer.quantile(0.5), None);
    }

    #[test]
    fn automation_is_what_ended_without_a_human_of_what_the_ai_had() {
        let figures =
            counted(&[("served", 50), ("contained_confirmed", 20), ("contained_assumed", 11), ("closed", 70)]);
        assert_eq!(figures.automation(), Share { part: 31, of: 50 });
        assert_eq!(figures.automation().percent(), Some(62.0));
        assert_eq!(figures.said_so().percent(), Some(40.0));
    }

    #[test]
    fn waits_are_estimated_within_their_step_and_beyond_all_steps_not_at_all() {
        let waits = counted(&[
            ("first_answer.count", 10),
            ("first_answer.ms", 120_000),
            ("first_answer.5s", 4),
            ("first_answer.10s", 4),
            ("first_answer.beyond", 2),
        ]);
        assert_eq!(waits.first_answer.mean_s(), Some(12.0));
        assert_eq!(waits.first_answer.quantile(0.5), Some(Estimate::Seconds(6.25)));
        assert_eq!(waits.first_answer.quantile(0.9), Some(Estimate::Beyond(3_600)));
    }

    #[test]
    fn ratings_and_reasons_are_added_up_over_days_and_brands() {
        let mut counted = Counted::default();
        let counters = [
            ("2026-01-01#100#rating.5", 2),
            ("2026-01-02#100#rating.2", 1),
            ("2026-01-02#101#escalation.legal", 3),
            ("2026-01-02#101#escalation.fraud", 1),
            ("not a counter", 9),
            ("2026-01-02#101#unknown", 9),
        ];
        counted.take(&counters.into_iter().map(|(name, n)| (name.to_owned(), n)).collect());
        let all = counted.sum(|_, _| true);
        assert_eq!((all.rated(), all.rating()), (3, Some(4.0)));
        assert_eq!((all.escalated(), counted.brands().len()), (4, 2));
        let of_one = counted.sum(|_, brand| brand.as_str() == "100");
        assert_eq!((of_one.escalated(), of_one.rated()), (0, 3));
    }
}
