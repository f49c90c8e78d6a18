//! What was said and done in a conversation, line by line, as people read it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::action::Covers;
use shared::domain::drain::LogEntry;
use shared::domain::id::{MessageId, OperatorId};
use shared::domain::message::{Author, Content, Message, Sender};
use shared::engine::portal::Names;

use crate::words;

/// An entry of the thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) at: Timestamp,
    /// `visitor`, `ai`, `zobot`, `human`, `console`, or `event` for what happened.
    pub(super) kind: &'static str,
    /// Who.
    pub(super) who: String,
    pub(super) text: String,
    /// A file's name.
    pub(super) file: Option<String>,
    pub(super) edited_at: Option<Timestamp>,
    /// Its text is not shown.
    pub(super) deleted: bool,
    /// It waits for an answer.
    pub(super) unanswered: bool,
}

/// What the log tells, oldest first.
pub(super) fn thread(
    log: &[(Timestamp, LogEntry)],
    waiting: &Covers,
    us: &OperatorId,
    visitor: Option<&str>,
    names: &Names,
) -> Vec<Entry> {
    let changes = changes(log);
    let mut entries: Vec<Entry> = Vec::with_capacity(log.len());
    for (number, (at, entry)) in log.iter().enumerate() {
        if let LogEntry::Line { message, author, .. } = entry {
            let mut line = line(message, *author, us, visitor, names);
            line.unanswered = waiting.ids.contains(&message.id);
            match changes.get(&message.id) {
                Some((_, None)) => {
                    line.deleted = true;
                    line.text.clear();
                    line.file = None;
                }
                Some((changed_at, Some(text))) => {
                    line.edited_at = Some(*changed_at);
                    if !text.is_empty() {
                        (*text).clone_into(&mut line.text);
                    }
                }
                None => {}
            }
            entries.push(line);
        } else if let Some((who, text)) = event(entry, us, names) {
            let id = format!("event-{number}");
            entries.push(Entry { id, at: *at, kind: "event", who, text, ..Entry::empty() });
        }
    }
    entries.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    // The same line may have come by a webhook and from SalesIQ's list.
    entries.dedup_by(|a, b| a.id == b.id);
    entries
}

impl Entry {
    fn empty() -> Self {
        Self {
            id: String::new(),
            at: Timestamp::UNIX_EPOCH,
            kind: "event",
            who: String::new(),
            text: String::new(),
            file: None,
            edited_at: None,
            deleted: false,
            unanswered: false,
        }
    }
}

/// The last change of each line: its new text, or none where it was deleted.
fn changes(log: &[(Timestamp, LogEntry)]) -> BTreeMap<&MessageId, (Timestamp, Option<&str>)> {
    let mut changes: BTreeMap<&MessageId, (Timestamp, Option<&str>)> = BTreeMap::new();
    for (at, entry) in log {
        let (message, text) = match entry {
            LogEntry::Edited { message, text } => (message, Some(text.as_deref().unwrap_or_default())),
            LogEntry::Deleted { message } => (message, None),
            _ => continue,
        };
        let newest =
            changes.get(message).is_none_or(|(before, kept)| kept.is_some() && (text.is_none() || before <= at));
        if newest {
            changes.insert(message, (*at, text));
        }
    }
    changes
}

fn line(message: &Message, author: Author, us: &OperatorId, visitor: Option<&str>, names: &Names) -> Entry {
    let (sender, by_us) = match &message.sender {
        Sender::Operator { id, name } => (name.clone().or_else(|| Some(names.operator(id).to_owned())), id == us),
        Sender::Visitor { name } | Sender::Bot { name } => (name.clone(), false),
        Sender::Unknown => (None, false),
    };
    let (kind, otherwise) = match author {
        Author::Visitor => ("visitor", "Visitor"),
        Author::Ours => ("ai", "AI"),
        Author::Zobot => ("zobot", "Zobot"),
        // Who writes in the console writes under the AI's operator.
        Author::Human if by_us => ("console", "A colleague"),
        Author::Human => ("human", "A colleague"),
    };
    let who = match author {
        Author::Visitor => visitor.map(str::to_owned).or(sender),
        Author::Ours => None,
        Author::Human | Author::Zobot => sender,
    };
    let file = match &message.content {
        Content::File { name, .. } => Some(name.clone()),
        Content::Text { .. } => None,
    };
    Entry {
        id: format!("line-{}", message.id),
        at: message.time,
        kind,
        who: who.filter(|who| !who.trim().is_empty()).unwrap_or_else(|| otherwise.to_owned()),
        text: message.content.readable().to_owned(),
        file,
        ..Entry::empty()
    }
}

