//! Which lines of SalesIQ's list we never heard of.

use jiff::{SignedDuration, Timestamp};

use crate::domain::drain::LogEntry;
use crate::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ConversationId, MessageId, OperatorId};
use crate::domain::message::{Message, Sender};
use crate::domain::same_line::{at_about, at_the_same_moment, without_partner};

/// Lines older than this are history: nobody waits for an answer to them any more.
pub const HISTORY: SignedDuration = SignedDuration::from_hours(24);

/// A line of SalesIQ's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedLine {
    /// The line.
    pub message: Message,
    /// Which delivery it would be.
    pub dedup: DedupKey,
}

/// A line that we never heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingLine {
    /// The line.
    pub line: ListedLine,
    /// Known lines that are like it; each of them is another one of the list.
    pub others: Vec<MessageId>,
}

impl MissingLine {
    /// The line as an event for the conversation's inbox.
    #[must_use]
    pub fn into_event(self, conversation: &ConversationId, now: Timestamp) -> InboxEvent {
        let Self { line: ListedLine { message, dedup }, others } = self;
        let time = message.time;
        let kind = EventKind::LineFound { message, others };
        let event = Event { conversation: conversation.clone(), time: Some(time), kind, told: Told::default() };
        InboxEvent { dedup, order: time, received_at: now, event, raw: None }
    }
}

/// A line that we heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLine {
    id: Option<MessageId>,
    time: Timestamp,
    sender: Sender,
    /// What it said, and what it was edited to.
    prints: Vec<Fingerprint>,
}

/// The lines that the log and the unread events tell of, edits applied.
#[must_use]
pub fn known_lines(log: &[LogEntry], unread: &[InboxEvent]) -> Vec<KnownLine> {
    let mut known = Vec::new();
    for entry in log {
        if let LogEntry::Line { message, .. } = entry {
            known.push(KnownLine::of(message));
        }
    }
    for inbox in unread {
        match &inbox.event.kind {
            EventKind::VisitorReplied { message }
            | EventKind::OperatorReplied { message }
            | EventKind::LineFound { message, .. } => known.push(KnownLine::of(message)),
            _ => {}
        }
        if let Some(question) = &inbox.event.told.question {
            let time = inbox.event.told.opened_at.unwrap_or(inbox.order);
            let sender = Sender::Visitor { name: None };
            known.push(KnownLine { id: None, time, sender, prints: vec![Fingerprint::of(question)] });
        }
    }
    let edits = log.iter().filter_map(|entry| match entry {
        LogEntry::Edited { message, text } => Some((message, text)),
        _ => None,
    });
    let unread_edits = unread.iter().filter_map(|inbox| match &inbox.event.kind {
        EventKind::MessageEdited { message, text } => Some((message, text)),
        _ => None,
    });
    for (message, text) in edits.chain(unread_edits) {
        let Some(text) = text else { continue };
        for line in known.iter_mut().filter(|line| line.id.as_ref() == Some(message)) {
            line.prints.push(Fingerprint::of(text));
        }
    }
    known.sort_by_key(|line| line.time);
    known
}

/// The lines of visitors and of other operators than ours that are not among `known`, written after `since`; oldest first.
/// Lines under our own id and SalesIQ's own ("Ben joined") are left out.
#[must_use]
pub fn missing_lines(
    known: &[KnownLine],
    mut listed: Vec<ListedLine>,
    since: Timestamp,
    us: &OperatorId,
) -> Vec<MissingLine> {
    listed.retain(|line| match &line.message.sender {
        Sender::Visitor { .. } => line.message.time > since,
        Sender::Operator { id, .. } => id != us && line.message.time > since,
        Sender::Bot { .. } | Sender::Unknown => false,
    });
    listed.sort_by(|a, b| (a.message.time, &a.message.id).cmp(&(b.message.time, &b.message.id)));
    let prints: Vec<(&ListedLine, Fingerprint)> =
        listed.iter().map(|line| (line, Fingerprint::of(line.message.content.readable()))).collect();
    let same_id =
        |(line, _): &(&ListedLine, Fingerprint), known: &KnownLine| known.id.as_ref() == Some(&line.message.id);
    let alike = |(line, print): &(&ListedLine, Fingerprint), known: &KnownLine| known.is_like(&line.message, print);
    let missing = without_partner(&prints, known, same_id, alike).into_iter();
    missing
        .map(|row| MissingLine {
            others: known.iter().filter(|known| alike(row, known)).filter_map(|known| known.id.clone()).collect(),
            line: row.0.clone(),
        })
        .collect()
}

