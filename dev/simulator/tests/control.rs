//! The control API and the pages over HTTP.

#![allow(clippy::unwrap_used, clippy::doc_markdown, clippy::similar_names, reason = "tests")]

mod support;

use axum::http::Method;
use serde_json::{Value, json};
use simulator::{Options, seed};
use support::{Receiver, json_of, portal, portal_with, until};

#[tokio::test]
async fn a_held_step_waits_for_its_release_and_a_dying_one_is_told_so() {
    let portal = portal().await;
    let step = async |name: &str| portal.get(&format!("steps/7/{name}")).await["do"].as_str().unwrap().to_owned();
    assert_eq!(step("load").await, "go");
    portal
        .put(
            "steps",
            json!([
                {"conversation": "7", "step": "commit", "do": "hold"},
                {"step": "act", "do": "die", "times": 1},
            ]),
        )
        .await;
    assert_eq!((step("act").await, step("act").await), ("die".into(), "go".into()));

    let held = tokio::spawn(portal.client.get(portal.url("/_control/steps/7/commit")).send());
    until("the step was held", || async {
        let log = portal.get("steps").await;
        log.as_array().unwrap().iter().any(|s| s["step"] == "commit" && s["answer"].is_null()).then_some(())
    })
    .await;
    let released = portal.post("steps/release", json!({"conversation": "7", "step": "commit"})).await;
    assert_eq!(released["released"], 1);
    assert_eq!(json_of(held.await.unwrap().unwrap()).await["do"], "go");
    let log = portal.get("steps").await;
    assert_eq!(log.as_array().unwrap().last().unwrap()["held"], true);
    portal.control(Method::DELETE, "steps", json!({})).await;
    assert_eq!(portal.get("steps").await, json!([]));
}

#[tokio::test]
async fn a_bad_control_call_says_which_field_why_and_what_to_send() {
    let portal = portal().await;
    let bad = async |method: Method, path: &str, body: Value| {
        let answer =
            portal.client.request(method, portal.url(&format!("/_control/{path}"))).json(&body).send().await.unwrap();
        assert!(answer.status().is_client_error());
        json_of(answer).await["error"].clone()
    };
    let error = bad(Method::POST, "visitors/conversations", json!({"brand_id": seed::BRAND_LUMEN})).await;
    assert_eq!(
        error,
        json!({"field": "question", "problem": "is absent or empty", "fix": "send the visitor's first message"})
    );
    assert_eq!(bad(Method::PUT, "settings", json!({"wait_time_ms": "long"})).await["field"], "wait_time_ms");
    assert_eq!(
        bad(Method::PUT, "faults", json!([{"match": {"what": "rest"}, "do": {"slow": 1}}])).await["field"],
        "rules[0]"
    );
    assert_eq!(bad(Method::PUT, "steps", json!([{"do": "sleep"}])).await["field"], "rules[0].do");
    assert_eq!(bad(Method::GET, "calls?since=x", json!({})).await["field"], "since");
    assert_eq!(
        bad(Method::POST, &format!("operators/{}/dance", seed::OPERATOR_BEN), json!({"conversation": "1"})).await["field"],
        "path"
    );
    assert_eq!(bad(Method::POST, "operators/1/pickup", json!({"conversation": "1"})).await["code"], 1019);
    let limit = json!({"maximum_concurrent_chat": 6});
    assert_eq!(
        bad(Method::PUT, &format!("operators/{}", seed::OPERATOR_BEN), limit).await["field"],
        "maximum_concurrent_chat"
    );
}

#[tokio::test]
async fn a_reset_brings_back_the_seed() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    let id = portal.chat().await;
    portal.put("settings", json!({"question_echo": true})).await;
    portal.post("reset", json!({})).await;
    let state = portal.get("state").await;
    assert_eq!((&state["conversations"], &state["webhooks"]), (&json!([]), &json!([])));
    assert_eq!(state["settings"]["question_echo"], false);
    assert_eq!(state["settings"]["webhook_retry_ms"], 20, "what it was started with");
    assert_ne!(portal.chat().await, id, "ids go on");
}

#[tokio::test]
async fn the_clock_can_be_put_forward_and_what_was_due_has_happened() {
    let portal = portal().await;
    let id = portal.chat().await;
    portal.post("clock", json!({"advance_ms": 120_000})).await;
    assert_eq!(portal.conversation(&id).await["status"], "missed");
}

#[tokio::test]
async fn a_zobot_can_forward_and_fail() {
    let portal = portal().await;
    portal.put(&format!("brands/{}", seed::BRAND_LUMEN), json!({"zobot": true})).await;
    let id = portal.chat().await;
    assert_eq!(portal.conversation(&id).await["attender"], seed::ZOBOT);
    let forwarded = portal.post(&format!("zobot/{id}/forward"), json!({"text": "One moment"})).await;
    assert_eq!(forwarded["status"], "waiting");
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let picked = portal.rest(&nova, Method::PUT, &format!("conversations/{id}/pickup"), Value::Null).await;
    assert_eq!(picked["data"]["attender"]["is_bot"], false);
}

#[tokio::test]
async fn visitors_edit_delete_and_change_and_operators_join() {
    let portal = portal().await;
    let receiver = Receiver::new().await;
    portal.webhook(&receiver.url).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    portal.act(seed::OPERATOR_BEN, "join", &id).await;
    let line = portal.post(&format!("visitors/conversations/{id}/messages"), json!({"text": "a"})).await;
    let line = format!("visitors/conversations/{id}/messages/{}", line["msgid"].as_str().unwrap());
    portal.put(&line, json!({"text": "b"})).await;
    portal.control(Method::DELETE, &line, json!({})).await;
    portal.put(&format!("visitors/conversations/{id}/info"), json!({"customer_info": {"tier": "silver"}})).await;
    receiver.wait_for(6).await;
    assert_eq!(
        receiver.events(),
        ["created", "attender.updated", "participants.added", "visitor.replied", "message.edited", "message.deleted"]
    );
    assert_eq!(portal.conversation(&id).await["customer_info"]["tier"], "silver");
}

#[tokio::test]
async fn the_pages_are_served_and_hear_of_changes() {
    let portal = portal().await;
    for page in
        ["/", "/widget", "/desk", "/_pages/style.css", "/_pages/common.js", "/_pages/widget.js", "/_pages/desk.js"]
    {
        let answer = portal.client.get(portal.url(page)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{page}");
        assert!(!answer.text().await.unwrap().is_empty(), "{page}");
    }
    let mut events = portal.client.get(portal.url("/_pages/events")).send().await.unwrap();
    let id = portal.chat().await;
    let mut text = String::new();
    while !text.contains(&id) {
        text.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
    }
    assert!(text.contains("\"kind\":\"conversation\""), "{text}");
}

#[tokio::test]
async fn several_simulators_run_beside_each_other_and_stop() {
    let (one, other) = (portal().await, portal_with(Options { seed: 2, ..Options::default() }).await);
    one.chat().await;
    assert_eq!(other.get("conversations").await, json!([]));
    let url = one.url("/_control/health");
    one.running.stop().await;
    assert!(one.client.get(url).send().await.is_err());
    assert_eq!(other.get("health").await["status"], "ok");
}
