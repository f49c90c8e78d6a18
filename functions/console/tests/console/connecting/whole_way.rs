//! From nothing to a workspace that works, and nothing secret on the way.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use secrecy::ExposeSecret as _;
use shared::domain::drift::EVENTS;
use shared::domain::id::DepartmentId;
use shared::salesiq::oauth::Principal;
use simulator::seed;
use tracing_subscriber::fmt::MakeWriter;

use super::wizard::{Wizard, acme, site};

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What all tests of this process log: a place in the code that was first passed while nobody listened stays unheard.
    fn of_all_tests() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let filter = "console=trace,shared=trace";
            let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(log.clone()).finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            log
        })
        .clone()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn an_admin_connects_a_portal_by_hand_of_nothing_but_client_id_and_secret() {
    let log = Log::of_all_tests();
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    let overview = wizard.get("/console/w/acme/connect").await.body;
    let callback = format!("{}/console/connect/callback", site.console.config.public_url.clone().unwrap());
    assert!(overview.contains(&format!("data-copy=\"{callback}\"")), "{overview}");
    assert!(
        overview.contains("1 of 6 steps are done") && overview.contains("https://api-console.zoho.eu"),
        "{overview}"
    );

    wizard.connect_both().await;
    assert!(wizard.get("/console/w/acme/connect").await.body.contains("3 of 6 steps are done"));
    let form = wizard.get("/console/w/acme/connect/settings").await.body;
    assert!(form.contains("Player Support") && form.contains("Harbour Bets") && form.contains(seed::ORG_ID), "{form}");
    assert!(!form.contains(" checked"), "no brand is automated by itself");
    assert_eq!(wizard.save_settings("0").await.status, StatusCode::SEE_OTHER);
    let registered = wizard.post("/console/w/acme/connect/webhook", &[]).await;
    assert_eq!(registered.status, StatusCode::SEE_OTHER, "{}", registered.body);

    let settings = wizard.settings().await;
    assert_eq!(settings.check(), []);
    assert_eq!(settings.bot_operator.as_str(), seed::OPERATOR_NOVA);
    assert_eq!(settings.escalation.facilitator.as_ref().unwrap().as_str(), seed::OPERATOR_ADA);
    assert_eq!(settings.default_department, DepartmentId::parse(seed::DEPARTMENT_SUPPORT).ok());
    assert_eq!((settings.screen_name.as_str(), settings.org_id.as_deref()), (seed::SCREEN_NAME, Some(seed::ORG_ID)));
    let webhooks = wizard.webhooks().await;
    assert_eq!(webhooks.len(), 1);
    assert_eq!(webhooks[0]["url"].as_str(), settings.sentinel.webhook_url.as_deref());
    assert_eq!(webhooks[0]["events"].as_array().unwrap().len(), EVENTS.len());
    assert_eq!(settings.webhook_keys, [webhooks[0]["public_keys"][0]["key"].as_str().unwrap()]);
    assert!(site.secrets.read_identity_key(&acme()).await.unwrap().is_some());
    assert!(site.console.workspaces.list().await.unwrap().contains(&acme()));

    check(&mut wizard).await;
    audit(&wizard).await;
    nothing_secret(&wizard, &log).await;
}

/// The doctor's report, as htmx fetches it, and again when the page is opened.
async fn check(wizard: &mut Wizard<'_>) {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/console/w/acme/connect/check")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-csrf-token", &wizard.browser.csrf)
        .header("hx-request", "true");
    let part = wizard.browser.send(request, Body::from("write=1")).await;
    assert_eq!(part.status, StatusCode::OK);
    assert!(part.body.contains(" 0 failed"), "{}", part.body);
    assert!(part.body.contains("<th scope=\"row\">bot: token</th>") && part.body.contains("URL answers HEAD"));
    let page = wizard.get("/console/w/acme/connect").await.body;
    assert!(page.contains("6 of 6 steps are done") && page.contains("public key"), "{page}");
    // Without the calls that only repeat what is so, what they prove is told as not checked.
    let without = wizard.post("/console/w/acme/connect/check", &[]).await.body;
    assert!(without.contains("only a change proves it") && without.contains(" 0 failed"), "{without}");
    assert!(!part.body.contains("only a change proves it: run"), "{}", part.body);
}

async fn audit(wizard: &Wizard<'_>) {
    use shared::store::Store as _;
    let entries = wizard.site.store.documents("AUDIT#acme", "").await.unwrap();
    let what: Vec<String> = entries
        .iter()
        .map(|entry| {
            serde_json::from_str::<serde_json::Value>(&entry.body).unwrap()["what"].as_str().unwrap().to_owned()
        })
        .collect();
    for code in ["connect.begin", "connect.client", "connect.account", "connect.settings", "connect.webhook"] {
        assert!(what.iter().any(|one| one == code), "{code}: {what:?}");
    }
}

/// Neither page nor table nor log has the client's secret, a token, or a key.
async fn nothing_secret(wizard: &Wizard<'_>, log: &Log) {
    let mut secrets = vec![seed::CLIENT_SECRET.to_owned()];
    for principal in [Principal::Bot, Principal::Facilitator] {
        let secret = wizard.site.secrets.read(&acme(), principal).await.unwrap().unwrap();
        secrets.push(secret.refresh_token.expose_secret().to_owned());
        secrets.push(secret.access_token.unwrap().expose_secret().to_owned());
    }
    let identity = wizard.site.secrets.read_identity_key(&acme()).await.unwrap().unwrap();
    secrets.push(identity.expose_secret().to_owned());
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let table = wizard.table().await;
    assert!(log.contains("leaves for Zoho") && table.contains("CONNECT#acme"), "they are really looked at");
    for secret in secrets {
        assert!(secret.len() > 20);
        for (place, text) in [("page", &wizard.seen), ("table", &table), ("log", &log)] {
            assert!(!text.contains(&secret), "a secret stands in a {place}");
        }
    }
}
