//! Payment card numbers are never kept: all but the last four digits are masked before a line is stored.
//!
//! Visitors write them into chats unasked. What is masked can't leak from the table, a mail, or an event.

use std::borrow::Cow;

/// What takes the place of all digits but the last four.
const MASK: &str = "•••• •••• •••• ";

/// What an earlier masking left begins after this and white space.
const MASKED: &str = "••••";

/// How many digits card numbers have (ISO/IEC 7812; 13 in old ones).
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;

/// How many digits a telephone number with its country has at most (ITU-T E.164).
const PHONE_LIMIT: usize = 15;

/// How many digits are left.
const SHOWN: usize = 4;

/// Unbroken digits: where they begin and end in the text.
#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Group {
    fn len(self) -> usize {
        self.end - self.start
    }
}

/// The text with card numbers masked: 13 to 19 digits with a valid check digit, possibly in groups with white space or a
/// dash between them. What begins with `+` and has no more digits than a telephone number stays. Masking a second time
/// changes nothing.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    // Most texts have no such number of digits at all.
    if text.bytes().filter(u8::is_ascii_digit).count() < *LENGTHS.start() {
        return Cow::Borrowed(text);
    }
    let spans: Vec<Group> = runs(text).iter().flat_map(|run| cards(text, run)).collect();
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + spans.len() * MASK.len());
    let mut from = 0;
    for span in spans {
        out.push_str(&text[from..span.start]);
        out.push_str(MASK);
        let digits: Vec<char> = text[span.start..span.end].chars().filter(char::is_ascii_digit).collect();
        out.extend(&digits[digits.len().saturating_sub(SHOWN)..]);
        from = span.end;
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// Groups of digits with nothing but separators between them.
fn runs(text: &str) -> Vec<Vec<Group>> {
    let mut runs: Vec<Vec<Group>> = Vec::new();
    let mut last_end = None;
    for group in groups(text) {
        let joins = last_end.is_some_and(|end| is_separator(&text[end..group.start]));
        last_end = Some(group.end);
        // The four digits that an earlier masking left belong to nothing any more.
        if group.len() == SHOWN && text[..group.start].trim_end().ends_with(MASKED) {
            last_end = None;
            continue;
        }
        match runs.last_mut().filter(|_| joins) {
            Some(run) => run.push(group),
            None => runs.push(vec![group]),
        }
    }
    runs
}

fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, _) in text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        match groups.last_mut().filter(|group| group.end == at) {
            Some(group) => group.end = at + 1,
            None => groups.push(Group { start: at, end: at + 1 }),
        }
    }
    groups
}

/// White space with at most one dash. Its amount does not matter, since [`super::fingerprint`] folds white space.
fn is_separator(between: &str) -> bool {
    let dashes = between.chars().filter(|c| is_dash(*c)).count();
    dashes <= 1 && between.chars().all(|c| c.is_whitespace() || is_dash(c))
}

fn is_dash(c: char) -> bool {
    c == '-' || ('\u{2010}'..='\u{2014}').contains(&c)
}

/// The parts of a run that are card numbers; those that overlap are one.
fn cards(text: &str, run: &[Group]) -> Vec<Group> {
    let mut found: Vec<Group> = Vec::new();
    for (index, first) in run.iter().enumerate() {
        let phone = text[..first.start].ends_with('+');
        let mut length = 0;
        for last in &run[index..] {
            length += last.len();
            if length > *LENGTHS.end() {
                break;
            }
            if LENGTHS.contains(&length)
                && !(phone && length <= PHONE_LIMIT)
                && has_check_digit(&text[first.start..last.end])
            {
                match found.last_mut().filter(|span| first.start < span.end) {
                    Some(span) => span.end = span.end.max(last.end),
                    None => found.push(Group { start: first.start, end: last.end }),
                }
            }
        }
    }
    found
}

/// Luhn's check (ISO/IEC 7812-1, annex B).
fn has_check_digit(text: &str) -> bool {
    let digits = text.chars().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fingerprint::Fingerprint;

    #[test]
    fn a_card_number_keeps_its_last_four_digits() {
        for text in ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111 1111\n1111 – 1111"] {
            assert_eq!(masked(&format!("card {text}, please")), "card •••• •••• •••• 1111, please");
        }
    }

    #[test]
    fn short_and_long_card_numbers_are_masked_too() {
        assert_eq!(masked("3782 822463 10005"), "•••• •••• •••• 0005");
        assert_eq!(masked("4222222222222"), "•••• •••• •••• 2222");
        assert_eq!(masked("6304000000000000000"), "•••• •••• •••• 0000");
    }

    #[test]
    fn numbers_beside_a_card_stay() {
        assert_eq!(masked("4111 1111 1111 1111 12/29 737"), "•••• •••• •••• 1111 12/29 737");
        assert_eq!(
            masked("4111111111111111 4242424242424242"),
            "•••• •••• •••• 1111 •••• •••• •••• 4242",
            "two cards are masked each by itself"
        );
    }

    #[test]
    fn other_numbers_stay_as_they_are() {
        for text in [
            "order 4111111111111112",
            "+49 151 1234 5678",
            "19000000033103 and 9001",
            // A longer run is no card, whatever is in it.
            "94111111111111111000000",
            "1234.5678.9012.3456",
            "4111 (1111) 1111 1111",
            "",
        ] {
            assert!(matches!(masked(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn what_is_masked_is_masked_once() {
        let once = masked("4111 1111 1111 1111 123456782").into_owned();
        assert_eq!(masked(&once), once);
    }

    fn numbers() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[0-9]{1,20}",
            "[ \n-]{1,3}",
            Just("4111 1111 1111 1111".to_owned()),
            Just("378282246310005".to_owned()),
            Just(MASK.to_owned()),
            "[a-z•,]{1,2}",
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn masking_twice_is_masking_once(text in numbers()) {
            let once = masked(&text).into_owned();
            prop_assert_eq!(masked(&once), once.as_str());
        }

        #[test]
        fn no_card_number_is_left_between_words(digits in "[0-9]{12,18}", before in "[a-z ]{0,9}", after in "[a-z .]{0,9}") {
            let check = (0..10).map(|d| format!("{digits}{d}")).find(|number| has_check_digit(number)).unwrap();
            let text = format!("{before}{check}{after}");
            prop_assert!(!masked(&text).contains(&check[..check.len() - 4]));
        }

        #[test]
        fn an_echo_is_recognised_whether_or_not_it_was_masked(text in numbers()) {
            prop_assert_eq!(Fingerprint::of(&masked(&text)), Fingerprint::of(&text));
        }
    }
}
