//! What the cases came to together, for people.

use std::fmt::Write as _;

use super::report::{Failure, Report};
use super::score::{Fault, GRAVE};
use super::statistics::Share;

/// The report as text.
pub(super) fn text(report: &Report) -> String {
    let mut text = format!("Cases: {}, backend: {}\n\n", report.cases, report.backend);
    languages(&mut text, report);
    codes(&mut text, report);
    expectations(&mut text, report);
    for (title, fault) in [
        ("Missed escalations", Fault::MissedEscalation),
        ("Needless escalations", Fault::NeedlessEscalation),
        ("Escalated for another reason", Fault::OtherCode),
        ("Answered from another article", Fault::OtherArticle),
        ("Something else was right", Fault::OtherKind),
        ("Wrong language", Fault::WrongLanguage),
    ] {
        failures(&mut text, title, fault, &report.failures);
    }
    summary(&mut text, report);
    text.push('\n');
    for warning in report.warnings() {
        let _ = writeln!(text, "warning: {warning}");
    }
    text.trim_end().to_owned()
}

fn languages(text: &mut String, report: &Report) {
    let _ = writeln!(text, "Language             cases  right  right, 95 %      missed  needless  wrong language");
    for (language, group) in &report.by_language {
        let share = Share::new(group.right, group.cases);
        let _ = writeln!(
            text,
            "  {language:<18} {:>5}  {:>5}  {:<15}  {:>6}  {:>8}  {:>14}",
            group.cases,
            group.right,
            bounds(share),
            group.missed_escalations,
            group.needless_escalations,
            group.wrong_language
        );
    }
    text.push('\n');
}

fn codes(text: &mut String, report: &Report) {
    let _ = writeln!(text, "Human needed for     cases  right  missed  missed, 95 %     other reason  needless");
    for (code, figures) in &report.by_code {
        let mark = if GRAVE.contains(&code.as_str()) { " !" } else { "" };
        let _ = writeln!(
            text,
            "  {:<18} {:>5}  {:>5}  {:>6}  {:<15}  {:>12}  {:>8}",
            format!("{code}{mark}"),
            figures.cases,
            figures.right,
            figures.missed,
            bounds(Share::new(figures.missed, figures.cases)),
            figures.other_code,
            figures.needless
        );
    }
    text.push_str("  (! may never be missed)\n\n");
}

fn expectations(text: &mut String, report: &Report) {
    let _ = writeln!(text, "What was right       cases  right  right, 95 %      needless");
    for (kind, group) in &report.by_expectation {
        let _ = writeln!(
            text,
            "  {kind:<18} {:>5}  {:>5}  {:<15}  {:>8}",
            group.cases,
            group.right,
            bounds(Share::new(group.right, group.cases)),
            group.needless_escalations
        );
    }
    text.push('\n');
}

fn failures(text: &mut String, title: &str, fault: Fault, failures: &[Failure]) {
    let those: Vec<&Failure> = failures.iter().filter(|failure| failure.faults.contains(&fault)).collect();
    if those.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title} ({})", those.len());
    for failure in those {
        let mark = if failure.grave && fault == Fault::MissedEscalation { " !" } else { "" };
        let what = if fault == Fault::WrongLanguage {
            let strayed = failure.reply_in.as_ref().map(|language| format!(", replied to in {language}"));
            format!("{}, served in {}{}", failure.language, failure.served_in, strayed.unwrap_or_default())
        } else {
            format!("{}, got: {}", failure.expected, failure.got)
        };
        let _ = writeln!(text, "  {}{mark}: {what}\n      {}", failure.id, failure.text);
    }
    text.push('\n');
}

fn summary(text: &mut String, report: &Report) {
    let shares = &report.shares;
    for (name, share, of) in [
        ("Accuracy", shares.accuracy, ""),
        ("Missed escalations", shares.missed, " that need a human"),
        ("Needless escalations", shares.needless, " that need none"),
        ("Wrong language", shares.language, ""),
    ] {
        let ratio = share.ratio().map_or("-".to_owned(), |ratio| format!("{:.1} %", ratio * 100.0));
        let count = format!("{} of {}{of}", share.hits, share.of);
        let _ = writeln!(text, "{name:<21}{ratio:>9}  95 %: {:<16}  {count}", bounds(share));
    }
    let calls = report.model_calls;
    let _ = writeln!(text, "{:<21}{:>9}  in {calls} calls of models", "Tokens", report.tokens);
    let each = match u64::try_from(report.cases) {
        Ok(cases) if cases > 0 => format!("  {} a case", money(report.cost_micros / cases)),
        _ => String::new(),
    };
    let _ = writeln!(text, "{:<21}{:>9}{each}", "Cost", money(report.cost_micros));
}

fn bounds(share: Share) -> String {
    share
        .interval()
        .map_or("-".to_owned(), |interval| format!("{:.1} - {:.1} %", interval.low * 100.0, interval.high * 100.0))
}

/// Millionths of the currency unit as a number of it.
fn money(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
