//! What people ask for in a conversation: one event each, in its inbox, and who took part in the audit trail.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use console::access::Role;
use serde_json::json;
use shared::bus::{CONVERSATION_NEWS, Sent};
use shared::domain::approval::{Approval, ApprovalState};
use shared::domain::ask::Ask;
use shared::domain::conversation::{Conversation, Phase, Via};
use shared::domain::router::Target;
use shared::domain::tool::IdempotencyKey;
use simulator::seed;

use crate::chat::{Told, ago, assisted};
use crate::site::{Answer, Browser, Site, email};

const CHAT: &str = "/console/w/demo/chats/9001";
/// Fields of a form.
type Fields<'a> = &'a [(&'a str, &'a str)];

const REQUEST: &str = "0123456789abcdef-first";

async fn with_chat() -> Site {
    let site = Site::new().await;
    site.keep("9001", &chat(&site), &[]).await;
    site
}

fn chat(site: &Site) -> Conversation {
    assisted("9001", ago(site, 10), Told::default())
}

async fn ask(browser: &mut Browser<'_>, what: &str, request: &str, fields: &[(&str, &str)]) -> Answer {
    let all = [("request", request)].into_iter().chain(fields.iter().copied());
    let form: Vec<(String, String)> = all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    browser.post(&format!("{CHAT}/{what}"), &form).await
}

#[tokio::test]
async fn each_form_asks_for_its_own_and_wakes_the_conversation() {
    let site = with_chat().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let forms: [(&str, Fields<'_>, Ask); 8] = [
        ("pick-up", &[], Ask::PickUp),
        ("say", &[("text", " Hello <Mia> ")], Ask::Say { text: "Hello <Mia>".to_owned() }),
        (
            "say",
            &[("text", "Read this:"), ("link", "https://help.example/a")],
            Ask::Say { text: "Read this:\nhttps://help.example/a".to_owned() },
        ),
        ("end", &[("how", "countdown")], Ask::End { countdown: true }),
        (
            "tag",
            &[("tags", "VIP"), ("tags", "Complaint")],
            Ask::Tag { tags: vec!["VIP".to_owned(), "Complaint".to_owned()] },
        ),
        ("note", &[("note", "Calls back at noon")], Ask::Note { text: "Calls back at noon".to_owned() }),
        ("hand-back", &[], Ask::HandBack),
        (
            "mail",
            &[("to", "b@example.com, a@example.com;b@example.com")],
            Ask::MailTranscript { to: vec!["a@example.com".parse().unwrap(), "b@example.com".parse().unwrap()] },
        ),
    ];
    for (what, fields, expected) in forms {
        let before = site.asked("9001").await;
        let woken = site.sent.lock().unwrap().len();
        let answer = ask(&mut agent, what, REQUEST, fields).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, CHAT),
            "{what}: {}",
            answer.body
        );
        let after = site.asked("9001").await;
        let new: Vec<_> = after.iter().filter(|one| !before.contains(one)).collect();
        assert_eq!(new, [&(email(Role::Agent), expected)], "{what}");
        let sent = site.sent.lock().unwrap();
        let Some(Sent::Event { detail_type, wake_up }) = sent.get(woken) else { panic!("{what} woke nobody") };
        assert_eq!((*detail_type, wake_up.conversation.as_str()), (CONVERSATION_NEWS, "9001"));
    }
}

