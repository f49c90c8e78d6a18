//! The parts of the REST API around a chat, and the visitor API, over HTTP.

#![allow(clippy::unwrap_used, clippy::doc_markdown, clippy::similar_names, reason = "tests")]

mod support;

use axum::http::Method;
use serde_json::{Value, json};
use simulator::seed;
use support::{json_of, portal};

fn has(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "{field} is absent in {value}");
    }
}

#[tokio::test]
async fn an_operator_sets_only_his_own_status() {
    let portal = portal().await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let set = async |id: &str, status: &str| {
        portal.rest(&nova, Method::PUT, &format!("operators/{id}/status"), json!({"status": status})).await
    };
    let own = set(seed::OPERATOR_NOVA, "Busy").await;
    assert_eq!((own["object"].as_str(), own["data"]["status_message"].as_str()), (Some("operator"), Some("Busy")));
    assert_eq!(own["data"]["is_chat_enabled"], "true", "a boolean as a text");
    assert_eq!(set(seed::OPERATOR_BEN, "Busy").await["error"]["code"], 1016);
    assert_eq!(set(seed::OPERATOR_NOVA, "Away").await["error"]["json_key"], "status");
}

#[tokio::test]
async fn operators_show_their_limit_in_its_variants_and_the_zobot_is_none_of_them() {
    let portal = portal().await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let list = portal.rest(&nova, Method::GET, "operators", Value::Null).await;
    let limits: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|o| o["maximum_concurrent_chat"].clone()).collect();
    assert_eq!(limits, [json!("25"), json!("unlimited"), json!(5), json!("10")]);
}

#[tokio::test]
async fn notes_threads_visitor_feedback_and_catalogues_answer() {
    let portal = portal().await;
    let ada = portal.token(seed::OPERATOR_ADA).await;
    let id = portal.chat().await;
    let get = async |path: &str| portal.rest(&ada, Method::GET, path, Value::Null).await;
    let note = portal.rest(&ada, Method::POST, &format!("conversations/{id}/notes"), json!({"notes": "VIP"})).await;
    assert_eq!(note["object"], "notes");
    assert_eq!((&note["data"]["note"], &note["data"]["creator"]["id"]), (&json!("VIP"), &json!(seed::OPERATOR_ADA)));

    let threads = get(&format!("conversations/{id}/threads")).await;
    has(
        &threads["data"][0],
        &["id", "thread_number", "conversation_id", "wms_chat_id", "inititated_by", "from_time", "metrics"],
    );
    let visitor = get(&format!("conversations/{id}/visitor")).await;
    assert_eq!(visitor["data"]["conversation_details"]["add_info"]["1"], "https://lumen.example/bonus");
    portal.post(&format!("visitors/conversations/{id}/rate"), json!({"rating": 4, "feedback": "Good"})).await;
    assert_eq!(get(&format!("conversations/{id}/feedback")).await["data"]["rating"], 4);
    assert_eq!(get("departments").await["data"].as_array().unwrap().len(), 2);
    assert_eq!(get(&format!("apps/{}", seed::BRAND_HARBOUR)).await["data"]["name"], "Harbour Bets");
    let portals = portal.client.get(portal.url("/api/v2/portals")).bearer_auth(&ada).send().await.unwrap();
    assert_eq!(json_of(portals).await["data"][0]["screenname"], "demo");
}

#[tokio::test]
async fn the_visitor_api_needs_the_org_token_and_answers_the_union() {
    let portal = portal().await;
    let org = portal.org_token().await;
    let body = json!({
        "app_id": seed::BRAND_LUMEN, "department_id": seed::DEPARTMENT_SUPPORT, "question": "Hi",
        "visitor": {"user_id": "u1", "name": "A", "email": "a@example.com"},
    });
    let post = async |token: &str, path: &str, body: &Value| {
        let url = portal.url(&format!("/api/visitor/v1/demo/conversations{path}"));
        json_of(portal.client.post(url).bearer_auth(token).json(body).send().await.unwrap()).await
    };
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    assert_eq!(post(&nova, "", &body).await["error"]["code"], 1009);
    let opened = post(&org, "", &body).await;
    has(
        &opened["data"],
        &["id", "conversation_id", "channel_id", "wms_chat_id", "question", "department", "visitor", "chat_status"],
    );
    let (id, hash) = (opened["data"]["conversation_id"].as_str().unwrap(), opened["data"]["id"].as_str().unwrap());
    assert_eq!(hash.len(), 48);
    assert!(post(&org, &format!("/{id}/messages"), &json!({"text": "more"})).await.get("error").is_none());
    assert_eq!(portal.conversation(id).await["messages"].as_array().unwrap().len(), 2);

    let url = portal.url(&format!("/visitor/v2/demo/conversations/{hash}/close"));
    let closed = json_of(portal.client.put(url).bearer_auth(&org).send().await.unwrap()).await;
    has(
        &closed["data"],
        &["end_time", "id", "wms_chat_id", "question", "department", "start_time", "visitor", "chat_id", "chat_status"],
    );

    let mut nameless = body.clone();
    nameless["visitor"] = json!({});
    assert_eq!(post(&org, "", &nameless).await["error"]["json_key"], "visitor.user_id");
}
