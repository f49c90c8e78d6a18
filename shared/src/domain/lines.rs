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
            LogEntry::Attender { .. }
            | LogEntry::Transfer { .. }
            | LogEntry::Ended { .. }
            | LogEntry::Reopened
            | LogEntry::Asked { .. } => {}
        }
    }
    if waiting.more > 0 {
        // More wait than are kept by id: all that the visitor wrote since somebody else last did.
        lines.sort_by(|a, b| (a.message.time, &a.message.id).cmp(&(b.message.time, &b.message.id)));
        for line in lines.iter_mut().rev().take_while(|line| line.author == Author::Visitor) {
            line.unanswered = true;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Sender;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + seconds).unwrap()
    }

    fn id(message: &str) -> MessageId {
        MessageId::parse(message).unwrap()
    }

    fn line(message: &str, seconds: i64, text: &str) -> (Timestamp, LogEntry) {
        let message = Message {
            id: id(message),
            time: at(seconds),
            sender: Sender::Visitor { name: None },
            content: Content::text(text),
        };
        (at(seconds), LogEntry::Line { message, author: Author::Visitor, answers: Covers::default() })
    }

    fn edit(message: &str, seconds: i64, text: Option<&str>) -> (Timestamp, LogEntry) {
        (at(seconds), LogEntry::Edited { message: id(message), text: text.map(str::to_owned) })
    }

    fn deletion(message: &str, seconds: i64) -> (Timestamp, LogEntry) {
        (at(seconds), LogEntry::Deleted { message: id(message) })
    }

    fn standing(log: &[(Timestamp, LogEntry)], waiting: &Covers) -> Vec<StandingLine> {
        standing_lines(log.iter().map(|(time, entry)| (*time, entry)), waiting)
    }

    fn texts(log: &[(Timestamp, LogEntry)]) -> Vec<String> {
        let lines = standing(log, &Covers::default());
        lines.iter().map(|line| line.message.content.readable().to_owned()).collect()
    }

    #[test]
    fn lines_stand_in_the_order_they_were_written_in_and_each_once() {
        assert_eq!(texts(&[line("2", 2, "two"), line("1", 1, "one"), line("2", 2, "two")]), ["one", "two"]);
    }

    #[test]
    fn an_edited_line_keeps_its_place_and_has_its_newest_text() {
        let log =
            [line("1", 1, "helo"), line("2", 2, "world"), edit("1", 4, Some("hello")), edit("1", 3, Some("hell"))];
        assert_eq!(texts(&log), ["hello", "world"]);
    }

    #[test]
    fn an_edit_that_tells_no_text_leaves_the_line_as_it_was() {
        assert_eq!(texts(&[line("1", 1, "hello"), edit("1", 2, None)]), ["hello"]);
    }

    #[test]
    fn a_deleted_line_is_left_out_whenever_it_was_edited() {
        assert!(texts(&[line("1", 1, "hello"), deletion("1", 2), edit("1", 3, Some("hello!"))]).is_empty());
    }

    #[test]
    fn a_change_of_a_line_that_is_not_in_the_log_changes_nothing() {
        assert_eq!(texts(&[line("1", 1, "hello"), deletion("0", 2), edit("9", 3, Some("bye"))]), ["hello"]);
    }

    #[test]
    fn the_lines_that_a_turn_is_about_wait_for_an_answer() {
        let waiting = Covers { ids: vec![id("2")], more: 0 };
        let lines = standing(&[line("1", 1, "one"), line("2", 2, "two")], &waiting);
        assert_eq!(lines.iter().map(|line| line.unanswered).collect::<Vec<_>>(), [false, true]);
    }
}
