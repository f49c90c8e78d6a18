//! The lines of a conversation as they stand: edits applied, deleted lines left out.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::action::Covers;
use super::drain::LogEntry;
use super::id::MessageId;
use super::message::{Author, Content, Message};

/// One line as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingLine {
    /// The line, its last edit applied.
    pub message: Message,
    /// Whose it is.
    pub author: Author,
    /// It waits for an answer.
    pub unanswered: bool,
}

/// The lines of a log, oldest first. `waiting` are those that a turn is about.
#[must_use]
pub fn standing_lines<'a>(
    log: impl IntoIterator<Item = (Timestamp, &'a LogEntry)>,
    waiting: &Covers,
) -> Vec<StandingLine> {
    let mut lines: Vec<StandingLine> = Vec::new();
    let mut changes: BTreeMap<&MessageId, (Timestamp, Option<&str>)> = BTreeMap::new();
    for (time, entry) in log {
        match entry {
            LogEntry::Line { message, author, .. } => lines.push(StandingLine {
                unanswered: waiting.ids.contains(&message.id),
                message: message.clone(),
                author: *author,
            }),
            LogEntry::Edited { message, text } => change(&mut changes, message, time, text.as_deref()),
            LogEntry::Deleted { message } => change(&mut changes, message, Timestamp::MAX, None),
            LogEntry::Attender { .. } | LogEntry::Transfer { .. } | LogEntry::Ended { .. } | LogEntry::Reopened => {}
        }
    }
    lines.retain(|line| changes.get(&line.message.id).is_none_or(|(at, _)| *at != Timestamp::MAX));
    for line in &mut lines {
        if let Some((_, Some(text))) = changes.get(&line.message.id) {
            line.message.content = Content::text(text);
        }
    }
    lines.sort_by(|a, b| (a.message.time, &a.message.id).cmp(&(b.message.time, &b.message.id)));
    lines.dedup_by(|a, b| a.message.id == b.message.id);
    lines
}

fn change<'a>(
    changes: &mut BTreeMap<&'a MessageId, (Timestamp, Option<&'a str>)>,
    message: &'a MessageId,
    time: Timestamp,
    text: Option<&'a str>,
) {
    let newer = changes.get(message).is_none_or(|(at, _)| *at <= time);
    if newer {
        changes.insert(message, (time, text));
    }
}
