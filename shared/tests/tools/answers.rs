//! What is made of answers.

use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::id::WorkspaceId;
use shared::tools::Performed;
use wiremock::matchers::{any, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{called, decided, failed, now, raw, request, settings, toolbox};

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn answered(answer: ResponseTemplate) -> Performed {
    called(&answering(answer).await.uri(), json!({}), json!({})).await
}

fn typed(body: &'static [u8], mime: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, mime)
}

#[tokio::test]
async fn json_and_plain_text_are_answers() {
    let bodies: [(&'static [u8], &str, Value); 5] = [
        (b"{\"state\": \"open\"}", "application/json", json!({"state": "open"})),
        (b"[1]", "application/problem+json; charset=UTF-8", json!([1])),
        ("schön".as_bytes(), "text/plain", json!("schön")),
        (b"a\xffb", "text/plain; charset=utf-8", json!("a\u{fffd}b")),
        (b"", "text/html", Value::Null),
    ];
    for (body, mime, answer) in bodies {
        assert_eq!(answered(typed(body, mime)).await, Performed::Answered { answer }, "{mime}");
    }
    assert_eq!(answered(ResponseTemplate::new(204)).await, Performed::Answered { answer: Value::Null });
}

#[tokio::test]
async fn nothing_else_is_an_answer() {
    let bodies: [(&'static [u8], &str); 6] = [
        (b"<html>Log in</html>", "text/html"),
        (b"{\"state\": ", "application/json"),
        (b"{}", "application/octet-stream"),
        (b"{}", "application/json; charset=utf-16"),
        (b"\x89PNG", "image/png"),
        (b"{}", ""),
    ];
    for (body, mime) in bodies {
        failed(answered(typed(body, mime)).await);
    }
    let compressed = typed(b"\x1f\x8b", "application/json").insert_header("content-encoding", "gzip");
    assert!(failed(answered(compressed).await).contains("compressed"));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read_to_its_end() {
    let announced = typed(b"\"0123456789\"", "application/json");
    let server = answering(announced).await;
    let limit = |bytes: u32| json!({ "answer_bytes": bytes });
    assert_eq!(called(&server.uri(), limit(12), json!({})).await, Performed::Answered { answer: json!("0123456789") });
    assert_eq!(failed(called(&server.uri(), limit(11), json!({})).await), "the answer has more than 11 bytes");

    let endless = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
    let url = raw(endless, b"10\r\n0123456789abcdef\r\n").await;
    assert_eq!(failed(called(&url, limit(16_384), json!({})).await), "the answer has more than 16384 bytes");
}

#[tokio::test]
async fn a_system_that_is_too_slow_is_not_waited_for() {
    let url = raw("", b"").await;
    let why = failed(called(&url, json!({"timeout_ms": 100}), json!({})).await);
    assert!(why.starts_with("the company's system did not answer within"), "{why}");

    let begun = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    let url = raw(begun, b"").await;
    let why = failed(called(&url, json!({"timeout_ms": 100}), json!({})).await);
    assert_eq!(why, "the answer broke off or took too long");
}

#[tokio::test]
async fn a_call_takes_no_longer_than_the_turn_has_left() {
    let url = raw("", b"").await;
    let request = request(decided(&settings(&url, &json!({"timeout_ms": 30_000})), json!({}), &[]));
    let workspace = WorkspaceId::parse("demo").unwrap();
    let toolbox = toolbox().await;
    let slow = toolbox.perform(&workspace, &request, Duration::from_millis(100), now()).await;
    assert!(failed(slow).starts_with("the company's system did not answer within"));
    let none_left = toolbox.perform(&workspace, &request, Duration::ZERO, now()).await;
    assert_eq!(failed(none_left), "there is no time left for it");
}

#[tokio::test]
async fn a_refusal_tells_what_the_system_says_and_an_error_does_not() {
    let body = json!({"error": "no such order"});
    let refused = answered(ResponseTemplate::new(404).set_body_json(&body)).await;
    assert_eq!(refused, Performed::Refused { status: 404, detail: Some(body.to_string()) });
    let page = answered(ResponseTemplate::new(403).set_body_raw("<html>", "text/html")).await;
    assert_eq!(page, Performed::Refused { status: 403, detail: None });
    assert!(failed(answered(ResponseTemplate::new(429)).await).contains("busy"));
    let broken = failed(answered(ResponseTemplate::new(500).set_body_string("stack trace")).await);
    assert_eq!(broken, "the company's system failed with status 500");
}

#[tokio::test]
async fn arguments_arrive_as_they_were_given() {
    let server = MockServer::start().await;
    let got =
        Mock::given(method("GET")).and(path("/find/p7")).and(query_param("q", "a b&c=ü/..")).and(query_param("v", "1"));
    got.respond_with(ResponseTemplate::new(200).set_body_json(json!(1))).expect(1).mount(&server).await;
    let url = format!("{}/find/{{player.id}}?v=1", server.uri());
    let performed = called(&url, json!({}), json!({"q": "a b&c=ü/.."})).await;
    assert_eq!(performed, Performed::Answered { answer: json!(1) });
}
