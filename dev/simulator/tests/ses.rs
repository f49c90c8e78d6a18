//! The gate in front of SES: what it passes on, what it keeps, and how it makes SES fail.

#![allow(clippy::unwrap_used, clippy::doc_markdown, reason = "tests")]

mod support;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use simulator::Options;
use std::sync::{Arc, Mutex};
use support::{Portal, portal, portal_with};
use tokio::net::TcpListener;

/// An SES that takes everything, with what it got.
type Got = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

const TAKEN: &str =
    "<SendRawEmailResponse><SendRawEmailResult><MessageId>m-1</MessageId></SendRawEmailResult></SendRawEmailResponse>";

async fn with_ses() -> (Portal, Got) {
    let got = Got::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    let take = async |State(got): State<Got>, headers: HeaderMap, body: Bytes| {
        got.lock().unwrap().push((headers, body));
        ([("content-type", "text/xml")], TAKEN)
    };
    let router = Router::new().route("/", any(take)).with_state(Arc::clone(&got));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (portal_with(Options { ses_upstream: Some(upstream), ..Options::default() }).await, got)
}

const MESSAGE: &str = "Subject: A chat\r\n\r\nHello + goodbye";

/// A mail as the SDK sends it: status and body, or none when the connection closed.
async fn send(portal: &Portal, to: &str) -> Option<(u16, String)> {
    let call = portal.client.post(portal.url("/_ses/")).header("authorization", "AWS4-HMAC-SHA256 Credential=local");
    let call = call.header("x-amz-date", "20260101T000000Z").form(&[
        ("Action", "SendRawEmail"),
        ("Source", "Lumen <support@lumen.example>"),
        ("Destinations.member.1", to),
        ("RawMessage.Data", &STANDARD.encode(MESSAGE)),
    ]);
    let answer = call.send().await.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.text().await.ok()?))
}

async fn fault(portal: &Portal, to: &str, action: Value) {
    portal.put("faults", json!([{"match": {"what": "ses", "to": to}, "do": action, "times": 1}])).await;
}

#[tokio::test]
async fn a_mail_is_passed_on_unchanged_and_kept() {
    let (portal, got) = with_ses().await;
    assert_eq!(send(&portal, "in@a.example").await, Some((200, TAKEN.to_owned())));
    let (headers, body) = got.lock().unwrap()[0].clone();
    assert_eq!(
        (&headers["x-amz-date"], headers.contains_key("authorization")),
        (&"20260101T000000Z".parse().unwrap(), true)
    );
    assert!(String::from_utf8_lossy(&body).contains("Destinations.member.1=in%40a.example"));
    let mails = portal.get("mails?to=in@a.example").await;
    assert_eq!((&mails[0]["from"], &mails[0]["message_id"]), (&json!("support@lumen.example"), &json!("m-1")));
    assert_eq!(STANDARD.decode(mails[0]["raw_base64"].as_str().unwrap()).unwrap(), MESSAGE.as_bytes());
    assert_eq!(portal.get("mails?to=else@a.example").await, json!([]));
}

#[tokio::test]
async fn the_call_is_logged_without_its_body() {
    let (portal, _) = with_ses().await;
    send(&portal, "in@a.example").await;
    let calls = portal.get("calls?to=in@a.example").await;
    assert_eq!(
        (&calls[0]["api"], &calls[0]["status"], &calls[0]["performed"]),
        (&json!("ses"), &json!(200), &json!(true))
    );
    assert!(!calls.to_string().contains(&STANDARD.encode(MESSAGE)));
}

#[tokio::test]
async fn a_definite_error_is_answered_as_ses_does_and_strikes_one_address_only() {
    let (portal, got) = with_ses().await;
    fault(&portal, "in@a.example", json!({"error_code": "Throttling"})).await;
    assert_eq!(send(&portal, "in@b.example").await.unwrap().0, 200);
    let (status, body) = send(&portal, "in@a.example").await.unwrap();
    assert!(status == 400 && body.contains("<Code>Throttling</Code>"), "{body}");
    assert_eq!(send(&portal, "in@a.example").await.unwrap().0, 200, "the rule is used up");
    assert_eq!(got.lock().unwrap().len(), 2);
    assert_eq!(portal.get("calls?to=in@a.example").await[0]["error_code"], "Throttling");
}

#[tokio::test]
async fn a_dropped_mail_is_not_sent_and_a_lost_answer_is_of_one_that_was() {
    let (portal, got) = with_ses().await;
    fault(&portal, "in@a.example", json!({"drop": true})).await;
    assert_eq!(send(&portal, "in@a.example").await, None);
    assert_eq!(got.lock().unwrap().len(), 0);
    fault(&portal, "in@a.example", json!({"lose_answer": true})).await;
    assert_eq!(send(&portal, "in@a.example").await, None);
    assert_eq!(got.lock().unwrap().len(), 1);
    assert_eq!(portal.get("mails").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_an_ses_behind_it_the_service_is_unavailable() {
    let portal = portal().await;
    let (status, body) = send(&portal, "in@a.example").await.unwrap();
    assert!(status == 503 && body.contains("--ses-upstream"), "{body}");
}
