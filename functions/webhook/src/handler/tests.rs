//! The handler from request to answer, and what it leaves behind.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use lambda_http::http::HeaderValue;
use lambda_http::request::from_str;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::Value;
use shared::bus::{CONVERSATION_NEWS, Sent, WakeUp};
use shared::domain::event::{EventKind, InboxEvent};
use shared::domain::id::ConversationId;
use shared::domain::settings::WorkspaceSettings;
use shared::store::dynamodb::create_table;
use shared::store::{Commit, DynamoDb, Memory, ReadEvent, StateItem};
use tokio::net::TcpListener;

use super::*;

const DELIVERY: &str = include_str!("../../../../events/webhook.delivery.json");
const REGISTRATION: &str = include_str!("../../../../events/webhook.registration.json");
const SIGNATURE: &str = "x-siqsignature";

/// A key pair of the simulator's.
struct Signer {
    private: &'static [u8],
    public: &'static str,
}

const FIRST: Signer = Signer {
    private: include_bytes!("../../../../dev/simulator/keys/simulator-only-portal-1.pk8.der"),
    public: include_str!("../../../../dev/simulator/keys/simulator-only-portal-1.spki.b64"),
};
const SECOND: Signer = Signer {
    private: include_bytes!("../../../../dev/simulator/keys/simulator-only-portal-2.pk8.der"),
    public: include_str!("../../../../dev/simulator/keys/simulator-only-portal-2.spki.b64"),
};

impl Signer {
    fn sign(&self, mut request: Request) -> Request {
        let key = KeyPair::from_pkcs8(self.private).unwrap();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), request.body(), &mut signature).unwrap();
        let header = HeaderValue::try_from(STANDARD.encode(signature)).unwrap();
        request.headers_mut().insert(SIGNATURE, header);
        request
    }
}

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn settings(keys: &[&Signer]) -> WorkspaceSettings {
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "org_id": "55778119", "data_centre": "eu", "bot_operator": "700",
        "default_department": "300", "escalation": {"last_resort_email": "duty@lumen.example"},
        "webhook_keys": keys.iter().map(|key| key.public.trim()).collect::<Vec<_>>(),
    }))
    .unwrap()
}

/// A webhook, with what it writes to in sight.
struct Subject<S> {
    webhook: Webhook<S>,
    sent: Arc<Mutex<Vec<Sent>>>,
    now: Arc<Mutex<Timestamp>>,
}

impl<S: Store + Clone> Subject<S> {
    fn on(store: &S) -> Self {
        let (sent, now) = (Arc::default(), Arc::new(Mutex::new(start())));
        let told = Arc::clone(&now);
        let webhook = Webhook {
            store: store.clone(),
            workspaces: Workspaces::new(store.clone()),
            bus: Bus::Memory(Arc::clone(&sent)),
            clock: Clock::of(move || *told.lock().unwrap()),
        };
        Self { webhook, sent, now }
    }

    async fn rotate_keys(&self, keys: &[&Signer]) {
        // Settings are written elsewhere than where they are kept.
        Workspaces::new(self.webhook.store.clone()).put_settings(&settings(keys)).await.unwrap();
    }

    fn later(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }

    /// The answer's status and reason.
    async fn asked(&self, request: Request) -> (u16, String) {
        let response = self.webhook.handle(request).await;
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        (response.status().as_u16(), body["reason"].as_str().unwrap().to_owned())
    }

    async fn unread(&self) -> Vec<InboxEvent> {
        self.webhook.store.load(&conversation()).await.unwrap().unread
    }

