//! What can be said after a call that writes.

use serde_json::{Value, json};
use shared::domain::tool::{Write, WriteState};
use shared::tools::{Decision, Performed};
use wiremock::matchers::{any, body_json, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{called, decided, failed, now, perform, raw, request, settings, unknown};

fn write() -> Value {
    json!({"access": "write", "method": "POST", "timeout_ms": 500})
}

async fn written(answer: ResponseTemplate) -> Performed {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    called(&server.uri(), write(), json!({})).await
}

#[tokio::test]
async fn a_write_is_sent_with_its_key_and_the_same_one_when_it_is_repeated() {
    let server = MockServer::start().await;
    let body = body_json(json!({"q": "x"}));
    let ok = ResponseTemplate::new(201).set_body_json(json!({"id": 7}));
    Mock::given(method("POST")).and(body).respond_with(ok).expect(2).mount(&server).await;
    let settings = settings(&server.uri(), &write());
    let Decision::Write { request, key } = decided(&settings, json!({"q": "x"}), &[]) else { panic!("no write") };
    assert_eq!(perform(&request).await, Performed::Answered { answer: json!({"id": 7}) });

    let begun = Write {
        key: key.clone(),
        tool: request.tool().clone(),
        arguments: String::new(),
        at: now(),
        state: WriteState::Begun,
    };
    let Decision::Write { request, .. } = decided(&settings, json!({"q": "x"}), &[begun]) else { panic!("no write") };
    assert_eq!(perform(&request).await, Performed::Answered { answer: json!({"id": 7}) });
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| request.headers["idempotency-key"] == key.0.as_str()));
}

#[tokio::test]
async fn a_read_has_no_key() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    called(&server.uri(), json!({}), json!({})).await;
    assert!(!server.received_requests().await.unwrap()[0].headers.contains_key("idempotency-key"));
}

#[tokio::test]
async fn a_refused_write_was_not_done() {
    assert_eq!(written(ResponseTemplate::new(422)).await, Performed::Refused { status: 422, detail: None });
    failed(written(ResponseTemplate::new(429)).await);
}

#[tokio::test]
async fn of_a_write_whose_answer_is_missing_nobody_knows() {
    for status in [302, 303, 500, 502, 503, 504] {
        unknown(written(ResponseTemplate::new(status)).await);
    }
    let url = raw("", b"").await;
    let why = unknown(called(&url, write(), json!({})).await);
    assert!(why.starts_with("the company's system did not answer within"), "{why}");
    let url = raw("nonsense\r\n\r\n", b"").await;
    assert_eq!(unknown(called(&url, write(), json!({})).await), "the connection to the company's system broke");
}

#[tokio::test]
async fn a_write_that_succeeded_was_done_whatever_is_answered() {
    let long = "x".repeat(20_000);
    let broken = [
        ResponseTemplate::new(200).set_body_string(long),
        ResponseTemplate::new(200).set_body_raw("<html>", "text/html"),
        ResponseTemplate::new(200).set_body_raw("{", "application/json"),
    ];
    for answer in broken {
        let Performed::Answered { answer: Value::String(told) } = written(answer).await else { panic!("not done") };
        assert!(told.starts_with("It was done."), "{told}");
    }
    assert_eq!(written(ResponseTemplate::new(204)).await, Performed::Answered { answer: Value::Null });
}

#[tokio::test]
async fn a_repetition_that_is_refused_says_nothing_of_the_first_attempt() {
    let repeated = async |url: &str| {
        let settings = settings(url, &write());
        let Decision::Write { request: first, key } = decided(&settings, json!({}), &[]) else { panic!("no write") };
        let begun =
            Write { key, tool: first.tool().clone(), arguments: String::new(), at: now(), state: WriteState::Begun };
        unknown(perform(&request(decided(&settings, json!({}), &[begun]))).await)
    };
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(409)).mount(&server).await;
    assert_eq!(repeated(&server.uri()).await, "repeating it was refused with status 409");
    drop(server);
    assert_eq!(repeated("http://127.0.0.1:1").await, "the company's system could not be reached");
}
