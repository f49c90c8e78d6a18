//! Figures as people read them, and as files have them. Pure.

use serde_json::{Value, json};

use super::figures::{Estimate, Figures, Share};

/// What the columns of the tables are called.
pub(super) const COLUMNS: [&str; 13] = [
    "Chats",
    "Automated",
    "Confirmed",
    "Escalated",
    "Missed",
    "Nobody found",
    "Mailed",
    "First answer, median",
    "First answer, 90 %",
    "To a human, median",
    "Rating",
    "Tokens",
    "Cost",
];

/// A cell of a table.
pub(super) struct Cell {
    /// As it is shown.
    pub(super) shown: String,
    /// For the chart; none where there is nothing to show.
    pub(super) value: Option<String>,
}

/// A line of a table.
pub(super) struct Line {
    pub(super) label: String,
    /// In small print beside it.
    pub(super) hint: String,
    pub(super) cells: Vec<Cell>,
}

impl Line {
    pub(super) fn of(label: impl Into<String>, hint: impl Into<String>, figures: &Figures) -> Self {
        let f = figures;
        let cells = vec![
            count(f.conversations),
            share(f.automation()),
            share(f.said_so()),
            count(f.escalated()),
            count(f.missed),
            count(f.unattended),
            count(f.mailed),
            wait(f.first_answer.quantile(0.5)),
            wait(f.first_answer.quantile(0.9)),
            wait(f.to_human.quantile(0.5)),
            rating(f),
            count(f.tokens()),
            Cell { shown: money(f.cost()), value: Some(f.cost().to_string()) },
        ];
        Self { label: label.into(), hint: hint.into(), cells }
    }
}

fn count(count: u64) -> Cell {
    Cell { shown: grouped(count), value: Some(count.to_string()) }
}

fn share(share: Share) -> Cell {
    let value = share.percent().map(|percent| format!("{percent:.1}"));
    Cell { shown: percent(share), value }
}

fn wait(estimate: Option<Estimate>) -> Cell {
    let value = estimate.map(|estimate| match estimate {
        Estimate::Seconds(seconds) => format!("{seconds:.1}"),
        Estimate::Beyond(seconds) => seconds.to_string(),
    });
    Cell { shown: lasting(estimate), value }
}

fn rating(figures: &Figures) -> Cell {
    let rating = figures.rating();
    let shown = rating.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.1} ({})", grouped(figures.rated())));
    Cell { shown, value: rating.map(|mean| format!("{mean:.2}")) }
}

/// `62 % (31 of 50)`; a dash where there is nothing to have a share of.
pub(super) fn percent(share: Share) -> String {
    match share.percent() {
        None => "–".to_owned(),
        Some(percent) => format!("{percent:.0} % ({} of {})", grouped(share.part), grouped(share.of)),
    }
}

