//! What the webhook answers, through the deployed HTTP API.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use dev::seed::LUMEN;
use reqwest::Method;
use serde_json::{Value, json};
use shared::store::Store;
use tests::{Deployed, SOON, until};

fn delivery(conversation: &str, event: &str) -> Value {
    json!({
        "entity_type": "conversation", "webhook": {"id": "1"}, "org_id": "55778119", "event": event,
        "entity_id": conversation, "attempt": 1, "version": "1", "app_id": LUMEN, "event_time": "1795000000000",
        "entity": {"id": conversation, "message": {
            "sender": {"id": "$1", "name": "Zoë", "type": "visitor"}, "msgid": "1795000000000", "meta": {}, "text": "Grüße",
        }},
    })
}

async fn holds_nothing(deployed: &Deployed, conversation: &str) -> bool {
    let loaded = deployed.store.load(&deployed.key(conversation)).await.unwrap();
    loaded.state.is_none() && loaded.unread.is_empty()
}

#[tokio::test]
async fn a_head_request_is_answered_so_that_the_webhook_can_be_registered() {
    let deployed = Deployed::find();
    let url = deployed.webhook_url();
    let body = json!({"type": "data", "url": url, "events": ["conversation.rated"], "app_ids": [LUMEN], "secured": true,
        "version": "1"});
    let token =
        deployed.portal.control(Method::POST, "tokens", Some(json!({"operator": dev::seed::ADA}))).await.unwrap();
    let http = shared::http::reqwest_client().unwrap();
    let answer = http
        .post(format!("{}/api/v2/demo/webhooks", deployed.stack.simulator_url))
        .header("authorization", format!("Zoho-oauthtoken {}", token["access_token"].as_str().unwrap()))
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    let id = answer["data"]["id"].as_str().unwrap_or_else(|| panic!("not registered: {answer}")).to_owned();
    deployed.portal.control(Method::DELETE, &format!("webhooks/{id}"), None).await.unwrap();
}

#[tokio::test]
async fn a_wrong_or_missing_signature_is_refused_and_stored_nowhere() {
    let deployed = Deployed::find();
    let body = delivery("9990001", "conversation.visitor.replied");
    for sign in ["none", "garbage", "other_key"] {
        let (status, answer) = deployed.portal.deliver(&deployed.webhook_url(), &body, sign).await.unwrap();
        assert_eq!((status, answer["reason"].as_str()), (401, Some("the signature is missing or wrong")), "{sign}");
    }
    assert!(holds_nothing(&deployed, "9990001").await);
}

#[tokio::test]
async fn an_unknown_workspace_is_not_found() {
    let deployed = Deployed::find();
    let body = delivery("9990002", "conversation.visitor.replied");
    for workspace in ["nobody", "UPPER"] {
        let (status, _) = deployed.portal.deliver(&deployed.webhook_url_of(workspace), &body, "valid").await.unwrap();
        assert_eq!(status, 404, "{workspace}");
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_a_bad_request() {
    let deployed = Deployed::find();
    for raw in ["not json", "[1, 2]", "\"text\"", ""] {
        let call = json!({"url": deployed.webhook_url(), "raw": raw});
        assert_eq!(deployed.portal.deliver_as(call).await.unwrap().0, 400, "{raw:?}");
    }
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_too_large() {
    let deployed = Deployed::find();
    let mut body = delivery("9990003", "conversation.visitor.replied");
    body["entity"]["message"]["text"] = json!("x".repeat(1024 * 1024));
    assert_eq!(deployed.portal.deliver(&deployed.webhook_url(), &body, "valid").await.unwrap().0, 413);
    assert!(holds_nothing(&deployed, "9990003").await);
}

#[tokio::test]
async fn a_payload_of_another_portal_is_refused() {
    let deployed = Deployed::find();
    let mut body = delivery("9990004", "conversation.visitor.replied");
    body["org_id"] = json!("1");
    assert_eq!(deployed.portal.deliver(&deployed.webhook_url(), &body, "valid").await.unwrap().0, 403);
    assert!(holds_nothing(&deployed, "9990004").await);
}

#[tokio::test]
async fn unknown_events_and_odd_payloads_are_taken() {
    let deployed = Deployed::find();
    let mut numbers = delivery("9990006", "conversation.visitor.replied");
    numbers["entity_id"] = json!(9_990_006);
    numbers["entity"]["id"] = json!(9_990_006);
    numbers["app_id"] = json!(415_000_000_000_002_001_u64);
    let flat = numbers["entity"].clone();
    let bodies = [
        delivery("9990005", "conversation.something.new"),
        delivery("9990005", "conversation.created"),
        numbers,
        flat,
        json!({"event": "operator.updated", "entity": {"id": "1"}}),
        json!({}),
    ];
    for body in bodies {
        let (status, answer) = deployed.portal.deliver(&deployed.webhook_url(), &body, "valid").await.unwrap();
        assert_eq!(status, 200, "{body} was answered {answer}");
    }
}

#[tokio::test]
async fn the_documented_samples_are_taken() {
    let deployed = Deployed::find();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/tests/fixtures/payloads");
    let mut taken = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let mut body: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if body.get("org_id").is_some() {
            body["org_id"] = json!("55778119");
        }
        let (status, answer) = deployed.portal.deliver(&deployed.webhook_url(), &body, "valid").await.unwrap();
        assert_eq!(status, 200, "{} was answered {answer}", path.display());
        taken += 1;
    }
    assert!(taken >= 3, "{taken} samples");
}

#[tokio::test]
async fn a_delivery_that_was_read_is_not_taken_again() {
    let deployed = Deployed::find();
    let conversation = deployed.open(tests::QUESTION).await;
    deployed.answered(&conversation, 1).await;
    let mut body = delivery(&conversation, "conversation.visitor.replied");
    body["entity"]["message"]["text"] = json!("How do I verify my account?");
    let first = deployed.portal.deliver(&deployed.webhook_url(), &body, "valid").await.unwrap();
    assert_eq!((first.0, first.1["reason"].as_str()), (200, Some("stored")));
    deployed.answered(&conversation, 2).await;
    body["attempt"] = json!(2);
    let reason = until("the marker", SOON, async || {
        let (status, answer) = deployed.portal.deliver(&deployed.webhook_url(), &body, "valid").await.unwrap();
        assert_eq!(status, 200);
        answer["reason"].as_str().filter(|reason| *reason == "already read").map(str::to_owned)
    });
    reason.await;
    tests::never("the line was answered twice", async || deployed.said(&conversation).await.len() > 2).await;
}
