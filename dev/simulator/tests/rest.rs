//! The REST API over HTTP: envelopes, errors, and the life of a chat through it.

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
async fn pickup_answer_and_close_have_the_documented_shapes() {
    let portal = portal().await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let id = portal.chat().await;

    let picked = portal.rest(&nova, Method::PUT, &format!("conversations/{id}/pickup"), Value::Null).await;
    assert_eq!(picked["object"], "conversations");
    assert_eq!(picked["url"], format!("/api/v2/demo/conversations/{id}/pickup"));
    let data = &picked["data"];
    has(
        data,
        &[
            "reference_id",
            "owner",
            "chat_id",
            "attender",
            "type",
            "participants",
            "unread_chats",
            "chat_status",
            "uvid",
            "question",
            "notes",
            "attended_time",
            "start_time",
            "id",
            "last_modified_time",
            "status",
            "app_id",
            "department",
            "visitor",
            "last_message_info",
        ],
    );
    has(&data["attender"], &["image_key", "email", "name", "is_bot", "id"]);
    assert_eq!(data["attender"]["id"], seed::OPERATOR_NOVA);
    assert_eq!(data["attender"]["is_bot"], false);
    assert_eq!(data["chat_status"]["state"], 2);
    assert_eq!(data["chat_status"]["label"], "Connected");
    assert!(data["start_time"].is_string(), "times are texts");
    assert!(data["last_message_info"]["sender"]["id"].as_str().unwrap().starts_with('$'));

    let sent =
        portal.rest(&nova, Method::POST, &format!("conversations/{id}/messages"), json!({"text": "Hello"})).await;
    assert!(sent.get("error").is_none(), "{sent}");

    let closed = portal.rest(&nova, Method::PUT, &format!("conversations/{id}/close"), Value::Null).await;
    assert_eq!(closed["data"]["status"], "Attended Online");
    assert_eq!(closed["data"]["chat_status"]["state"], 4);
    assert!(closed["data"]["end_time"].is_string());
}

#[tokio::test]
async fn errors_come_with_status_200_unless_real_statuses_are_asked_for() {
    let portal = portal().await;
    let call = |token: &str| portal.request(token, Method::GET, "conversations").send();
    let answer = call("wrong").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(json_of(answer).await["error"], json!({"code": 1008, "message": "Invalid OAuthToken."}));
    portal.put("settings", json!({"real_status_errors": true})).await;
    assert_eq!(call("wrong").await.unwrap().status(), 401);
}

#[tokio::test]
async fn each_mistake_has_its_documented_code() {
    let portal = portal().await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let code = async |method: Method, path: &str, body: Value| {
        portal.rest(&nova, method, path, body).await["error"]["code"].as_u64().unwrap_or_default()
    };
    let id = portal.chat().await;
    assert_eq!(code(Method::GET, "conversations/1", Value::Null).await, 1019);
    assert_eq!(code(Method::GET, "nothing", Value::Null).await, 1006);
    assert_eq!(code(Method::DELETE, "conversations", Value::Null).await, 1004);
    assert_eq!(code(Method::GET, "webhooks", Value::Null).await, 1009);
    assert_eq!(code(Method::GET, "conversations?status=lost", Value::Null).await, 1029);
    assert_eq!(code(Method::GET, "conversations?limit=100", Value::Null).await, 1011);
    assert_eq!(code(Method::GET, "conversations?page=x", Value::Null).await, 1007);
    assert_eq!(code(Method::POST, &format!("conversations/{id}/messages"), json!({"text": 5})).await, 1007);
    assert_eq!(code(Method::POST, &format!("conversations/{id}/notes"), json!({})).await, 1015);
    let plain =
        portal.request(&nova, Method::POST, &format!("conversations/{id}/notes")).body("hello").send().await.unwrap();
    assert_eq!(
        json_of(plain).await["error"],
        json!({"code": 1054, "message": "Invalid header value", "header": "content-type"})
    );
    let elsewhere =
        portal.client.get(portal.url("/api/v2/other/conversations")).bearer_auth(&nova).send().await.unwrap();
    assert_eq!(json_of(elsewhere).await["error"]["code"], 1005);
    let nobody = portal.client.get(portal.url("/api/v2/demo/conversations")).send().await.unwrap();
    assert_eq!(json_of(nobody).await["error"]["code"], 1002);
}

