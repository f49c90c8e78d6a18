//! How it runs, and what no function took.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use console::access::Role;
use serde_json::{Value, json};
use shared::bus::Sent;
use shared::config::{ConsoleConfig, DeadLetterQueues};
use shared::dead_letter::queue::Kept;
use shared::domain::finding::Finding;
use shared::findings;
use shared::store::{DocumentWrite, Expected, Store as _};
use simulator::seed;

use crate::site::{Answer, Browser, Site, workspace};

impl Site {
    /// With four queues of dead letters, in memory.
    async fn with_queues() -> Self {
        let url = |name: &str| Some(format!("memory://{name}"));
        let dead_letters = DeadLetterQueues {
            wake_ups: url("wake-ups"),
            alarms: url("alarms"),
            counters: url("counters"),
            transcripts: url("transcripts"),
        };
        Box::pin(Self::configured(ConsoleConfig { dead_letters, ..ConsoleConfig::default() })).await.furnished().await
    }

    fn dead(&self, queue: &str, id: &str, body: &Value) {
        let kept = Kept { id: id.to_owned(), body: body.to_string(), hidden: false };
        self.queues.lock().unwrap().entry(format!("memory://{queue}")).or_default().push(kept);
    }

    fn waiting(&self, queue: &str) -> Vec<String> {
        let queues = self.queues.lock().unwrap();
        queues.get(&format!("memory://{queue}")).into_iter().flatten().map(|kept| kept.id.clone()).collect()
    }

    async fn told(&self, partition: &str, name: &str, body: Value) {
        let (partition, name) = (partition.to_owned(), name.to_owned());
        let write =
            DocumentWrite { partition, name, expected: Expected::Anything, body: body.to_string(), expires_at: None };
        self.store.put_document(&write).await.unwrap();
    }
}

async fn json_of(browser: &mut Browser<'_>, path: &str) -> Value {
    let request = Request::builder().uri(path).header(header::ACCEPT, "application/json");
    serde_json::from_str(&browser.send(request, Body::empty()).await.body).unwrap()
}

async fn settle(browser: &mut Browser<'_>, queue: &str, what: &str, id: &str) -> Answer {
    let form = [("id".to_owned(), id.to_owned())];
    browser.post(&format!("/console/w/demo/health/dead-letters/{queue}/{what}"), &form).await
}

fn wake_up(workspace: &str) -> Value {
    json!({
        "source": "salesiq-operator", "detail-type": "ConversationNews",
        "detail": {"workspace": workspace, "conversation": "9001"},
    })
}

fn letter() -> Value {
    json!({
        "workspace": "demo", "conversation": "9001", "at": "2026-01-01T00:00:00Z", "occasion": "missed",
        "reason": "MessageRejected", "failures": 5, "from": "a@b.example", "to": ["team@lumen.example"],
        "subject": "Chat with Mia", "text": "Mia: <b>hello</b>",
    })
}

#[tokio::test]
async fn the_page_tells_what_runs_and_what_needs_a_person() {
    let site = Site::with_queues().await;
    let now = site.console.clock.now();
    let presence = json!({
        "wanted": "available", "seen": "Busy", "since": now, "failures": 3, "cause": {"kind": "operator_disabled"}, "checked_at": now,
    });
    site.told("PRESENCE#demo", "NOW", presence).await;
    let outage = json!({"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00Z", "cause": {"kind": "set_busy"}, "runs": 60});
    site.told("PRESENCE#demo", "OUTAGE#1767225600000", outage).await;
    let drift = json!({"drifts": [{"kind": "webhook_off"}], "checked_at": now});
    site.told("DRIFT#demo", "NOW", drift).await;
    site.told(
        "SENTINEL#",
        "LAST_RUN",
        json!({"began": now, "ended": now, "version": shared::VERSION, "report": {"woken": 7}}),
    )
    .await;
    findings::report(&site.store, &workspace(), None, Finding::WebhookOff, now).await;
    site.dead("wake-ups", "m1", &wake_up("demo"));
    let mut browser = site.signed_in(Role::Viewer).await;
    let page = browser.get("/console/w/demo/health").await.body;
    for told in [
        "an administrator of SalesIQ must enable the operator",
        "somebody set the operator Busy",
        "The webhook is switched off.",
        "Switch it on in SalesIQ",
        "7 woken",
        "1 dead letter of wake-ups",
        "connected",
    ] {
        assert!(page.contains(told), "{told} is not in {page}");
    }
    assert!(!page.contains("Dismiss") && !page.contains("style="), "a viewer changes nothing");
    let told = json_of(&mut browser, "/console/w/demo/health").await;
    assert_eq!((&told["ok"], &told["dead_letters"][0]["waiting"]), (&false.into(), &1.into()));
    assert_eq!((&told["tokens"][0]["connected"], &told["tokens"][2]["connected"]), (&true.into(), &false.into()));
    let secrets = ["access_token", "refresh_token", seed::CLIENT_SECRET];
    assert!(secrets.iter().all(|secret| !told.to_string().contains(secret)), "{told}");
}

#[tokio::test]
async fn all_is_well_when_nothing_needs_a_person() {
    let site = Site::with_queues().await;
    let now = site.console.clock.now();
    site.told("SENTINEL#", "LAST_RUN", json!({"began": now, "ended": now, "version": shared::VERSION, "report": {}}))
        .await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let told = json_of(&mut browser, "/console/w/demo/health").await;
    assert_eq!(told["ok"], true, "{told}");
    assert!(browser.get("/console/w/demo/health").await.body.contains("All is well"));
}

