#![allow(clippy::unwrap_used, reason = "tests")]

use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::domain::escalation::MailOccasion;
use crate::domain::router::NobodyWhy;
use crate::transcript::AuthorKind;
use crate::transcript::specimen::{line, settings, transcript};

const TO: &str = "team@example.com";

fn letter(transcript: &Transcript, settings: &WorkspaceSettings) -> Result<Letter, LetterError> {
    compose(transcript, settings, settings.brands.first(), &[TO.to_owned()])
}

fn parsed(letter: &Letter) -> mail_parser::Message<'_> {
    MessageParser::default().parse(&letter.raw).unwrap()
}

fn address(of: Option<&mail_parser::Address<'_>>) -> String {
    of.and_then(|address| address.first()).and_then(|one| one.address()).unwrap_or_default().to_owned()
}

#[test]
fn another_parser_reads_the_letter_as_it_was_meant() {
    let letter = letter(&transcript(), &settings()).unwrap();
    let message = parsed(&letter);
    assert_eq!(message.subject(), Some("[Lumen Casino] Nobody could take over: Mia Nguyễn (visitor_asked) #9001"));
    assert_eq!(message.subject(), Some(letter.subject.as_str()));
    assert_eq!(message.from().unwrap().first().unwrap().name(), Some("Lumen Casino"));
    assert_eq!((address(message.from()), address(message.to())), ("escalations@example.com".to_owned(), TO.to_owned()));
    assert_eq!(address(message.reply_to()), "mia@example.com");
    assert_eq!(message.header("X-Salesiq-Conversation").unwrap().as_text(), Some("demo/9001"));
    assert_eq!(message.header("Auto-Submitted").unwrap().as_text(), Some("auto-generated"));
    assert_eq!(message.date().unwrap().to_timestamp(), transcript().made_at.as_second());
    let unwrapped = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    assert_eq!(unwrapped(&message.body_text(0).unwrap()), unwrapped(&letter.text));
    assert!(message.body_html(0).unwrap().contains("Rút tiền mất bao lâu?"));
}

#[test]
fn text_and_html_are_alternatives_and_the_files_are_whole() {
    let letter = letter(&transcript(), &settings()).unwrap();
    let message = parsed(&letter);
    let types: Vec<String> = message
        .parts
        .iter()
        .filter_map(|part| part.content_type())
        .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()))
        .collect();
    assert_eq!(
        types,
        ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/json", "text/csv"]
    );
    let files: Vec<(&str, &[u8])> =
        message.attachments().map(|part| (part.attachment_name().unwrap(), part.contents())).collect();
    let json = transcript::render(&transcript(), Format::Json).unwrap();
    let csv = transcript::render(&transcript(), Format::Csv).unwrap();
    assert_eq!(files, [("transcript-demo-9001.json", json.as_slice()), ("transcript-demo-9001.csv", csv.as_slice())]);
}

#[test]
fn each_occasion_begins_with_what_happened_and_what_to_do() {
    let opening = |occasion, email: Option<&str>| {
        let mut transcript = transcript();
        transcript.occasion = Some(occasion);
        transcript.visitor.email = email.map(str::to_owned);
        let letter = letter(&transcript, &settings()).unwrap();
        let head: Vec<&str> = letter.text.lines().take(5).filter(|line| !line.is_empty()).collect();
        format!("{}\n{}\n", letter.subject, head.join("\n"))
    };
    let all = [
        opening(MailOccasion::Nobody { why: NobodyWhy::OutOfHours }, Some("mia@example.com")),
        opening(MailOccasion::Nobody { why: NobodyWhy::NobodyAvailable }, None),
        opening(MailOccasion::LeftWaiting, Some("not an address")),
        opening(MailOccasion::Missed, Some("mia@example.com")),
        opening(MailOccasion::EndedUnanswered, Some("mia@example.com")),
        opening(MailOccasion::Supplement, Some("mia@example.com")),
        opening(MailOccasion::Returned { complaint: false }, Some("mia@example.com")),
        opening(MailOccasion::Returned { complaint: true }, Some("mia@example.com")),
    ];
    insta::assert_snapshot!("openings", all.join("\n"));
}

#[test]
fn the_brands_sender_and_subject_go_first() {
    let mut settings = settings();
    settings.brands[0].escalation.sender = Some("vip@example.com".to_owned());
    settings.brands[0].escalation.subject = Some("{reference}: {visitor} @ {brand}, {reason} {other}".to_owned());
    let mut transcript = transcript();
    transcript.visitor.name = Some("{reason}".to_owned());
    let letter = letter(&transcript, &settings).unwrap();
    assert_eq!(letter.from, "vip@example.com");
    assert_eq!(letter.subject, "9001: {reason} @ Lumen Casino, visitor_asked {other}");
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let mut unset = settings();
    unset.escalation.sender = None;
    assert!(letter(&transcript(), &unset).unwrap_err().to_string().starts_with("escalation.sender is missing"));
    unset.escalation.sender = Some("Lumen <>".to_owned());
    assert!(letter(&transcript(), &unset).unwrap_err().to_string().starts_with("escalation.sender is not usable"));
    let to = ["a@example.com".to_owned(), "b@example.com\r\nBcc: c@example.com".to_owned()];
    let error = compose(&transcript(), &settings(), None, &to).unwrap_err();
    assert!(matches!(error, LetterError::Recipient { number: 2, .. }), "{error}");
    assert!(matches!(compose(&transcript(), &settings(), None, &[]), Err(LetterError::NoRecipient { .. })));
}

