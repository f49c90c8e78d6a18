//! A summary without a model: the same conversation always gives the same.

use super::words::{self, Words};
use super::{Bullet, Case, Topic, known};
use crate::agent::understanding::intent;
use crate::agent::understanding::language::{primary, told_by};
use crate::agent::understanding::words::clip_sentence;
use crate::domain::lines::StandingLine;
use crate::domain::message::{Author, Content};
use crate::domain::redact::{Place, redacted};
use crate::domain::verdict::EscalationReason;

/// The most characters of a quoted line.
const QUOTE_CHARS: usize = 240;

/// How many questions are quoted, the newest, and how many lines that wait.
const QUESTIONS: usize = 3;
const UNANSWERED: usize = 3;

/// How many of the newest lines tell a mood.
const MOOD_LINES: usize = 6;

/// What stands below each heading.
pub(super) fn parts(case: &Case<'_>) -> Vec<(Topic, Vec<Bullet>)> {
    let words = words::of(case.language);
    let mut done = known::done(case, words);
    done.extend(said(case, words));
    vec![
        (Topic::Wants, wants(case, words)),
        (Topic::Done, done),
        (Topic::Open, open(case, words)),
        (Topic::Mood, mood(case, words)),
        (Topic::Facts, known::facts(case, words)),
    ]
}

/// The first request, and the questions that came later.
fn wants(case: &Case<'_>, words: &Words) -> Vec<Bullet> {
    let telling: Vec<&StandingLine> = visitors(case).filter(|line| tells(line)).collect();
    let Some((first, later)) = telling.split_first() else {
        return vec![Bullet::plain(words.not_said.clone())];
    };
    let asks = |line: &&&StandingLine| line.message.content.readable().contains(['?', '？']) && !line.unanswered;
    let mut quotes = vec![quoted(first, case)];
    let questions: Vec<Bullet> = later.iter().filter(asks).map(|line| quoted(line, case)).collect();
    for question in questions.iter().skip(questions.len().saturating_sub(QUESTIONS)) {
        if !quotes.contains(question) {
            quotes.push(question.clone());
        }
    }
    quotes
}

/// How much was said to the visitor, by whom.
fn said(case: &Case<'_>, words: &Words) -> Option<Bullet> {
    let by = |author: Author| case.lines.iter().filter(|line| line.author == author).count();
    let (answers, human) = (by(Author::Ours), by(Author::Human));
    let text = words.said.replace("{answers}", &answers.to_string()).replace("{human}", &human.to_string());
    (answers + human > 0).then(|| Bullet::plain(text))
}

/// The lines that wait, calls that do, and the search for a human.
fn open(case: &Case<'_>, words: &Words) -> Vec<Bullet> {
    let waiting: Vec<&StandingLine> = visitors(case).filter(|line| line.unanswered).collect();
    let skip = waiting.len().saturating_sub(UNANSWERED);
    let mut open: Vec<Bullet> = waiting.into_iter().skip(skip).map(|line| quoted(line, case)).collect();
    open.extend(known::waits(case, words));
    let nothing = open.is_empty();
    open.extend(known::search(case, words));
    if nothing {
        open.push(Bullet::plain(words.nothing_open.clone()));
    }
    open
}

/// Told only where it is plain.
fn mood(case: &Case<'_>, words: &Words) -> Vec<Bullet> {
    let lines: Vec<&StandingLine> = visitors(case).collect();
    let newest = lines.iter().skip(lines.len().saturating_sub(MOOD_LINES));
    let upset = newest
        .map(|line| intent::read(line.message.content.readable()).reason)
        .any(|reason| reason == Some(EscalationReason::Frustrated));
    if upset { vec![Bullet::plain(words.upset.clone())] } else { Vec::new() }
}

fn visitors<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a StandingLine> {
    case.lines.iter().filter(|line| line.author == Author::Visitor)
}

/// Whether a line says more than "hello" or "agent please".
fn tells(line: &StandingLine) -> bool {
    matches!(line.message.content, Content::File { .. })
        || !intent::is_empty_of_content(line.message.content.readable())
}

/// A line in quotes, with its language where that is another.
fn quoted(line: &StandingLine, case: &Case<'_>) -> Bullet {
    let said = one_line(&redacted(line.message.content.readable(), &case.settings.redaction, Place::Log));
    let language = told_by(&said).map(str::to_owned).or_else(|| case.conversation.language.clone());
    let language = language.filter(|told| primary(told) != primary(case.language));
    let said = match &line.message.content {
        Content::Text { .. } => said,
        Content::File { name, .. } => format!("[{}] {said}", one_line(name)).trim().to_owned(),
    };
    let text = format!("\"{}\"", clip_sentence(&said, QUOTE_CHARS).replace('"', "'"));
    Bullet { text, language }
}

/// Foreign text on one line, without what turns the direction of writing.
pub(super) fn one_line(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let blank = |c: char| if c.is_whitespace() || c.is_control() { ' ' } else { c };
    let visible: String = text.chars().filter(|c| !turns(*c)).map(blank).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}
