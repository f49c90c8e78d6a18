//! A site's token on its way through the engine: verified once, used in one conversation, and kept nowhere.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;
#[path = "support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use builders::{ADA, BRAND, US, at, attender, inbox, terms};
use futures_util::FutureExt as _;
use ring::hmac;
use serde_json::{Value, json};
use shared::agent::playbook::Playbook;
use shared::bus::Bus;
use shared::clock::Clock;
use shared::domain::conversation::Conversation;
use shared::domain::custom_info::CustomInfo;
use shared::domain::event::{EventKind, InboxEvent, Told};
use shared::domain::id::{BrandId, ConversationId, SecretName, VisitorId, WorkspaceId};
use shared::domain::message::Visitor;
use shared::domain::player::{How, Level, Refusal};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::fault_point::FaultPoints;
use shared::engine::portal::{Endpoints, Portals};
use shared::engine::{Engine, Mind, Work, item};
use shared::salesiq::oauth::secret::Secrets;
use shared::store::{ConversationKey, DocumentWrite, Expected, Memory, Store as _};
use shared::workspace::Workspaces;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

/// Another human.
const BEN: &str = "702";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

struct World {
    store: Memory,
    secrets: Secrets,
    engine: Engine<Memory, Playbook>,
    seconds: Arc<AtomicI64>,
}

/// The brand's chats go to a Zobot first, so that nothing is asked of SalesIQ.
fn settings() -> WorkspaceSettings {
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": US, "pickup": "wait_for_transfer",
        "brands": [{
            "id": BRAND, "name": "Lumen Casino", "automated": true,
            "identity": {"signed": {"field": "player_token", "secrets": ["site"]}},
        }],
    }))
    .unwrap()
}

impl World {
    async fn new() -> Self {
        let world = Self::without_secret().await;
        world.set_secret(SECRET).await;
        world
    }

    async fn without_secret() -> Self {
        Self::stopping_at(FaultPoints::default()).await
    }

    async fn stopping_at(fault_points: FaultPoints) -> Self {
        let (store, seconds) = (Memory::new(), Arc::new(AtomicI64::new(0)));
        let told = Arc::clone(&seconds);
        let clock = Clock::of(move || at(told.load(Ordering::SeqCst)));
        let secrets = Secrets::memory(Arc::default(), "");
        let http = support::http();
        let portals =
            Portals::new(store.clone(), secrets.clone(), http, Endpoints::default(), clock.clone(), "test".to_owned());
        let workspaces = Workspaces::new(store.clone());
        workspaces.put_settings_as_is(&settings()).await.unwrap();
        let engine = Engine {
            store: store.clone(),
            work: Work::Converse(Mind::without_secrets(Playbook::default())),
            bus: Bus::Memory(Arc::new(Mutex::default())),
            workspaces,
            portals,
            clock,
            terms: terms(),
            process: "test".to_owned(),
            fault_points,
            wake_ups: AtomicU64::new(0),
        };
        Self { store, secrets, engine, seconds }
    }

    async fn set_secret(&self, secret: &str) {
        let name = SecretName::parse("site").unwrap();
        self.secrets.write_named(&workspace(), &name, &secret.to_owned().into()).await.unwrap();
    }

