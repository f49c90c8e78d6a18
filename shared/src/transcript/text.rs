//! Plain text, for mail clients without HTML and for terminals.

use std::fmt::Write;

use super::sheet::{DecisionSheet, LineSheet, Sheet};

pub(super) fn write(sheet: &Sheet) -> String {
    let mut out = String::new();
    paragraph(&mut out, &one_line(&sheet.title));
    paragraph(&mut out, &sheet.happened);
    if let Some(to_do) = &sheet.to_do {
        paragraph(&mut out, to_do);
    }
    let width = sheet.facts.iter().chain(&sheet.request).map(|(label, _)| label.len()).max().unwrap_or_default();
    for (label, value) in sheet.facts.iter().chain(&sheet.request) {
        line(&mut out, format_args!("{:<width$}  {}", format!("{label}:"), one_line(value), width = width + 1));
    }
    heading(&mut out, "Conversation");
    if let Some(left_out) = &sheet.left_out {
        paragraph(&mut out, left_out);
    }
    if sheet.lines.is_empty() {
        paragraph(&mut out, "Nothing was said.");
    }
    for said in &sheet.lines {
        spoken(&mut out, said);
    }
    if !sheet.attempts.is_empty() {
        heading(&mut out, "Who was rung");
        for attempt in &sheet.attempts {
            line(&mut out, format_args!("- {}", one_line(attempt)));
        }
    }
    if !sheet.decisions.is_empty() {
        heading(&mut out, "How it was decided whom to ring");
        for decision in &sheet.decisions {
            decided(&mut out, decision);
        }
    }
    line(&mut out, format_args!("\n-- \n{}", sheet.footer));
    out
}

fn spoken(out: &mut String, said: &LineSheet) {
    let marks = if said.marks.is_empty() { String::new() } else { format!(" {}", said.marks) };
    line(out, format_args!("[{}] {}{marks}:", said.time, one_line(&said.who)));
    if let Some(file) = &said.file {
        line(out, format_args!("    File: {}", one_line(file)));
    }
    // Indented, so that no line of a message can pass for another's.
    for part in said.text.lines() {
        line(out, format_args!("    {}", one_line(part)));
    }
    out.push('\n');
}

fn decided(out: &mut String, decision: &DecisionSheet) {
    line(out, format_args!("{}", one_line(&decision.heading)));
    for note in &decision.notes {
        line(out, format_args!("  {}", one_line(note)));
    }
    for row in &decision.rows {
        let (operator, idle_since) = (one_line(&row.operator), &row.idle_since);
        let verdict = one_line(&row.verdict);
        line(
            out,
            format_args!("  - {operator}: {verdict}; chats: {}; last rung or given a chat: {idle_since}", row.chats),
        );
    }
    out.push('\n');
}

fn heading(out: &mut String, text: &str) {
    line(out, format_args!("\n{text}\n{}\n", "=".repeat(text.len())));
}

fn paragraph(out: &mut String, text: &str) {
    line(out, format_args!("{text}\n"));
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String can't fail.
    let _ = writeln!(out, "{text}");
}

/// What somebody else wrote, on one line and without control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '\u{2028}' || c == '\u{2029}' { ' ' } else { c }).collect()
}
