//! The engine in a silent chat of the simulated SalesIQ, with the store in memory and a clock that the test moves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use dev::portal::{Opening, Portal};
use jiff::SignedDuration;
use serde_json::json;
use shared::agent::playbook::Playbook;
use shared::bus::Bus;
use shared::clock::Clock;
use shared::domain::conversation::{Closed, Conversation, Phase, Terms};
use shared::domain::countdown::end_asked;
use shared::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told};
use shared::domain::id::{ArticleId, BrandId, ConversationId, WorkspaceId};
use shared::domain::settings::Article;
use shared::engine::fault_point::FaultPoints;
use shared::engine::portal::{Endpoints, Portals};
use shared::engine::{Engine, Mind, Work, item};
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{MemorySecrets, PrincipalSecret, Secrets};
use shared::store::{ConversationKey, Memory, Store};
use shared::workspace::Workspaces;
use simulator::seed::{BRAND_LUMEN, CLIENT_ID, CLIENT_SECRET, DEPARTMENT_SUPPORT, OPERATOR_NOVA, REFRESH_TOKEN_NOVA};
use simulator::{Options, Running};

const QUESTION: &str = "How long does a withdrawal take?";
const ANSWER: &str = "nine fortnights";
const CHECK_IN: &str = "Are you still there? If I can help you with anything else, just write here.";
const LAST_WORD: &str = "I'm closing this chat now. If you need anything else, just write to us again.";

/// A chat that was opened and answered; no webhook arrives but what the test records.
struct Chat {
    _salesiq: Running,
    portal: Portal,
    engine: Engine<Memory, Playbook>,
    ahead_s: Arc<AtomicI64>,
    key: ConversationKey,
}

