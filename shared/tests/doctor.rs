//! The doctor before a simulated portal.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use reqwest::Method;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::doctor::{Check, Outcome, Place, examine};
use shared::domain::drift::EVENTS;
use shared::domain::id::WorkspaceId;
use shared::domain::settings::WorkspaceSettings;
use shared::salesiq::client::{Client, Endpoints};
use shared::salesiq::oauth::secret::{MemorySecrets, PrincipalSecret, Secrets};
use shared::salesiq::oauth::{Principal, TokenSource};
use shared::store::Memory;
use simulator::seed::{
    BRAND_HARBOUR as HARBOUR, BRAND_LUMEN as LUMEN, BRAND_MERIDIAN as MERIDIAN, CLIENT_ID, CLIENT_SECRET,
    DEPARTMENT_PAYMENTS, DEPARTMENT_SUPPORT, OPERATOR_ADA as ADA, OPERATOR_NOVA as NOVA, ORG_ID, REFRESH_TOKEN_ADA,
    REFRESH_TOKEN_NOVA, SCREEN_NAME,
};
use simulator::{Options, Running};
use tokio::net::TcpListener;

/// Tells a control API what happens.
struct Portal {
    http: reqwest::Client,
    base_url: String,
}

impl Portal {
    async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = self.http.request(method, format!("{}/_control/{path}", self.base_url));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap().json().await.unwrap()
    }
}

struct Clinic {
    running: Running,
    portal: Portal,
    secrets: Secrets,
    place: Place<Arc<TokenSource<Memory>>>,
}

fn settings(key: &str) -> WorkspaceSettings {
    let email = |name: &str| format!("inbox@{name}.example");
    let settings = json!({
        "workspace": "demo", "screen_name": SCREEN_NAME, "org_id": ORG_ID, "data_centre": "eu",
        "bot_operator": NOVA, "default_department": DEPARTMENT_SUPPORT, "webhook_keys": [key],
        "escalation": {
            "sender": "support@lumen.example", "last_resort_email": "duty@demo.example", "facilitator": ADA,
            "direct_deadline_s": 20, "department_deadline_s": 30,
        },
        "brands": [
            {"id": LUMEN, "name": "Lumen Casino", "automated": true, "escalation": {"email": email("lumen")}},
            {"id": HARBOUR, "name": "Harbour Bets", "automated": false},
            {"id": MERIDIAN, "name": "Meridian Games", "automated": true, "escalation": {"email": email("meridian")}},
        ],
    });
    serde_json::from_value(settings).unwrap()
}

/// A portal with a webhook, and a workspace that fits.
async fn clinic() -> Clinic {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = simulator::serve(listener, Options::default()).unwrap();
    let url = running.base_url().to_owned();
    let http = shared::http::reqwest_client().unwrap();
    let portal = Portal { http: http.clone(), base_url: url.clone() };
    // Anything that answers HEAD with 200.
    let webhook_url = format!("{url}/widget");
    let webhook = json!({"url": webhook_url, "events": EVENTS, "app_ids": [LUMEN, HARBOUR, MERIDIAN]});
    let webhook = portal.control(Method::POST, "webhooks", Some(webhook)).await;
    let key = webhook["public_keys"][0]["key"].as_str().unwrap().to_owned();
    let settings = settings(&key);
    let id = WorkspaceId::parse("demo").unwrap();
    let secrets = Secrets::memory(Arc::<MemorySecrets>::default(), "t/");
    let clinic_secret = |refresh: &str| PrincipalSecret {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned().into(),
        refresh_token: refresh.to_owned().into(),
        accounts_url: None,
        access_token: None,
        expires_at: None,
    };
    secrets.write(&id, Principal::Bot, &clinic_secret(REFRESH_TOKEN_NOVA)).await.unwrap();
    secrets.write(&id, Principal::Facilitator, &clinic_secret(REFRESH_TOKEN_ADA)).await.unwrap();
    let endpoints = Endpoints::parse(&url, &url).unwrap();
    let clock = Clock::system();
    let tokens = TokenSource::new(
        id.clone(),
        Arc::new(Memory::default()),
        secrets.clone(),
        http.clone(),
        endpoints.accounts.clone(),
        Arc::new(move || clock.now()),
        "doctor".to_owned(),
    );
    let client = Client::new(http.clone(), endpoints.clone(), settings.screen_name.clone(), Arc::new(tokens));
    let place = Place {
        id,
        settings,
        secrets: secrets.clone(),
        endpoints,
        client,
        http,
        ses: silent_ses(&url),
        simulated: true,
        webhook_url: Some(webhook_url),
    };
    Clinic { running, portal, secrets, place }
}

