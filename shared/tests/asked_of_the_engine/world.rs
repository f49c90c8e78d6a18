//! The three functions that act, on one store in memory, before a simulated SalesIQ.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use shared::agent::playbook::Playbook;
use shared::bus::Bus;
use shared::clock::Clock;
use shared::domain::ask::{Ask, Person, asked};
use shared::domain::asked::Outcome;
use shared::domain::conversation::{Conversation, Terms};
use shared::domain::drain::LogEntry;
use shared::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told};
use shared::domain::id::{BrandId, ConversationId, WorkspaceId};
use shared::engine::fault_point::FaultPoints;
use shared::engine::portal::{Endpoints, Portals};
use shared::engine::{Engine, MailRoom, Mind, Work, item};
use shared::mail::Post;
use shared::mail::post::{MemoryPost, SentLetter};
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{PrincipalSecret, Secrets};
use shared::store::{ConversationKey, Memory, Store};
use shared::workspace::Workspaces;
use simulator::{Options, Running, seed};
use tokio::net::TcpListener;
use url::Url;

use crate::support::http;

pub(crate) struct World {
    pub(crate) store: Memory,
    pub(crate) key: ConversationKey,
    pub(crate) engines: Vec<Engine<Memory, Playbook>>,
    post: Arc<Mutex<MemoryPost>>,
    running: Running,
    ahead_s: Arc<AtomicI64>,
    requests: AtomicU64,
}

pub(crate) fn ada() -> Person {
    Person { email: "ada@example.com".parse().unwrap(), name: "Ada Lovelace".to_owned(), operator: None }
}

impl World {
    /// A chat that a visitor has just opened; no webhook arrives but what the test records.
    pub(crate) async fn opened(question: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = http();
        let running = simulator::serve(listener, Options::default()).unwrap();
        let store = Memory::default();
        let ahead_s = Arc::new(AtomicI64::new(0));
        let clock = {
            let ahead_s = Arc::clone(&ahead_s);
            Clock::of(move || Clock::system().now() + SignedDuration::from_secs(ahead_s.load(Ordering::Relaxed)))
        };
        let workspace = WorkspaceId::parse("demo").unwrap();
        let secrets = Secrets::memory(Arc::default(), "asked/");
        let secret = PrincipalSecret {
            client_id: seed::CLIENT_ID.to_owned(),
            client_secret: seed::CLIENT_SECRET.into(),
            refresh_token: seed::REFRESH_TOKEN_NOVA.into(),
            accounts_url: None,
            access_token: None,
            expires_at: None,
        };
        secrets.write(&workspace, Principal::Bot, &secret).await.unwrap();
        Workspaces::new(store.clone()).put_settings_as_is(&settings()).await.unwrap();
        let base = Url::parse(running.base_url()).unwrap();
        let endpoints = Endpoints { api: Some(base.clone()), accounts: Some(base) };
        let post = Arc::new(Mutex::new(MemoryPost::default()));
        let room = MailRoom { post: Post::Memory(Arc::clone(&post)), dead_letters_url: String::new() };
        let works = [Work::Converse(Mind::without_secrets(Playbook::new())), Work::Escalate, Work::Mail(room)];
        let engines = works.into_iter().map(|work| {
            let process = format!("{:?}", work.duty());
            let portals = Portals::new(
                store.clone(),
                secrets.clone(),
                client.clone(),
                endpoints.clone(),
                clock.clone(),
                process.clone(),
            );
            Engine {
                store: store.clone(),
                work,
                bus: Bus::Memory(Arc::default()),
                workspaces: Workspaces::new(store.clone()),
                portals,
                clock: clock.clone(),
                terms: Terms { lease: SignedDuration::from_secs(75), landing: SignedDuration::from_secs(30) },
                process,
                fault_points: FaultPoints::default(),
                wake_ups: AtomicU64::new(0),
            }
        });
        let engines = engines.collect();
        let conversation = ConversationId::parse("1").unwrap();
        let key = ConversationKey { workspace, conversation };
        let mut world = Self { store, key, engines, post, running, ahead_s, requests: AtomicU64::new(0) };
        let body = json!({
            "visitor": {"name": "Mia", "email": "mia@example.com"}, "brand_id": seed::BRAND_LUMEN,
            "department_id": seed::DEPARTMENT_SUPPORT, "question": question,
        });
        let opened = world.control(Method::POST, "visitors/conversations", Some(body)).await;
        world.key.conversation = ConversationId::parse(opened["id"].as_str().unwrap()).unwrap();
        world.record_opening(question).await;
        world
    }

