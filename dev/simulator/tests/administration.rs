//! What an administrator does in the console: operators deleted, brands gone, webhooks changed, keys rotated, tokens revoked.

#![allow(clippy::unwrap_used, clippy::doc_markdown, reason = "tests")]

mod support;

use axum::http::Method;
use serde_json::{Value, json};
use simulator::seed;
use support::portal;

#[tokio::test]
async fn a_deleted_operator_stays_a_resource_and_takes_no_chats() {
    let portal = portal().await;
    portal.put(&format!("operators/{}", seed::OPERATOR_BEN), json!({"is_deleted": true})).await;
    let ada = portal.token(seed::OPERATOR_ADA).await;
    let ben = portal.rest(&ada, Method::GET, &format!("operators/{}", seed::OPERATOR_BEN), Value::Null).await;
    assert_eq!((&ben["data"]["is_deleted"], &ben["data"]["status_message"]), (&json!("true"), &json!("Available")));
    let chat = portal.chat().await;
    let ringing = portal.conversation(&chat).await["ringing"].clone();
    assert!(!ringing.as_array().unwrap().contains(&json!(seed::OPERATOR_BEN)), "{ringing}");
}

#[tokio::test]
async fn a_deleted_brand_is_gone_from_the_list_and_may_stay_in_a_webhook() {
    let portal = portal().await;
    let body = json!({"url": "http://127.0.0.1:9/", "app_ids": [seed::BRAND_LUMEN, seed::BRAND_HARBOUR]});
    let webhook = portal.post("webhooks", body).await;
    portal.put(&format!("brands/{}", seed::BRAND_HARBOUR), json!({"deleted": true})).await;
    let ada = portal.token(seed::OPERATOR_ADA).await;
    let apps = portal.rest(&ada, Method::GET, "apps", Value::Null).await;
    assert!(apps["data"].as_array().unwrap().iter().all(|app| app["id"] != seed::BRAND_HARBOUR), "{apps}");
    let path = format!("webhooks/{}", webhook["id"].as_str().unwrap());
    let both = json!({"app_ids": [seed::BRAND_HARBOUR, seed::BRAND_MERIDIAN]});
    let updated = portal.rest(&ada, Method::PUT, &path, both.clone()).await;
    assert_eq!(updated["data"]["app_ids"], both["app_ids"]);
    portal.rest(&ada, Method::PUT, &path, json!({"app_ids": []})).await;
    let again = portal.rest(&ada, Method::PUT, &path, both).await;
    assert_eq!(again["error"]["json_key"], "app_ids[0]", "what it no longer has can't come back");
}

#[tokio::test]
async fn a_webhook_is_changed_without_a_head_and_its_key_rotated() {
    let portal = portal().await;
    let webhook = portal.post("webhooks", json!({"url": "http://127.0.0.1:9/"})).await;
    let path = format!("webhooks/{}", webhook["id"].as_str().unwrap());
    let changes = json!({"url": "http://127.0.0.1:9/other", "events": ["conversation.missed"], "secured": false});
    let shown = portal.put(&path, changes.clone()).await;
    for (field, value) in changes.as_object().unwrap() {
        assert_eq!(&shown[field], value);
    }
    let two = portal.post(&format!("{path}/keys"), json!({})).await;
    let (old, new) = (&two["public_keys"][0]["id"], &two["public_keys"][1]["id"]);
    let path = format!("{path}/keys/{}", old.as_str().unwrap());
    let one = portal.control(Method::DELETE, &path, json!({})).await;
    assert_eq!((one["public_keys"].as_array().unwrap().len(), &one["public_keys"][0]["id"]), (1, new));
}

#[tokio::test]
async fn a_webhook_that_is_off_is_switched_on_by_an_administrator_only() {
    let portal = portal().await;
    let webhook = portal.post("webhooks", json!({"url": "http://127.0.0.1:9/", "enabled": false})).await;
    assert_eq!(webhook["status"], "disabled");
    let path = format!("webhooks/{}/enable", webhook["id"].as_str().unwrap());
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    assert_eq!(portal.rest(&nova, Method::PUT, &path, Value::Null).await["error"]["code"], 1009);
    let ada = portal.token(seed::OPERATOR_ADA).await;
    assert_eq!(portal.rest(&ada, Method::POST, &path, Value::Null).await["error"]["code"], 1004);
    assert_eq!(portal.rest(&ada, Method::PUT, &path, Value::Null).await["data"]["status"], "enabled");
}

#[tokio::test]
async fn a_revoked_access_token_is_not_accepted() {
    let portal = portal().await;
    let ada = portal.token(seed::OPERATOR_ADA).await;
    assert_eq!(portal.post("tokens/revoke", json!({"token": ada})).await, json!({"revoked": true}));
    assert_eq!(portal.rest(&ada, Method::GET, "apps", Value::Null).await["error"]["code"], 1008);
    assert_eq!(portal.post("tokens/revoke", json!({"token": ada})).await, json!({"revoked": false}));
}