impl KnownLine {
    fn of(message: &Message) -> Self {
        Self {
            id: Some(message.id.clone()),
            time: message.time,
            sender: message.sender.clone(),
            prints: vec![Fingerprint::of(message.content.readable())],
        }
    }

    fn is_like(&self, message: &Message, print: &Fingerprint) -> bool {
        let same_text = self.prints.contains(print);
        match (&self.sender, &message.sender) {
            (Sender::Visitor { .. }, Sender::Visitor { .. }) if self.time == message.time => true,
            (Sender::Visitor { .. }, Sender::Visitor { .. }) => same_text && at_about(self.time, message.time),
            (Sender::Operator { id, .. }, Sender::Operator { id: other, .. }) => {
                id == other && same_text && at_the_same_moment(self.time, message.time)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::Covers;
    use crate::domain::message::{Author, Content};

    const US: &str = "700";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + seconds).unwrap()
    }

    fn message(id: &str, seconds: i64, sender: Sender, text: &str) -> Message {
        Message { id: MessageId::parse(id).unwrap(), time: at(seconds), sender, content: Content::text(text) }
    }

    fn visitor() -> Sender {
        Sender::Visitor { name: None }
    }

    fn operator(id: &str) -> Sender {
        Sender::Operator { id: OperatorId::parse(id).unwrap(), name: None }
    }

    fn logged(message: Message) -> LogEntry {
        LogEntry::Line { message, author: Author::Visitor, answers: Covers::default() }
    }

    fn missing(log: &[LogEntry], rows: Vec<Message>) -> Vec<String> {
        let rows = rows.into_iter().map(|message| ListedLine { message, dedup: DedupKey::from_hex(String::new()) });
        let missing = missing_lines(&known_lines(log, &[]), rows.collect(), at(-10), &OperatorId::parse(US).unwrap());
        missing.into_iter().map(|missing| missing.line.message.id.to_string()).collect()
    }

    #[test]
    fn only_what_we_never_heard_of_is_missing() {
        let log = [logged(message("m1", 0, visitor(), "hi")), logged(message("m3", 60, operator("701"), "hello"))];
        let rows = vec![
            message("seq-3", 60, operator("701"), "hello"),
            message("seq-2", 30, visitor(), "anyone?"),
            message("seq-1", 1, visitor(), "hi"),
        ];
        assert_eq!(missing(&log, rows), ["seq-2"]);
    }

    #[test]
    fn our_own_lines_those_of_nobody_and_history_are_left_out() {
        let rows = vec![
            message("seq-1", 1, operator(US), "I am the AI"),
            message("seq-2", 2, Sender::Unknown, "Ben joined"),
            message("seq-3", 3, Sender::Bot { name: None }, "beep"),
            message("seq-4", -20, visitor(), "long ago"),
        ];
        assert!(missing(&[], rows).is_empty());
    }

    #[test]
    fn an_edited_line_is_known_in_both_wordings() {
        let edited =
            LogEntry::Edited { message: MessageId::parse("m1").unwrap(), text: Some("hello there".to_owned()) };
        let log = [logged(message("m1", 0, visitor(), "hi")), edited];
        assert!(missing(&log, vec![message("seq-1", 0, visitor(), "hello there")]).is_empty());
        assert!(missing(&log, vec![message("seq-1", 0, visitor(), "hi")]).is_empty());
    }

    #[test]
    fn the_same_words_of_another_operator_are_another_line() {
        let log = [logged(message("m1", 0, operator("701"), "one moment"))];
        assert_eq!(missing(&log, vec![message("seq-1", 0, operator("702"), "one moment")]), ["seq-1"]);
    }
}
