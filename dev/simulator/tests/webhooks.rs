//! Webhooks over HTTP: their REST resource, their bodies, signatures, retries and failed executions.

#![allow(clippy::unwrap_used, clippy::doc_markdown, clippy::similar_names, reason = "tests")]

mod support;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use simulator::seed;
use support::{Received, Receiver, json_of, portal, until};

/// Verifies as a receiver would: the key is base64 of an SPKI, whose first 24 bytes name the algorithm.
fn is_signed_with(key: &str, received: &Received) -> bool {
    let Some(signature) = received.headers.get("x-siqsignature") else {
        return false;
    };
    let key = STANDARD.decode(key).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key[24..].to_vec());
    key.verify(&received.raw, &STANDARD.decode(signature.as_bytes()).unwrap()).is_ok()
}

#[tokio::test]
async fn a_plain_chat_arrives_in_order_in_signed_envelopes() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    let webhook = portal.webhook(&receiver.url).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    portal.rest(&nova, Method::POST, &format!("conversations/{id}/messages"), json!({"text": "Hello"})).await;
    portal.post(&format!("visitors/conversations/{id}/messages"), json!({"text": "Hi"})).await;
    portal.act(seed::OPERATOR_NOVA, "close", &id).await;

    let received = receiver.wait_for(5).await;
    assert_eq!(receiver.events(), ["created", "attender.updated", "operator.replied", "visitor.replied", "completed"]);
    let key = webhook["public_keys"][0]["key"].as_str().unwrap();
    assert!(received.iter().all(|r| is_signed_with(key, r)));
    let envelope = &received[0].body;
    assert_eq!(envelope["entity_id"], id);
    assert_eq!(envelope["org_id"], seed::ORG_ID);
    assert_eq!(envelope["app_id"], seed::BRAND_LUMEN);
    assert_eq!(envelope["webhook"]["id"], webhook["id"]);
    assert_eq!((&envelope["attempt"], &envelope["version"]), (&json!(1), &json!("1")));
    let entity = &envelope["entity"];
    for field in [
        "visitor_conversation_id",
        "reference_id",
        "opened_time",
        "department_id",
        "question",
        "visitor",
        "chat_status",
    ] {
        assert!(entity.get(field).is_some(), "{field} is absent in {entity}");
    }
    assert_eq!(entity["visitor"]["email_id"], "james@example.com");
    assert_eq!(entity["chat_initiated_url"], "https://lumen.example/bonus");
    assert_eq!(entity["customer_info"], json!({"tier": "gold"}));
    let owner = &received[1].body["entity"]["owner"];
    assert_eq!((&owner["id"], &owner["type"]), (&json!(seed::OPERATOR_NOVA), &json!("operator")));
    let echo = &received[2].body["entity"]["message"];
    assert_eq!((&echo["sender"]["id"], &echo["sender"]["type"]), (&json!(seed::OPERATOR_NOVA), &json!("operator")));
    assert!(echo["msgid"].is_string());
    assert_eq!(received[3].body["entity"]["message"]["sender"]["type"], "visitor");
    assert_eq!(received[4].body["entity"]["ended_by"], "agent");
}

#[tokio::test]
async fn a_failed_execution_is_tried_four_times_listed_and_run_again() {
    let portal = portal().await;
    let receiver = Receiver::answering(&[500, 300, 404, 503]).await;
    let webhook = portal.webhook(&receiver.url).await;
    let webhook = webhook["id"].as_str().unwrap();
    portal.chat().await;
    let attempts = receiver.wait_for(4).await;
    let counts: Vec<_> = attempts.iter().map(|r| r.body["attempt"].as_u64().unwrap()).collect();
    assert_eq!(counts, [1, 2, 3, 4]);

    let ada = portal.token(seed::OPERATOR_ADA).await;
    let path = format!("webhooks/{webhook}/executions");
    let failed = until("the execution was listed", || async {
        let list = portal.rest(&ada, Method::GET, &path, Value::Null).await;
        list["data"].get(0).cloned()
    })
    .await;
    assert_eq!(failed["event"], "conversation.created");
    let answer = portal.rest(&ada, Method::POST, &path, json!({"ids": [failed["id"], "unknown"]})).await;
    assert_eq!(answer["data"]["skipped"], json!(["unknown"]));
    receiver.wait_for(5).await;
    let left = portal.rest(&ada, Method::GET, &path, Value::Null).await;
    assert_eq!(left["data"], json!([]));
}

