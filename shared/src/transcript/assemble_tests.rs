#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::domain::action::Covers;
use crate::domain::id::MessageId;
use crate::domain::log_entry::Deed;
use crate::transcript::specimen::{at, settings};

const US: &str = "700";
const ADA: &str = "701";

fn visitor() -> Sender {
    Sender::Visitor { name: Some("Mia".to_owned()) }
}

fn operator(id: &str) -> Sender {
    Sender::Operator { id: OperatorId::parse(id).unwrap(), name: None }
}

fn message(id: &str, seconds: i64, sender: Sender, text: &str) -> Message {
    Message { id: MessageId::parse(id).unwrap(), time: at(seconds), sender, content: Content::text(text) }
}

fn logged(message: Message, author: Author) -> (Timestamp, LogEntry) {
    (message.time, LogEntry::Line { message, author, answers: Covers::default() })
}

fn edited(id: &str, seconds: i64, text: &str) -> (Timestamp, LogEntry) {
    (at(seconds), LogEntry::Edited { message: MessageId::parse(id).unwrap(), text: Some(text.to_owned()) })
}

fn deleted(id: &str, seconds: i64) -> (Timestamp, LogEntry) {
    (at(seconds), LogEntry::Deleted { message: MessageId::parse(id).unwrap() })
}

fn assembled(salesiq: Option<Vec<Message>>, log: &[(Timestamp, LogEntry)]) -> Transcript {
    assembled_under(&settings(), salesiq, log)
}

fn assembled_under(
    settings: &WorkspaceSettings,
    salesiq: Option<Vec<Message>>,
    log: &[(Timestamp, LogEntry)],
) -> Transcript {
    let operators = BTreeMap::from([
        (OperatorId::parse(US).unwrap(), "Nova".to_owned()),
        (OperatorId::parse(ADA).unwrap(), "Ada".to_owned()),
    ]);
    assemble(Sources {
        settings,
        brand: settings.brands.first(),
        id: &ConversationId::parse("9001").unwrap(),
        conversation: &Conversation::default(),
        occasion: None,
        escalation: None,
        decisions: &[],
        salesiq,
        log,
        operators: &operators,
        now: at(400),
    })
}

fn said(transcript: &Transcript) -> Vec<(AuthorKind, &str, Origin)> {
    transcript.lines.iter().map(|line| (line.author, line.text.as_str(), line.from)).collect()
}

#[test]
fn what_may_not_be_mailed_is_masked_whoever_told_the_line() {
    let rows = vec![message("s1", 0, visitor(), "my IBAN is DE89370400440532013000")];
    let log = [
        logged(message("m1", 0, visitor(), "my IBAN is DE89370400440532013000"), Author::Visitor),
        logged(message("m2", 300, visitor(), "and I am ana@example.com"), Author::Visitor),
    ];
    assert_eq!(
        said(&assembled(Some(rows.clone()), &log)),
        [
            (AuthorKind::Visitor, "my IBAN is •••• 3000", Origin::Salesiq),
            (AuthorKind::Visitor, "and I am ana@example.com", Origin::Ours),
        ]
    );
    let mut settings = settings();
    settings.redaction.email.mail = true;
    let transcript = assembled_under(&settings, Some(rows), &log);
    assert_eq!(transcript.lines[1].text, "and I am ••••@example.com");
}

#[test]
fn lines_that_salesiq_lacks_are_put_in_at_their_time() {
    let rows = vec![message("s3", 20, visitor(), "three"), message("s1", 0, visitor(), "one")];
    let log = [
        logged(message("m1", 1, visitor(), "one"), Author::Visitor),
        logged(message("m2", 10, operator(US), "two"), Author::Ours),
        logged(message("m3", 21, visitor(), "three"), Author::Visitor),
    ];
    assert_eq!(
        said(&assembled(Some(rows), &log)),
        [
            (AuthorKind::Visitor, "one", Origin::Salesiq),
            (AuthorKind::Ai, "two", Origin::Ours),
            (AuthorKind::Visitor, "three", Origin::Salesiq),
        ]
    );
}

