//! Brands, departments and operators made over the control API, and transfers that their sender withdraws.

#![allow(clippy::unwrap_used, clippy::doc_markdown, reason = "tests")]

mod support;

use axum::http::Method;
use serde_json::{Value, json};
use simulator::seed;
use support::{Portal, json_of, portal};

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

/// A department of Nova's and one human's: the department's id and the human's.
async fn department(portal: &Portal) -> (String, String) {
    let made = portal.post("departments", json!({"name": "Disputes", "operators": [seed::OPERATOR_NOVA]})).await;
    let human = portal.post("operators", json!({"nick_name": "Dana", "departments": [made["id"]]})).await;
    (id(&made), id(&human))
}

/// A chat that Nova attends and has sent to the department.
async fn ringing(portal: &Portal, department: &str) -> (String, String) {
    let chat = portal.chat_of(json!({"department_id": department})).await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &chat).await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let body = json!({"department_id": department});
    portal.rest(&nova, Method::PUT, &format!("conversations/{chat}/transfer"), body).await;
    (chat, nova)
}

#[tokio::test]
async fn a_new_brand_has_chats_and_webhooks_of_its_own() {
    let portal = portal().await;
    let brand = portal.post("brands", json!({"name": "Quay Slots", "wait_time_ms": 5_000})).await;
    let webhook = json!({"url": "http://127.0.0.1:9/", "events": ["conversation.created"], "app_ids": [brand["id"]]});
    portal.post("webhooks", webhook).await;
    portal.chat().await;
    let chat = portal.chat_of(json!({"brand_id": brand["id"]})).await;
    assert_eq!(portal.conversation(&chat).await["wait_time_ms"], 5_000);
    assert_eq!(portal.get("health").await["pending_deliveries"], 1, "the other brand's chat is not sent");
    let ada = portal.token(seed::OPERATOR_ADA).await;
    let shown = portal.rest(&ada, Method::GET, &format!("apps/{}", id(&brand)), Value::Null).await;
    assert_eq!(shown["data"]["name"], "Quay Slots");
}

#[tokio::test]
async fn a_new_department_is_served_by_whom_it_names_and_rings_them() {
    let portal = portal().await;
    let (department, human) = department(&portal).await;
    let (chat, _) = ringing(&portal, &department).await;
    assert_eq!(portal.conversation(&chat).await["ringing"], json!([human]));
}

#[tokio::test]
async fn a_department_is_disabled_and_deleted() {
    let portal = portal().await;
    let (department, _) = department(&portal).await;
    let chat = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &chat).await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let transfer = async || {
        let body = json!({"department_id": department});
        let answer = portal.rest(&nova, Method::PUT, &format!("conversations/{chat}/transfer"), body).await;
        answer["error"]["code"].clone()
    };
    let row = async || {
        let list = portal.rest(&nova, Method::GET, "departments", Value::Null).await;
        list["data"].as_array().unwrap().iter().find(|d| d["id"] == *department).cloned()
    };
    portal.put(&format!("departments/{department}"), json!({"is_enabled": false})).await;
    assert_eq!((transfer().await, row().await.unwrap()["is_enabled"].clone()), (json!(1025), json!(false)));
    portal.put(&format!("departments/{department}"), json!({"deleted": true})).await;
    assert_eq!((transfer().await, row().await), (json!(1025), None));
}

#[tokio::test]
async fn an_operator_can_be_unconfirmed_and_show_no_limit() {
    let portal = portal().await;
    let (department, human) = department(&portal).await;
    let changes = json!({"is_confirmed": false, "maximum_concurrent_chat": null});
    portal.put(&format!("operators/{human}"), changes).await;
    let ada = portal.token(seed::OPERATOR_ADA).await;
    let shown = portal.rest(&ada, Method::GET, &format!("operators/{human}"), Value::Null).await["data"].clone();
    assert_eq!((&shown["is_confirmed"], shown.get("maximum_concurrent_chat")), (&json!("false"), None));
    let (chat, _) = ringing(&portal, &department).await;
    assert_eq!(portal.conversation(&chat).await["ringing"], json!([]));
}

#[tokio::test]
async fn the_sender_withdraws_a_transfer_by_reject_unless_that_is_forbidden() {
    let portal = portal().await;
    let (department, human) = department(&portal).await;
    let (chat, nova) = ringing(&portal, &department).await;
    let reject = async || {
        let body = json!({"operator_id": human});
        portal.rest(&nova, Method::PUT, &format!("conversations/{chat}/reject"), body).await
    };
    portal.put("settings", json!({"withdraw_by_reject": false})).await;
    assert_eq!(reject().await["error"]["code"], 1016);
    portal.put("settings", json!({"withdraw_by_reject": true})).await;
    assert_eq!(reject().await["data"]["attender"]["id"], seed::OPERATOR_NOVA);
    assert_eq!(portal.conversation(&chat).await["past_transfers"][0]["outcome"], "withdrawn");
}

#[tokio::test]
async fn the_sender_takes_a_chat_back_by_pickup() {
    let portal = portal().await;
    portal.put("settings", json!({"attender_while_ringing": "nobody"})).await;
    let (department, _) = department(&portal).await;
    let (chat, nova) = ringing(&portal, &department).await;
    let shown = portal.rest(&nova, Method::GET, &format!("conversations/{chat}"), Value::Null).await;
    assert_eq!(shown["data"].get("attender"), None);
    let taken = portal.rest(&nova, Method::PUT, &format!("conversations/{chat}/pickup"), Value::Null).await;
    assert_eq!(taken["data"]["attender"]["id"], seed::OPERATOR_NOVA);
    assert_eq!(portal.conversation(&chat).await["transfer"], Value::Null);
}

#[tokio::test]
async fn what_can_not_be_made_is_refused_with_its_field() {
    let portal = portal().await;
    let refused = async |path: &str, body: Value| {
        let call = portal.client.post(portal.url(&format!("/_control/{path}"))).json(&body);
        json_of(call.send().await.unwrap()).await["error"].clone()
    };
    assert_eq!(refused("brands", json!({})).await["field"], "name");
    let strangers = json!({"nick_name": "Dana", "departments": ["1"]});
    assert_eq!(refused("operators", strangers).await["field"], "departments");
    assert_eq!(refused("departments", json!({"name": "Disputes", "operators": ["1"]})).await["code"], 1019);
}
