//! A date in what a visitor writes.

use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::agent::Turn;
use crate::agent::understanding::words::fold;

/// What a date without a clear order or century means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Calendar {
    /// The current year: of a year with two digits nothing later is meant.
    pub(super) year: i16,
    /// `5/12` is the twelfth of May, as in the United States.
    pub(super) month_first: bool,
}

impl Calendar {
    /// What dates mean to a turn's visitor.
    pub(super) fn of(turn: &Turn<'_>) -> Self {
        let american = |tag: &str| tag.replace('_', "-").to_ascii_lowercase().ends_with("-us");
        let month_first = match turn.country {
            Some(country) => country.code == "US",
            None => american(turn.language.unwrap_or(&turn.brand.language)),
        };
        Self { year: turn.now.to_zoned(TimeZone::UTC).year(), month_first }
    }
}

/// Words within a date that tell nothing.
const BETWEEN: &str = "th st nd rd er ere of the de del den di ngay thang nam yil yili 年 月 日";

/// The months, folded, in the languages that we have texts in; Vietnamese counts them.
const MONTHS: [&str; 12] = [
    "january januar enero janvier janeiro gennaio ocak janner",
    "february februar febrero fevrier fevereiro febbraio subat",
    "march marz maerz marzo mars marco mart",
    "april abril avril aprile nisan",
    "may mai mayo maio maggio mayis",
    "june juni junio juin junho giugno haziran",
    "july juli julio juillet julho luglio temmuz",
    "august agosto aout agustos",
    "september septiembre septembre setembro settembre eylul",
    "october oktober octubre octobre outubro ottobre ekim",
    "november noviembre novembre novembro kasim",
    "december dezember diciembre decembre dezembro dicembre aralik",
];

/// The shortest that a month's name is cut to.
const MONTH_LEAST_CHARS: usize = 3;

/// A number, or a month's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number(i16),
    Month(i8),
    Other,
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    at: Range<usize>,
}

/// The first date in a line, and where it stands.
pub(super) fn find(line: &str, calendar: Calendar) -> Option<(Range<usize>, Date)> {
    let tokens = tokens(line);
    (0..tokens.len()).find_map(|first| {
        let window = tokens.get(first..first + 3)?;
        let [one, two, three] = window else { return None };
        if !joined(line, one, two) || !joined(line, two, three) {
            return None;
        }
        let digits = |token: &Token| token.at.len();
        let date = match (one.kind, two.kind, three.kind) {
            (Kind::Number(a), Kind::Number(b), Kind::Number(c)) => {
                if is_longer(line, &tokens, first) {
                    return None;
                }
                if digits(one) == 4 {
                    day(a, b, c)
                } else {
                    let year = year(c, digits(three), calendar)?;
                    let (usual, other) = if calendar.month_first { ((b, a), (a, b)) } else { ((a, b), (b, a)) };
                    day(year, usual.1, usual.0).or_else(|| day(year, other.1, other.0))
                }
            }
            (Kind::Number(d), Kind::Month(m), Kind::Number(y)) | (Kind::Month(m), Kind::Number(d), Kind::Number(y)) => {
                day(year(y, digits(three), calendar)?, m.into(), d)
            }
            _ => None,
        }?;
        Some((one.at.start..three.at.end, date))
    })
}

fn day(year: i16, month: i16, day: i16) -> Option<Date> {
    if !(1900..=2100).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn year(number: i16, digits: usize, calendar: Calendar) -> Option<i16> {
    match digits {
        4 => Some(number),
        2 if number <= calendar.year % 100 => Some(calendar.year - calendar.year % 100 + number),
        2 => Some(calendar.year - calendar.year % 100 - 100 + number),
        _ => None,
    }
}

/// Whether nothing stands between two parts that can't be within a date.
fn joined(line: &str, one: &Token, other: &Token) -> bool {
    let between = &line[one.at.end..other.at.start];
    between.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '.' | '/' | '-' | '–' | ',' | '\''))
}

/// Whether three numbers are a part of a longer row, such as a telephone number's.
fn is_longer(line: &str, tokens: &[Token], first: usize) -> bool {
    let tight = |one: Option<&Token>, other: Option<&Token>| match (one, other) {
        (Some(one), Some(other)) => {
            let spaced = line[tokens[first].at.end..tokens[first + 1].at.start].trim().is_empty();
            let between = &line[one.at.end..other.at.start];
            let number = matches!((one.kind, other.kind), (Kind::Number(_), Kind::Number(_)));
            number && if spaced { between.trim().is_empty() } else { !between.contains(char::is_whitespace) }
        }
        _ => false,
    };
    let before = first.checked_sub(1).and_then(|before| tokens.get(before));
    tight(before, tokens.get(first)) || tight(tokens.get(first + 2), tokens.get(first + 3))
}

