//! The company's own systems, as a test wants them: a model that says what it is told to, and an API for tools.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::routing::any;
use serde_json::{Value, json};

/// The company's servers, gone with the value.
pub struct Company {
    /// `http://127.0.0.1:PORT`: the model is at `/v1`, everything else is the API.
    pub url: String,
    kept: Kept,
    server: tokio::task::JoinHandle<()>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET /orders/77`.
    pub line: String,
    /// By lower-case names.
    pub headers: BTreeMap<String, String>,
    /// JSON, else null.
    pub body: Value,
}

#[derive(Default)]
struct Inner {
    completions: Vec<Value>,
    answers: BTreeMap<String, Value>,
    requests: Vec<Request>,
}

type Kept = Arc<Mutex<Inner>>;

impl Company {
    /// Opens for business.
    pub async fn open() -> Self {
        let kept = Kept::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(any(answer)).with_state(Arc::clone(&kept));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.expect("a server") });
        Self { url, kept, server }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The model calls a tool when it is asked next and nothing is before it.
    pub fn model_calls(&self, name: &str, arguments: &Value) {
        let function = json!({"name": name, "arguments": arguments.to_string()});
        let call = json!({"id": "call_1", "type": "function", "function": function});
        self.model_writes(&json!({"role": "assistant", "content": null, "tool_calls": [call]}), "tool_calls");
    }

    /// The model says something when it is asked next and nothing is before it.
    pub fn model_says(&self, text: &str) {
        self.model_writes(&json!({"role": "assistant", "content": text}), "stop");
    }

    fn model_writes(&self, message: &Value, stop: &str) {
        let choice = json!({"index": 0, "message": message, "finish_reason": stop});
        let usage = json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110});
        let completion = json!({"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage});
        self.kept().completions.push(completion);
    }

    /// What the API answers to a request line such as `GET /orders/77`; everything else is not found.
    pub fn api_answers(&self, line: &str, answer: Value) {
        self.kept().answers.insert(line.to_owned(), answer);
    }

    /// The requests to the API, or to the model, whose line begins so.
    #[must_use]
    pub fn requests(&self, beginning: &str) -> Vec<Request> {
        self.kept().requests.iter().filter(|request| request.line.starts_with(beginning)).cloned().collect()
    }

    /// The settings of the model; its prices are 1 a token read and 2 a token written, in millionths.
    #[must_use]
    pub fn backend(&self) -> Value {
        json!({
            "name": "scripted", "model": "scripted-1",
            "api": {"type": "openai", "base_url": format!("{}/v1", self.url), "secret": "model"},
            "prices": {"input_micros": 1_000_000, "output_micros": 2_000_000},
        })
    }

    /// The host and port, as tools' settings name it.
    #[must_use]
    pub fn host(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    State(kept): State<Kept>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, axum::Json<Value>) {
    let line = format!("{method} {uri}");
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()));
    let request = Request {
        line: line.clone(),
        headers: headers.collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.requests.push(request);
    let found = if line.starts_with("POST /v1/chat/completions") {
        (!kept.completions.is_empty()).then(|| kept.completions.remove(0))
    } else {
        kept.answers.get(&line).cloned()
    };
    match found {
        Some(answer) => (StatusCode::OK, axum::Json(answer)),
        None => (StatusCode::NOT_FOUND, axum::Json(json!({"error": {"message": "nothing is prepared for it"}}))),
    }
}
