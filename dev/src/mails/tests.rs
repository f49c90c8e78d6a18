use serde_json::json;
use shared::domain::id::{ConversationId, WorkspaceId};

use super::*;

fn letter(conversation: &str) -> DeadLetter {
    DeadLetter {
        workspace: WorkspaceId::parse("demo").expect("a workspace"),
        conversation: ConversationId::parse(conversation).expect("a conversation"),
        at: "2026-01-01T00:00:00Z".parse().expect("a time"),
        occasion: "nobody_available".to_owned(),
        reason: "MessageRejected".to_owned(),
        failures: 5,
        from: "Lumen Casino <support@lumen.example>".to_owned(),
        to: vec!["team@lumen.example".to_owned()],
        reply_to: Some("mia@example.com".to_owned()),
        subject: "Chat with Mia".to_owned(),
        text: "Mia: hello\nNova: hi".to_owned(),
        mime_base64: None,
    }
}

fn waiting(id: &str, conversation: &str) -> Waiting {
    Waiting { id: id.to_owned(), letter: Ok(letter(conversation)) }
}

fn unreadable(id: &str) -> Waiting {
    Waiting { id: id.to_owned(), letter: Err("EOF".to_owned()) }
}

#[test]
fn an_id_that_is_no_letters_is_named() {
    let all = [waiting("m1", "1")];
    assert_eq!(missing(&all, Some(&["m1".to_owned(), "m9".to_owned()])), Some("m9"));
    assert_eq!(missing(&all, Some(&["m1".to_owned()])), None);
    assert_eq!(missing(&all, None), None);
}

#[test]
fn a_line_for_machines_has_no_text_of_the_mail() {
    let line = serde_json::to_value(summary(&waiting("m1", "9001"))).expect("JSON");
    let expected = json!({
        "id": "m1", "workspace": "demo", "conversation": "9001", "at": "2026-01-01T00:00:00Z",
        "occasion": "nobody_available", "reason": "MessageRejected", "failures": 5,
        "to": ["team@lumen.example"], "subject": "Chat with Mia", "whole_mail": false,
    });
    assert_eq!(line, expected);
    let line = serde_json::to_value(summary(&unreadable("m2"))).expect("JSON");
    assert!(line["unreadable"].is_string(), "{line}");
}

#[test]
fn people_see_whose_mail_it_is_and_why_it_waits() {
    assert_eq!(
        for_people(&waiting("m1", "9001")),
        "m1\n  demo conversation 9001, 2026-01-01T00:00:00Z: MessageRejected after 5 attempts\n  to team@lumen.example: Chat with Mia"
    );
}

#[test]
fn the_whole_letter_can_be_copied_and_moves_no_cursor() {
    let letter = DeadLetter { text: "Mia: \u{1b}[2Jhello\nNova: hi".to_owned(), ..letter("9001") };
    assert_eq!(
        whole(&letter),
        "From: Lumen Casino <support@lumen.example>\nTo: team@lumen.example\nReply-To: mia@example.com\n\
         Subject: Chat with Mia\n\nMia: \u{fffd}[2Jhello\nNova: hi"
    );
}
