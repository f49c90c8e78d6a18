//! Faults over HTTP: lost, late, throttled and refused calls; duplicated, reordered, delayed and dropped deliveries.

#![allow(clippy::unwrap_used, clippy::doc_markdown, clippy::similar_names, reason = "tests")]

mod support;

use axum::http::Method;
use serde_json::{Value, json};
use simulator::seed;
use std::time::Duration;
use support::{Portal, Receiver, json_of, portal, until};

/// A chat that Nova attends, and her token.
async fn attended(portal: &Portal) -> (String, String) {
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    (id, portal.token(seed::OPERATOR_NOVA).await)
}

async fn fault(portal: &Portal, matching: Value, action: Value) {
    portal.put("faults", json!([{"match": matching, "do": action, "times": 1}])).await;
}

async fn said(portal: &Portal, id: &str) -> Vec<String> {
    let conversation = portal.conversation(id).await;
    let lines = conversation["messages"].as_array().unwrap().iter();
    lines
        .filter(|m| m["sender"]["kind"] == "operator")
        .map(|m| m["content"]["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_lost_answer_leaves_the_message_sent_and_the_caller_without_an_answer() {
    let portal = portal().await;
    let (id, nova) = attended(&portal).await;
    fault(&portal, json!({"what": "rest", "path_contains": "/messages"}), json!({"lose_answer": true})).await;
    let path = format!("conversations/{id}/messages");
    let lost = portal.request(&nova, Method::POST, &path).json(&json!({"text": "Hello"})).send().await;
    assert!(lost.is_err(), "{lost:?}");
    assert_eq!(said(&portal, &id).await, ["Hello"]);
    let calls = portal.get(&format!("calls?conversation={id}")).await;
    let call = &calls[0];
    assert_eq!((&call["status"], &call["performed"]), (&Value::Null, &json!(true)));
    assert_eq!(call["principal"], seed::OPERATOR_NOVA);
}

#[tokio::test]
async fn a_dropped_call_is_not_performed() {
    let portal = portal().await;
    let (id, nova) = attended(&portal).await;
    fault(&portal, json!({"what": "rest", "method": "PUT"}), json!({"drop": true})).await;
    assert!(portal.request(&nova, Method::PUT, &format!("conversations/{id}/close")).send().await.is_err());
    assert_eq!(portal.conversation(&id).await["status"], "connected");
    let closed = portal.rest(&nova, Method::PUT, &format!("conversations/{id}/close"), Value::Null).await;
    assert_eq!(closed["data"]["chat_status"]["state"], 4, "the rule is used up");
}

#[tokio::test]
async fn a_late_call_lands_after_its_caller_gave_up() {
    let portal = portal().await;
    let (id, nova) = attended(&portal).await;
    fault(&portal, json!({"what": "rest", "conversation": id}), json!({"late_ms": 100, "hang_ms": 10})).await;
    let path = format!("conversations/{id}/messages");
    assert!(portal.request(&nova, Method::POST, &path).json(&json!({"text": "late"})).send().await.is_err());
    until("the message landed", || async { (said(&portal, &id).await == ["late"]).then_some(()) }).await;
}

#[tokio::test]
async fn a_late_call_lands_even_when_its_caller_hangs_up_first() {
    let portal = portal().await;
    let (id, nova) = attended(&portal).await;
    fault(&portal, json!({"what": "rest"}), json!({"late_ms": 100})).await;
    let path = format!("conversations/{id}/messages");
    let call = portal.request(&nova, Method::POST, &path).json(&json!({"text": "late"}));
    assert!(call.timeout(Duration::from_millis(20)).send().await.unwrap_err().is_timeout());
    until("the message landed", || async { (said(&portal, &id).await == ["late"]).then_some(()) }).await;
}

#[tokio::test]
async fn refusals_have_the_status_and_the_code_asked_for() {
    let portal = portal().await;
    let (id, nova) = attended(&portal).await;
    let call = async || {
        let answer = portal.request(&nova, Method::GET, &format!("conversations/{id}")).send().await.unwrap();
        (answer.status().as_u16(), json_of(answer).await["error"]["code"].as_u64())
    };
    fault(&portal, json!({"what": "rest"}), json!({"status": 503})).await;
    assert_eq!(call().await, (503, None));
    fault(&portal, json!({"what": "rest"}), json!({"error_code": 1001})).await;
    assert_eq!(call().await, (200, Some(1001)));
    fault(&portal, json!({"what": "rest"}), json!({"throttle": {"form": "429", "lock_seconds": 60}})).await;
    assert_eq!(call().await, (429, Some(1023)));
    assert_eq!(call().await, (200, Some(1023)), "the address is locked");
    portal.post("clock", json!({"advance_ms": 60_000})).await;
    assert_eq!(call().await, (200, None));
}

#[tokio::test]
async fn a_rate_limit_locks_the_api_for_a_while() {
    let portal = portal().await;
    let (id, nova) = attended(&portal).await;
    portal
        .put(
            "settings",
            json!({"rate_limit": {"calls": 2, "window_ms": 1_000_000, "lock_ms": 5_000_000, "form": "200"}}),
        )
        .await;
    let code = async || {
        portal.rest(&nova, Method::GET, &format!("conversations/{id}"), Value::Null).await["error"]["code"].clone()
    };
    let codes = [code().await, code().await, code().await, code().await];
    assert_eq!(codes, [json!(null), json!(null), json!(1023), json!(1023)]);
}

#[tokio::test]
async fn a_delivery_is_duplicated_and_the_copies_are_alike() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    fault(&portal, json!({"what": "webhook", "event": "conversation.created"}), json!({"duplicate": 2})).await;
    portal.chat().await;
    let received = receiver.wait_for(3).await;
    assert!(received.iter().all(|r| r.raw == received[0].raw));
}

#[tokio::test]
async fn a_reordered_delivery_is_overtaken_by_the_next() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    fault(&portal, json!({"what": "webhook", "event": "conversation.created"}), json!({"reorder": true})).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    receiver.wait_for(2).await;
    assert_eq!(receiver.events(), ["attender.updated", "created"]);
}

