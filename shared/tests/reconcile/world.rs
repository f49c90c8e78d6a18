//! A workspace on the store in memory, its sentinel and engine, and the simulator as its SalesIQ. Deliveries are caught; a test
//! says which of them arrive.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::agent::playbook::Playbook;
use shared::bus::{Bus, CONVERSATION_NEWS, Sent};
use shared::clock::Clock;
use shared::domain::conversation::{Conversation, Terms};
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::fault_point::FaultPoints;
use shared::engine::portal::{Endpoints, Portals};
use shared::engine::{Engine, Mind, Work, item};
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{MemorySecrets, PrincipalSecret, Secrets};
use shared::salesiq::webhook::{Parsed, parse};
use shared::sentinel::{Report, Sentinel};
use shared::store::{ConversationKey, Memory, Recorded, Store};
use shared::workspace::Workspaces;
use simulator::{Options, Running, seed};
use tokio::net::TcpListener;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN_SECONDS: i64 = 8_000_000;

pub struct World {
    running: Running,
    http: reqwest::Client,
    receiver: MockServer,
    taken: AtomicU64,
    pub store: Memory,
    pub sentinel: Sentinel<Memory>,
    engine: Engine<Memory, Playbook>,
    sent: Arc<Mutex<Vec<Sent>>>,
    ahead_ms: Arc<AtomicI64>,
    pub workspace: WorkspaceId,
}

