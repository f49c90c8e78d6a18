//! Taking the visitor's answers out of what they wrote.

use std::collections::BTreeMap;

use super::date::Calendar;
use super::formats::{Format, may_come_early};
use crate::domain::card::masked;
use crate::domain::message::clip;

/// The longest answer that is kept, in bytes.
pub(super) const ANSWER_LIMIT_BYTES: usize = 200;

/// What takes the place of a card number's digits.
const DOT: char = '•';

/// How many digits of a card number are left when it is masked.
const SHOWN: usize = 4;

/// Something that the visitor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot<'a> {
    /// What the answer is called.
    pub(super) name: &'a str,
    /// What it looks like.
    pub(super) format: Format,
}

/// A line of the visitor.
struct Said {
    /// The line, card numbers masked.
    whole: String,
    /// What no answer was taken from yet.
    rest: String,
}

/// Takes the answers out of what the visitor wrote, and tells whether there was any.
///
/// What was asked last goes first. Others are taken along when they can't be taken for anything else: two questions for an
/// e-mail address wait for their turns. A free text is all the visitor wrote, and only when it was asked for and `free` says
/// that it is meant so. An answer that is known already is recognised, so that reading the same lines twice takes nothing
/// else from them.
pub(super) fn take(
    text: &str,
    slots: &[Slot<'_>],
    asked: Option<&str>,
    free: bool,
    calendar: Calendar,
    answers: &mut BTreeMap<String, String>,
) -> bool {
    let text = masked(text);
    let mut said: Vec<Said> =
        text.lines().map(|line| Said { whole: line.trim().to_owned(), rest: without_cards(line) }).collect();
    let known = answers.len();
    let is_asked = |slot: &Slot<'_>| asked == Some(slot.name);
    let mut in_order: Vec<&Slot<'_>> = slots.iter().collect();
    in_order.sort_by_key(|slot| (rank(slot.format, is_asked(slot)), !is_asked(slot)));
    for slot in in_order.into_iter().filter(|slot| slot.format != Format::Text) {
        let missing = |slot: &Slot<'_>, answers: &BTreeMap<String, String>| !answers.contains_key(slot.name);
        let alone = slots.iter().filter(|other| other.format == slot.format && missing(other, answers)).count() == 1;
        let takes = missing(slot, answers) && (is_asked(slot) || (alone && may_come_early(slot.format)));
        for line in &mut said {
            let Some((at, answer)) = slot.format.find(&line.rest, is_asked(slot), calendar) else { continue };
            let answer = clip(&answer, ANSWER_LIMIT_BYTES).to_owned();
            let known = answers.get(slot.name) == Some(&answer);
            if known || takes {
                line.rest.replace_range(at, " ");
                answers.insert(slot.name.to_owned(), answer);
                break;
            }
        }
    }
    let free_slot = slots.iter().find(|slot| is_asked(slot) && slot.format == Format::Text);
    if let Some(slot) = free_slot.filter(|slot| free && !answers.contains_key(slot.name)) {
        let untaken =
            said.iter().filter(|line| line.rest.chars().any(char::is_alphanumeric) || line.whole.contains(DOT));
        let all = untaken.map(|line| line.whole.as_str()).collect::<Vec<_>>().join(" ");
        if all.chars().any(char::is_alphanumeric) {
            answers.insert(slot.name.to_owned(), clip(&all, ANSWER_LIMIT_BYTES).trim_end().to_owned());
        }
    }
    answers.len() > known
}

/// What can be nothing else is looked for first, so that it is not taken for something looser.
fn rank(format: Format, asked: bool) -> u8 {
    match format {
        Format::Email => 0,
        Format::Date => 1,
        _ if asked => 2,
        _ => 3,
    }
}

/// The line without what is left of card numbers: those digits are no answer.
fn without_cards(line: &str) -> String {
    let mut without = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(DOT) {
        without.push_str(&rest[..at]);
        without.push(' ');
        rest = rest[at..].trim_start_matches(|c: char| c == DOT || c.is_whitespace());
        let shown = rest.bytes().take(SHOWN).take_while(u8::is_ascii_digit).count();
        rest = &rest[shown..];
    }
    without.push_str(rest);
    without
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CALENDAR: Calendar = Calendar { year: 2026, month_first: false };

    const fn slot(name: &str, format: Format) -> Slot<'_> {
        Slot { name, format }
    }

    const CHECK: [Slot<'_>; 2] = [slot("email", Format::Email), slot("birth", Format::Date)];

    fn taken(text: &str, slots: &[Slot<'_>], asked: Option<&str>) -> String {
        let mut answers = BTreeMap::new();
        take(text, slots, asked, true, CALENDAR, &mut answers);
        answers.iter().map(|(name, answer)| format!("{name}={answer}")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn several_answers_are_taken_from_one_line_or_more() {
        for text in ["mia@example.com 12.05.1990", "born 12.05.1990\nmia@example.com", "12 May 1990, mia@example.com"] {
            assert_eq!(taken(text, &CHECK, Some("email")), "birth=1990-05-12, email=mia@example.com", "{text}");
        }
    }

    #[test]
    fn what_could_answer_two_questions_waits_to_be_asked_for() {
        let two = [slot("old", Format::Email), slot("new", Format::Email)];
        assert_eq!(taken("change it to mia@example.com", &two, None), "");
        assert_eq!(taken("mia@example.com", &two, Some("new")), "new=mia@example.com");
        assert_eq!(taken("a@example.com b@example.com", &two, Some("old")), "new=b@example.com, old=a@example.com");
    }

    #[test]
    fn a_free_text_is_all_that_was_written_when_it_was_asked_for() {
        let slots = [slot("game", Format::Text), slot("day", Format::Date)];
        assert_eq!(taken("Book of Dead\non the 12.05.2026\n 13.05.2026", &slots, None), "day=2026-05-12");
        assert_eq!(
            taken("Book of Dead\nit froze on 12.05.2026", &slots, Some("game")),
            "day=2026-05-12, game=Book of Dead it froze on 12.05.2026"
        );
        assert_eq!(taken("Book of Dead\n12.05.2026", &slots, Some("game")), "day=2026-05-12, game=Book of Dead");
        assert_eq!(taken("?!", &slots, Some("game")), "");
    }

    #[test]
    fn reading_the_same_lines_again_takes_nothing_else() {
        let slots = [slot("birth", Format::Date), slot("day", Format::Date)];
        let mut answers = BTreeMap::new();
        assert!(take("12.05.1990", &slots, Some("birth"), true, CALENDAR, &mut answers));
        assert!(!take("12.05.1990", &slots, None, true, CALENDAR, &mut answers));
        assert_eq!(answers.keys().collect::<Vec<_>>(), ["birth"]);
    }

    #[test]
    fn a_card_number_is_no_answer_and_is_not_kept() {
        let number = [slot("payment", Format::Number)];
        assert_eq!(taken("4111 1111 1111 1111", &number, Some("payment")), "");
        assert_eq!(taken("•••• •••• •••• 1111 and 48213", &number, Some("payment")), "payment=48213");
        let text = [slot("what", Format::Text)];
        assert_eq!(taken("my card 4111 1111 1111 1111", &text, Some("what")), "what=my card •••• •••• •••• 1111");
    }

    #[test]
    fn a_long_answer_is_clipped() {
        let text = [slot("what", Format::Text)];
        let kept = taken(&"ä".repeat(300), &text, Some("what"));
        assert_eq!(kept.len(), "what=".len() + ANSWER_LIMIT_BYTES);
    }

    proptest! {
        #[test]
        fn answers_are_short_named_as_asked_and_never_lost(
            text in "(?s).{0,200}|([a-z0-9@.•/+ \\n-]{1,9}){0,12}",
            asked in prop::option::of(prop::sample::select(vec!["text", "email", "date", "number", "phone", "user", "postal"])),
            free in any::<bool>(),
        ) {
            let slots = [slot("text", Format::Text), slot("email", Format::Email), slot("date", Format::Date),
                slot("number", Format::Number), slot("phone", Format::Phone), slot("user", Format::Username),
                slot("postal", Format::PostalCode)];
            let mut answers = BTreeMap::from([("email".to_owned(), "mia@example.com".to_owned())]);
            let any = take(&text, &slots, asked, free, CALENDAR, &mut answers);
            prop_assert_eq!(any, answers.len() > 1);
            prop_assert_eq!(answers["email"].as_str(), "mia@example.com");
            for (name, answer) in &answers {
                prop_assert!(slots.iter().any(|slot| slot.name == name));
                prop_assert!(!answer.is_empty() && answer.len() <= ANSWER_LIMIT_BYTES);
                prop_assert_eq!(masked(answer), answer.as_str());
            }
        }
    }
}