/// An estimate of a wait.
pub(super) fn lasting(estimate: Option<Estimate>) -> String {
    match estimate {
        None => "–".to_owned(),
        Some(Estimate::Beyond(seconds)) => format!("over {}", crate::page::lasting(i64::from(seconds))),
        Some(Estimate::Seconds(seconds)) if seconds < 9.95 => format!("{seconds:.1} s"),
        Some(Estimate::Seconds(seconds)) if seconds < 59.5 => format!("{seconds:.0} s"),
        Some(Estimate::Seconds(seconds)) if seconds < 3_600.0 => format!("{:.1} min", seconds / 60.0),
        Some(Estimate::Seconds(seconds)) => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// An amount in the company's unit: two decimals, more where it is small.
pub(super) fn money(amount: f64) -> String {
    match amount {
        none if none <= 0.0 => "0".to_owned(),
        small if small < 1.0 => format!("{small:.4}"),
        amount => format!("{amount:.2}"),
    }
}

/// Thousands are parted by a narrow space that breaks no line.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A reason to escalate, as people call it.
pub(super) fn reason(code: &str) -> &str {
    match code {
        "visitor_asked" => "The visitor asked for a human",
        "knowledge_gap" => "Nothing known answers it",
        "tool_failed" => "A look-up or an act failed",
        "policy" => "A rule of the company",
        "responsible_gaming" => "Gambling harm",
        "self_harm" => "Self-harm",
        "legal" => "Lawyers, authorities, courts",
        "fraud" => "Fraud or a stolen account",
        "child_safety" => "A minor",
        "vip" => "An important customer",
        "file_shared" => "The visitor sent a file",
        "frustrated" => "The visitor is upset",
        "repeated_failure" => "The same failed again and again",
        "ai_error" => "The AI itself failed",
        "uncertain_reply" => "A reply that may not have arrived",
        "reassigned" => "A colleague reassigned the chat",
        "approval_awaited" => "Nobody decided about a call in time",
        other => other,
    }
}

/// The columns of the file, one row a day and brand.
pub(super) const FILE: [&str; 27] = [
    "day_utc",
    "brand_id",
    "brand",
    "automated",
    "chats",
    "ended",
    "served",
    "contained_confirmed",
    "contained_assumed",
    "escalated",
    "escalations_by_reason",
    "handed_over",
    "missed",
    "unattended",
    "mailed",
    "first_answers",
    "first_answer_mean_s",
    "first_answer_median_s",
    "first_answer_p90_s",
    "to_humans",
    "to_human_mean_s",
    "to_human_median_s",
    "ratings",
    "rating_mean",
    "input_tokens",
    "output_tokens",
    "cost",
];

/// Figures as a file has them: names and values, in the order of [`FILE`] behind the brand.
pub(super) fn values(f: &Figures) -> Vec<(&'static str, Value)> {
    let by_reason: Vec<String> = f.escalations.iter().map(|(code, count)| format!("{code}:{count}")).collect();
    let seconds = |estimate: Option<Estimate>| match estimate {
        None => Value::Null,
        Some(Estimate::Seconds(seconds)) => json!((seconds * 10.0).round() / 10.0),
        Some(Estimate::Beyond(seconds)) => json!(format!(">{seconds}")),
    };
    let mean = |mean: Option<f64>| mean.map_or(Value::Null, |mean| json!((mean * 100.0).round() / 100.0));
    let values = [
        json!(f.conversations),
        json!(f.closed),
        json!(f.served),
        json!(f.confirmed),
        json!(f.assumed),
        json!(f.escalated()),
        json!(by_reason.join(" ")),
        json!(f.handed_over),
        json!(f.missed),
        json!(f.unattended),
        json!(f.mailed),
        json!(f.first_answer.count),
        mean(f.first_answer.mean_s()),
        seconds(f.first_answer.quantile(0.5)),
        seconds(f.first_answer.quantile(0.9)),
        json!(f.to_human.count),
        mean(f.to_human.mean_s()),
        seconds(f.to_human.quantile(0.5)),
        json!(f.rated()),
        mean(f.rating()),
        json!(f.input_tokens),
        json!(f.output_tokens),
        json!(f.cost()),
    ];
    FILE.into_iter().skip(4).zip(values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_tell_of_how_many_and_nothing_has_no_share() {
        assert_eq!(percent(Share { part: 31, of: 50 }), "62 % (31 of 50)");
        assert_eq!(percent(Share { part: 0, of: 0 }), "–");
    }

    #[test]
    fn numbers_are_told_as_people_read_them() {
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!((grouped(0).as_str(), grouped(999).as_str()), ("0", "999"));
        assert_eq!([0.0, 0.0123, 12.3].map(money), ["0", "0.0123", "12.30"]);
        let waits = [6.25, 34.4, 59.6, 250.0, 5_400.0].map(|s| lasting(Some(Estimate::Seconds(s))));
        assert_eq!(waits, ["6.2 s", "34 s", "1.0 min", "4.2 min", "1.5 h"]);
        assert_eq!(lasting(Some(Estimate::Beyond(3_600))), "over 1 h 0 min");
    }

    #[test]
    fn each_code_of_an_escalation_has_words() {
        for code in shared::domain::verdict::EscalationReason::CODES {
            assert_ne!(reason(code), code);
        }
    }

    #[test]
    fn a_row_of_the_file_has_a_value_for_each_column() {
        assert_eq!(values(&Figures::default()).len() + 4, FILE.len());
        assert_eq!(values(&Figures::default()).last().unwrap().0, "cost");
        assert_eq!(Line::of("", "", &Figures::default()).cells.len(), COLUMNS.len());
    }
}