#[test]
fn the_same_words_twice_are_two_lines_and_a_minute_apart_is_not_the_same() {
    let rows = vec![message("s1", 0, visitor(), "hello"), message("s2", 5, visitor(), "hello")];
    let log = [
        logged(message("m1", 1, visitor(), "hello"), Author::Visitor),
        logged(message("m2", 6, visitor(), "hello"), Author::Visitor),
        logged(message("m3", 90, visitor(), "hello"), Author::Visitor),
    ];
    let transcript = assembled(Some(rows), &log);
    let from: Vec<Origin> = transcript.lines.iter().map(|line| line.from).collect();
    assert_eq!(from, [Origin::Salesiq, Origin::Salesiq, Origin::Ours]);
}

#[test]
fn the_same_words_of_another_side_are_another_line() {
    let rows = vec![message("s1", 0, operator(ADA), "ok")];
    let log = [logged(message("m1", 0, visitor(), "ok"), Author::Visitor)];
    assert_eq!(assembled(Some(rows), &log).lines.len(), 2);
}

#[test]
fn a_line_under_our_id_is_the_ais_unless_our_log_knows_better() {
    let rows = vec![
        message("m1", 0, operator(US), "from the AI"),
        message("m2", 5, operator(US), "from a human"),
        message("m3", 9, operator(ADA), "from Ada"),
        message("m4", 12, Sender::Unknown, "from nobody"),
    ];
    let log = [logged(message("m2", 5, operator(US), "from a human"), Author::Human)];
    let transcript = assembled(Some(rows), &log);
    let who: Vec<(AuthorKind, Option<&str>)> =
        transcript.lines.iter().map(|line| (line.author, line.name.as_deref())).collect();
    assert_eq!(
        who,
        [
            (AuthorKind::Ai, Some("Nova")),
            (AuthorKind::Human, None),
            (AuthorKind::Human, Some("Ada")),
            (AuthorKind::Unknown, None),
        ]
    );
}

#[test]
fn edits_and_deletions_of_the_log_are_applied_to_either_side() {
    let rows = vec![message("s1", 0, visitor(), "helo"), message("m2", 5, visitor(), "secret")];
    let log = [
        logged(message("m1", 0, visitor(), "helo"), Author::Visitor),
        logged(message("m3", 9, visitor(), "later"), Author::Visitor),
        edited("m1", 3, "hello"),
        edited("m1", 2, "hell"),
        deleted("m2", 8),
        edited("m3", 12, "later!"),
    ];
    let transcript = assembled(Some(rows), &log);
    let lines: Vec<(&str, bool, bool)> =
        transcript.lines.iter().map(|line| (line.text.as_str(), line.edited, line.deleted)).collect();
    assert_eq!(lines, [("hello", true, false), ("", false, true), ("later!", true, false)]);
}

#[test]
fn a_row_that_shows_the_edit_already_is_the_same_line() {
    let rows = vec![message("s1", 0, visitor(), "hello")];
    let log = [logged(message("m1", 0, visitor(), "helo"), Author::Visitor), edited("m1", 3, "hello")];
    assert_eq!(said(&assembled(Some(rows), &log)), [(AuthorKind::Visitor, "hello", Origin::Salesiq)]);
}

#[test]
fn without_salesiqs_rows_the_log_is_the_transcript() {
    let transcript = assembled(None, &[logged(message("m1", 0, visitor(), "hi"), Author::Visitor)]);
    assert_eq!(said(&transcript), [(AuthorKind::Visitor, "hi", Origin::Ours)]);
    assert!(!transcript.told_by_salesiq);
}

#[test]
fn a_country_that_iso_does_not_list_stands_for_itself() {
    assert_eq!(unlisted(" XK ").name, "XK");
}

