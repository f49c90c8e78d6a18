//! The visitor's lines as one question.

use crate::agent::Line;
use crate::domain::message::{Author, Content, clip};

/// How much of what the visitor wrote is looked at, in bytes.
const QUESTION_LIMIT_BYTES: usize = 8 * 1024;

/// How many earlier lines of the visitor belong to a question that had to be clarified.
const EARLIER_LINES: usize = 4;

pub(in crate::agent) fn visitors(lines: &[Line]) -> impl DoubleEndedIterator<Item = &Line> {
    lines.iter().filter(|line| line.author == Author::Visitor)
}

pub(in crate::agent) fn question_of(lines: &[Line]) -> String {
    joined(visitors(lines).filter(|line| line.unanswered))
}

pub(in crate::agent) fn with_earlier_lines(lines: &[Line]) -> String {
    let skip = visitors(lines).filter(|line| !line.unanswered).count().saturating_sub(EARLIER_LINES);
    joined(visitors(lines).skip(skip))
}

pub(in crate::agent) fn has_file(lines: &[Line]) -> bool {
    files_of(lines).next().is_some()
}

/// The visitor's unanswered files.
pub(in crate::agent) fn files_of(lines: &[Line]) -> impl Iterator<Item = &Line> {
    visitors(lines).filter(|line| line.unanswered && matches!(line.content, Content::File { .. }))
}

/// The lines as one text. The end of a long one is kept as well: a wish often stands there.
pub(in crate::agent) fn joined<'a>(lines: impl Iterator<Item = &'a Line>) -> String {
    let parts: Vec<&str> = lines.map(|line| line.content.readable().trim()).filter(|text| !text.is_empty()).collect();
    let text = parts.join("\n");
    if text.len() <= QUESTION_LIMIT_BYTES {
        return text;
    }
    let head = clip(&text, QUESTION_LIMIT_BYTES / 2);
    let mut tail = text.len() - QUESTION_LIMIT_BYTES / 2;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    format!("{head}\n{}", &text[tail..])
}
