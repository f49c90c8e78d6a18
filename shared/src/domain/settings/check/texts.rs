//! Languages, names, and what visitors read.

use std::fmt::Display;

use super::Problems;
use super::escalation::reason;
use crate::domain::settings::{SECONDS, Texts, WorkspaceSettings};

/// The most characters of a text.
pub(super) const MOST_CHARACTERS: usize = 2_000;

/// The most characters of a brand's name.
const MOST_OF_A_NAME: usize = 100;

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    language("team_language", &settings.team_language, problems);
    for (index, brand) in settings.brands.iter().enumerate() {
        let place = format!("brands[{index}]");
        let name = format!("{place}.name");
        if brand.name.trim().is_empty() {
            problems.add(&name, "it is blank", "write the name that visitors know the brand by");
        }
        characters(&name, &brand.name, MOST_OF_A_NAME, "", problems);
        language(format_args!("{place}.language"), &brand.language, problems);
        for (tag, texts) in &brand.texts {
            let field = format!("{place}.texts.{tag}");
            language(&field, tag, problems);
            in_one_language(&field, texts, problems);
        }
    }
}

fn in_one_language(place: &str, texts: &Texts, problems: &mut Problems) {
    // What stands before or after an answer may be blank: then there is none.
    for (name, text) in [("greeting", &texts.greeting), ("source", &texts.source), ("closing", &texts.closing)] {
        if let Some(text) = text {
            said(&format!("{place}.{name}"), text, problems);
        }
    }
    let alone = [
        ("clarify", &texts.clarify),
        ("looking_for_colleague", &texts.looking_for_colleague),
        ("waiting", &texts.waiting),
        ("nobody_available", &texts.nobody_available),
        ("out_of_hours", &texts.out_of_hours),
        ("check_in", &texts.check_in),
        ("countdown", &texts.countdown),
        ("last_word", &texts.last_word),
    ];
    for (name, text) in alone {
        if let Some(text) = text {
            said_alone(&format!("{place}.{name}"), text, problems);
        }
    }
    if texts.countdown.as_ref().is_some_and(|text| !text.contains(SECONDS)) {
        let field = format!("{place}.countdown");
        let problem = format!("it has no {SECONDS}, and the visitor would not learn how much time is left");
        problems.add(&field, problem, format!("write {SECONDS} where the number belongs"));
    }
    for (name, text) in [("check_in", &texts.check_in), ("last_word", &texts.last_word)] {
        if text.as_ref().is_some_and(|text| text.contains(SECONDS)) {
            let problem = format!("it has {SECONDS}, which is filled in only in countdown");
            problems.add(format_args!("{place}.{name}"), problem, "remove it");
        }
    }
    let by_reason = format!("{place}.looking_by_reason");
    for (code, text) in &texts.looking_by_reason {
        reason(&by_reason, code, problems);
        said_alone(&format!("{by_reason}.{code}"), text, problems);
    }
}

pub(super) fn said_alone(field: &str, text: &str, problems: &mut Problems) {
    if text.trim().is_empty() {
        problems.add(field, "it is blank, and the visitor would read nothing", "write it, or leave it out");
    }
    said(field, text, problems);
}

/// A message may have several lines.
pub(super) fn said(field: &str, text: &str, problems: &mut Problems) {
    characters(field, text, MOST_CHARACTERS, "\n", problems);
}

/// Length and characters of a text; of the control characters only those in `allowed`.
pub(super) fn characters(field: &str, text: &str, most: usize, allowed: &str, problems: &mut Problems) {
    let length = text.chars().count();
    if length > most {
        problems.add(field, format!("it has {length} characters"), format!("shorten it to {most}"));
    }
    if let Some(character) = text.chars().find(|c| c.is_control() && !allowed.contains(*c)) {
        let problem = format!("it has the control character U+{:04X}", u32::from(character));
        problems.add(field, problem, "remove it");
    }
}

fn language(field: impl Display, tag: &str, problems: &mut Problems) {
    if !is_language(tag) {
        let fix = "write it as BCP 47 has it, such as en or pt-BR";
        problems.add(field, "this is no tag of a language", fix);
    }
}

/// Whether a text looks like a language tag: a language of two or three letters, and what narrows it.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && tag.len() <= 35
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