impl Chat {
    async fn answered() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let salesiq = simulator::serve(listener, Options::default()).unwrap();
        let portal = Portal::at(salesiq.base_url()).unwrap();
        let opening = Opening {
            brand: BRAND_LUMEN,
            department: DEPARTMENT_SUPPORT,
            question: QUESTION,
            name: "Mia",
            email: "mia@example.com",
        };
        let conversation = ConversationId::parse(&portal.open(&opening).await.unwrap()).unwrap();
        let key = ConversationKey { workspace: WorkspaceId::parse("demo").unwrap(), conversation };
        let ahead_s = Arc::new(AtomicI64::new(0));
        let engine = engine(&key.workspace, salesiq.base_url(), Arc::clone(&ahead_s)).await;
        let chat = Self { _salesiq: salesiq, portal, engine, ahead_s, key };
        chat.opened().await;
        chat.wake().await;
        let said = chat.said().await;
        assert!(said.len() == 1 && said[0].contains(ANSWER), "{said:?}");
        chat
    }

    async fn opened(&self) {
        let now = self.engine.clock.now();
        let told = Told {
            brand: Some(BrandId::parse(BRAND_LUMEN).unwrap()),
            question: Some(QUESTION.to_owned()),
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

    async fn record(&self, event: &InboxEvent) {
        self.engine.store.record(&self.key, event).await.unwrap();
    }

    /// Moves the clock and wakes, as the sweep does: all alarms are lost.
    async fn after(&self, seconds: i64) {
        self.ahead_s.fetch_add(seconds, Ordering::Relaxed);
        self.wake().await;
    }

    async fn wake(&self) {
        self.engine.wake(&self.key).await.unwrap();
    }

    async fn said(&self) -> Vec<String> {
        self.portal.said_by(self.key.conversation.as_str(), OPERATOR_NOVA).await.unwrap()
    }

    async fn kept(&self) -> Conversation {
        let state = self.engine.store.load(&self.key).await.unwrap().state.unwrap();
        item::read(&self.key.conversation, &state).unwrap()
    }

    async fn is_closed(&self) -> bool {
        self.portal.conversation(self.key.conversation.as_str()).await.unwrap()["status"] == "closed"
    }
}

async fn engine(workspace: &WorkspaceId, base_url: &str, ahead_s: Arc<AtomicI64>) -> Engine<Memory, Playbook> {
    let store = Memory::default();
    let settings = json!({
        "workspace": workspace, "screen_name": simulator::seed::SCREEN_NAME, "data_centre": "eu",
        "bot_operator": OPERATOR_NOVA, "burst_window_ms": 0,
        "brands": [{"id": BRAND_LUMEN, "name": "Lumen Casino", "automated": true}],
    });
    let workspaces = Workspaces::new(store.clone());
    workspaces.put_settings_as_is(&serde_json::from_value(settings).unwrap()).await.unwrap();
    let article = Article {
        id: ArticleId::parse("withdrawals").unwrap(),
        title: "How long a withdrawal takes".to_owned(),
        brands: Vec::new(),
        language: "en".to_owned(),
        url: None,
        markdown: "A withdrawal takes nine fortnights.".to_owned(),
    };
    workspaces.put_article(workspace, &article).await.unwrap();
    let secrets = Secrets::memory(Arc::new(MemorySecrets::default()), "silence/");
    let secret = PrincipalSecret {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned().into(),
        refresh_token: REFRESH_TOKEN_NOVA.to_owned().into(),
        accounts_url: None,
        access_token: None,
        expires_at: None,
    };
    secrets.write(workspace, Principal::Bot, &secret).await.unwrap();
    let clock = Clock::of(move || Clock::system().now() + SignedDuration::from_secs(ahead_s.load(Ordering::Relaxed)));
    let url = base_url.parse::<reqwest::Url>().unwrap();
    let endpoints = Endpoints { api: Some(url.clone()), accounts: Some(url) };
    let http = shared::http::reqwest_client().unwrap();
    let process = "silence".to_owned();
    Engine {
        store: store.clone(),
        work: Work::Converse(Mind::without_secrets(Playbook::new())),
        bus: Bus::Memory(Arc::default()),
        workspaces,
        portals: Portals::new(store, secrets, http, endpoints, clock.clone(), process.clone()),
        clock,
        terms: Terms { lease: SignedDuration::from_secs(75), landing: SignedDuration::from_secs(30) },
        process,
        fault_points: FaultPoints::default(),
        wake_ups: AtomicU64::new(0),
    }
}

fn left(seconds: u32) -> String {
    format!("This chat ends in {seconds} seconds. If you still need something, just write here.")
}

#[tokio::test]
async fn a_silent_visitor_is_asked_once_and_then_seen_off() {
    let chat = Chat::answered().await;
    chat.after(298).await;
    assert_eq!(chat.said().await.len(), 1, "too early");
    chat.after(3).await;
    chat.wake().await;
    assert_eq!(chat.said().await[1..], [CHECK_IN]);
    chat.after(598).await;
    assert!(!chat.is_closed().await);
    chat.after(3).await;
    assert_eq!(chat.said().await[1..], [CHECK_IN, LAST_WORD]);
    assert!(chat.is_closed().await);
    assert_eq!(chat.kept().await.phase, Phase::Closed { how: Closed::Idle });
}

#[tokio::test]
async fn a_line_that_no_webhook_told_of_is_found_before_the_close_and_answered() {
    let chat = Chat::answered().await;
    chat.after(301).await;
    // Not the first line again: by SalesIQ's clock only moments have passed.
    let line = "Please tell me how long a withdrawal takes";
    chat.portal.visitor_says(chat.key.conversation.as_str(), line).await.unwrap();
    chat.after(601).await;
    let said = chat.said().await;
    assert_eq!(said[1..3], [CHECK_IN, LAST_WORD]);
    assert!(said.len() == 4 && said[3].contains(ANSWER), "{said:?}");
    assert!(!chat.is_closed().await);
    let kept = chat.kept().await;
    assert_eq!((kept.phase, kept.counts.visitor_lines), (Phase::Assisting, 2));
    chat.after(301).await;
    assert_eq!(chat.said().await[4..], [CHECK_IN], "the silence began anew");
}

#[tokio::test]
async fn an_end_that_is_asked_for_is_counted_down_and_closed() {
    let chat = Chat::answered().await;
    let request = end_asked(&chat.key.conversation, true, "1", chat.engine.clock.now());
    chat.record(&request).await;
    chat.record(&request).await;
    chat.wake().await;
    for wait in [31, 16, 16] {
        chat.after(wait).await;
    }
    assert_eq!(chat.said().await[1..], [90, 60, 45, 30].map(left));
    assert!(!chat.is_closed().await);
    chat.after(31).await;
    assert!(chat.is_closed().await);
    let kept = chat.kept().await;
    assert_eq!((kept.phase, kept.counts.countdowns), (Phase::Closed { how: Closed::Resolved }, 1));
}

#[tokio::test]
async fn an_end_at_once_is_a_last_word_and_the_close() {
    let chat = Chat::answered().await;
    chat.record(&end_asked(&chat.key.conversation, false, "1", chat.engine.clock.now())).await;
    chat.wake().await;
    assert_eq!(chat.said().await[1..], [LAST_WORD]);
    assert!(chat.is_closed().await);
    assert_eq!(chat.kept().await.phase, Phase::Closed { how: Closed::Resolved });
}