    fn wake_ups(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

/// A webhook whose workspace knows the first key.
async fn subject() -> Subject<Memory> {
    let subject = Subject::on(&Memory::new());
    subject.rotate_keys(&[&FIRST]).await;
    subject
}

/// The conversation of the example delivery.
fn conversation() -> ConversationKey {
    ConversationKey {
        workspace: WorkspaceId::parse("demo").unwrap(),
        conversation: ConversationId::parse("19367000000130079").unwrap(),
    }
}

/// The example delivery, unsigned.
fn delivery() -> Request {
    from_str(DELIVERY).unwrap()
}

/// The example delivery with another body, unsigned.
fn delivery_of(body: impl Into<Body>) -> Request {
    delivery().map(|_| body.into())
}

/// The example delivery with another value in its payload, unsigned.
fn delivery_with(name: &str, value: Value) -> Request {
    let mut payload: Value = serde_json::from_slice(delivery().body()).unwrap();
    payload[name] = value;
    delivery_of(payload.to_string())
}

fn said(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}

/// A table on a server that is, or is not, there.
fn dynamodb(address: SocketAddr) -> aws_sdk_dynamodb::Client {
    let config = shared::http::aws_config_within(Duration::from_secs(2))
        .into_builder()
        .endpoint_url(format!("http://{address}"))
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
        // Not the process's shared client: its connections end with the runtime of one test.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_dynamodb::Client::new(&config)
}

async fn unreachable_table() -> DynamoDb {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    DynamoDb::new(dynamodb(closed), "table".to_owned())
}

#[tokio::test]
async fn a_registration_is_answered_without_touching_anything() {
    let subject = Subject::on(&unreachable_table().await);
    let response = subject.webhook.handle(from_str(REGISTRATION).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.body().is_empty());
    assert_eq!(subject.wake_ups(), 0);
}

#[tokio::test]
async fn a_new_delivery_is_stored_and_wakes_its_conversation() {
    let subject = subject().await;
    assert_eq!(subject.asked(FIRST.sign(delivery())).await, said(200, "stored"));
    let unread = subject.unread().await;
    assert_eq!(unread.len(), 1);
    assert!(matches!(unread[0].event.kind, EventKind::VisitorReplied { .. }), "{unread:?}");
    assert_eq!(unread[0].received_at, start());
    let wake_up = WakeUp::from(&conversation());
    assert_eq!(*subject.sent.lock().unwrap(), [Sent::Event { detail_type: CONVERSATION_NEWS, wake_up }]);
}

#[tokio::test]
async fn a_body_that_came_as_base64_is_verified_as_it_was_sent() {
    let subject = subject().await;
    let mut event: Value = serde_json::from_str(DELIVERY).unwrap();
    event["body"] = STANDARD.encode(event["body"].as_str().unwrap()).into();
    event["isBase64Encoded"] = true.into();
    let request = from_str(&event.to_string()).unwrap();
    assert!(matches!(request.body(), Body::Binary(_)));
    let signature = FIRST.sign(delivery()).headers()[SIGNATURE].clone();
    let (mut parts, body) = request.into_parts();
    parts.headers.insert(SIGNATURE, signature);
    assert_eq!(subject.asked(Request::from_parts(parts, body)).await, said(200, "stored"));
}

#[tokio::test]
async fn a_repetition_of_an_unread_delivery_wakes_again() {
    let subject = subject().await;
    for reason in ["stored", "already stored"] {
        assert_eq!(subject.asked(FIRST.sign(delivery())).await, said(200, reason));
    }
    assert_eq!(subject.unread().await.len(), 1);
    assert_eq!(subject.wake_ups(), 2);
}

#[tokio::test]
async fn a_repetition_of_a_read_delivery_wakes_nobody() {
    let subject = subject().await;
    subject.asked(FIRST.sign(delivery())).await;
    let dedup = subject.unread().await.remove(0).dedup;
    let state =
        StateItem { version: 1, body: "{}".to_owned(), wake_at: None, live: None, visitor: None, expires_at: None };
    let read = vec![ReadEvent { dedup, keep: None }];
    let (log, documents) = (Vec::new(), Vec::new());
    let commit = Commit { key: conversation(), expected: None, state, read, log, documents, now: start() };
    subject.webhook.store.commit(&commit).await.unwrap();

    assert_eq!(subject.asked(FIRST.sign(delivery())).await, said(200, "already read"));
    assert!(subject.unread().await.is_empty());
    assert_eq!(subject.wake_ups(), 1, "that of the first delivery");
}

#[tokio::test]
async fn an_unknown_event_of_a_conversation_is_stored_as_it_came() {
    let subject = subject().await;
    let unheard = delivery_with("event", "conversation.mood.changed".into());
    assert_eq!(subject.asked(FIRST.sign(unheard)).await, said(200, "stored"));
    let event = subject.unread().await.remove(0);
    assert_eq!(event.event.kind, EventKind::Unknown { name: Some("conversation.mood.changed".to_owned()) });
    assert!(event.raw.unwrap().contains("How long does a withdrawal take?"));
    assert_eq!(subject.wake_ups(), 1);
}

#[tokio::test]
async fn an_event_of_no_conversation_is_kept_once_and_wakes_nobody() {
    let subject = subject().await;
    let payload = json!({
        "event": "operator.updated", "event_time": "1566841905380", "org_id": "55778119",
        "entity_type": "operator", "entity_id": "700", "entity": {"id": "700", "name": "Nova"},
    });
    for reason in ["kept", "already kept"] {
        let request = FIRST.sign(delivery_of(payload.to_string()));
        assert_eq!(subject.asked(request).await, said(200, reason));
    }
    let kept = subject.webhook.store.documents("EVENTS#demo", "").await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&kept[0].body).unwrap(), payload);
    assert_eq!(subject.wake_ups(), 0);
}