    fn at(&self, seconds: i64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    /// Tells an event and wakes its conversation.
    async fn hears(&self, conversation: &str, event: InboxEvent) -> Conversation {
        let key = key(conversation);
        self.store.record(&key, &of(conversation, event)).await.unwrap();
        self.engine.wake(&key).await.unwrap();
        self.state(conversation).await
    }

    async fn state(&self, conversation: &str) -> Conversation {
        let key = key(conversation);
        let loaded = self.store.load(&key).await.unwrap();
        item::read(&key.conversation, &loaded.state.unwrap()).unwrap()
    }

    /// Everything in the table, as text.
    fn table(&self) -> String {
        format!("{:?}", self.store.items())
    }

    fn nonces(&self) -> usize {
        self.store.items().iter().filter(|item| item.pk == "NONCE#demo").count()
    }
}

fn workspace() -> WorkspaceId {
    WorkspaceId::parse("demo").unwrap()
}

fn key(conversation: &str) -> ConversationKey {
    ConversationKey { workspace: workspace(), conversation: ConversationId::parse(conversation).unwrap() }
}

fn of(conversation: &str, mut event: InboxEvent) -> InboxEvent {
    event.event.conversation = ConversationId::parse(conversation).unwrap();
    event
}

fn with_token(mut event: InboxEvent, visitor: &str, token: &str) -> InboxEvent {
    let entries = [("player_token", token), ("tier", "gold")];
    event.event.told.visitor = Some(Visitor {
        id: VisitorId::parse(visitor).ok(),
        custom: CustomInfo::of(entries.map(|(key, value)| (key.to_owned(), value.to_owned()))),
        ..Visitor::default()
    });
    event
}

/// A chat opens on a page that shows a token.
fn opened(seconds: i64, visitor: &str, token: &str) -> InboxEvent {
    let told = Told { brand: BrandId::parse(BRAND).ok(), opened_at: Some(at(seconds)), ..Told::default() };
    with_token(inbox(seconds, EventKind::Created, told), visitor, token)
}

fn token(player: &str, expires: i64, nonce: &str) -> String {
    signed_with(SECRET, player, expires, nonce)
}

fn signed_with(secret: &str, player: &str, expires: i64, nonce: &str) -> String {
    let player = BASE64_URL_SAFE_NO_PAD.encode(player);
    let text = format!("v1.{player}.{}.{nonce}", at(expires).as_second());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes())))
}

fn refusals(conversation: &Conversation) -> Vec<Refusal> {
    conversation.player.refusals.iter().map(|refused| refused.why).collect()
}

#[tokio::test]
async fn a_site_vouches_for_a_player_and_its_token_is_kept_nowhere() {
    let world = World::new().await;
    let token = token("P-20417", 300, "n-1");
    let player = world.hears("9001", opened(0, "30", &token)).await.player;
    assert_eq!((player.level, player.how, player.since), (Level::Verified, Some(How::Signed), Some(at(0))));
    assert_eq!(player.id.unwrap().as_str(), "P-20417");
    assert_eq!(world.nonces(), 1);
    let table = world.table();
    assert!(table.contains("gold"), "the other information is kept");
    for part in token.split('.').skip(3) {
        assert!(!table.contains(part), "{part} is in the table");
    }
    assert!(!table.contains("player_token\":\"v1"), "{table}");
}

#[tokio::test]
async fn the_same_token_comes_with_each_event_and_is_looked_at_once() {
    let world = World::new().await;
    let token = token("P", 300, "n");
    world.hears("9001", opened(0, "30", &token)).await;
    world.at(10_000);
    let conversation = world.hears("9001", with_token(attender(10_000, ADA), "30", &token)).await;
    // It has expired since, and held when it was shown.
    assert_eq!((conversation.player.level, refusals(&conversation)), (Level::Verified, vec![]));
    assert_eq!(world.nonces(), 1);
    world.at(13 * 3_600);
    let conversation = world.hears("9001", with_token(attender(13 * 3_600, BEN), "30", &token)).await;
    assert_eq!((conversation.player.level, refusals(&conversation)), (Level::Claimed, vec![Refusal::Expired]));
}

#[tokio::test]
async fn a_token_works_in_one_conversation_only() {
    let world = World::new().await;
    let token = token("P", 300, "n");
    world.hears("9001", opened(0, "30", &token)).await;
    let same = world.hears("9002", opened(5, "30", &token)).await;
    assert_eq!((same.player.level, refusals(&same)), (Level::Anonymous, vec![Refusal::Replayed]));
    let other = world.hears("9003", opened(6, "31", &token)).await;
    assert_eq!((other.player.level, refusals(&other)), (Level::Anonymous, vec![Refusal::OtherVisitor]));
    assert_eq!(world.state("9001").await.player.level, Level::Verified);
    assert_eq!(world.nonces(), 1);
}

