//! A running simulator and the few words tests need to talk to it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses what it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, reason = "tests")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::any;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use simulator::{Options, Running, seed};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

pub struct Portal {
    pub running: Running,
    pub client: Client,
}

pub async fn portal() -> Portal {
    portal_with(Options { retry_after: Duration::from_millis(20), ..Options::default() }).await
}

pub async fn portal_with(options: Options) -> Portal {
    // The tests' own client: reqwest is built without a provider of its own.
    drop(rustls::crypto::ring::default_provider().install_default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = simulator::serve(listener, options).unwrap();
    #[expect(clippy::disallowed_methods, reason = "plain HTTP to the server of the test")]
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    Portal { running, client: client.build().unwrap() }
}

impl Portal {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.base_url())
    }

    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let answer =
            self.client.request(method, self.url(&format!("/_control/{path}"))).json(&body).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub async fn get(&self, path: &str) -> Value {
        self.control(Method::GET, path, json!({})).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.control(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Value {
        self.control(Method::PUT, path, body).await
    }

    /// A token outside Zoho's limits.
    pub async fn token(&self, operator: &str) -> String {
        let answer = self.post("tokens", json!({"operator": operator})).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn org_token(&self) -> String {
        let answer = self.post("tokens", json!({"org": true})).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub fn request(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, self.url(&format!("/api/v2/{}/{path}", seed::SCREEN_NAME)));
        request.header("authorization", format!("Zoho-oauthtoken {token}"))
    }

    /// A REST call as this operator.
    pub async fn rest(&self, token: &str, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.request(token, method, path);
        if !body.is_null() {
            request = request.json(&body);
        }
        json_of(request.send().await.unwrap()).await
    }

    /// A chat that a visitor just started with Lumen Casino's Player Support.
    pub async fn chat(&self) -> String {
        self.chat_of(json!({})).await
    }

    pub async fn chat_of(&self, more: Value) -> String {
        let mut opening = json!({
            "brand_id": seed::BRAND_LUMEN,
            "department_id": seed::DEPARTMENT_SUPPORT,
            "question": "Where is my bonus?",
            "visitor": {"name": "James Hill", "email": "james@example.com"},
            "page_url": "https://lumen.example/bonus",
            "customer_info": {"tier": "gold"},
        });
        opening.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let conversation = self.post("visitors/conversations", opening).await;
        conversation["id"].as_str().unwrap().to_owned()
    }

    pub async fn conversation(&self, id: &str) -> Value {
        self.get(&format!("conversations/{id}")).await
    }

    pub async fn act(&self, operator: &str, what: &str, conversation: &str) -> Value {
        self.post(&format!("operators/{operator}/{what}"), json!({"conversation": conversation, "text": "Hello"})).await
    }

    /// A webhook for every conversation event, signed with the portal's first key.
    pub async fn webhook(&self, url: &str) -> Value {
        let events = [
            "created",
            "attender.updated",
            "missed",
            "operator.replied",
            "visitor.replied",
            "completed",
            "rated",
            "transfer.initiated",
            "transfer.accepted",
            "transfer.rejected",
            "participants.added",
            "message.edited",
            "message.deleted",
            "reopened",
        ];
        let events: Vec<_> = events.iter().map(|e| format!("conversation.{e}")).collect();
        self.post("webhooks", json!({"url": url, "events": events})).await
    }
}

pub async fn json_of(response: Response) -> Value {
    response.json().await.unwrap()
}

/// Waits until a condition holds; fails after ten seconds.
pub async fn until<F: Future<Output = Option<T>>, T>(what: &str, mut condition: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What a receiver of webhooks got.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub raw: Bytes,
    pub body: Value,
}

#[derive(Debug, Default)]
struct Inbox {
    received: Vec<Received>,
    answers: VecDeque<u16>,
}

/// An address that takes webhooks.
#[derive(Clone)]
pub struct Receiver {
    inbox: Arc<Mutex<Inbox>>,
    pub url: String,
}

impl Receiver {
    /// Answers with these statuses in turn, then with 200. HEAD is always 200.
    pub async fn answering(statuses: &[u16]) -> Self {
        let inbox = Arc::new(Mutex::new(Inbox { answers: statuses.iter().copied().collect(), ..Inbox::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", any(take)).with_state(Arc::clone(&inbox));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inbox, url }
    }

    pub async fn new() -> Self {
        Self::answering(&[]).await
    }

    pub fn received(&self) -> Vec<Received> {
        self.inbox.lock().unwrap().received.clone()
    }

    pub fn events(&self) -> Vec<String> {
        let short =
            |r: &Received| r.body["event"].as_str().unwrap_or_default().trim_start_matches("conversation.").to_owned();
        self.received().iter().map(short).collect()
    }

    /// Waits for this many deliveries.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        until(&format!("{count} deliveries came"), || async {
            let received = self.received();
            (received.len() >= count).then_some(received)
        })
        .await
    }
}

async fn take(State(inbox): State<Arc<Mutex<Inbox>>>, method: Method, headers: HeaderMap, raw: Bytes) -> StatusCode {
    if method == Method::HEAD {
        return StatusCode::OK;
    }
    let mut inbox = inbox.lock().unwrap();
    let body = serde_json::from_slice(&raw).unwrap_or_default();
    inbox.received.push(Received { headers, raw, body });
    let status = inbox.answers.pop_front().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}
