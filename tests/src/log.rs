//! Reading a conversation's log.

use std::collections::BTreeSet;

use shared::domain::drain::LogEntry;
use shared::domain::message::Author;

/// The ids of the visitor's lines in a log.
#[must_use]
pub fn visitor_lines(log: &[LogEntry]) -> BTreeSet<String> {
    log.iter()
        .filter_map(|entry| match entry {
            LogEntry::Line { message, author: Author::Visitor, .. } => Some(message.id.to_string()),
            _ => None,
        })
        .collect()
}

/// The ids of the lines that our replies answer, each as often as it is answered.
#[must_use]
pub fn answered_lines(log: &[LogEntry]) -> Vec<String> {
    log.iter()
        .filter_map(|entry| match entry {
            LogEntry::Line { author: Author::Ours, answers, .. } => Some(answers),
            _ => None,
        })
        .flat_map(|answers| answers.ids.iter().map(ToString::to_string))
        .collect()
}
