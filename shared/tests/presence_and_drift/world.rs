//! A sentinel on a store in memory, before a simulated SalesIQ that is spoken to over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::bus::Bus;
use shared::clock::Clock;
use shared::domain::drift::{self, Comparison, EVENTS};
use shared::domain::finding::Finding;
use shared::domain::id::WorkspaceId;
use shared::domain::presence::{self, Maintenance, Outage, Presence};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::portal::{Endpoints, Portals};
use shared::findings;
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{PrincipalSecret, Secrets};
use shared::sentinel::{Report, Sentinel};
use shared::store::{Memory, Store};
use shared::workspace::Workspaces;
use simulator::{Options, Running, seed};
use tokio::net::TcpListener;
use url::Url;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::http;

pub(crate) struct World {
    pub(crate) sentinel: Sentinel<Memory>,
    pub(crate) store: Memory,
    pub(crate) settings: WorkspaceSettings,
    pub(crate) webhook: String,
    running: Running,
    secrets: Secrets,
    here: MockServer,
    ahead_ms: Arc<AtomicI64>,
}

impl World {
    /// The demo portal with a webhook that is as it should be, and settings that may be changed before they are written.
    pub(crate) async fn new(change: impl FnOnce(&mut Value)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = http();
        let running = simulator::serve(listener, Options::default()).unwrap();
        let here = MockServer::start().await;
        Mock::given(method("HEAD")).respond_with(ResponseTemplate::new(200)).mount(&here).await;

        let store = Memory::new();
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let clock = {
            let (system, ahead_ms) = (Clock::system(), ahead_ms.clone());
            Clock::of(move || system.now() + SignedDuration::from_millis(ahead_ms.load(Ordering::Relaxed)))
        };
        let secrets = Secrets::memory(Arc::default(), "test/");
        let base = Url::parse(running.base_url()).unwrap();
        let endpoints = Endpoints { api: Some(base.clone()), accounts: Some(base) };
        let portals = Portals::new(store.clone(), secrets.clone(), client, endpoints, clock.clone(), "test".to_owned());
        let sentinel = Sentinel {
            store: store.clone(),
            workspaces: Workspaces::kept_for(store.clone(), SignedDuration::ZERO),
            portals,
            bus: Bus::Memory(Arc::default()),
            clock,
            time_budget: SignedDuration::from_secs(40),
        };
        let mut world =
            Self { sentinel, store, settings: settings(), webhook: String::new(), running, secrets, here, ahead_ms };
        let all = [seed::BRAND_LUMEN, seed::BRAND_HARBOUR, seed::BRAND_MERIDIAN];
        let body = json!({"url": world.url(), "events": EVENTS, "app_ids": all});
        let webhook = world.control(Method::POST, "webhooks", body).await;
        world.webhook = webhook["id"].as_str().unwrap().to_owned();
        let mut changes = json!({"webhook_keys": [webhook["public_keys"][0]["key"]]});
        change(&mut changes);
        world.set(changes).await;
        world.connect(Principal::Bot, None).await;
        world.connect(Principal::Facilitator, None).await;
        world
    }

    /// Where the webhook should deliver to.
    pub(crate) fn url(&self) -> String {
        format!("{}/webhooks/salesiq/demo", self.here.uri())
    }

    /// Writes the settings with some changes.
    pub(crate) async fn set(&mut self, changes: Value) {
        let mut now = serde_json::to_value(&self.settings).unwrap();
        for (key, value) in changes.as_object().unwrap() {
            now[key] = value.clone();
        }
        self.settings = serde_json::from_value(now).unwrap();
        self.sentinel.workspaces.put_settings(&self.settings).await.unwrap();
    }

    /// The settings as they lie in the table.
    pub(crate) async fn stored(&self) -> WorkspaceSettings {
        let stored = self.sentinel.workspaces.stored_settings(&self.settings.workspace).await.unwrap().unwrap();
        serde_json::from_str(&stored.body).unwrap()
    }

    /// Connects an account: with its refresh token, or with an access token of these scopes.
    pub(crate) async fn connect(&self, principal: Principal, scopes: Option<&str>) {
        let (refresh_token, operator) = match principal {
            Principal::Facilitator => (seed::REFRESH_TOKEN_ADA, seed::OPERATOR_ADA),
            _ => (seed::REFRESH_TOKEN_NOVA, seed::OPERATOR_NOVA),
        };
        let mut secret = PrincipalSecret {
            client_id: seed::CLIENT_ID.to_owned(),
            client_secret: seed::CLIENT_SECRET.into(),
            refresh_token: refresh_token.into(),
            accounts_url: None,
            access_token: None,
            expires_at: None,
        };
        if let Some(scopes) = scopes {
            let body = json!({"operator": operator, "seconds": 86_400, "scopes": scopes});
            let minted = self.control(Method::POST, "tokens", body).await;
            secret.access_token = Some(minted["access_token"].as_str().unwrap().into());
            secret.expires_at = Some(self.sentinel.clock.now() + SignedDuration::from_hours(24));
        }
        self.secrets.write(&self.settings.workspace, principal, &secret).await.unwrap();
    }