/// A conversation in which each line has words of its own; who says it, whether SalesIQ lists it, under which id and how
/// many seconds off, whether our log has it.
fn conversation() -> impl Strategy<Value = Vec<(u8, bool, bool, i64, bool)>> {
    let line = (0_u8..3, any::<bool>(), any::<bool>(), -60_i64..=60, any::<bool>());
    prop::collection::vec(line, 0..14)
}

proptest! {
    #[test]
    fn no_line_is_missing_and_none_is_doubled_in_every_order(
        (told, order) in conversation().prop_flat_map(|told| {
            let all: Vec<usize> = (0..told.len()).collect();
            (Just(told), Just(all).prop_shuffle())
        })
    ) {
        let (mut rows, mut log, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for index in order {
            let (who, listed, same_id, off, known) = told[index];
            let (sender, author) = match who {
                0 => (visitor(), Author::Visitor),
                1 => (operator(US), Author::Ours),
                _ => (operator(ADA), Author::Human),
            };
            let time = i64::try_from(index).unwrap() * 7;
            let text = format!("line {index}");
            if known {
                log.push(logged(message(&format!("m{index}"), time, sender.clone(), &text), author));
            }
            if listed {
                let id = if same_id { format!("m{index}") } else { format!("seq-{index}") };
                rows.push(message(&id, time + off, sender, &text));
            }
            if known || listed {
                expected.push((text, if listed { Origin::Salesiq } else { Origin::Ours }));
            }
        }
        let transcript = assembled(Some(rows.clone()), &log);
        let mut found: Vec<(String, Origin)> =
            transcript.lines.iter().map(|line| (line.text.clone(), line.from)).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
        prop_assert!(transcript.lines.is_sorted_by_key(|line| line.at));
        rows.reverse();
        log.reverse();
        prop_assert_eq!(assembled(Some(rows), &log), transcript);
    }

    #[test]
    fn repeated_words_are_as_many_lines_as_the_longer_list_has(
        in_salesiq in 0_usize..6, in_log in 0_usize..6, apart in 0_i64..8
    ) {
        let index = |n: usize| i64::try_from(n).unwrap();
        let rows = (0..in_salesiq).map(|n| message(&format!("s{n}"), index(n) * apart, visitor(), "ok")).collect();
        let log: Vec<_> = (0..in_log)
            .map(|n| logged(message(&format!("m{n}"), index(n) * apart, visitor(), "ok"), Author::Visitor))
            .collect();
        prop_assert_eq!(assembled(Some(rows), &log).lines.len(), in_salesiq.max(in_log));
    }
}

#[test]
fn what_people_did_in_the_console_stands_where_it_happened_and_their_lines_have_their_names() {
    let by = || serde_json::from_value(serde_json::json!({"email": "ben@example.com", "name": "Ben"})).unwrap();
    let asked = |seconds, deed| (at(seconds), LogEntry::Asked { by: by(), deed });
    let sender = |name: &str| Sender::Operator { id: OperatorId::parse(US).unwrap(), name: Some(name.to_owned()) };
    let log = [
        asked(5, Deed::PickedUp),
        logged(message("m2", 6, sender("Ben"), "I'm Ben."), Author::Human),
        logged(message("m3", 8, sender("Nova"), "By whoever has the password."), Author::Human),
        asked(7, Deed::Noted { text: "Angry.".to_owned() }),
    ];
    let rows = vec![message("m2", 6, sender("Nova"), "I'm Ben.")];
    let lines = assembled(Some(rows), &log).lines;
    let shown: Vec<(AuthorKind, Option<&str>, &str)> =
        lines.iter().map(|line| (line.author, line.name.as_deref(), line.text.as_str())).collect();
    assert_eq!(
        shown,
        [
            (AuthorKind::Console, Some("Ben"), "picked the chat up"),
            (AuthorKind::Human, Some("Ben"), "I'm Ben."),
            (AuthorKind::Console, Some("Ben"), "put a note for the team on the chat"),
            (AuthorKind::Human, None, "By whoever has the password."),
        ]
    );
}
