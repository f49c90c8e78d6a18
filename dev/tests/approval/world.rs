//! A chat of the simulated SalesIQ whose visitor wants something that a person has to approve, and the company's system.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use dev::portal::{Opening, Portal, until};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::agent::playbook::Playbook;
use shared::bus::Bus;
use shared::clock::Clock;
use shared::domain::approval::{Approval, ApprovalState};
use shared::domain::ask::{Ask, Person, asked};
use shared::domain::conversation::{Conversation, Terms};
use shared::domain::email::EmailAddress;
use shared::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told};
use shared::domain::id::{BrandId, ConversationId, MessageId, PlayerId, WorkspaceId};
use shared::domain::message::{Content, Message, Sender};
use shared::domain::player::{How, Level};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::fault_point::FaultPoints;
use shared::engine::portal::{Endpoints, Portals};
use shared::engine::{Engine, Mind, Work, item};
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{MemorySecrets, PrincipalSecret, Secrets};
use shared::store::{Commit, ConversationKey, Memory, Store as _};
use shared::workspace::Workspaces;
use simulator::seed::{BRAND_LUMEN, CLIENT_ID, CLIENT_SECRET, DEPARTMENT_SUPPORT, OPERATOR_NOVA, REFRESH_TOKEN_NOVA};
use simulator::{Options, Running};
use wiremock::{MockServer, Request};

/// How long a test waits for what happens at once.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const WAITS: &str = "A colleague has to confirm this first, so nothing has changed yet. Please stay in this chat: the answer comes here.";
pub(crate) const STILL: &str = "A colleague still has to confirm it. As long as that is open, nothing changes.";
pub(crate) const DECLINED: &str =
    "A colleague has looked at your request. I'm sorry: it can't be done here, and nothing was changed.";
pub(crate) const CLOSED: &str = "Your account is closed now.";
pub(crate) const LOOKING: &str = "I'm looking for a colleague who can help you.";

/// A chat, the company's system, and what it takes to make a process that works on it.
pub(crate) struct Chat {
    _salesiq: Running,
    portal: Portal,
    pub(crate) company: MockServer,
    store: Memory,
    secrets: Secrets,
    base_url: String,
    ahead_s: Arc<AtomicI64>,
    numbers: AtomicU64,
    pub(crate) key: ConversationKey,
}

impl Chat {
    /// A verified player has asked for the account to be closed, and was told that it waits.
    pub(crate) async fn waiting() -> Self {
        let chat = Self::opened().await;
        chat.edit(|conversation, now| {
            conversation.player.known(Level::Verified, PlayerId::parse("p7").ok(), How::Signed, now);
        })
        .await;
        chat.says("please close my account").await;
        assert_eq!(chat.last_said().await, WAITS);
        assert!(chat.calls().await.is_empty());
        assert_eq!(chat.approval().await.state, ApprovalState::Waiting);
        chat
    }