    /// A minute later, a run.
    pub(crate) async fn tick(&self) -> Report {
        self.pass(SignedDuration::from_mins(1));
        self.sentinel.tick().await.unwrap()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.ahead_ms.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/_control/{path}", self.running.base_url());
        let answer = http().request(method, url).json(&body).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {body}");
        body
    }

    pub(crate) async fn revoke(&self, token: &str) {
        self.control(Method::POST, "tokens/revoke", json!({"token": token})).await;
    }

    /// Changes the AI's operator as an administrator would.
    pub(crate) async fn nova(&self, changes: Value) {
        self.control(Method::PUT, &format!("operators/{}", seed::OPERATOR_NOVA), changes).await;
    }

    pub(crate) async fn novas_status(&self) -> String {
        let operators = self.control(Method::GET, "operators", json!({})).await;
        let nova = operators.as_array().unwrap().iter().find(|one| one["id"] == seed::OPERATOR_NOVA).unwrap();
        nova["status"].as_str().unwrap().to_owned()
    }

    /// Calls to set the operator's status so far.
    pub(crate) async fn times_set(&self) -> usize {
        let calls = self.control(Method::GET, "calls", json!({})).await;
        let sets = calls.as_array().unwrap().iter();
        sets.filter(|call| call["path"].as_str().unwrap().ends_with("/status")).count()
    }

    pub(crate) async fn faults(&self, rules: Value) {
        self.control(Method::PUT, "faults", rules).await;
    }

    pub(crate) async fn presence(&self) -> Presence {
        let partition = presence::partition(&self.settings.workspace);
        self.document(&partition, presence::NOW).await.unwrap()
    }

    pub(crate) async fn outages(&self) -> Vec<Outage> {
        self.documents("OUTAGE#").await
    }

    pub(crate) async fn maintenance(&self) -> Vec<Maintenance> {
        self.documents("MAINTENANCE#").await
    }

    pub(crate) async fn comparison(&self) -> Comparison {
        self.document(&drift::partition(&self.settings.workspace), drift::NOW).await.unwrap()
    }

    /// How often a finding was kept.
    pub(crate) async fn found(&self, finding: Finding) -> u64 {
        let name = serde_json::to_value(finding).unwrap();
        let partition = findings::partition(&self.settings.workspace);
        let document = self.store.document(&partition, name.as_str().unwrap()).await.unwrap();
        if let Some(document) = &document {
            let kept: findings::Kept = serde_json::from_str(&document.body).unwrap();
            assert_eq!((kept.finding, kept.conversation), (finding, None));
        }
        document.map_or(0, |document| document.version)
    }

    /// The webhook as SalesIQ has it.
    pub(crate) async fn registered(&self) -> Value {
        let all = self.control(Method::GET, "webhooks", json!({})).await;
        all.as_array().unwrap().iter().find(|one| one["id"] == self.webhook.as_str()).unwrap().clone()
    }

    /// Changes the webhook as an administrator would.
    pub(crate) async fn change_webhook(&self, changes: Value) {
        self.control(Method::PUT, &format!("webhooks/{}", self.webhook), changes).await;
    }

    async fn document<T: DeserializeOwned>(&self, partition: &str, name: &str) -> Option<T> {
        let document = self.store.document(partition, name).await.unwrap()?;
        Some(serde_json::from_str(&document.body).unwrap())
    }

    async fn documents<T: DeserializeOwned>(&self, prefix: &str) -> Vec<T> {
        let partition = presence::partition(&self.settings.workspace);
        let documents = self.store.documents(&partition, prefix).await.unwrap();
        documents.iter().map(|document| serde_json::from_str(&document.body).unwrap()).collect()
    }

    /// Until when a document of the presence is kept.
    pub(crate) fn kept_until(&self, name: &str) -> Option<Timestamp> {
        let partition = presence::partition(&self.settings.workspace);
        let item = self.store.items().into_iter().find(|item| item.pk == partition && item.sk.starts_with(name));
        item.and_then(|item| item.expires_at).and_then(|seconds| Timestamp::from_second(seconds).ok())
    }
}

fn settings() -> WorkspaceSettings {
    let brand = |id: &str, automated: bool| json!({"id": id, "name": format!("Brand {id}"), "automated": automated});
    let settings = json!({
        "workspace": WorkspaceId::parse("demo").unwrap(),
        "screen_name": seed::SCREEN_NAME,
        "data_centre": "eu",
        "bot_operator": seed::OPERATOR_NOVA,
        "default_department": seed::DEPARTMENT_SUPPORT,
        "retention_days": 30,
        "escalation": {
            "sender": "Demo <support@lumen.example>",
            "last_resort_email": "duty@demo.example",
            "facilitator": seed::OPERATOR_ADA,
        },
        "brands": [brand(seed::BRAND_LUMEN, true), brand(seed::BRAND_HARBOUR, false), brand(seed::BRAND_MERIDIAN, true)],
    });
    serde_json::from_value(settings).unwrap()
}
