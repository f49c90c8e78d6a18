//! The page of one conversation.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use console::access::Role;
use serde_json::{Value, json};
use shared::domain::action::{ActionId, Covers};
use shared::domain::conversation::{Closed, Phase, SentMail, Via};
use shared::domain::drain::{Finding, LogEntry};
use shared::domain::escalation::{Attempt, AttemptEnd, Escalation, MailOccasion, Stage};
use shared::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told as Facts};
use shared::domain::id::{DepartmentId, OperatorId};
use shared::domain::message::{Author, Visitor};
use shared::domain::player::{How, Level, Refusal};
use shared::domain::router::{Inquiry, Loads, Roster, Target, route};
use shared::domain::settings::WorkspaceSettings;
use shared::domain::tool::{IdempotencyKey, Write, WriteState};
use shared::domain::verdict::EscalationReason;
use shared::engine::{decisions, item};
use shared::store::Store as _;
use simulator::seed;

use crate::chat::{Told, ago, assisted, key, said};
use crate::site::{Site, settings, workspace};

const CHAT: &str = "/console/w/demo/chats/9001";

#[tokio::test]
async fn a_conversation_shows_what_was_said_and_by_whom() {
    let site = Site::new().await;
    let chat = assisted("9001", ago(&site, 10), Told::default());
    let log = [
        said("m1", ago(&site, 9), Author::Visitor, "Where is my <b>money</b>?"),
        said("m2", ago(&site, 8), Author::Ours, "Withdrawals take a day."),
        said("m3", ago(&site, 7), Author::Visitor, "helo"),
        said("m4", ago(&site, 6), Author::Visitor, "my password is 1234"),
        (ago(&site, 5), LogEntry::Edited { message: "m3".parse().unwrap(), text: Some("hello".to_owned()) }),
        (ago(&site, 4), LogEntry::Deleted { message: "m4".parse().unwrap() }),
    ];
    site.keep("9001", &chat, &log).await;
    let page = site.signed_in(Role::Viewer).await.get(CHAT).await;
    assert_eq!(page.status, StatusCode::OK);
    let at = |text: &str| page.body.find(text).unwrap_or_else(|| panic!("no {text} in {}", page.body));
    assert!(at("Where is my &#60;b&#62;money") < at("Withdrawals take a day."), "the newest at the bottom");
    at(">hello</p>");
    at("edited");
    at("Deleted");
    assert!(!page.body.contains("password is 1234") && !page.body.contains(">helo<"));
    assert_eq!(page.body.matches("<h1").count(), 1);
}