    async fn opened() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let salesiq = simulator::serve(listener, Options::default()).unwrap();
        let portal = Portal::at(salesiq.base_url()).unwrap();
        let opening = Opening {
            brand: BRAND_LUMEN,
            department: DEPARTMENT_SUPPORT,
            question: "hello",
            name: "Mia",
            email: "mia@example.com",
        };
        let conversation = ConversationId::parse(&portal.open(&opening).await.unwrap()).unwrap();
        let key = ConversationKey { workspace: WorkspaceId::parse("demo").unwrap(), conversation };
        let chat = Self {
            base_url: salesiq.base_url().to_owned(),
            _salesiq: salesiq,
            portal,
            company: MockServer::start().await,
            store: Memory::default(),
            secrets: Secrets::memory(Arc::new(MemorySecrets::default()), "approval/"),
            ahead_s: Arc::default(),
            numbers: AtomicU64::default(),
            key,
        };
        let workspaces = Workspaces::new(chat.store.clone());
        workspaces.put_settings_as_is(&chat.settings()).await.unwrap();
        let secret = PrincipalSecret {
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned().into(),
            refresh_token: REFRESH_TOKEN_NOVA.to_owned().into(),
            accounts_url: None,
            access_token: None,
            expires_at: None,
        };
        chat.secrets.write(&chat.key.workspace, Principal::Bot, &secret).await.unwrap();
        let now = chat.now();
        let told = Told {
            brand: Some(BrandId::parse(BRAND_LUMEN).unwrap()),
            question: Some("hello".to_owned()),
            opened_at: Some(now),
            ..Told::default()
        };
        chat.record(&chat.event(EventKind::Created, told)).await;
        chat.wake().await;
        chat
    }

    fn settings(&self) -> WorkspaceSettings {
        let url = self.company.uri();
        let authority = url.split("://").nth(1).unwrap();
        serde_json::from_value(json!({
            "workspace": self.key.workspace, "screen_name": simulator::seed::SCREEN_NAME, "data_centre": "eu",
            "bot_operator": OPERATOR_NOVA, "burst_window_ms": 0,
            "brands": [{"id": BRAND_LUMEN, "name": "Lumen Casino", "automated": true}],
            "tools": [{
                "name": "close_account", "description": "Closes the account.", "access": "write", "method": "POST",
                "url": format!("{url}/close"), "allowed_hosts": [authority], "private_hosts": [authority],
                "arguments": {"type": "object", "properties": {"account": {"type": "string"}}},
                "approval": true, "proves": ["account_changed"], "timeout_ms": 3000,
            }],
            "procedures": [{
                "name": "close-account", "when": "The visitor wants the account closed.",
                "examples": ["please close my account", "close my account"],
                "run": {
                    "call": "close_account", "arguments": {"account": "{player.id}"}, "answer": {"en": CLOSED},
                },
            }],
        }))
        .unwrap()
    }

    /// A process of its own: it knows nothing of what another had in memory.
    pub(crate) fn process(&self, work: Work<Playbook>) -> Engine<Memory, Playbook> {
        let ahead_s = Arc::clone(&self.ahead_s);
        let clock =
            Clock::of(move || Clock::system().now() + SignedDuration::from_secs(ahead_s.load(Ordering::Relaxed)));
        let url = self.base_url.parse::<reqwest::Url>().unwrap();
        let endpoints = Endpoints { api: Some(url.clone()), accounts: Some(url) };
        let process = format!("process-{}", self.numbers.fetch_add(1, Ordering::Relaxed));
        let http = shared::http::reqwest_client().unwrap();
        let (store, secrets) = (self.store.clone(), self.secrets.clone());
        Engine {
            work,
            bus: Bus::Memory(Arc::default()),
            workspaces: Workspaces::new(store.clone()),
            portals: Portals::new(store.clone(), secrets, http, endpoints, clock.clone(), process.clone()),
            store,
            clock,
            terms: Terms { lease: SignedDuration::from_secs(75), landing: SignedDuration::from_secs(30) },
            process,
            fault_points: FaultPoints::default(),
            wake_ups: AtomicU64::new(0),
        }
    }

    pub(crate) fn converse(&self) -> Engine<Memory, Playbook> {
        self.process(Work::Converse(Mind::without_secrets(Playbook::new())))
    }

    pub(crate) async fn wake(&self) {
        self.converse().wake(&self.key).await.unwrap();
    }

    /// Moves the clock and wakes, as the sweep does.
    pub(crate) async fn after(&self, seconds: i64) {
        self.ahead_s.fetch_add(seconds, Ordering::Relaxed);
        self.wake().await;
    }

    /// Wakes, and dies as soon as the company's system has so many calls.
    pub(crate) async fn dies_at_call(&self, calls: usize) {
        let engine = self.converse();
        let called = until(PATIENCE, async || Ok((self.calls().await.len() >= calls).then_some(())));
        tokio::select! {
            woken = engine.wake(&self.key) => panic!("it lived: {woken:?}"),
            called = called => called.unwrap().unwrap(),
        }
    }

    fn now(&self) -> Timestamp {
        Clock::system().now() + SignedDuration::from_secs(self.ahead_s.load(Ordering::Relaxed))
    }

    pub(crate) fn event(&self, kind: EventKind, told: Told) -> InboxEvent {
        let (now, number) = (self.now(), self.numbers.fetch_add(1, Ordering::Relaxed));
        InboxEvent {
            dedup: DedupKey::from_hex(format!("{number:02x}")),
            order: now,
            received_at: now,
            event: Event { conversation: self.key.conversation.clone(), time: Some(now), kind, told },
            raw: None,
        }
    }

    pub(crate) async fn record(&self, event: &InboxEvent) {
        self.store.record(&self.key, event).await.unwrap();
    }

    pub(crate) async fn says(&self, text: &str) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let message = Message {
            id: MessageId::parse(&format!("m{number}")).unwrap(),
            time: self.now(),
            sender: Sender::Visitor { name: None },
            content: Content::text(text),
        };
        self.record(&self.event(EventKind::VisitorReplied { message }, Told::default())).await;
        self.wake().await;
    }

    /// Somebody decides in the console; nobody is woken yet.
    pub(crate) async fn decides(&self, approve: bool, request: &str) {
        let call = self.approval().await.key;
        let person =
            Person { email: EmailAddress::parse("ada@example.com").unwrap(), name: "Ada".to_owned(), operator: None };
        let ask = Ask::Decide { call, approve };
        self.record(&asked(&self.key.conversation, person, ask, request, self.now())).await;
    }

    pub(crate) async fn kept(&self) -> Conversation {
        let state = self.store.load(&self.key).await.unwrap().state.unwrap();
        item::read(&self.key.conversation, &state).unwrap()
    }

    pub(crate) async fn approval(&self) -> Approval {
        self.kept().await.approvals.first().cloned().unwrap()
    }

    /// Changes the state behind everybody's back.
    pub(crate) async fn edit(&self, change: impl FnOnce(&mut Conversation, Timestamp)) {
        let (state, now) = (self.store.load(&self.key).await.unwrap().state.unwrap(), self.now());
        let mut conversation = item::read(&self.key.conversation, &state).unwrap();
        change(&mut conversation, now);
        let version = state.version;
        let id = &self.key.conversation;
        let state = item::write(id, &conversation, version + 1, &self.settings(), None, now).unwrap();
        let (read, log, documents) = (Vec::new(), Vec::new(), Vec::new());
        let commit = Commit { key: self.key.clone(), expected: Some(version), state, read, log, documents, now };
        self.store.commit(&commit).await.unwrap();
    }

    pub(crate) async fn said(&self) -> Vec<String> {
        self.portal.said_by(self.key.conversation.as_str(), OPERATOR_NOVA).await.unwrap()
    }

    pub(crate) async fn last_said(&self) -> String {
        self.said().await.pop().unwrap_or_default()
    }

    /// What reached the company's system.
    pub(crate) async fn calls(&self) -> Vec<Request> {
        self.company.received_requests().await.unwrap()
    }
}