#[tokio::test]
async fn of_two_conversations_at_once_one_gets_the_token() {
    let server = MockServer::start().await;
    let world = World::stopping_at(FaultPoints::asking(support::http(), &server.uri())).await;
    world.set_secret(SECRET).await;
    // When the first has looked, and before it commits, a second conversation takes the token.
    let (store, taken) = (world.store.clone(), AtomicU64::new(0));
    let named = shared::identity::Used::name(
        &shared::identity::verify(
            &token("P", 300, "n"),
            &[SECRET.to_owned().into()],
            &serde_json::from_value(json!({"secrets": ["site"]})).unwrap(),
            at(0),
        )
        .unwrap(),
    );
    let first_comes_late = move |_: &Request| {
        if taken.fetch_add(1, Ordering::SeqCst) == 0 {
            let body = json!({"conversation": "9002", "visitor": "31"}).to_string();
            let (partition, name) = ("NONCE#demo".to_owned(), named.clone());
            let write = DocumentWrite { partition, name, expected: Expected::Absent, body, expires_at: None };
            store.put_document(&write).now_or_never().unwrap().unwrap();
        }
        ResponseTemplate::new(200).set_body_json(Value::Null)
    };
    let loaded = matchers::path("/_control/steps/9001/loaded");
    Mock::given(loaded).respond_with(first_comes_late).mount(&server).await;
    let conversation = world.hears("9001", opened(0, "30", &token("P", 300, "n"))).await;
    assert_eq!((conversation.player.level, refusals(&conversation)), (Level::Anonymous, vec![Refusal::OtherVisitor]));
    assert_eq!((world.nonces(), conversation.player.id), (1, None));
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_recorded_and_asked_for_again() {
    let world = World::without_secret().await;
    let token = token("P", 300, "n");
    let conversation = world.hears("9001", opened(0, "30", &token)).await;
    assert_eq!((conversation.player.level, refusals(&conversation)), (Level::Anonymous, vec![Refusal::NoSecret]));
    world.set_secret(SECRET).await;
    world.at(60);
    let conversation = world.hears("9001", with_token(attender(60, ADA), "30", &token)).await;
    assert_eq!((conversation.player.level, refusals(&conversation)), (Level::Verified, vec![Refusal::NoSecret]));
}

#[tokio::test]
async fn a_secret_that_is_too_short_verifies_nobody() {
    let world = World::without_secret().await;
    world.set_secret("short").await;
    let conversation = world.hears("9001", opened(0, "30", &signed_with("short", "P", 300, "n"))).await;
    assert_eq!((conversation.player.level, refusals(&conversation)), (Level::Anonymous, vec![Refusal::NoSecret]));
}

#[tokio::test]
async fn a_forged_token_is_refused_once_however_often_it_comes() {
    let world = World::new().await;
    let forged = signed_with("another secret that is long enough", "P", 300, "n");
    for seconds in 0..5 {
        world.hears("9001", with_token(attender(seconds, ADA), "30", &forged)).await;
    }
    world.hears("9001", opened(6, "30", &forged)).await;
    let conversation = world.hears("9001", with_token(attender(7, BEN), "30", &forged)).await;
    assert_eq!((conversation.player.level, refusals(&conversation)), (Level::Anonymous, vec![Refusal::Signature]));
    assert_eq!(world.nonces(), 0);
}

#[tokio::test]
async fn a_token_of_a_brand_that_asks_for_none_is_not_looked_at_and_not_kept() {
    let world = World::new().await;
    let mut event = opened(0, "30", &token("P", 300, "n"));
    event.event.told.brand = BrandId::parse("999").ok();
    let conversation = world.hears("9001", event).await;
    assert_eq!((conversation.player.level, refusals(&conversation)), (Level::Anonymous, vec![]));
    assert!(!world.table().contains("v1."), "{}", world.table());
}

#[tokio::test]
async fn who_logs_in_as_another_during_a_chat_is_the_other() {
    let world = World::new().await;
    world.hears("9001", opened(0, "30", &token("P", 300, "n"))).await;
    world.at(20);
    let conversation = world.hears("9001", with_token(attender(20, ADA), "30", &token("Q", 300, "m"))).await;
    assert_eq!(conversation.player.id.as_ref().unwrap().as_str(), "Q");
    // The delivery of an earlier event that was late.
    let late = world.hears("9001", with_token(attender(10, BEN), "30", &token("P", 300, "n"))).await;
    assert_eq!(late.player.id.unwrap().as_str(), "Q");
    assert_eq!(world.nonces(), 2);
}
