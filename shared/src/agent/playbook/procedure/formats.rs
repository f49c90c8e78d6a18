//! What an answer looks like, and finding it in a line.

use std::ops::Range;

use super::date::{self, Calendar};
use crate::domain::email::EmailAddress;
use crate::domain::settings::{AnswerFormat, Asks};

/// What an answer must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Whatever the visitor writes.
    Text,
    Email,
    Date,
    Number,
    Phone,
    Username,
    PostalCode,
}

impl From<AnswerFormat> for Format {
    fn from(format: AnswerFormat) -> Self {
        match format {
            AnswerFormat::Text => Self::Text,
            AnswerFormat::Email => Self::Email,
            AnswerFormat::Date => Self::Date,
            AnswerFormat::Number => Self::Number,
        }
    }
}

impl From<Asks> for Format {
    fn from(asks: Asks) -> Self {
        match asks {
            Asks::Email => Self::Email,
            Asks::DateOfBirth => Self::Date,
            Asks::Username => Self::Username,
            Asks::Phone => Self::Phone,
            Asks::PostalCode => Self::PostalCode,
        }
    }
}

/// How many digits a telephone number has.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// How many digits a number needs to be taken for an answer that was not asked for yet.
const UNASKED_DIGITS: usize = 5;

/// A line with more words than these tells something else than a name.
const NAME_WORDS: usize = 6;

impl Format {
    /// Whether such an answer can be nothing else, so that it is taken before it was asked for.
    fn is_plain(self) -> bool {
        matches!(self, Self::Email | Self::Date)
    }

    /// The first such answer in a line and where it stands; never of [`Format::Text`].
    pub(super) fn find(self, line: &str, asked: bool, calendar: Calendar) -> Option<(Range<usize>, String)> {
        match self {
            Self::Email => email(line),
            Self::Date => date::find(line, calendar).map(|(at, date)| (at, date.to_string())),
            Self::Number => number(line).filter(|(_, digits)| asked || digits.len() >= UNASKED_DIGITS),
            Self::Phone => phone(line).filter(|(_, phone)| asked || phone.starts_with('+')),
            Self::Username if asked => username(line),
            Self::PostalCode if asked => postal_code(line),
            Self::Text | Self::Username | Self::PostalCode => None,
        }
    }
}

/// The text without what tells of a person: e-mail addresses, dates, long numbers. What is left can be searched for.
pub(super) fn without_answers(text: &str, calendar: Calendar) -> String {
    let without = |line: &str| {
        let mut line = line.to_owned();
        for format in [Format::Email, Format::Date, Format::Phone, Format::Number] {
            while let Some((at, _)) = format.find(&line, false, calendar) {
                line.replace_range(at, " ");
            }
        }
        line
    };
    text.lines().map(without).collect::<Vec<_>>().join("\n")
}

/// Whether an answer of this format may be taken that was not asked for yet.
pub(super) fn may_come_early(format: Format) -> bool {
    format.is_plain() || matches!(format, Format::Number | Format::Phone)
}

/// The words of a line with their places.
fn words(line: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    line.split_whitespace().map(move |word| {
        let start = word.as_ptr().addr() - line.as_ptr().addr();
        (start..start + word.len(), word)
    })
}

/// A word without what stands around it.
fn trimmed((at, word): (Range<usize>, &str), keeps: fn(char) -> bool) -> (Range<usize>, &str) {
    let front = word.len() - word.trim_start_matches(|c| !keeps(c)).len();
    let inner = word.trim_matches(|c| !keeps(c));
    (at.start + front..at.start + front + inner.len(), inner)
}

fn email(line: &str) -> Option<(Range<usize>, String)> {
    words(line).filter(|(_, word)| word.contains('@')).find_map(|word| {
        let (at, inner) = trimmed(word, |c| c.is_ascii_alphanumeric() || c == '_');
        let address = EmailAddress::parse(inner.strip_prefix("mailto:").unwrap_or(inner)).ok()?;
        Some((at, address.as_str().to_owned()))
    })
}

/// Digits, with a decimal point if there is one: `#48213`, `1,250.50`, `120,5 EUR`.
fn number(line: &str) -> Option<(Range<usize>, String)> {
    words(line).find_map(|word| {
        let (at, inner) = trimmed(word, |c| c.is_ascii_digit());
        decimal(inner).map(|digits| (at, digits))
    })
}

fn decimal(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['.', ',']).collect();
    let all_digits = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !all_digits {
        return None;
    }
    let (last, head) = parts.split_last()?;
    if head.is_empty() {
        return Some((*last).to_owned());
    }
    let thousands = |parts: &[&str]| parts.iter().skip(1).all(|part| part.len() == 3);
    match last.len() {
        1 | 2 if thousands(head) => Some(format!("{}.{last}", head.concat())),
        3 if thousands(&parts) => Some(parts.concat()),
        _ => None,
    }
}

