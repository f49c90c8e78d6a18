//! What the visitor wants, in their own words, for the human who takes over.

use crate::agent::Line;
use crate::agent::understanding::intent;
use crate::agent::understanding::question::visitors;
use crate::agent::understanding::words::clip_sentence;
use crate::domain::message::Content;

/// The most characters of a summary.
pub const SUMMARY_LIMIT: usize = 300;

/// How many of the newest lines are looked at.
const LINES: usize = 12;

/// Parts one line from the next.
const BETWEEN: &str = " / ";

/// The visitor's newest lines that say something, oldest first. "Hello" and "agent please" are left out, unless there
/// is nothing else.
#[must_use]
pub fn of(lines: &[Line]) -> String {
    let skip = visitors(lines).count().saturating_sub(LINES);
    let said: Vec<String> = visitors(lines).skip(skip).map(read).filter(|text| !text.is_empty()).collect();
    let telling: Vec<&String> = said.iter().filter(|text| !intent::is_empty_of_content(text)).collect();
    let chosen: Vec<&String> = if telling.is_empty() { said.iter().collect() } else { telling };
    let mut kept: Vec<String> = Vec::new();
    let mut room = SUMMARY_LIMIT;
    for text in chosen.into_iter().rev() {
        let needed = text.chars().count() + if kept.is_empty() { 0 } else { BETWEEN.len() };
        if needed > room {
            // The newest line is always there, if need be clipped.
            if kept.is_empty() {
                kept.push(clip_sentence(text, SUMMARY_LIMIT));
            }
            break;
        }
        if !kept.contains(text) {
            room -= needed;
            kept.push(text.clone());
        }
    }
    kept.reverse();
    kept.join(BETWEEN)
}

fn read(line: &Line) -> String {
    let text = line.content.readable().split_whitespace().collect::<Vec<_>>().join(" ");
    match &line.content {
        Content::Text { .. } => text,
        Content::File { name, .. } if text.is_empty() => format!("[{}]", name.trim()),
        Content::File { name, .. } => format!("[{}] {text}", name.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Author;

    fn line(author: Author, text: &str) -> Line {
        Line { author, content: Content::text(text), unanswered: true }
    }

    #[test]
    fn it_is_what_the_visitor_said_without_small_talk() {
        let lines = [
            line(Author::Visitor, "Hi there!"),
            line(Author::Visitor, "My withdrawal of 500 EUR is pending since Monday."),
            line(Author::Ours, "Withdrawals take a day."),
            line(Author::Visitor, "it's been five days"),
            line(Author::Visitor, "agent please"),
        ];
        assert_eq!(of(&lines), "My withdrawal of 500 EUR is pending since Monday. / it's been five days");
    }

    #[test]
    fn if_there_is_only_small_talk_it_is_kept() {
        assert_eq!(of(&[line(Author::Visitor, "agent please")]), "agent please");
        assert_eq!(of(&[]), "");
    }

    #[test]
    fn a_file_is_named() {
        let content = Content::File {
            name: "passport.jpg".to_owned(),
            mime: None,
            url: None,
            attachment_id: None,
            comment: None,
        };
        assert_eq!(of(&[Line { author: Author::Visitor, content, unanswered: true }]), "[passport.jpg]");
    }

    #[test]
    fn it_is_never_longer_than_its_limit() {
        let long = "word ".repeat(200);
        let summary = of(&[line(Author::Visitor, "first"), line(Author::Visitor, &long)]);
        assert!(summary.chars().count() <= SUMMARY_LIMIT);
    }
}