#[tokio::test]
async fn what_is_known_of_the_visitor_stands_beside_it_with_how_sure_it_is() {
    let site = Site::new().await;
    let visitor = Visitor {
        name: Some("Mia".to_owned()),
        email: Some("mia@example.com".to_owned()),
        country: Some("MT".to_owned()),
        page_url: Some("https://play.example/cashier".to_owned()),
        ..Visitor::default()
    };
    let mut chat = assisted("9001", ago(&site, 10), Told { visitor, ..Told::default() });
    let now = site.console.clock.now();
    chat.player.known(Level::Verified, "P-77".parse().ok(), How::Signed, now);
    chat.player.vip = true;
    chat.player.refused(Refusal::Expired, now);
    chat.language = Some("de".to_owned());
    chat.tags = vec!["Complaint".to_owned()];
    site.keep("9001", &chat, &[]).await;
    let page = site.signed_in(Role::Viewer).await.get(CHAT).await;
    let known = ["mia@example.com", "Malta", "P-77", "Verified", "VIP", "Complaint", "Proof refused", "<dd>de</dd>"];
    for text in known {
        assert!(page.body.contains(text), "no {text} in {}", page.body);
    }
    assert!(page.body.contains(r#"<a href="https://play.example/cashier" rel="noreferrer noopener nofollow""#));
}

#[tokio::test]
async fn nothing_that_a_visitor_wrote_becomes_part_of_the_page() {
    let site = Site::new().await;
    let evil = r#""><script>alert(1)</script><a onclick="x">"#;
    let visitor = Visitor {
        name: Some(format!("{evil} {}", "n".repeat(5_000))),
        email: Some(evil.to_owned()),
        phone: Some(evil.to_owned()),
        country: Some(evil.to_owned()),
        page_url: Some("javascript:alert(document.cookie)//https://a.example".to_owned()),
        ..Visitor::default()
    };
    let mut chat = assisted("9001", ago(&site, 10), Told { visitor, ..Told::default() });
    chat.tags = vec![evil.to_owned()];
    site.keep("9001", &chat, &[said("m1", ago(&site, 9), Author::Visitor, evil)]).await;
    let mut agent = site.signed_in(Role::Agent).await;
    for path in [CHAT.to_owned(), format!("{CHAT}/actions"), "/console/w/demo/find?q=9001".to_owned()] {
        let page = agent.get(&path).await;
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<a onclick"), "{path}: {}", page.body);
        assert!(!page.body.contains(r#"href="javascript:"#), "{path}");
    }
    let page = agent.get(CHAT).await;
    assert!(page.body.contains("javascript:alert(document.cookie)"), "it is shown, as text");
}

#[tokio::test]
async fn who_only_looks_sees_no_forms_and_who_serves_sees_what_is_possible() {
    let site = Site::new().await;
    site.keep("9001", &assisted("9001", ago(&site, 10), Told::default()), &[]).await;
    let viewer = site.signed_in(Role::Viewer).await.get(CHAT).await;
    assert_eq!(viewer.body.matches("<form").count(), 1, "signing out alone");
    assert!(!viewer.body.contains("hx-post"));
    let agent = site.signed_in(Role::Agent).await.get(CHAT).await;
    for text in
        ["Pick up", "Answer the visitor", "Send a file", "End with a countdown (90, 60, 45, 30 s)", "Note for the team"]
    {
        assert!(agent.body.contains(text), "no {text}");
    }
    assert!(!agent.body.contains("Reassign") && !agent.body.contains("Hand back"), "neither a supervisor, nor held");
    assert!(site.signed_in(Role::Supervisor).await.get(CHAT).await.body.contains("Reassign"));
    let mut held = assisted("9001", ago(&site, 10), Told { attender: Some(seed::OPERATOR_BEN), ..Told::default() });
    held.phase = Phase::WithHuman { via: Via::Attender, since: ago(&site, 1) };
    site.keep("9001", &held, &[]).await;
    let page = site.signed_in(Role::Supervisor).await.get(CHAT).await;
    assert!(page.body.contains("Its API lets nobody take a chat out of a colleague&#39;s hands"), "{}", page.body);
    for gone in ["/pick-up", "/say", "/end", "/reassign"] {
        assert!(!page.body.contains(&format!("action=\"{CHAT}{gone}\"")), "{gone}");
    }
    assert!(page.body.contains(&format!("action=\"{CHAT}/note\"")));
}

fn search(site: &Site) -> Escalation {
    let target =
        Target { department: seed::DEPARTMENT_SUPPORT.parse().unwrap(), operator: seed::OPERATOR_BEN.parse().ok() };
    Escalation {
        reason: EscalationReason::VisitorAsked,
        summary: "wants their money".to_owned(),
        since: ago(site, 5),
        stage: Stage::Routing,
        attempts: vec![Attempt {
            target,
            at: ago(site, 4),
            ended_at: ago(site, 3),
            end: AttemptEnd::NoAnswer,
            chosen: false,
        }],
        noted: false,
        heard: Covers::default(),
        reassured: 0,
        chosen: None,
        untold: false,
    }
}

#[tokio::test]
async fn searches_decisions_calls_mails_and_findings_are_told_in_words() {
    let site = Site::new().await;
    let mut chat = assisted("9001", ago(&site, 10), Told::default());
    chat.phase = Phase::Escalating(Box::new(search(&site)));
    chat.writes.push(Write {
        key: IdempotencyKey("k".to_owned()),
        tool: "refund".parse().unwrap(),
        arguments: r#"{"amount":5}"#.to_owned(),
        at: ago(&site, 6),
        state: WriteState::Refused { why: "too late".to_owned() },
    });
    chat.mails.push(SentMail {
        action: ActionId(3),
        at: ago(&site, 2),
        occasion: MailOccasion::LeftWaiting,
        message_id: "ses".to_owned(),
        returned: true,
    });
    site.keep("9001", &chat, &[]).await;
    let settings: WorkspaceSettings = serde_json::from_value(settings()).unwrap();
    let roster = Roster {
        taken_at: ago(&site, 4),
        loads: Loads::Unknown,
        operators: Vec::new(),
        closed_departments: Vec::new(),
    };
    let decision = route(&Inquiry {
        conversation: &key("9001").conversation,
        settings: &settings,
        brand: settings.brands.first(),
        reason: &EscalationReason::VisitorAsked,
        roster: &roster,
        reservations: &BTreeMap::default(),
        attempts: &[],
        now: ago(&site, 4),
    });
    let write = decisions::document(&key("9001"), &decision, site.console.clock.now()).unwrap();
    site.store.put_document(&write).await.unwrap();
    let (id, now) = (key("9001").conversation, site.console.clock.now());
    shared::findings::report(&site.store, &key("9001").workspace, Some(&id), Finding::UncertainReply, now).await;
    let other = key("9002").conversation;
    shared::findings::report(&site.store, &key("9001").workspace, Some(&other), Finding::MailReturned, now).await;
    let page = site.signed_in(Role::Viewer).await.get(CHAT).await;
    for text in [
        "The visitor asked for a human.",
        "wants their money",
        "did not answer in time",
        "Ring any operator of Player Support",
        "SalesIQ did not tell how busy operators were",
        "refund",
        "not done: too late",
        "Left while waiting for a human",
        "came back",
        "Nobody knows whether a reply of the AI arrived",
    ] {
        assert!(page.body.contains(text), "no {text} in {}", page.body);
    }
    assert!(!page.body.contains("A mail came back."), "that is of another conversation");
}

#[tokio::test]
async fn a_refresh_brings_both_sides_and_says_when_the_forms_changed() {
    let site = Site::new().await;
    site.keep("9001", &assisted("9001", ago(&site, 10), Told::default()), &[]).await;
    let mut agent = site.signed_in(Role::Agent).await;
    let page = agent.get(CHAT).await;
    let value = |name: &str| {
        let field = page.body.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        field.split('"').next().unwrap().to_owned()
    };
    let path = format!("{CHAT}?v={}&can={}", value("v"), value("can"));
    let refresh = || Request::builder().method(Method::GET).uri(&path).header("hx-request", "true");
    assert_eq!(agent.send(refresh(), Body::empty()).await.status, StatusCode::NO_CONTENT);
    let mut over = assisted("9001", ago(&site, 10), Told::default());
    over.phase = Phase::Closed { how: Closed::Visitor };
    site.keep("9001", &over, &[said("m9", ago(&site, 0), Author::Visitor, "bye")]).await;
    let news = agent.send(refresh(), Body::empty()).await;
    assert!(news.body.contains(r#"<div id="thread""#) && news.body.contains(r#"<div id="side" hx-swap-oob="morph""#));
    assert!(news.body.contains("Ended: the visitor left") && news.body.contains("bye"), "{}", news.body);
    assert_eq!(news.header("hx-trigger-after-swap"), r#"{"actions-changed":true}"#);
    let forms = agent.get(&format!("{CHAT}/actions")).await;
    assert!(forms.body.contains("This chat is over.") && !forms.body.contains("/say\""), "{}", forms.body);
}

#[tokio::test]
async fn a_countdown_is_seen_running_and_called_off() {
    let site = Site::new().await;
    let mut chat = assisted("9001", ago(&site, 10), Told::default());
    let ends_at = site.console.clock.now() + jiff::SignedDuration::from_secs(60);
    chat.countdown =
        serde_json::from_value(json!({"begun_at": ago(&site, 1), "left": [30], "ends_at": ends_at})).unwrap();
    site.keep("9001", &chat, &[]).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let page = viewer.get(CHAT).await;
    assert!(page.body.contains("The chat is being ended") && page.body.contains("data-until"), "{}", page.body);
    chat.countdown = None;
    chat.counts.countdowns_cancelled = 1;
    site.keep("9001", &chat, &[]).await;
    assert!(viewer.get(CHAT).await.body.contains("the end was called off"));
}

#[tokio::test]
async fn other_chats_of_the_visitor_are_named_also_closed_ones() {
    let site = Site::new().await;
    let told = || Told { question: "An old question", ..Told::default() };
    let mut old = assisted("8000", ago(&site, 9_000), told());
    old.phase = Phase::Closed { how: Closed::Resolved };
    site.keep_of("8000", &old, &[], Some("abc")).await;
    site.keep_of("9001", &assisted("9001", ago(&site, 10), Told::default()), &[], Some("abc")).await;
    site.keep_of("8001", &assisted("8001", ago(&site, 10), Told::default()), &[], Some("def")).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let page = viewer.get(CHAT).await;
    assert!(page.body.contains("/chats/8000\"") && page.body.contains("An old question"), "{}", page.body);
    assert!(!page.body.contains("/chats/8001\""));
    let closed = viewer.get("/console/w/demo/chats/8000").await;
    assert!(closed.body.contains("Ended: the visitor was served") && closed.body.contains("/chats/9001\""));
}

#[tokio::test]
async fn a_conversation_that_nobody_heard_of_is_not_found() {
    let site = Site::new().await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    for id in ["4711", "%3Cscript%3E", "..%2F", "x%20y"] {
        let page = viewer.get(&format!("/console/w/demo/chats/{id}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{id}");
        assert!(page.body.contains("There is no conversation of this id"), "{}", page.body);
    }
}

#[tokio::test]
async fn one_that_was_only_just_heard_of_is_shown_before_anything_is_known() {
    let site = Site::new().await;
    let now = site.console.clock.now();
    let event = InboxEvent {
        dedup: DedupKey::from_hex("ab".to_owned()),
        order: now,
        received_at: now,
        event: Event {
            conversation: key("9001").conversation,
            time: None,
            kind: EventKind::Created,
            told: Facts::default(),
        },
        raw: None,
    };
    site.store.record(&key("9001"), &event).await.unwrap();
    let page = site.signed_in(Role::Agent).await.get(CHAT).await;
    assert!(page.body.contains("Its brand is not known yet"), "{}", page.body);
}

#[tokio::test]
async fn the_same_can_be_had_as_data() {
    let site = Site::new().await;
    site.keep(
        "9001",
        &assisted("9001", ago(&site, 10), Told::default()),
        &[said("m1", ago(&site, 9), Author::Visitor, "hi")],
    )
    .await;
    let request = Request::builder().method(Method::GET).uri(CHAT).header("accept", "application/json");
    let answer = site.signed_in(Role::Viewer).await.send(request, Body::empty()).await;
    let data: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (data["conversation"]["phase"].as_str(), data["conversation"]["lines"][0]["text"].as_str()),
        (Some("assisting"), Some("hi"))
    );
}

#[tokio::test]
async fn a_conversation_is_found_by_its_id_and_what_is_not_there_is_said_so() {
    let site = Site::new().await;
    site.keep("9001", &assisted("9001", ago(&site, 10), Told::default()), &[]).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let found = viewer.get("/console/w/demo/find?q=+9001+").await;
    assert_eq!((found.status, found.header("location")), (StatusCode::SEE_OTHER, CHAT));
    let none = viewer.get("/console/w/demo/find?q=nobody%40example.com").await;
    assert!(none.body.contains("Nothing found") && none.body.contains("no identity key"), "{}", none.body);
}

#[tokio::test]
async fn who_looks_at_other_departments_sees_operators_by_name() {
    let site = Site::new().await;
    let log = [(
        ago(&site, 3),
        LogEntry::Transfer {
            step: shared::domain::event::TransferStep::Rejected,
            operator: Some(shared::domain::event::OperatorRef {
                id: OperatorId::parse(seed::OPERATOR_CHLOE).unwrap(),
                name: None,
                is_bot: false,
            }),
            department: DepartmentId::parse(seed::DEPARTMENT_PAYMENTS).ok(),
        },
    )];
    site.keep("9001", &assisted("9001", ago(&site, 10), Told::default()), &log).await;
    let page = site.signed_in(Role::Viewer).await.get(CHAT).await;
    assert!(page.body.contains("Chloe") && page.body.contains("turned the chat down"), "{}", page.body);
}

#[tokio::test]
async fn a_visitors_conversations_are_found_by_what_tells_visitors_apart() {
    let site = Site::new().await;
    site.secrets.ensure_identity_key(&workspace()).await.unwrap();
    let parsed: WorkspaceSettings = serde_json::from_value(settings()).unwrap();
    let hmac = site.console.portals.of(&parsed).unwrap().identity_key().await.unwrap();
    for (id, identity) in [("9001", "email:mia@example.com"), ("9002", "phone:+35699"), ("9003", "id:$77")] {
        let chat = assisted(id, ago(&site, 10), Told::default());
        site.keep_of(id, &chat, &[], Some(&item::hashed(&hmac, identity))).await;
    }
    let mut viewer = site.signed_in(Role::Viewer).await;
    for (sought, id) in [("MIA%40example.com", "9001"), ("%2B35699", "9002"), ("%2477", "9003")] {
        let found = viewer.get(&format!("/console/w/demo/find?q={sought}")).await;
        assert_eq!(found.body.matches("/chats/900").count(), 1, "{}", found.body);
        assert!(found.body.contains(&format!("/chats/{id}\"")), "{sought}: {}", found.body);
    }
}

#[tokio::test]
async fn a_conversation_is_summed_up_on_demand_and_the_summary_kept_nowhere() {
    let site = Site::new().await;
    let log = [said("m1", ago(&site, 9), Author::Visitor, "My withdrawal of <b>500</b> EUR is pending since Monday.")];
    site.keep("9001", &assisted("9001", ago(&site, 10), Told::default()), &log).await;
    let before = site.store.load(&key("9001")).await.unwrap();
    let mut agent = site.signed_in(Role::Agent).await;
    let page = agent.post(&format!("{CHAT}/summary"), &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(
        page.body.contains("withdrawal of &#60;b&#62;500") && page.body.contains("An extract of the lines"),
        "{}",
        page.body
    );
    assert_eq!(site.store.load(&key("9001")).await.unwrap(), before);
    let refused = site.signed_in(Role::Viewer).await.post(&format!("{CHAT}/summary"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