/// An SES that says 503: the simulator's gate without one behind.
fn silent_ses(url: &str) -> aws_sdk_ses::Client {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = aws_sdk_ses::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(format!("{url}/_ses"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(aws_sdk_ses::config::retry::RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_ses::Client::from_conf(config)
}

impl Clinic {
    async fn checks(&self, write: bool) -> Vec<Check> {
        examine(&self.place, write, |_| ()).await
    }

    async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        self.portal.control(method, path, Some(body)).await
    }

    /// A chat that Ada took, answered and closed, and one that waits.
    async fn two_chats(&self) {
        let mut opened = Vec::new();
        for question in ["How long does a withdrawal take?", "Where is my bonus?"] {
            let opening = json!({
                "brand_id": LUMEN, "department_id": DEPARTMENT_SUPPORT, "question": question,
                "visitor": {"name": "Mia", "email": "mia@example.com"},
            });
            let opened_chat = self.control(Method::POST, "visitors/conversations", opening).await;
            opened.push(opened_chat["id"].as_str().unwrap().to_owned());
        }
        for what in ["pickup", "messages", "close"] {
            let act = json!({"text": "A day.", "conversation": opened[0]});
            self.control(Method::POST, &format!("operators/{ADA}/{what}"), act).await;
        }
    }

    /// The bot's token has these scopes from now on.
    async fn scopes(&self, scopes: &str) {
        let minted = self.control(Method::POST, "tokens", json!({"operator": NOVA, "scopes": scopes})).await;
        let secret = self.secrets.read(&self.place.id, Principal::Bot).await.unwrap().unwrap();
        let secret = PrincipalSecret {
            access_token: Some(minted["access_token"].as_str().unwrap().to_owned().into()),
            expires_at: Some(Clock::system().now() + jiff::SignedDuration::from_hours(1)),
            ..secret
        };
        self.secrets.write(&self.place.id, Principal::Bot, &secret).await.unwrap();
    }
}

fn failed(checks: &[Check]) -> Vec<String> {
    let failed = checks.iter().filter(|check| check.outcome == Outcome::Fail);
    failed.map(|check| format!("{}: {}", check.name, check.seen)).collect()
}

fn of<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks.iter().find(|check| check.name.starts_with(name)).unwrap()
}

#[tokio::test]
async fn nothing_fails_where_everything_is_as_it_must_be() {
    let clinic = clinic().await;
    clinic.two_chats().await;
    let checks = clinic.checks(true).await;
    assert_eq!(failed(&checks), [""; 0]);
    for name in
        ["bot: token", "facilitator: SalesIQ.webhooks.READ", "webhook", "public key", "status_of_state", "methods::TAG"]
    {
        assert_eq!(of(&checks, name).outcome, Outcome::Ok, "{:?}", of(&checks, name));
    }
    clinic.running.stop().await;
}

#[tokio::test]
async fn nothing_is_changed_unless_asked_for() {
    let clinic = clinic().await;
    clinic.two_chats().await;
    let before = clinic.portal.control(Method::GET, "state", None).await;
    clinic.checks(false).await;
    let calls = clinic.portal.control(Method::GET, "calls", None).await;
    let writes = calls.as_array().unwrap().iter().filter(|call| call["api"] == "rest" && call["method"] != "GET");
    assert_eq!(writes.count(), 0);
    let after = clinic.portal.control(Method::GET, "state", None).await;
    assert_eq!(before["operators"], after["operators"]);
    assert_eq!(before["conversations"], after["conversations"]);
}

#[tokio::test]
async fn asking_by_writing_leaves_operators_and_conversations_as_they_were() {
    let clinic = clinic().await;
    clinic.two_chats().await;
    let before = clinic.portal.control(Method::GET, "state", None).await;
    clinic.checks(true).await;
    let after = clinic.portal.control(Method::GET, "state", None).await;
    assert_eq!(before["conversations"], after["conversations"]);
    let statuses = |state: &Value| {
        state["operators"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&before), statuses(&after));
}

#[tokio::test]
async fn a_scope_that_is_missing_is_named() {
    let clinic = clinic().await;
    clinic.scopes("SalesIQ.conversations.READ,SalesIQ.departments.READ,SalesIQ.operators.UPDATE").await;
    let checks = clinic.checks(true).await;
    let failed = failed(&checks);
    let lacks = |scope: &str| failed.iter().any(|one| one.contains(&format!("lacks SalesIQ.{scope} (error 1009)")));
    assert!(lacks("operators.READ") && lacks("conversations.CREATE") && lacks("conversations.UPDATE"), "{failed:?}");
    assert!(!lacks("conversations.READ") && !lacks("departments.READ"), "{failed:?}");
}

#[tokio::test]
async fn a_client_that_zoho_does_not_know_fails_and_the_rest_is_still_told() {
    let clinic = clinic().await;
    let secret = clinic.secrets.read(&clinic.place.id, Principal::Bot).await.unwrap().unwrap();
    let wrong = PrincipalSecret { client_id: "1000.OTHER".to_owned(), ..secret };
    clinic.secrets.write(&clinic.place.id, Principal::Bot, &wrong).await.unwrap();
    let checks = clinic.checks(false).await;
    let token = of(&checks, "bot: token");
    assert_eq!(token.outcome, Outcome::Fail);
    assert!(token.seen.contains("invalid_client") && token.fix.as_ref().unwrap().contains("data centre"), "{token:?}");
    assert_eq!(of(&checks, "facilitator: token").outcome, Outcome::Ok);
}

#[tokio::test]
async fn what_is_wrong_in_the_portal_is_found() {
    let mut clinic = clinic().await;
    let full = json!({"maximum_concurrent_chat": "10", "is_confirmed": false, "departments": [DEPARTMENT_PAYMENTS]});
    clinic.control(Method::PUT, &format!("operators/{NOVA}"), full).await;
    clinic.control(Method::PUT, &format!("departments/{DEPARTMENT_SUPPORT}"), json!({"is_enabled": false})).await;
    let webhooks = clinic.portal.control(Method::GET, "webhooks", None).await;
    let id = webhooks[0]["id"].as_str().unwrap().to_owned();
    clinic.control(Method::PUT, &format!("webhooks/{id}"), json!({"enabled": false})).await;
    clinic.place.settings.webhook_keys = Vec::new();
    clinic.place.settings.org_id = Some("1".to_owned());
    let checks = clinic.checks(false).await;
    let outcome = |name: &str| of(&checks, name).outcome;
    assert_eq!(outcome("chats at a time"), Outcome::Warn);
    assert_eq!(outcome("invitation accepted"), Outcome::Warn);
    assert_eq!(outcome("departments"), Outcome::Warn);
    assert_eq!(outcome("department Player Support"), Outcome::Fail);
    assert_eq!(outcome("switched on"), Outcome::Fail);
    assert_eq!(outcome("public key"), Outcome::Fail);
    assert_eq!(outcome("org_id"), Outcome::Fail);
    assert_eq!(outcome("facilitator sees 4150"), Outcome::Ok);
}

#[tokio::test]
async fn no_secret_is_told() {
    let clinic = clinic().await;
    let told = format!("{:?}", clinic.checks(true).await);
    for secret in [CLIENT_SECRET, REFRESH_TOKEN_NOVA, REFRESH_TOKEN_ADA] {
        assert!(!told.contains(secret));
    }
    let token = clinic.secrets.read(&clinic.place.id, Principal::Bot).await.unwrap().unwrap().access_token.unwrap();
    assert!(!told.contains(secrecy::ExposeSecret::expose_secret(&token)));
}
