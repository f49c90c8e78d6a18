//! Visitors' rights: found, exported, erased.

use axum::http::StatusCode;
use console::access::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::attachments;
use shared::config::{ConsoleConfig, DeadLetterQueues};
use shared::dead_letter::queue::Kept;
use shared::domain::action::{ActionKind, ActionState};
use shared::domain::ask::{FileRef, Person};
use shared::domain::conversation::{Closed, Conversation, Phase};
use shared::domain::email::EmailAddress;
use shared::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told as OfEvent};
use shared::domain::fingerprint::Fingerprint;
use shared::domain::id::VisitorId;
use shared::domain::message::{Author, Visitor};
use shared::domain::visitor_facts::IdentityKind;
use shared::engine::{decisions, item, tries};
use shared::store::dynamodb::items;
use shared::store::{DocumentWrite, Expected, Store as _};

use crate::chat::{Told, ago, assisted, key, said};
use crate::site::{Answer, Browser, Site, workspace};

const EMAIL: &str = "mia.secret@example.com";
const QUEUE: &str = "memory://mails";

fn mia() -> Told {
    let visitor = Visitor {
        id: VisitorId::parse("30000000090034").ok(),
        name: Some("Miranda Verysecret".to_owned()),
        email: Some(EMAIL.to_owned()),
        phone: Some("+356 2000 1234".to_owned()),
        ..Visitor::default()
    };
    Told { visitor, question: "Where is my secretwithdrawal?", attender: None }
}

impl Site {
    /// With a workspace whose visitors can be found.
    async fn with_visitors() -> Self {
        let queues = DeadLetterQueues { transcripts: Some(QUEUE.to_owned()), ..DeadLetterQueues::default() };
        let config = ConsoleConfig { dead_letters: queues, ..ConsoleConfig::default() };
        let site = Box::pin(Self::configured(config)).await.furnished().await;
        site.secrets.ensure_identity_key(&workspace()).await.unwrap();
        site
    }

    async fn tag(&self, kind: IdentityKind, value: &str) -> String {
        let settings = self.console.workspaces.get(&workspace(), self.console.clock.now()).await.unwrap().unwrap();
        let portal = self.console.portals.of(&settings.settings).unwrap();
        item::hashed(&portal.identity_key().await.unwrap(), &kind.of(value))
    }

    /// A conversation of Mia's with a line and whatever lies beside it.
    async fn hers(&self, id: &str, closed: bool) -> Conversation {
        let phase = if closed { Phase::Closed { how: Closed::Resolved } } else { Phase::Assisting };
        let conversation = Conversation { phase, ..assisted(id, ago(self, 60), mia()) };
        let log = [said("m1", ago(self, 59), Author::Visitor, "My secretcard is lost.")];
        let tag = self.tag(IdentityKind::Email, EMAIL).await;
        Box::pin(self.keep_of(id, &conversation, &log, Some(&tag))).await;
        self.document(&decisions::partition(&key(id)), "0000000000001", json!({"at": "secretdecision"})).await;
        self.document("COMPARED#demo", id, json!(1)).await;
        self.document("NONCE#demo", &format!("nonce-{id}"), json!({"conversation": id, "visitor": "30000000090034"}))
            .await;
        let finding = json!({"finding": "mail_failed", "conversation": id, "seen_at": "2026-01-01T00:00:00Z"});
        self.document("FINDINGS#demo", "mail_failed", finding).await;
        conversation
    }

    async fn document(&self, partition: &str, name: &str, body: Value) {
        let (partition, name) = (partition.to_owned(), name.to_owned());
        let write =
            DocumentWrite { partition, name, expected: Expected::Anything, body: body.to_string(), expires_at: None };
        self.store.put_document(&write).await.unwrap();
    }

    /// All items of the table as text, but those of sessions and people.
    async fn everything(&self) -> Vec<String> {
        let all = items(&self.table, "console").await.unwrap();
        all.iter().filter(|item| !item.pk.starts_with("CONSOLE#")).map(|item| format!("{item:?}")).collect()
    }
}

async fn ask(browser: &mut Browser<'_>, what: &str, more: &[(&str, &str)]) -> Answer {
    let pairs: Vec<(String, String)> = more.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    browser.post(&format!("/console/w/demo/privacy/{what}"), &pairs).await
}

const BY_EMAIL: [(&str, &str); 2] = [("by", "email"), ("value", " Mia.Secret@Example.com")];

