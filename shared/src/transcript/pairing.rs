//! Which line of our log is which row of SalesIQ's list, whose ids may be made up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::domain::drain::LogEntry;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{MessageId, OperatorId};
use crate::domain::message::{Author, Content, Message, Sender};

/// How far apart the times of the same line may be: ours may be when we heard of it.
const SAME_LINE_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// A line of our log with what became of it.
#[derive(Debug)]
pub(super) struct OurLine<'a> {
    pub(super) message: &'a Message,
    pub(super) author: Author,
    /// What it says now, if it was edited.
    pub(super) edit: Option<&'a str>,
    pub(super) edited: bool,
    pub(super) deleted: bool,
    /// What SalesIQ may show of it: as it was first written, or any edit.
    prints: BTreeSet<Fingerprint>,
}

/// Edits and deletions, by message.
#[derive(Debug, Default)]
pub(super) struct Change<'a> {
    /// The newest first.
    edits: Vec<(Timestamp, Option<&'a str>)>,
    pub(super) deleted: bool,
}

impl<'a> Change<'a> {
    pub(super) fn text(&self) -> Option<&'a str> {
        self.edits.iter().find_map(|(_, text)| *text)
    }

    pub(super) fn edited(&self) -> bool {
        !self.edits.is_empty()
    }
}

/// What the log says happened to lines.
pub(super) fn changes(log: &[(Timestamp, LogEntry)]) -> BTreeMap<&MessageId, Change<'_>> {
    let mut changes: BTreeMap<&MessageId, Change<'_>> = BTreeMap::new();
    for (time, entry) in log {
        match entry {
            LogEntry::Edited { message, text } => {
                changes.entry(message).or_default().edits.push((*time, text.as_deref()));
            }
            LogEntry::Deleted { message } => changes.entry(message).or_default().deleted = true,
            LogEntry::Line { .. }
            | LogEntry::Attender { .. }
            | LogEntry::Transfer { .. }
            | LogEntry::Ended { .. }
            | LogEntry::Reopened
            | LogEntry::Asked { .. } => {}
        }
    }
    for change in changes.values_mut() {
        change.edits.sort_by(|a, b| b.cmp(a));
    }
    changes
}

/// The lines of the log, oldest first, each once.
pub(super) fn our_lines<'a>(
    log: &'a [(Timestamp, LogEntry)],
    changes: &BTreeMap<&MessageId, Change<'a>>,
) -> Vec<OurLine<'a>> {
    let mut lines: BTreeMap<&MessageId, OurLine<'a>> = BTreeMap::new();
    for (_, entry) in log {
        let LogEntry::Line { message, author, .. } = entry else { continue };
        // Of two lines with the same id, the same whatever their order.
        let better = lines.get(&message.id).is_none_or(|line| rank(message) < rank(line.message));
        if !better {
            continue;
        }
        let change = changes.get(&message.id);
        let texts = change.into_iter().flat_map(|change| change.edits.iter().filter_map(|(_, text)| *text));
        let prints = texts.map(Fingerprint::of).chain([print(&message.content)]).collect();
        let line = OurLine {
            message,
            author: *author,
            edit: change.and_then(Change::text),
            edited: change.is_some_and(Change::edited),
            deleted: change.is_some_and(|change| change.deleted),
            prints,
        };
        lines.insert(&message.id, line);
    }
    let mut lines: Vec<OurLine<'a>> = lines.into_values().collect();
    lines.sort_by(|a, b| (a.message.time, &a.message.id).cmp(&(b.message.time, &b.message.id)));
    lines
}

fn rank(message: &Message) -> (Timestamp, &str) {
    (message.time, message.content.readable())
}

/// For each of our lines the row that it is, each row once: the one with its id, else the earliest of the same side that
/// says the same within a minute. `rows` and `ours` are oldest first, which makes that a pairing of the most lines.
pub(super) fn pair(ours: &[OurLine<'_>], rows: &[&Message], us: &OperatorId) -> Vec<Option<usize>> {
    let mut taken = vec![false; rows.len()];
    let by_id: BTreeMap<&MessageId, usize> = rows.iter().enumerate().map(|(index, row)| (&row.id, index)).collect();
    let mut pairs: Vec<Option<usize>> = ours.iter().map(|line| by_id.get(&line.message.id).copied()).collect();
    for index in pairs.iter().flatten() {
        taken[*index] = true;
    }
    let prints: Vec<Fingerprint> = rows.iter().map(|row| print(&row.content)).collect();
    for (line, pair) in ours.iter().zip(&mut pairs).filter(|(_, pair)| pair.is_none()) {
        let earliest = line.message.time.checked_sub(SAME_LINE_WITHIN).unwrap_or(Timestamp::MIN);
        let latest = line.message.time.checked_add(SAME_LINE_WITHIN).unwrap_or(Timestamp::MAX);
        let from = rows.partition_point(|row| row.time < earliest);
        let near = rows[from..].iter().take_while(|row| row.time <= latest).count();
        let found = (from..from + near).find(|index| {
            !taken[*index]
                && line.prints.contains(&prints[*index])
                && same_side(Side::of_line(line, us), Side::of_sender(&rows[*index].sender, us))
        });
        if let Some(index) = found {
            taken[index] = true;
            *pair = Some(index);
        }
    }
    pairs
}

/// What a line is recognised by: its text, or its file's name with the text beside it.
fn print(content: &Content) -> Fingerprint {
    match content {
        Content::Text { text } => Fingerprint::of(text),
        Content::File { name, .. } => Fingerprint::of(&format!("{name}\n{}", content.readable())),
    }
}

/// Which side a line stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Visitor,
    /// Under our operator's id.
    Us,
    Other,
    /// Not told.
    Any,
}

impl Side {
    fn of_sender(sender: &Sender, us: &OperatorId) -> Self {
        match sender {
            Sender::Visitor { .. } => Self::Visitor,
            Sender::Operator { id, .. } if id == us => Self::Us,
            Sender::Operator { .. } | Sender::Bot { .. } => Self::Other,
            Sender::Unknown => Self::Any,
        }
    }

    fn of_line(line: &OurLine<'_>, us: &OperatorId) -> Self {
        match line.author {
            Author::Visitor => Self::Visitor,
            Author::Ours => Self::Us,
            Author::Human | Author::Zobot => Self::of_sender(&line.message.sender, us),
        }
    }
}

fn same_side(a: Side, b: Side) -> bool {
    a == b || a == Side::Any || b == Side::Any
}