fn settings(change: impl FnOnce(&mut Value)) -> WorkspaceSettings {
    let mut settings = json!({
        "workspace": "demo", "screen_name": seed::SCREEN_NAME, "org_id": seed::ORG_ID, "data_centre": "eu",
        "bot_operator": seed::OPERATOR_NOVA, "default_department": seed::DEPARTMENT_SUPPORT, "burst_window_ms": 0,
        "escalation": {"last_resort_email": "duty@lumen.example", "facilitator": seed::OPERATOR_ADA},
        "brands": [{"id": seed::BRAND_LUMEN, "name": "Lumen Casino", "automated": true}],
    });
    change(&mut settings);
    serde_json::from_value(settings).unwrap()
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Value)) -> Self {
        let settings = settings(change);
        let http = super::support::http();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = Options { retry_after: Duration::from_millis(5), ..Options::default() };
        let running = simulator::serve(listener, options).unwrap();
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let told = Arc::clone(&ahead_ms);
        let machine = Clock::system();
        let clock = Clock::of(move || machine.now() + SignedDuration::from_millis(told.load(Ordering::SeqCst)));
        let (store, sent) = (Memory::new(), Arc::new(Mutex::new(Vec::new())));
        let secrets = Secrets::memory(Arc::new(MemorySecrets::default()), "");
        let api: url::Url = running.base_url().parse().unwrap();
        let portals = || {
            let endpoints = Endpoints { api: Some(api.clone()), accounts: Some(api.clone()) };
            Portals::new(store.clone(), secrets.clone(), http.clone(), endpoints, clock.clone(), "test".to_owned())
        };
        let bus = Bus::Memory(Arc::clone(&sent));
        let workspaces = || Workspaces::new(store.clone());
        workspaces().put_settings_as_is(&settings).await.unwrap();
        let sentinel = Sentinel {
            store: store.clone(),
            workspaces: workspaces(),
            portals: portals(),
            bus: bus.clone(),
            clock: clock.clone(),
            time_budget: SignedDuration::from_secs(600),
        };
        let engine = Engine {
            store: store.clone(),
            work: Work::Converse(Mind::without_secrets(Playbook::default())),
            bus,
            workspaces: workspaces(),
            portals: portals(),
            clock,
            terms: Terms { lease: SignedDuration::from_secs(75), landing: SignedDuration::from_secs(30) },
            process: "test".to_owned(),
            fault_points: FaultPoints::default(),
            wake_ups: AtomicU64::new(0),
        };
        let receiver = MockServer::start().await;
        let workspace = settings.workspace.clone();
        let world = Self {
            running,
            http,
            receiver,
            taken: AtomicU64::new(0),
            store,
            sentinel,
            engine,
            sent,
            ahead_ms,
            workspace,
        };
        for (principal, operator) in
            [(Principal::Bot, seed::OPERATOR_NOVA), (Principal::Facilitator, seed::OPERATOR_ADA)]
        {
            let minted = world.control("POST", "tokens", json!({"operator": operator, "seconds": TOKEN_SECONDS})).await;
            let token = SecretString::from(minted["access_token"].as_str().unwrap());
            let secret = PrincipalSecret {
                client_id: seed::CLIENT_ID.to_owned(),
                client_secret: seed::CLIENT_SECRET.to_owned().into(),
                refresh_token: "unused".to_owned().into(),
                accounts_url: None,
                access_token: Some(token),
                expires_at: Some(world.now() + SignedDuration::from_secs(TOKEN_SECONDS)),
            };
            secrets.write(&world.workspace, principal, &secret).await.unwrap();
        }
        world
    }

    /// Registers the webhook; what it delivers is caught, and answered with this status.
    pub async fn webhook(self, status: u16) -> Self {
        self.answers(status).await;
        let events = ["created", "attender.updated", "missed", "operator.replied", "visitor.replied", "completed"];
        let events: Vec<_> = events.iter().map(|event| format!("conversation.{event}")).collect();
        let url = format!("{}/webhooks/salesiq/demo", self.receiver.uri());
        self.control("POST", "webhooks", json!({"url": url, "events": events})).await;
        self
    }

    /// How the webhook answers from now on.
    pub async fn answers(&self, status: u16) {
        self.receiver.reset().await;
        self.taken.store(0, Ordering::SeqCst);
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&self.receiver).await;
        Mock::given(method("HEAD")).respond_with(ResponseTemplate::new(200)).mount(&self.receiver).await;
    }

    pub fn now(&self) -> Timestamp {
        (self.sentinel.clock).now()
    }

    pub async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_control/{path}", self.running.base_url());
        let answer = self.http.request(method.parse().unwrap(), url).json(&body).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Both clocks go on.
    pub async fn pass_time(&self, seconds: i64) {
        self.ahead_ms.fetch_add(seconds * 1_000, Ordering::SeqCst);
        self.control("POST", "clock", json!({"advance_ms": seconds * 1_000})).await;
    }

    pub async fn open(&self, question: &str) -> String {
        self.open_in(seed::BRAND_LUMEN, seed::DEPARTMENT_SUPPORT, question).await
    }

    pub async fn open_in(&self, brand: &str, department: &str, question: &str) -> String {
        let opening = json!({
            "brand_id": brand, "department_id": department, "question": question, "wait_time_ms": 80_000_000,
            "visitor": {"name": "Mia", "email": "mia@example.com"},
        });
        let opened = self.control("POST", "visitors/conversations", opening).await;
        opened["id"].as_str().unwrap().to_owned()
    }

    pub async fn visitor_says(&self, id: &str, text: &str) {
        self.control("POST", &format!("visitors/conversations/{id}/messages"), json!({"text": text})).await;
    }

    pub async fn visitor_ends(&self, id: &str) {
        self.control("POST", &format!("visitors/conversations/{id}/end"), json!({})).await;
    }

    pub async fn operator_does(&self, operator: &str, what: &str, id: &str, text: &str) {
        self.control("POST", &format!("operators/{operator}/{what}"), json!({"conversation": id, "text": text})).await;
    }

    /// The deliveries that the webhook got since it was last asked for them, or that were lost, in their order.
    pub async fn delivered(&self) -> Vec<Value> {
        while self.control("GET", "health", json!({})).await["pending_deliveries"] != 0 {
            tokio::task::yield_now().await;
        }
        let all = self.receiver.received_requests().await.unwrap();
        let bodies: Vec<Value> =
            all.iter().filter(|request| request.method == "POST").map(|request| request.body_json().unwrap()).collect();
        let before = self.taken.swap(bodies.len() as u64, Ordering::SeqCst);
        bodies.into_iter().skip(usize::try_from(before).unwrap()).collect()
    }

    /// One delivery arrives, and the conversation does all it has to.
    pub async fn arrives(&self, delivery: &Value) -> Recorded {
        let read = parse(delivery.to_string().as_bytes(), None, self.now()).unwrap();
        let Parsed::Conversation(event) = read.parsed else { panic!("{delivery}") };
        let key = self.key(event.event.conversation.as_str());
        let recorded = self.store.record(&key, &event).await.unwrap();
        self.engine.wake(&key).await.unwrap();
        self.settle().await;
        recorded
    }

    /// All deliveries so far arrive, and what they bring about.
    pub async fn all_arrive(&self) {
        for _ in 0..20 {
            let deliveries = self.delivered().await;
            if deliveries.is_empty() {
                return;
            }
            for delivery in &deliveries {
                self.arrives(delivery).await;
            }
        }
    }

    /// Lets everybody who was woken do what there is to do.
    pub async fn settle(&self) {
        loop {
            let sent = std::mem::take(&mut *self.sent.lock().unwrap());
            if sent.is_empty() {
                return;
            }
            for sent in sent {
                if let Sent::Event { detail_type: CONVERSATION_NEWS, wake_up } = sent {
                    self.engine.wake(&wake_up.key()).await.unwrap();
                }
            }
        }
    }

    /// A run of the sentinel alone.
    pub async fn tick(&self) -> Report {
        self.sentinel.tick().await.unwrap()
    }

    /// A run, and what it brings about.
    pub async fn run(&self) -> Report {
        let report = self.tick().await;
        self.settle().await;
        report
    }

    pub fn key(&self, id: &str) -> ConversationKey {
        ConversationKey { workspace: self.workspace.clone(), conversation: ConversationId::parse(id).unwrap() }
    }

    pub async fn kept(&self, id: &str) -> Option<Conversation> {
        let loaded = self.store.load(&self.key(id)).await.unwrap();
        assert!(loaded.unread.is_empty(), "{:?}", loaded.unread);
        loaded.state.map(|state| item::read(&self.key(id).conversation, &state).unwrap())
    }

    pub async fn phase(&self, id: &str) -> &'static str {
        self.kept(id).await.map_or("unknown", |conversation| conversation.phase.name())
    }

    /// How many lines of the visitor were counted.
    pub async fn heard(&self, id: &str) -> u64 {
        self.kept(id).await.unwrap().counts.visitor_lines
    }

    /// What our operator said, as SalesIQ has it.
    pub async fn said(&self, id: &str) -> Vec<String> {
        let shown = self.control("GET", &format!("conversations/{id}"), json!({})).await;
        let lines = shown["messages"].as_array().unwrap().iter();
        let ours = lines.filter(|line| line["sender"]["id"] == seed::OPERATOR_NOVA);
        ours.map(|line| line["content"]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Everything that the table holds except of tokens and of where the comparison stands.
    pub fn items(&self) -> usize {
        let items = self.store.items();
        items.iter().filter(|item| !item.pk.starts_with("SENTINEL#") && !item.pk.starts_with("TOKEN#")).count()
    }
}