/// Who did what, for what is no line.
fn event(entry: &LogEntry, us: &OperatorId, names: &Names) -> Option<(String, String)> {
    let called = |id: &OperatorId, name: Option<&String>| {
        if id == us {
            "The AI's operator".to_owned()
        } else {
            name.cloned().unwrap_or_else(|| names.operator(id).to_owned())
        }
    };
    Some(match entry {
        LogEntry::Attender { operator } => {
            (called(&operator.id, operator.name.as_ref()), "attends the chat".to_owned())
        }
        LogEntry::Transfer { step, operator, department } => {
            let who = match (operator, department) {
                (Some(operator), _) => called(&operator.id, operator.name.as_ref()),
                (None, Some(department)) => names.department(department).to_owned(),
                (None, None) => "Somebody".to_owned(),
            };
            (who, words::transfer(*step).to_owned())
        }
        LogEntry::Ended { missed, by } => (String::new(), words::thread_ended(*missed, *by).to_owned()),
        LogEntry::Reopened => (String::new(), "The chat was reopened.".to_owned()),
        LogEntry::Asked { by, deed } => (by.name.clone(), words::deed(deed, names)),
        LogEntry::Line { .. } | LogEntry::Edited { .. } | LogEntry::Deleted { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use shared::domain::ask::Person;
    use shared::domain::drain::Deed;
    use shared::domain::event::TransferStep;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + seconds).unwrap()
    }

    fn id(id: &str) -> MessageId {
        MessageId::parse(id).unwrap()
    }

    fn said(number: i64, author: Author, sender: Sender, content: Content) -> (Timestamp, LogEntry) {
        let message = Message { id: id(&number.to_string()), time: at(number), sender, content };
        (at(number), LogEntry::Line { message, author, answers: Covers::default() })
    }

    fn operator(id: &str, name: Option<&str>) -> Sender {
        Sender::Operator { id: OperatorId::parse(id).unwrap(), name: name.map(str::to_owned) }
    }

    fn shown(log: &[(Timestamp, LogEntry)], waiting: &Covers) -> Vec<Entry> {
        thread(log, waiting, &OperatorId::parse("700").unwrap(), Some("Mia"), &Names::default())
    }

    #[test]
    fn a_line_tells_whose_it_is_and_a_persons_line_under_our_operator_is_theirs() {
        let log = [
            said(1, Author::Visitor, Sender::Visitor { name: None }, Content::text("hello")),
            said(2, Author::Ours, operator("700", Some("Nova")), Content::text("hi")),
            said(3, Author::Human, operator("700", Some("Ada Agent")), Content::text("I am here")),
            said(4, Author::Human, operator("701", None), Content::text("me too")),
            said(5, Author::Zobot, Sender::Bot { name: Some("Botty".to_owned()) }, Content::text("beep")),
        ];
        let who: Vec<(&str, String)> =
            shown(&log, &Covers::default()).into_iter().map(|line| (line.kind, line.who)).collect();
        let expected =
            [("visitor", "Mia"), ("ai", "AI"), ("console", "Ada Agent"), ("human", "701"), ("zobot", "Botty")];
        assert_eq!(who, expected.map(|(kind, who)| (kind, who.to_owned())));
    }

    #[test]
    fn an_edited_line_shows_its_newest_text_and_a_deleted_one_none() {
        let log = [
            said(1, Author::Visitor, Sender::Unknown, Content::text("helo")),
            said(2, Author::Visitor, Sender::Unknown, Content::text("secret")),
            (at(4), LogEntry::Edited { message: id("1"), text: Some("hello".to_owned()) }),
            (at(3), LogEntry::Edited { message: id("1"), text: Some("hell".to_owned()) }),
            (at(5), LogEntry::Deleted { message: id("2") }),
            (at(6), LogEntry::Edited { message: id("2"), text: Some("secret again".to_owned()) }),
        ];
        let lines = shown(&log, &Covers::default());
        assert_eq!((lines[0].text.as_str(), lines[0].edited_at), ("hello", Some(at(4))));
        assert_eq!((lines[1].text.as_str(), lines[1].deleted), ("", true));
    }

    #[test]
    fn what_happened_stands_between_the_lines_and_what_waits_is_marked() {
        let by = Person { email: "ada@demo.example".parse().unwrap(), name: "Ada".to_owned(), operator: None };
        let log = [
            said(1, Author::Visitor, Sender::Unknown, Content::text("help")),
            (at(2), LogEntry::Transfer { step: TransferStep::Initiated, operator: None, department: None }),
            (at(3), LogEntry::Asked { by, deed: Deed::Noted { text: "calm him".to_owned() } }),
            (at(4), LogEntry::Ended { missed: true, by: None }),
        ];
        let lines = shown(&log, &Covers { ids: vec![id("1")], ..Covers::default() });
        let told: Vec<String> = lines.iter().map(|line| format!("{} {}", line.who, line.text)).collect();
        assert_eq!(
            told,
            [
                "Mia help",
                "Somebody is rung",
                "Ada left a note: calm him",
                " The chat was missed: nobody took it in time."
            ]
        );
        assert_eq!(lines.iter().map(|line| line.unanswered).collect::<Vec<_>>(), [true, false, false, false]);
    }
}