/// Numbers and words with their places; the words that tell nothing are left out.
fn tokens(line: &str) -> Vec<Token> {
    let mut runs: Vec<(bool, Range<usize>)> = Vec::new();
    for (at, c) in line.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        let digit = c.is_ascii_digit();
        match runs.last_mut().filter(|(kind, run)| *kind == digit && run.end == at) {
            Some((_, run)) => run.end = at + c.len_utf8(),
            None => runs.push((digit, at..at + c.len_utf8())),
        }
    }
    let token = |(digit, at): (bool, Range<usize>)| {
        if digit {
            // A longer number is none of a date's.
            let kind = line[at.clone()].parse().map_or(Kind::Other, Kind::Number);
            return Some(Token { kind, at });
        }
        let word = fold(&line[at.clone()]);
        if BETWEEN.split(' ').any(|between| between == word) {
            return None;
        }
        Some(Token { kind: month(&word).map_or(Kind::Other, Kind::Month), at })
    };
    runs.into_iter().filter_map(token).collect()
}

fn month(word: &str) -> Option<i8> {
    let long = word.chars().count() >= MONTH_LEAST_CHARS;
    let is = |names: &&str| names.split(' ').any(|name| name == word || (long && name.starts_with(word)));
    MONTHS.iter().position(is).and_then(|index| i8::try_from(index + 1).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EUROPE: Calendar = Calendar { year: 2026, month_first: false };
    const AMERICA: Calendar = Calendar { year: 2026, month_first: true };

    fn found(line: &str, calendar: Calendar) -> Option<String> {
        find(line, calendar).map(|(_, date)| date.to_string())
    }

    #[test]
    fn a_date_is_read_as_people_write_it() {
        for line in [
            "1990-05-12",
            "12.05.1990",
            "12.5.90",
            "12/05/1990",
            "I was born on 12-05-1990.",
            "05/12/1990 no, 12 05 1990",
            "12 May 1990",
            "May 12th, 1990",
            "the 12th of May 1990",
            "12. Mai 1990",
            "12 de mayo de 1990",
            "le 12 mai 1990",
            "12 de maio de 1990",
            "12 maggio 1990",
            "12 Mayıs 1990",
            "ngày 12 tháng 5 năm 1990",
            "1990年5月12日",
            "order 48213 12.05.1990",
        ] {
            let last = if line.contains(" no, ") { Some("1990-12-05") } else { Some("1990-05-12") };
            assert_eq!(found(line, EUROPE).as_deref(), last, "{line}");
        }
    }

    #[test]
    fn day_and_month_change_places_where_they_must_or_are_usual() {
        assert_eq!(found("05/12/1990", AMERICA).as_deref(), Some("1990-05-12"));
        assert_eq!(found("25/12/1990", AMERICA).as_deref(), Some("1990-12-25"));
        assert_eq!(found("12/25/1990", EUROPE).as_deref(), Some("1990-12-25"));
    }

    #[test]
    fn a_short_year_is_not_in_the_future() {
        assert_eq!(found("1.2.26", EUROPE).as_deref(), Some("2026-02-01"));
        assert_eq!(found("1.2.27", EUROPE).as_deref(), Some("1927-02-01"));
    }

    #[test]
    fn other_numbers_are_no_date() {
        for line in [
            "",
            "12",
            "12.05.",
            "31.02.1990",
            "12.13.1990.4",
            "0151 12 05 1990 7",
            "192.168.10.12",
            "May I ask 12 things in 1990?",
            "48213",
            "1990",
        ] {
            assert_eq!(found(line, EUROPE), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_day_is_read_back(year in 1900_i16..=2100, month in 1_i8..=12, day in 1_i8..=28) {
            for line in [format!("{year}-{month:02}-{day:02}"), format!("on {day}.{month}.{year}, I think")] {
                prop_assert_eq!(find(&line, EUROPE).map(|(_, date)| date), Date::new(year, month, day).ok());
            }
        }

        #[test]
        fn any_line_is_no_trouble(line in "\\PC{0,40}|[0-9./ -]{0,20}|([0-9]{1,4}|may|de|[./ ]){0,9}") {
            if let Some((at, _)) = find(&line, AMERICA) {
                prop_assert!(line.get(at).is_some());
            }
        }
    }
}