#[tokio::test]
async fn messages_are_listed_with_files_and_a_file_can_be_downloaded() {
    let portal = portal().await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    let file =
        reqwest::multipart::Part::bytes(b"a receipt".to_vec()).file_name("receipt.txt").mime_str("text/plain").unwrap();
    let form = reqwest::multipart::Form::new().part("file", file).text("comment", "see here");
    let path = format!("conversations/{id}/messages");
    let sent = portal.request(&nova, Method::POST, &path).multipart(form).send().await.unwrap();
    assert!(json_of(sent).await.get("error").is_none());

    let list = portal.rest(&nova, Method::GET, &format!("{path}?sort_order=desc"), Value::Null).await;
    assert_eq!(list["object"], "list");
    let rows = list["data"].as_array().unwrap();
    assert_eq!(rows[0]["type"], "file");
    assert_eq!(rows[0]["sender"]["id"], seed::OPERATOR_NOVA);
    let file = &rows[0]["message"]["file"];
    has(file, &["attachment_id", "name", "type", "url"]);
    assert_eq!(rows[1]["message"]["text"], "Where is my bonus?");

    let url = file["url"].as_str().unwrap();
    let bytes = portal.client.get(portal.url(url)).bearer_auth(&nova).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"a receipt");
}

#[tokio::test]
async fn a_list_shows_the_current_department_page_by_page_newest_first() {
    let portal = portal().await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(portal.chat().await);
    }
    portal.chat_of(json!({"department_id": seed::DEPARTMENT_PAYMENTS})).await;
    let page = async |query: &str| {
        let list = portal.rest(&nova, Method::GET, &format!("conversations?{query}"), Value::Null).await;
        let rows = list["data"].as_array().unwrap().clone();
        rows.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    ids.reverse();
    assert_eq!(page("limit=2").await, ids[..2]);
    assert_eq!(page("limit=2&page=2").await, ids[2..]);
    assert_eq!(page(&format!("department_id={}", seed::DEPARTMENT_PAYMENTS)).await.len(), 1);
    assert_eq!(page("status=connected").await.len(), 0);
    portal.act(seed::OPERATOR_NOVA, "pickup", &ids[0]).await;
    assert_eq!(page(&format!("status=connected&attender_id={}", seed::OPERATOR_NOVA)).await, ids[..1]);
}

#[tokio::test]
async fn transfer_takes_note_or_notes_and_reject_leaves_the_sender() {
    let portal = portal().await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    let ben = portal.token(seed::OPERATOR_BEN).await;
    let id = portal.chat().await;
    portal.act(seed::OPERATOR_NOVA, "pickup", &id).await;
    for field in ["note", "notes"] {
        let body =
            json!({"department_id": seed::DEPARTMENT_SUPPORT, "operator_id": seed::OPERATOR_BEN, field: "please"});
        let moved = portal.rest(&nova, Method::PUT, &format!("conversations/{id}/transfer"), body).await;
        assert_eq!(moved["data"]["attender"]["id"], seed::OPERATOR_NOVA, "{moved}");
        assert_eq!(portal.conversation(&id).await["transfer"]["note"], "please");
        let body = json!({"operator_id": seed::OPERATOR_BEN});
        let left = portal.rest(&ben, Method::PUT, &format!("conversations/{id}/reject"), body).await;
        assert_eq!(left["data"]["attender"]["id"], seed::OPERATOR_NOVA, "{left}");
    }
}