#[tokio::test]
async fn a_missing_or_wrong_signature_is_refused_and_leaves_nothing() {
    let subject = subject().await;
    let before = subject.webhook.store.items();
    let mut unsigned = delivery();
    unsigned.headers_mut().remove(SIGNATURE);
    let changed = FIRST.sign(delivery()).map(|_| Body::from(r#"{"event":"conversation.completed"}"#));
    for request in [unsigned, delivery(), changed, SECOND.sign(delivery())] {
        assert_eq!(subject.asked(request).await, said(401, "the signature is missing or wrong"));
    }
    assert_eq!(subject.webhook.store.items(), before);
    assert_eq!(subject.wake_ups(), 0);
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused_before_it_is_verified() {
    let subject = subject().await;
    let of_size = |size: usize| delivery_of("x".repeat(size));
    assert_eq!(subject.asked(of_size(1024 * 1024 + 1)).await, said(413, "the body is larger than 1 MiB"));
    assert_eq!(subject.asked(of_size(1024 * 1024)).await.0, 401);
}

#[tokio::test]
async fn a_signed_body_that_is_no_json_object_is_refused() {
    let subject = subject().await;
    for body in ["not JSON", "[]", ""] {
        let answer = subject.asked(FIRST.sign(delivery_of(body))).await;
        assert_eq!(answer, said(400, "the body is not a JSON object"), "{body:?}");
    }
}

#[tokio::test]
async fn an_unknown_workspace_is_not_found() {
    let subject = subject().await;
    let mut event: Value = serde_json::from_str(DELIVERY).unwrap();
    for name in ["elsewhere", "No Name"] {
        event["pathParameters"]["workspace"] = name.into();
        let request = FIRST.sign(from_str(&event.to_string()).unwrap());
        assert_eq!(subject.asked(request).await, said(404, "no such workspace"), "{name}");
    }
}

#[tokio::test]
async fn a_payload_of_another_portal_is_refused_though_its_signature_fits() {
    let subject = subject().await;
    let foreign = FIRST.sign(delivery_with("org_id", "1".into()));
    assert_eq!(subject.asked(foreign).await, said(403, "org_id is not this workspace's"));
    assert!(subject.unread().await.is_empty());
    assert_eq!(subject.wake_ups(), 0);
}

#[tokio::test]
async fn a_new_key_is_accepted_once_the_settings_may_be_read_again() {
    let subject = subject().await;
    assert_eq!(subject.asked(FIRST.sign(delivery())).await.0, 200);
    subject.rotate_keys(&[&FIRST, &SECOND]).await;
    subject.later(5);
    assert_eq!(subject.asked(SECOND.sign(delivery())).await.0, 401, "read again every ten seconds at most");
    subject.later(6);
    assert_eq!(subject.asked(SECOND.sign(delivery())).await, said(200, "already stored"));
    assert_eq!(subject.asked(FIRST.sign(delivery())).await, said(200, "already stored"), "the old key still counts");
}

#[tokio::test]
async fn settings_that_cant_be_read_ask_for_another_try() {
    let subject = Subject::on(&unreachable_table().await);
    let answer = subject.asked(FIRST.sign(delivery())).await;
    assert_eq!(answer, said(503, "the settings can't be read; try again"));
    assert_eq!(subject.wake_ups(), 0);
}

#[tokio::test]
async fn an_event_that_cant_be_stored_asks_for_another_try_and_wakes_nobody() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let client = dynamodb(listener.local_addr().unwrap());
    // The table's server has a runtime to itself, with which it goes.
    let server = tokio::runtime::Runtime::new().unwrap();
    server.spawn(async {
        let listener = TcpListener::from_std(listener).unwrap();
        dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()).await;
    });
    create_table(&client, "table").await.unwrap();
    let subject = Subject::on(&DynamoDb::new(client, "table".to_owned()));
    subject.rotate_keys(&[&FIRST]).await;
    assert_eq!(subject.asked(FIRST.sign(delivery())).await, said(200, "stored"));

    server.shutdown_background();
    let answer = subject.asked(FIRST.sign(delivery())).await;
    assert_eq!(answer, said(503, "the event was not stored; try again"));
    assert_eq!(subject.wake_ups(), 1, "that of the first delivery");
}