#[tokio::test]
async fn a_finding_that_is_dismissed_is_gone_and_comes_back_when_it_happens_again() {
    let site = Site::with_queues().await;
    findings::report(&site.store, &workspace(), None, Finding::MailFailed, site.console.clock.now()).await;
    let mut browser = site.signed_in(Role::Admin).await;
    let form = [("finding".to_owned(), "mail_failed".to_owned())];
    let dismissed = browser.post("/console/w/demo/health/findings/dismiss", &form).await;
    assert_eq!(dismissed.header("location"), "/console/w/demo/health");
    assert!(!browser.get("/console/w/demo/health").await.body.contains("mail_failed"));
    assert_eq!(browser.post("/console/w/demo/health/findings/dismiss", &form).await.status, StatusCode::NOT_FOUND);
    findings::report(&site.store, &workspace(), None, Finding::MailFailed, site.console.clock.now()).await;
    assert!(browser.get("/console/w/demo/health").await.body.contains("mail_failed"));
    assert_eq!(site.trail().await[0].0, "health.dismiss");
}

#[tokio::test]
async fn dead_letters_are_looked_at_and_stay_and_sent_on_and_go() {
    let site = Site::with_queues().await;
    site.dead("transcripts", "m1", &letter());
    site.dead("alarms", "a1", &json!({"workspace": "demo", "conversation": "9002", "due_at": "2026-01-01T00:00:00Z"}));
    let mut browser = site.signed_in(Role::Admin).await;
    let page = browser.get("/console/w/demo/health/dead-letters/transcripts").await.body;
    assert!(page.contains("MessageRejected after 5 attempts") && page.contains("Mia: &#60;b&#62;hello"), "{page}");
    assert_eq!(site.waiting("transcripts"), ["m1"]);
    let sent = settle(&mut browser, "transcripts", "send", "m1").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/console/w/demo/health/dead-letters/transcripts").await.body.contains("1 sent on."));
    settle(&mut browser, "alarms", "send", "").await;
    assert!(site.waiting("transcripts").is_empty() && site.waiting("alarms").is_empty());
    let sent: Vec<(&str, bool)> = site
        .sent
        .lock()
        .unwrap()
        .iter()
        .map(|sent| match sent {
            Sent::Event { detail_type, wake_up } => (*detail_type, wake_up.redrive),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sent, [("TranscriptRequested", true), ("ConversationNews", false)]);
    let trail: Vec<String> =
        site.trail().await.into_iter().map(|(what, about, id)| format!("{what} {about} {id}")).collect();
    assert_eq!(trail, ["health.redrive transcripts m1", "health.redrive alarms a1"]);
}

#[tokio::test]
async fn letters_of_other_workspaces_are_neither_shown_nor_touched() {
    let site = Site::with_queues().await;
    site.dead("wake-ups", "other", &wake_up("another"));
    let mut browser = site.signed_in(Role::Admin).await;
    let page = browser.get("/console/w/demo/health/dead-letters/wake-ups").await.body;
    assert!(page.contains("1 of other workspaces do") && !page.contains("9001"), "{page}");
    for what in ["send", "delete"] {
        settle(&mut browser, "wake-ups", what, "other").await;
    }
    assert_eq!(site.waiting("wake-ups"), ["other"]);
    assert!(site.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_batch_of_the_counters_is_explained_and_can_be_deleted() {
    let site = Site::with_queues().await;
    site.dead("counters", "b1", &json!({"DDBStreamBatchInfo": {"batchSize": 3}}));
    let mut browser = site.signed_in(Role::Admin).await;
    let page = browser.get("/console/w/demo/health/dead-letters/counters").await.body;
    assert!(page.contains("counted anew") && page.contains("3 changes") && !page.contains("Send on again"), "{page}");
    settle(&mut browser, "counters", "send", "b1").await;
    assert_eq!(site.waiting("counters"), ["b1"]);
    assert_eq!(settle(&mut browser, "counters", "delete", "").await.status, StatusCode::BAD_REQUEST);
    settle(&mut browser, "counters", "delete", "b1").await;
    assert!(site.waiting("counters").is_empty());
}

/// A receiver that takes the registration and refuses each delivery.
async fn refusing() -> String {
    use axum::routing::any;
    let refuse = async |method: Method| if method == Method::HEAD { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/salesiq/demo", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(any(refuse))).await });
    url
}

#[tokio::test]
async fn deliveries_that_failed_are_listed_and_run_again() {
    let site = Site::with_queues().await;
    let hook = json!({"url": refusing().await, "events": ["conversation.created"]});
    let webhook = site.control(Method::POST, "webhooks", hook).await;
    let chat = json!({
        "brand_id": seed::BRAND_LUMEN, "department_id": seed::DEPARTMENT_SUPPORT, "question": "Where is my bonus?",
        "visitor": {"name": "James Hill"}, "page_url": "https://lumen.example/bonus",
    });
    site.control(Method::POST, "visitors/conversations", chat).await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let mut page = String::new();
    for _ in 0..200 {
        page = browser.get("/console/w/demo/health/deliveries").await.body;
        if page.contains("failed. The sentinel") {
            break;
        }
    }
    assert!(page.contains("1 deliveries of the webhook") && !page.contains("Run again"), "a viewer looks: {page}");
    let mut admin = site.signed_in(Role::Admin).await;
    let form = [("webhook".to_owned(), webhook["id"].as_str().unwrap().to_owned())];
    let ran = admin.post("/console/w/demo/health/deliveries/run", &form).await;
    assert_eq!(ran.header("location"), "/console/w/demo/health/deliveries");
    assert!(admin.get("/console/w/demo/health/deliveries").await.body.contains("SalesIQ runs 1 again."));
    assert_eq!(site.trail().await[0].0, "health.run_again");
}