/// Digits as people group them; with its `+`, if there is one.
fn phone(line: &str) -> Option<(Range<usize>, String)> {
    let mut start = None;
    let ends = line.char_indices().chain([(line.len(), '\n')]);
    for (at, c) in ends {
        let belongs = c.is_ascii_digit() || matches!(c, '+' | ' ' | '(' | ')' | '-' | '/' | '.');
        match (start, belongs) {
            (None, true) if c != ' ' => start = Some(at),
            (Some(from), false) => {
                let run = line[from..at].trim_end_matches([' ', '.', '-', '/', '(']);
                let digits: String = run.chars().filter(char::is_ascii_digit).collect();
                if PHONE_DIGITS.contains(&digits.len()) {
                    let plus = if run.starts_with('+') { "+" } else { "" };
                    return Some((from..from + run.len(), format!("{plus}{digits}")));
                }
                start = None;
            }
            _ => {}
        }
    }
    None
}

/// The only word, or the last of a few: "my username is mia77".
fn username(line: &str) -> Option<(Range<usize>, String)> {
    let all: Vec<(Range<usize>, &str)> = words(line).collect();
    if all.len() > NAME_WORDS || line.contains('?') {
        return None;
    }
    let (at, name) = trimmed(all.last()?.clone(), |c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    (name.chars().count() >= 2).then(|| (at, name.to_owned()))
}

/// A short word with a digit, and the part that may follow it: `SW1A 1AA`, `1012 AB`, `10115`.
fn postal_code(line: &str) -> Option<(Range<usize>, String)> {
    let mut all = words(line).map(|word| trimmed(word, char::is_alphanumeric)).peekable();
    while let Some((at, word)) = all.next() {
        let is_part = |word: &str, most: usize| {
            (1..=most).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if is_part(word, 10) && word.len() >= 2 && word.bytes().any(|byte| byte.is_ascii_digit()) {
            let follows = |part: &str| {
                is_part(part, 3) && part.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            };
            return match all.peek().filter(|(_, part)| follows(part)) {
                Some((end, part)) => Some((at.start..end.end, format!("{word} {part}").to_ascii_uppercase())),
                None => Some((at, word.to_ascii_uppercase())),
            };
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CALENDAR: Calendar = Calendar { year: 2026, month_first: false };

    const ALL: [Format; 7] = [
        Format::Text,
        Format::Email,
        Format::Date,
        Format::Number,
        Format::Phone,
        Format::Username,
        Format::PostalCode,
    ];

    fn found(format: Format, line: &str) -> Option<String> {
        format.find(line, true, CALENDAR).map(|(_, answer)| answer)
    }

    #[test]
    fn an_answer_is_found_in_a_sentence() {
        for (format, line, answer) in [
            (Format::Email, "it's <Mia.K@example.com>, thanks", "Mia.K@example.com"),
            (Format::Email, "mailto:mia@example.com", "mia@example.com"),
            (Format::Date, "geboren am 12.05.1990", "1990-05-12"),
            (Format::Number, "order #48213!", "48213"),
            (Format::Number, "about 1,250.50 EUR", "1250.50"),
            (Format::Number, "120,5", "120.5"),
            (Format::Number, "1.250", "1250"),
            (Format::Phone, "call +49 (151) 123-45678.", "+4915112345678"),
            (Format::Username, "my username is mia_77.", "mia_77"),
            (Format::Username, "Mia77", "Mia77"),
            (Format::PostalCode, "it is sw1a 1aa", "SW1A 1AA"),
            (Format::PostalCode, "10115 Berlin", "10115"),
            (Format::PostalCode, "1012 AB Amsterdam", "1012 AB"),
        ] {
            assert_eq!(found(format, line).as_deref(), Some(answer), "{line}");
        }
    }

    #[test]
    fn what_does_not_look_like_it_is_no_answer() {
        for (format, line) in [
            (Format::Email, "mia at example"),
            (Format::Email, "@mia"),
            (Format::Number, "many"),
            (Format::Number, "12.05.1990"),
            (Format::Phone, "1234"),
            (Format::Username, "I really do not know what you mean by that"),
            (Format::Username, "which one?"),
            (Format::PostalCode, "Berlin"),
            (Format::Text, "anything"),
        ] {
            assert_eq!(found(format, line), None, "{line}");
        }
    }

    #[test]
    fn what_could_be_anything_is_taken_only_when_asked_for() {
        for (format, line) in [
            (Format::Username, "mia77"),
            (Format::PostalCode, "10115"),
            (Format::Number, "50"),
            (Format::Phone, "12345678"),
        ] {
            assert_eq!(format.find(line, false, CALENDAR), None, "{line}");
        }
        assert!(Format::Number.find("withdrawal 48213", false, CALENDAR).is_some());
    }

    #[test]
    fn what_tells_of_a_person_is_not_searched_for() {
        let text = "my bonus, mia@example.com\nborn 12.05.1990, call +49 151 12345678 or 48213";
        insta::assert_snapshot!(without_answers(text, CALENDAR), @r"
        my bonus,  
        born  , call   or
        ");
    }

    proptest! {
        #[test]
        fn an_answer_stands_where_it_was_found(line in "\\PC{0,60}|([a-z0-9@.+ ()-]{1,6}){0,12}", asked in any::<bool>()) {
            for format in ALL {
                if let Some((at, answer)) = format.find(&line, asked, CALENDAR) {
                    prop_assert!(line.get(at.clone()).is_some_and(|part| !part.is_empty()), "{format:?} {at:?}");
                    prop_assert!(!answer.is_empty());
                }
            }
            without_answers(&line, CALENDAR);
        }
    }
}