    async fn record_opening(&self, question: &str) {
        let now = self.engines[0].clock.now();
        let told = Told {
            brand: Some(BrandId::parse(seed::BRAND_LUMEN).unwrap()),
            question: Some(question.to_owned()),
            opened_at: Some(now),
            ..Told::default()
        };
        let conversation = self.key.conversation.clone();
        self.record(&InboxEvent {
            dedup: DedupKey::from_hex("01".to_owned()),
            order: now,
            received_at: now,
            event: Event { conversation, time: Some(now), kind: EventKind::Created, told },
            raw: None,
        })
        .await;
    }

    pub(crate) async fn record(&self, event: &InboxEvent) {
        self.store.record(&self.key, event).await.unwrap();
    }

    /// Ada asks for it, and all functions are woken.
    pub(crate) async fn ask(&self, ask: Ask) -> Outcome {
        let request = self.requests.fetch_add(1, Ordering::Relaxed).to_string();
        self.record(&asked(&self.key.conversation, ada(), ask, &request, self.engines[0].clock.now())).await;
        self.wake().await;
        self.kept().await.asks.last().unwrap().outcome
    }

    pub(crate) async fn wake(&self) {
        for engine in &self.engines {
            engine.wake(&self.key).await.unwrap();
        }
    }

    /// Moves the clock and wakes, as the sweep does.
    pub(crate) async fn after(&self, seconds: i64) {
        self.ahead_s.fetch_add(seconds, Ordering::Relaxed);
        self.wake().await;
    }

    pub(crate) async fn kept(&self) -> Conversation {
        let state = self.store.load(&self.key).await.unwrap().state.unwrap();
        item::read(&self.key.conversation, &state).unwrap()
    }

    pub(crate) async fn log(&self) -> Vec<LogEntry> {
        let log = self.store.log(&self.key).await.unwrap();
        log.iter().map(|line| serde_json::from_str(&line.body).unwrap()).collect()
    }

    pub(crate) async fn chat(&self) -> Value {
        self.control(Method::GET, &format!("conversations/{}", self.key.conversation), None).await
    }

    /// What Nova said, texts and names of files.
    pub(crate) async fn said(&self) -> Vec<String> {
        let chat = self.chat().await;
        let lines = chat["messages"].as_array().unwrap().iter();
        let ours = lines.filter(|line| line["sender"]["id"] == seed::OPERATOR_NOVA);
        let what = |line: &Value| {
            let content = &line["content"];
            match content["file"]["name"].as_str() {
                Some(file) => format!("[{file}] {}", content["file"]["comment"].as_str().unwrap_or_default()),
                None => content["text"].as_str().unwrap_or_default().to_owned(),
            }
        };
        ours.map(what).collect()
    }

    /// The next message that is sent arrives, and its answer is lost.
    pub(crate) async fn lose_the_next_answer(&self) {
        let rule = json!({
            "match": {"what": "rest", "method": "POST", "path_contains": "/messages"}, "do": {"lose_answer": true}, "times": 1,
        });
        self.control(Method::PUT, "faults", Some(json!([rule]))).await;
    }

    pub(crate) fn mails(&self) -> Vec<SentLetter> {
        self.post.lock().unwrap().sent.clone()
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/_control/{path}", self.running.base_url());
        let request = http().request(method, url);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {body}");
        body
    }
}

fn settings() -> shared::domain::settings::WorkspaceSettings {
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": seed::SCREEN_NAME, "data_centre": "eu",
        "bot_operator": seed::OPERATOR_NOVA, "burst_window_ms": 0,
        "default_department": seed::DEPARTMENT_SUPPORT,
        "escalation": {"sender": "Lumen <lumen@example.com>", "last_resort_email": "ops@example.com"},
        "brands": [{"id": seed::BRAND_LUMEN, "name": "Lumen Casino", "automated": true}],
    }))
    .unwrap()
}