#[tokio::test]
async fn a_form_sent_twice_is_one_request_and_with_other_words_another() {
    let site = with_chat().await;
    let mut agent = site.signed_in(Role::Agent).await;
    for text in ["Hello", "Hello", "Hello again"] {
        assert_eq!(ask(&mut agent, "say", REQUEST, &[("text", text)]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(
        ask(&mut agent, "say", "0123456789abcdef-second", &[("text", "Hello")]).await.status,
        StatusCode::SEE_OTHER
    );
    let mut said: Vec<String> = site.asked("9001").await.into_iter().map(|(_, ask)| format!("{ask:?}")).collect();
    said.sort();
    assert_eq!(said.len(), 3, "{said:?}");
    ask(&mut agent, "pick-up", REQUEST, &[]).await;
    ask(&mut agent, "pick-up", REQUEST, &[]).await;
    let taken = site.trail().await.into_iter().filter(|(what, _, detail)| what == "chat.pick_up" && detail.is_empty());
    assert_eq!(taken.count(), 1, "one request, one entry");
}

#[tokio::test]
async fn taking_giving_ending_and_mailing_stand_in_the_audit_trail_without_what_was_said() {
    let site = with_chat().await;
    let mut supervisor = site.signed_in(Role::Supervisor).await;
    ask(&mut supervisor, "pick-up", REQUEST, &[]).await;
    ask(&mut supervisor, "say", REQUEST, &[("text", "a secret answer")]).await;
    ask(&mut supervisor, "note", REQUEST, &[("note", "a secret note")]).await;
    let target = format!("{}/{}", seed::DEPARTMENT_SUPPORT, seed::OPERATOR_BEN);
    ask(&mut supervisor, "reassign", REQUEST, &[("target", &target)]).await;
    ask(&mut supervisor, "end", REQUEST, &[("how", "now")]).await;
    ask(&mut supervisor, "mail", REQUEST, &[("to", "a@example.com")]).await;
    let mut trail = site.trail().await;
    trail.sort();
    let whats: Vec<&str> = trail.iter().map(|(what, _, _)| what.as_str()).collect();
    assert_eq!(whats, ["chat.end", "chat.mail_transcript", "chat.pick_up", "chat.pick_up", "chat.reassign"]);
    assert!(trail.iter().all(|(_, about, detail)| about == "9001" && !detail.contains("secret")), "{trail:?}");
    assert!(trail[4].2.contains(seed::OPERATOR_BEN), "{trail:?}");
}

#[tokio::test]
async fn htmx_gets_the_conversation_with_what_was_asked_for() {
    let site = with_chat().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{CHAT}/pick-up"))
        .header("hx-request", "true")
        .header("x-csrf-token", &agent.csrf)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = agent.send(request, Body::from(format!("request={REQUEST}"))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.body.contains("Pick up the chat") && answer.body.contains("asked; not taken in yet"),
        "{}",
        answer.body
    );
    assert!(answer.body.trim_start().starts_with("<div id=\"thread\""));
    let events = answer.header("hx-trigger-after-swap");
    assert!(events.contains("actions-changed") && events.contains("being picked up"), "{events}");
}

#[tokio::test]
async fn what_became_of_a_request_is_shown_with_why_it_was_refused() {
    let site = with_chat().await;
    let mut chat = chat(&site);
    chat.asks = serde_json::from_value(json!([
        {"request": "aa", "by": "agent@demo.example", "what": "end", "at": ago(&site, 2), "outcome": {"type": "refused", "why": "visitor_waits"}},
        {"request": "bb", "by": "agent@demo.example", "what": "note", "at": ago(&site, 1), "outcome": {"type": "done"}},
    ]))
    .unwrap();
    site.keep("9001", &chat, &[]).await;
    let page = site.signed_in(Role::Viewer).await.get(CHAT).await;
    assert!(page.body.contains("not done: the visitor waits for an answer"), "{}", page.body);
    assert!(page.body.contains("Leave a note") && page.body.contains(">done</span>"));
}

#[tokio::test]
async fn what_can_not_be_sent_comes_back_with_why_and_what_was_typed_and_asks_for_nothing() {
    let site = with_chat().await;
    let mut supervisor = site.signed_in(Role::Supervisor).await;
    let long = "x".repeat(2_001);
    let wrong: [(&str, Fields<'_>, &str); 9] = [
        ("say", &[("text", "  ")], "Write an answer"),
        ("say", &[("text", &long)], "It has 2001 characters; at most 2000"),
        ("say", &[("text", "hi"), ("link", "javascript:alert(1)")], "beginning with https://"),
        ("note", &[("note", "")], "Write what the team is to know"),
        ("note", &[("note", &long)], "It has 2001 characters"),
        ("tag", &[], "Choose at least one tag"),
        ("mail", &[("to", "a@example.com, <b@c>")], "is no address"),
        ("mail", &[("to", "")], "at least one e-mail address"),
        ("reassign", &[("target", "x/")], "Choose who is to be rung"),
    ];
    for (what, fields, expected) in wrong {
        let answer = ask(&mut supervisor, what, REQUEST, fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what} {fields:?}");
        assert!(answer.body.contains(expected) && answer.body.contains("role=\"alert\""), "{what}: {}", answer.body);
        assert!(answer.body.contains("<html"), "the whole page");
    }
    let typed = ask(&mut supervisor, "mail", REQUEST, &[("to", "<b@c>")]).await;
    assert!(typed.body.contains("value=\"&#60;b@c&#62;\""), "{}", typed.body);
    assert!(site.asked("9001").await.is_empty() && site.trail().await.is_empty());
    assert!(site.sent.lock().unwrap().is_empty());
    let unnamed = ask(&mut supervisor, "pick-up", "short", &[]).await;
    assert_eq!(unnamed.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_a_supervisor_reassigns_and_sees_who_is_there() {
    let site = with_chat().await;
    let mut agent = site.signed_in(Role::Agent).await;
    assert_eq!(agent.get(&format!("{CHAT}/reassign")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        ask(&mut agent, "reassign", REQUEST, &[("target", seed::DEPARTMENT_SUPPORT)]).await.status,
        StatusCode::FORBIDDEN
    );
    let mut supervisor = site.signed_in(Role::Supervisor).await;
    let form = supervisor.get(&format!("{CHAT}/reassign")).await;
    let ben = format!("value=\"{}/{}\"", seed::DEPARTMENT_SUPPORT, seed::OPERATOR_BEN);
    for text in ["Player Support", "Payments", "Ben", "0 of 5", &ben, "available"] {
        assert!(form.body.contains(text), "no {text} in {}", form.body);
    }
    assert!(!form.body.contains(&format!("/{}\"", seed::OPERATOR_NOVA)), "the AI can't be rung");
    let target = format!("{}/{}", seed::DEPARTMENT_SUPPORT, seed::OPERATOR_BEN);
    ask(&mut supervisor, "reassign", REQUEST, &[("target", &target), ("note", "VIP, please hurry")]).await;
    let asked = site.asked("9001").await;
    let target =
        Target { department: seed::DEPARTMENT_SUPPORT.parse().unwrap(), operator: seed::OPERATOR_BEN.parse().ok() };
    assert_eq!(asked, [(email(Role::Supervisor), Ask::Reassign { target, note: "VIP, please hurry".to_owned() })]);
}

#[tokio::test]
async fn a_call_that_waits_is_decided_by_a_supervisor() {
    let site = with_chat().await;
    let now = site.console.clock.now();
    let mut waiting = chat(&site);
    waiting.approvals.push(Approval {
        key: IdempotencyKey("c0ffee".to_owned()),
        tool: "refund".parse().unwrap(),
        arguments: r#"{"amount":5}"#.to_owned(),
        summary: "wants five euros back".to_owned(),
        at: ago(&site, 1),
        deadline: now + jiff::SignedDuration::from_mins(9),
        state: ApprovalState::Waiting,
    });
    site.keep("9001", &waiting, &[]).await;
    let agent = site.signed_in(Role::Agent).await.get(CHAT).await;
    assert!(agent.body.contains("A call waits for approval: refund") && agent.body.contains("A supervisor decides."));
    assert!(agent.body.contains("wants five euros back") && !agent.body.contains("/decide\""));
    let mut supervisor = site.signed_in(Role::Supervisor).await;
    assert!(supervisor.get(CHAT).await.body.contains(&format!("action=\"{CHAT}/decide\"")));
    let decision = [("call", "c0ffee"), ("decision", "approve")];
    assert_eq!(ask(&mut supervisor, "decide", REQUEST, &decision).await.status, StatusCode::SEE_OTHER);
    let call = IdempotencyKey("c0ffee".to_owned());
    assert_eq!(site.asked("9001").await, [(email(Role::Supervisor), Ask::Decide { call, approve: true })]);
    assert_eq!(site.trail().await, [("call.approve".to_owned(), "9001".to_owned(), "call c0ffee".to_owned())]);
    let unknown = ask(&mut supervisor, "decide", REQUEST, &[("call", "other"), ("decision", "approve")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_can_be_asked_for_in_a_conversation_that_nobody_heard_of() {
    let site = Site::new().await;
    let mut agent = site.signed_in(Role::Agent).await;
    assert_eq!(ask(&mut agent, "pick-up", REQUEST, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(site.asked("9001").await.is_empty());
}

#[tokio::test]
async fn who_holds_a_chat_can_hand_it_back_and_answering_takes_nothing_over_again() {
    let site = with_chat().await;
    let mut held = chat(&site);
    held.phase = Phase::WithHuman { via: Via::Console, since: ago(&site, 1) };
    site.keep("9001", &held, &[]).await;
    let mut agent = site.signed_in(Role::Agent).await;
    assert!(agent.get(CHAT).await.body.contains("Hand back to the AI"));
    ask(&mut agent, "say", REQUEST, &[("text", "Hello")]).await;
    assert!(site.trail().await.is_empty(), "it was theirs before");
}
