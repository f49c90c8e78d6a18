//! The conversation and the calls of the turn, as messages.
//!
//! Our own lines are the assistant's, everything else is the user's: the visitor's lines, and marked as such a human's or a
//! Zobot's. What a human wrote is bounded: it is there to be known of, not to be gone on with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::data;
use crate::agent::model::{Message, Shown, ToolResult};
use crate::agent::understanding::words::clip_sentence;
use crate::agent::{Line, ToolCall, ToolOutcome, Turn};
use crate::domain::message::{Author, Content, clip};
use crate::domain::settings::WorkspaceSettings;

/// How many lines of others than the visitor and us are shown, the newest.
const OTHERS_LINES: usize = 8;
/// The most characters of each.
const OTHERS_CHARS: usize = 500;
/// The most characters of a line of the visitor or of ours.
const LINE_CHARS: usize = 4_000;
/// The most characters of all lines together; the newest line is there in any case.
const ALL_CHARS: usize = 24_000;
/// The most bytes of what a call answered.
const ANSWER_BYTES: usize = 24_000;
/// The longest name of a tool that endpoints take.
const NAME_CHARS: usize = 64;

/// The lines, the user's first and last.
pub(super) fn conversation(turn: &Turn<'_>, sees_images: bool) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let mut left_out = false;
    let shown = chosen(turn.lines);
    for (line, shown) in turn.lines.iter().zip(shown) {
        if !shown {
            left_out = true;
            continue;
        }
        if std::mem::take(&mut left_out) {
            said_to_us(&mut messages, "(Earlier lines are left out.)");
        }
        match line.author {
            Author::Ours => said_by_us(&mut messages, &data::masked(&short(line, LINE_CHARS), turn.settings)),
            Author::Visitor | Author::Human | Author::Zobot => {
                said_to_us(&mut messages, &of_others(line, turn.settings));
            }
        }
    }
    if !matches!(messages.last(), Some(Message::User { .. })) {
        said_to_us(&mut messages, "(The visitor waits for an answer to the lines before.)");
    }
    if sees_images && let Some(Message::User { pictures, .. }) = messages.last_mut() {
        *pictures = turn
            .pictures
            .iter()
            .map(|picture| Shown { mime: picture.mime.clone(), base64: STANDARD.encode(&picture.bytes) })
            .collect();
    }
    messages
}

/// Which lines are shown: the newest that fit.
fn chosen(lines: &[Line]) -> Vec<bool> {
    let (mut room, mut others, mut full) = (ALL_CHARS, OTHERS_LINES, false);
    let mut shown: Vec<bool> = lines
        .iter()
        .rev()
        .enumerate()
        .map(|(age, line)| {
            let visitors_or_ours = matches!(line.author, Author::Visitor | Author::Ours);
            if !visitors_or_ours && others == 0 {
                return false;
            }
            let most = if visitors_or_ours { LINE_CHARS } else { OTHERS_CHARS };
            let length = line.content.readable().chars().count().min(most);
            // Once a line does not fit none before it is shown: a gap would be taken for silence.
            full |= age > 0 && length > room;
            if full {
                return false;
            }
            room = room.saturating_sub(length);
            others -= usize::from(!visitors_or_ours);
            true
        })
        .collect();
    shown.reverse();
    shown
}

fn said_to_us(messages: &mut Vec<Message>, text: &str) {
    match messages.last_mut() {
        Some(Message::User { text: said, .. }) => {
            said.push('\n');
            said.push_str(text);
        }
        _ => messages.push(Message::User { text: text.to_owned(), pictures: Vec::new() }),
    }
}

fn said_by_us(messages: &mut Vec<Message>, text: &str) {
    if messages.is_empty() {
        said_to_us(messages, "(The chat begins with your own line.)");
    }
    if text.trim().is_empty() {
        return;
    }
    match messages.last_mut() {
        Some(Message::Assistant { text: said, .. }) => {
            said.push_str("\n\n");
            said.push_str(text);
        }
        _ => messages.push(Message::Assistant { text: text.to_owned(), calls: Vec::new() }),
    }
}

fn of_others(line: &Line, settings: &WorkspaceSettings) -> String {
    let (from, most) = match line.author {
        Author::Human => ("colleague (human)", OTHERS_CHARS),
        Author::Zobot => ("zobot", OTHERS_CHARS),
        Author::Visitor | Author::Ours => ("visitor", LINE_CHARS),
    };
    let said = data::masked(&short(line, most), settings);
    let value = match &line.content {
        Content::Text { .. } => Value::from(said),
        Content::File { name, mime, .. } => {
            json!({"file": data::masked(&clip_sentence(name, 200), settings), "type": mime, "comment": said})
        }
    };
    data::fenced(from, &value)
}

fn short(line: &Line, most: usize) -> String {
    clip_sentence(line.content.readable(), most)
}

/// The calls of this turn and what they came to.
pub(super) fn rounds(turn: &Turn<'_>) -> Vec<Message> {
    let mut messages = Vec::with_capacity(turn.rounds.len() * 2);
    for (number, round) in turn.rounds.iter().enumerate() {
        // Nine letters and digits: the one form of an id that all models take, and the same in every run.
        let id = |index: usize| format!("r{:03}c{:04}", number % 1_000, index % 10_000);
        let calls = round.calls.iter().enumerate().map(|(index, (call, _))| ToolCall {
            id: id(index),
            name: speakable(&call.name),
            arguments: match data::masked_value(&call.arguments, turn.settings) {
                object @ Value::Object(_) => object,
                other => json!({"unreadable": other}),
            },
        });
        let results = round.calls.iter().enumerate().map(|(index, (call, outcome))| ToolResult {
            id: id(index),
            answered: outcome.answer().is_some(),
            content: result(&call.name, outcome, turn.settings),
        });
        messages.push(Message::Assistant { text: String::new(), calls: calls.collect() });
        messages.push(Message::Tool { results: results.collect() });
    }
    messages
}

/// A name that endpoints take, of one that a model may have made up.
pub(super) fn speakable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    let name: String = name.chars().map(plain).take(NAME_CHARS).collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

fn result(name: &str, outcome: &ToolOutcome, settings: &WorkspaceSettings) -> String {
    let value = match outcome {
        ToolOutcome::Answered { answer } => data::masked_value(answer, settings),
        ToolOutcome::Refused { why } => json!({"refused": data::masked(why, settings)}),
        ToolOutcome::Failed { why } => json!({"failed": data::masked(why, settings)}),
        ToolOutcome::Waits { why } => json!({"waits": data::masked(why, settings)}),
        ToolOutcome::Declined { why } => json!({"declined": data::masked(why, settings)}),
    };
    let written = value.to_string();
    let value = if written.len() > ANSWER_BYTES {
        json!({"clipped": true, "beginning": clip(&written, ANSWER_BYTES)})
    } else {
        value
    };
    data::fenced(&format!("tool {}", speakable(name)), &value)
}
