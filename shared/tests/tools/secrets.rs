//! The key to the company's system.

use serde_json::json;
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{called, failed};

async fn wants(name: &'static str, value: &'static str) -> MockServer {
    let server = MockServer::start().await;
    let ok = ResponseTemplate::new(200).set_body_json(json!(true));
    Mock::given(header(name, value)).respond_with(ok).expect(1).mount(&server).await;
    server
}

#[tokio::test]
async fn a_secret_is_sent_in_its_header() {
    let server = wants("authorization", "Bearer hush-hush").await;
    called(&server.uri(), json!({"secret": "key"}), json!({})).await;
    let server = wants("x-api-key", "hush-hush").await;
    called(&server.uri(), json!({"secret": "key", "secret_header": "X-Api-Key"}), json!({})).await;
}

#[tokio::test]
async fn a_tool_without_a_secret_sends_none() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    called(&server.uri(), json!({}), json!({})).await;
    let requests = server.received_requests().await.unwrap();
    assert!(!requests[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn without_its_secret_a_tool_is_not_called() {
    let server = MockServer::start().await;
    for (more, why) in [
        (json!({"secret": "other"}), "the key to the company's system is missing"),
        (json!({"secret": "key", "secret_header": "no header"}), "the key to the company's system is unusable"),
    ] {
        assert_eq!(failed(called(&server.uri(), more, json!({})).await), why);
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