#[test]
fn the_same_letter_has_the_same_id() {
    let id = |letter: &Letter| parsed(letter).message_id().unwrap().to_owned();
    let (once, again) = (letter(&transcript(), &settings()).unwrap(), letter(&transcript(), &settings()).unwrap());
    assert_eq!(id(&once), id(&again));
    assert!(id(&once).starts_with("9001.") && id(&once).ends_with("@example.com"));
}

/// A conversation of `count` lines with `bytes` each.
fn long(count: i64, bytes: usize) -> Transcript {
    let mut long = transcript();
    let text = "rút tiền ".repeat(bytes / 12 + 1);
    long.lines = (0..count).map(|n| line(n, AuthorKind::Visitor, "Mia", &format!("{n} {text}"))).collect();
    long
}

fn files(letter: &Letter) -> Vec<String> {
    parsed(letter).attachments().filter_map(|part| part.attachment_name().map(str::to_owned)).collect()
}

#[test]
fn two_thousand_ordinary_lines_are_sent_whole() {
    let letter = letter(&long(2_000, 120), &settings()).unwrap();
    assert!(letter.raw.len() < RAW_LIMIT_BYTES, "{}", letter.raw.len());
    assert_eq!(files(&letter).len(), 2);
    assert!(!letter.text.contains("left out"));
}

#[test]
fn of_what_is_too_large_the_csv_goes_first_then_lines_then_the_json() {
    let transcript = long(1_100, 900);
    let mut limit = usize::MAX;
    let mut steps = Vec::new();
    while let Ok(letter) = compose_within(limit, &transcript, &settings(), None, &[TO.to_owned()]) {
        assert!(letter.raw.len() <= limit);
        assert!(letter.text.contains("1099 rút tiền"), "the newest line is there");
        let note = letter.text.lines().find(|line| line.contains("since mail has a largest size"));
        steps.push((files(&letter).len(), note.unwrap_or_default().to_owned()));
        // The separators of the parts differ in length by a few bytes.
        limit = letter.raw.len() - 500;
    }
    let left_out = |lines: u32, whole: &str| {
        let long_ones = if lines == 900 { " and long ones are shortened" } else { "" };
        format!(
            "{lines} earlier lines are left out here{long_ones}, since mail has a largest size; {whole} has all of it."
        )
    };
    let json = "the attached JSON file";
    let expected = [
        (2, String::new()),
        (1, String::new()),
        (1, left_out(100, json)),
        (1, left_out(900, json)),
        (0, left_out(900, "SalesIQ")),
    ];
    assert_eq!(steps, expected);
}

#[test]
fn two_thousand_long_lines_fit_into_what_ses_takes() {
    let letter = letter(&long(2_000, 1_300), &settings()).unwrap();
    assert!(letter.raw.len() <= RAW_LIMIT_BYTES, "{}", letter.raw.len());
    assert_eq!(files(&letter), ["transcript-demo-9001.json"]);
}

fn odd() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\nBcc: x@example.org".to_owned()),
        Just("\nTo: y@example.org\n\n".to_owned()),
        Just("\r\n\r\n--boundary".to_owned()),
        Just("\u{2028}\u{0}\u{85}".to_owned()),
        Just("<script>alert(1)</script><b onclick=x>".to_owned()),
        Just("=?utf-8?q?=0D=0ABcc:_z@example.org?=".to_owned()),
        Just("{reason}\", <e@example.org>, ".to_owned()),
        "\\PC{0,20}",
        "[a-zé ]{0,60}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_a_visitor_writes_becomes_a_header_or_a_tag(
        name in odd(), email in odd(), text in odd(), brand in odd(), summary in odd(), page in odd()
    ) {
        let mut forged = transcript();
        forged.visitor.name = Some(name);
        forged.visitor.email = Some(email);
        forged.page_url = Some(page);
        forged.lines[0].text.clone_from(&text);
        forged.lines[2].file = Some(text);
        if let Some(request) = &mut forged.escalation {
            request.summary = summary;
        }
        if let Some(named) = &mut forged.brand {
            named.name = Some(brand);
        }
        let letter = letter(&forged, &settings()).unwrap();
        let message = parsed(&letter);
        let headers: Vec<&str> = message.headers().iter().map(mail_parser::Header::name).collect();
        let mut expected = vec!["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Salesiq-Conversation"];
        expected.extend(letter.reply_to.as_ref().map(|_| "Reply-To"));
        expected.extend(["MIME-Version", "Content-Type"]);
        prop_assert_eq!(headers, expected);
        prop_assert_eq!(message.to().unwrap().iter().count(), 1);
        prop_assert_eq!(message.from().unwrap().iter().count(), 1);
        prop_assert_eq!(address(message.to()), TO);
        prop_assert!(letter.subject.chars().count() <= SUBJECT_LIMIT);
        prop_assert!(letter.raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
        let html = message.body_html(0).unwrap().to_ascii_lowercase();
        prop_assert!(!html.contains("<script") && !html.contains("<b "), "{}", html);
        prop_assert_eq!(message.attachments().count(), 2);
    }
}