fn confirmed() -> [(&'static str, &'static str); 3] {
    [BY_EMAIL[0], BY_EMAIL[1], ("confirm", "Erase")]
}

#[tokio::test]
async fn a_visitor_is_found_by_what_their_conversations_are_listed_under_and_told_of_the_rest() {
    let site = Site::with_visitors().await;
    site.hers("9001", true).await;
    let mut browser = site.signed_in(Role::Admin).await;
    let page = browser.get("/console/w/demo/privacy").await.body;
    assert!(page.contains("kept for <strong>") && page.contains("under one identity only"), "{page}");
    let found = ask(&mut browser, "find", &BY_EMAIL).await;
    assert!(found.status == StatusCode::OK && found.body.contains("Miranda Verysecret"), "{}", found.body);
    assert!(found.body.contains("look by them too") && found.body.contains("+356 2000 1234"), "{}", found.body);
    let phone = ask(&mut browser, "find", &[("by", "phone"), ("value", "+356 2000 1234")]).await;
    assert!(phone.body.contains("Nothing was found"), "{}", phone.body);
    let by_id = ask(&mut browser, "find", &[("by", "conversation"), ("value", "9001")]).await;
    assert!(by_id.body.contains("Miranda Verysecret"), "{}", by_id.body);
    let wrong = ask(&mut browser, "find", &[("by", "email"), ("value", "mia")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("An e-mail address has an @.") && wrong.body.contains(r#"value="mia""#),
        "{}",
        wrong.body
    );
    let trail = site.trail().await;
    assert!(trail.iter().any(|(what, ..)| what == "privacy.find"), "{trail:?}");
    assert!(trail.iter().all(|(_, about, detail)| !format!("{about}{detail}").contains('@')), "{trail:?}");
}

#[tokio::test]
async fn an_export_holds_all_that_is_held() {
    let site = Site::with_visitors().await;
    site.hers("9001", true).await;
    site.hers("9002", false).await;
    let answer = ask(&mut site.signed_in(Role::Admin).await, "export", &BY_EMAIL).await;
    assert!(answer.header("content-disposition").contains("held-demo-part-1.json"));
    let export: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((export["more_parts"].as_bool(), export["conversations"].as_array().unwrap().len()), (Some(false), 2));
    for part in ["Verysecret", "secretwithdrawal", "secretcard", "secretdecision", "tokens_used", "mail_failed"] {
        assert!(answer.body.contains(part), "{part} is not in {}", answer.body);
    }
    let first = export["conversations"].as_array().unwrap().iter().find(|one| one["conversation"] == "9001").unwrap();
    assert_eq!(first["beside"]["tokens_used"].as_array().unwrap().len(), 1);
    assert_eq!(first["log"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_erased_is_nowhere_in_the_table_any_more_and_that_it_was_done_is() {
    let site = Site::with_visitors().await;
    let mut conversation = site.hers("9001", true).await;
    site.hers("9002", true).await;
    site.hers("9003", false).await;
    let now = site.console.clock.now();
    let file =
        FileRef { id: "f1".to_owned(), name: "secret.pdf".to_owned(), mime: "application/pdf".to_owned(), size: 3 };
    attachments::keep(&site.store, &workspace(), &file, b"abc", now).await.unwrap();
    let line = ActionKind::Line {
        text: "secretanswer".to_owned(),
        file: Some(file),
        print: Fingerprint::of("x"),
        by: Person { email: EmailAddress::parse("ada@demo.example").unwrap(), name: "Ada".to_owned(), operator: None },
        answers_up_to: now,
    };
    conversation.add_action(line, ActionState::Done { at: now, message: None });
    let tag = site.tag(IdentityKind::Email, EMAIL).await;
    Box::pin(site.keep_of("9001", &conversation, &[], Some(&tag))).await;
    site.document("TRIES#demo", &tries::names(EMAIL, now)[6], json!({"count": 2})).await;
    let letter = json!({
        "workspace": "demo", "conversation": "9001", "at": "2026-01-01T00:00:00Z", "occasion": "missed", "reason": "x",
        "failures": 1, "from": "a@b.example", "to": ["c@d.example"], "subject": "Chat with Miranda", "text": "secretcard",
    });
    let kept = Kept { id: "m".to_owned(), body: letter.to_string(), hidden: false };
    site.queues.lock().unwrap().insert(QUEUE.to_owned(), vec![kept]);

    let mut browser = site.signed_in(Role::Admin).await;
    let unconfirmed = ask(&mut browser, "erase", &[BY_EMAIL[0], BY_EMAIL[1], ("confirm", "yes")]).await;
    assert_eq!(unconfirmed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unconfirmed.body.contains("Nothing was erased") && site.store.load(&key("9001")).await.unwrap().state.is_some()
    );

    let done = ask(&mut browser, "erase", &confirmed()).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/console/w/demo/privacy"));
    let page = browser.get("/console/w/demo/privacy").await.body;
    assert!(
        page.contains("Erased: 2 conversations") && page.contains("End them first") && page.contains("9003"),
        "{page}"
    );
    for item in site.everything().await {
        let hers = [
            "Verysecret",
            "secretwithdrawal",
            "secretcard",
            "secretdecision",
            "mia.secret",
            "secret.pdf",
            "TRIES#",
            "FILE#",
        ];
        let open = item.contains("9003");
        assert!(open || hers.iter().all(|secret| !item.to_lowercase().contains(&secret.to_lowercase())), "{item}");
        let trail = item.contains("AUDIT#") || item.contains("ERASED#");
        assert!(trail || !item.contains("9001") && !item.contains("9002"), "{item}");
    }
    assert!(site.queues.lock().unwrap()[QUEUE].is_empty(), "the mail that was set aside");
    let record = &site.store.documents("ERASED#demo", "").await.unwrap()[0];
    let record: Value = serde_json::from_str(&record.body).unwrap();
    assert_eq!((&record["by"], &record["conversations"]), (&"admin@demo.example".into(), &2.into()));
    assert_eq!(record["whose"], format!("visitor {tag}"));
}

#[tokio::test]
async fn a_chat_that_is_open_or_being_written_to_is_not_erased() {
    let site = Site::with_visitors().await;
    site.hers("9001", false).await;
    site.hers("9002", true).await;
    let now = site.console.clock.now();
    let event = Event {
        conversation: key("9002").conversation,
        time: Some(now),
        kind: EventKind::Reopened,
        told: OfEvent::default(),
    };
    let unread =
        InboxEvent { dedup: DedupKey::from_hex("aa".to_owned()), order: now, received_at: now, event, raw: None };
    site.store.record(&key("9002"), &unread).await.unwrap();
    let mut browser = site.signed_in(Role::Admin).await;
    ask(&mut browser, "erase", &confirmed()).await;
    let page = browser.get("/console/w/demo/privacy").await.body;
    assert!(
        page.contains("Erased: 0 conversations") && page.contains("9001, 9002") || page.contains("9002, 9001"),
        "{page}"
    );
    for id in ["9001", "9002"] {
        let loaded = site.store.load(&key(id)).await.unwrap();
        assert!(loaded.state.unwrap().body.contains("Verysecret") && loaded.log.len() == 1, "{id}");
    }
    assert!(site.store.documents("ERASED#demo", "").await.unwrap().is_empty());
}

#[tokio::test]
async fn an_erasure_that_stopped_half_way_is_found_again_and_ended() {
    let site = Site::with_visitors().await;
    site.hers("9001", true).await;
    // As a failure right after the first step leaves it: the state is emptied, and all else is there.
    let state = site.store.load(&key("9001")).await.unwrap().state.unwrap();
    let emptied = item::emptied(&key("9001").conversation, &state).unwrap().unwrap();
    assert!(!emptied.body.contains("secret"));
    let commit = shared::store::Commit {
        key: key("9001"),
        expected: Some(state.version),
        state: emptied,
        read: Vec::new(),
        log: Vec::new(),
        documents: Vec::new(),
        now: site.console.clock.now() + SignedDuration::from_secs(1),
    };
    site.store.commit(&commit).await.unwrap();
    let mut browser = site.signed_in(Role::Admin).await;
    assert!(ask(&mut browser, "find", &BY_EMAIL).await.body.contains("9001"));
    ask(&mut browser, "erase", &confirmed()).await;
    assert!(browser.get("/console/w/demo/privacy").await.body.contains("Erased: 1 conversations"));
    let left = site.everything().await;
    let trail = |item: &str| item.contains("AUDIT#") || item.contains("ERASED#");
    assert!(left.iter().all(|item| trail(item) || !item.contains("9001")), "{left:?}");
    // Once more is harmless.
    ask(&mut browser, "erase", &confirmed()).await;
    assert!(browser.get("/console/w/demo/privacy").await.body.contains("Erased: 0 conversations"));
}