#[tokio::test]
async fn a_retry_does_not_hold_up_what_comes_after() {
    let portal = portal().await;
    portal.put("settings", json!({"webhook_retry_ms": 3_600_000})).await;
    let receiver = Receiver::answering(&[500]).await;
    portal.webhook(&receiver.url).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    receiver.wait_for(2).await;
    portal.post("clock", json!({"advance_ms": 3_600_000})).await;
    receiver.wait_for(3).await;
    // The hour also made nothing of the chat: it was picked up.
    assert_eq!(receiver.events(), ["created", "attender.updated", "created"]);
}

#[tokio::test]
async fn flat_bodies_and_numeric_ids_can_be_had_per_webhook() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    let events = ["conversation.created"];
    portal.post("webhooks", json!({"url": receiver.url, "events": events, "flat": true, "numeric_ids": true})).await;
    let id = portal.chat().await;
    let body = receiver.wait_for(1).await[0].body.clone();
    assert!(body.get("entity").is_none());
    assert_eq!(body["id"].to_string(), id);
    assert!(body["opened_time"].is_string());
}

#[tokio::test]
async fn a_webhook_is_made_only_when_its_url_answers_head() {
    let portal = portal().await;
    let ada = portal.token(seed::OPERATOR_ADA).await;
    let receiver = Receiver::new().await;
    let body = |url: &str| json!({"type": "data", "url": url, "events": ["conversation.created"], "secured": true});
    let bad = portal.rest(&ada, Method::POST, "webhooks", body("http://127.0.0.1:9/none")).await;
    assert_eq!(bad["error"]["json_key"], "url");
    let made = portal.rest(&ada, Method::POST, "webhooks", body(&receiver.url)).await;
    assert_eq!(made["object"], "webhook");
    for field in
        ["url", "status", "type", "version", "secured", "events", "app_ids", "failures_count", "public_keys", "creator"]
    {
        assert!(made["data"].get(field).is_some(), "{field} is absent in {made}");
    }
}

#[tokio::test]
async fn the_oldest_of_two_keys_signs_and_a_third_is_refused() {
    let portal = portal().await;
    let ada = portal.token(seed::OPERATOR_ADA).await;
    let receiver = Receiver::new().await;
    let webhook = portal.webhook(&receiver.url).await;
    let id = webhook["id"].as_str().unwrap();
    let two = portal.rest(&ada, Method::POST, &format!("webhooks/{id}/keys"), Value::Null).await;
    let keys: Vec<_> =
        two["data"]["public_keys"].as_array().unwrap().iter().map(|k| k["key"].as_str().unwrap().to_owned()).collect();
    let oldest = two["data"]["public_keys"][0]["id"].as_str().unwrap();
    assert_eq!(
        portal.rest(&ada, Method::POST, &format!("webhooks/{id}/keys"), Value::Null).await["error"]["code"],
        1017
    );
    portal.chat().await;
    assert!(is_signed_with(&keys[0], &receiver.wait_for(1).await[0]));
    portal.rest(&ada, Method::DELETE, &format!("webhooks/{id}/keys/{oldest}"), Value::Null).await;
    portal.chat().await;
    assert!(is_signed_with(&keys[1], &receiver.wait_for(2).await[1]));
}

#[tokio::test]
async fn a_body_can_be_delivered_by_hand_signed_well_or_badly() {
    let portal = portal().await;
    let receiver = Receiver::answering(&[202]).await;
    let keys = portal.get("keys").await;
    let (own, stranger) = (keys["portal"][0].as_str().unwrap(), keys["stranger"].as_str().unwrap());
    let answer = portal.post("deliver", json!({"url": receiver.url, "body": {"event": "x"}})).await;
    assert_eq!(answer["status"], 202);
    for (sign, raw) in [("none", "{\"event\": \"y\"}"), ("garbage", "not json"), ("other_key", "{}")] {
        portal
            .post("deliver", json!({"url": receiver.url, "raw": raw, "sign": sign, "headers": {"x-test": sign}}))
            .await;
    }
    let received = receiver.received();
    assert!(is_signed_with(own, &received[0]));
    assert!(received[1].headers.get("x-siqsignature").is_none());
    assert_eq!((&received[2].raw[..], received[2].headers["x-test"].as_bytes()), (&b"not json"[..], &b"garbage"[..]));
    assert!(!is_signed_with(own, &received[2]));
    assert!(is_signed_with(stranger, &received[3]) && !is_signed_with(own, &received[3]));
}

#[tokio::test]
async fn a_thousand_chats_are_delivered_each_once() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    for _ in 0..1_000 {
        portal.chat().await;
    }
    let received = receiver.wait_for(1_000).await;
    let mut ids: Vec<_> = received.iter().map(|r| r.body["entity_id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 1_000);
    let health = json_of(portal.client.get(portal.url("/_control/health")).send().await.unwrap()).await;
    assert_eq!(health["status"], "ok");
}