#[tokio::test]
async fn a_delayed_delivery_comes_when_its_time_has_come() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    fault(&portal, json!({"what": "webhook"}), json!({"delay_ms": 60_000})).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    receiver.wait_for(1).await;
    portal.post("clock", json!({"advance_ms": 60_000})).await;
    receiver.wait_for(2).await;
    assert_eq!(receiver.events(), ["attender.updated", "created"]);
}

#[tokio::test]
async fn a_dropped_delivery_never_comes_and_is_logged() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    fault(&portal, json!({"what": "webhook"}), json!({"drop": true})).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    receiver.wait_for(1).await;
    assert_eq!(receiver.events(), ["attender.updated"]);
    let log = portal.get(&format!("deliveries?conversation={id}")).await;
    assert_eq!(log[0]["outcome"], "dropped");
}

#[tokio::test]
async fn a_delivery_whose_answer_is_lost_comes_again() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    fault(&portal, json!({"what": "webhook"}), json!({"lose_answer": true})).await;
    portal.chat().await;
    let received = receiver.wait_for(2).await;
    assert_eq!((&received[0].body["attempt"], &received[1].body["attempt"]), (&json!(1), &json!(2)));
    assert_eq!(received[0].body["entity"], received[1].body["entity"]);
}

#[tokio::test]
async fn rules_can_be_added_to_those_there_are() {
    let portal = portal().await;
    let rule = |name: &str| json!([{"match": {"what": "rest", "path_contains": name}, "do": {"drop": true}}]);
    portal.put("faults", rule("a")).await;
    portal.post("faults", rule("b")).await;
    assert_eq!(portal.get("faults").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn oauth_can_be_struck_as_well() {
    let portal = portal().await;
    fault(&portal, json!({"what": "oauth"}), json!({"status": 500})).await;
    let answer = portal.client.post(portal.url("/oauth/v2/token")).send().await.unwrap();
    assert_eq!(answer.status(), 500);
}

#[tokio::test]
async fn several_faults_strike_one_delivery_where_their_rules_go_on() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    let created = json!({"what": "webhook", "event": "conversation.created"});
    let rules = json!([
        {"match": {"what": "webhook"}, "do": {"duplicate": 1}, "go_on": true},
        {"match": created, "do": {"reorder": true}},
    ]);
    portal.put("faults", rules).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    receiver.wait_for(4).await;
    assert_eq!(receiver.events(), ["attender.updated", "created", "created", "attender.updated"]);
}

#[tokio::test]
async fn shuffled_deliveries_all_arrive_and_not_in_their_order() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    portal.put("faults", json!([{"match": {"what": "webhook"}, "do": {"shuffle_ms": 60_000}}])).await;
    let id = portal.chat().await;
    for line in 0..12 {
        portal.post(&format!("visitors/conversations/{id}/messages"), json!({"text": line.to_string()})).await;
    }
    portal.post("clock", json!({"advance_ms": 60_000})).await;
    let received = receiver.wait_for(13).await;
    let times: Vec<&str> = received.iter().map(|r| r.body["event_time"].as_str().unwrap()).collect();
    assert!(!times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn while_salesiq_is_down_only_visitors_get_on() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    let (id, nova) = attended(&portal).await;
    receiver.wait_for(2).await;
    portal.put("settings", json!({"webhook_retry_ms": 60_000})).await;
    portal.post("down", json!({"seconds": 50})).await;
    let path = format!("conversations/{id}");
    let status = async || portal.request(&nova, Method::GET, &path).send().await.unwrap().status().as_u16();
    assert_eq!(status().await, 503);
    let token = portal.client.post(portal.url("/oauth/v2/token")).send().await.unwrap();
    assert_eq!(token.status(), 503);
    portal.post(&format!("visitors/conversations/{id}/messages"), json!({"text": "Are you there?"})).await;
    until("the delivery failed", || async {
        let log = portal.get(&format!("deliveries?conversation={id}")).await;
        log.as_array().unwrap().iter().any(|d| d["outcome"] == "failed" && d["status"] == 503).then_some(())
    })
    .await;
    assert_eq!(receiver.received().len(), 2);
    portal.post("clock", json!({"advance_ms": 60_000})).await;
    receiver.wait_for(3).await;
    assert_eq!(status().await, 200, "the time is over");
}
