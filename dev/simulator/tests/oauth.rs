//! OAuth over HTTP: consent, codes, tokens and their limits.

#![allow(clippy::unwrap_used, clippy::doc_markdown, reason = "tests")]

mod support;

use axum::http::Method;
use reqwest::Url;
use serde_json::{Value, json};
use simulator::seed;
use std::collections::HashMap;
use support::{Portal, json_of, portal};

async fn token(portal: &Portal, fields: &[(&str, &str)]) -> Value {
    let client = [("client_id", seed::CLIENT_ID), ("client_secret", seed::CLIENT_SECRET)];
    let form: HashMap<_, _> = client.iter().chain(fields).copied().collect();
    let answer = portal.client.post(portal.url("/oauth/v2/token")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200, "errors come with 200 too");
    json_of(answer).await
}

async fn refresh(portal: &Portal, refresh_token: &str) -> Value {
    token(portal, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

#[tokio::test]
async fn a_refresh_token_gives_ten_access_tokens_and_then_access_denied() {
    let portal = portal().await;
    let first = refresh(&portal, seed::REFRESH_TOKEN_NOVA).await;
    assert_eq!((&first["expires_in"], &first["token_type"]), (&json!(3600), &json!("Bearer")));
    assert!(first.get("refresh_token").is_none());
    let mine = portal.rest(first["access_token"].as_str().unwrap(), Method::GET, "conversations", Value::Null).await;
    assert_eq!(mine["object"], "list");
    for _ in 1..10 {
        refresh(&portal, seed::REFRESH_TOKEN_NOVA).await;
    }
    assert_eq!(refresh(&portal, seed::REFRESH_TOKEN_NOVA).await["error"], "Access Denied");
    assert_eq!(refresh(&portal, "unknown").await["error"], "invalid_code");
    let stranger = token(&portal, &[("client_id", "other"), ("grant_type", "refresh_token")]).await;
    assert_eq!(stranger["error"], "invalid_client");
}

#[tokio::test]
async fn consent_sends_the_browser_back_with_a_code_that_is_good_once() {
    let portal = portal().await;
    for (page, expected) in [("auth", seed::OPERATOR_ADA), ("org/auth", "org")] {
        let query = [
            ("client_id", seed::CLIENT_ID),
            ("response_type", "code"),
            ("redirect_uri", "http://127.0.0.1:9/back?kept=1"),
            ("scope", seed::FACILITATOR_SCOPES),
            ("access_type", "offline"),
            ("state", "s 1"),
            ("operator", seed::OPERATOR_ADA),
        ];
        let url = portal.url(&format!("/oauth/v2/{page}"));
        let shown = portal.client.get(&url).query(&query).send().await.unwrap();
        assert!(shown.text().await.unwrap().contains("Accept"));
        let sent = portal.client.get(&url).query(&query).query(&[("auto", "1")]).send().await.unwrap();
        assert_eq!(sent.status(), 302);
        let back = Url::parse(sent.headers()["location"].to_str().unwrap()).unwrap();
        let back: HashMap<_, _> = back.query_pairs().into_owned().collect();
        assert_eq!((back["kept"].as_str(), back["state"].as_str(), back["location"].as_str()), ("1", "s 1", "us"));
        assert_eq!(back["accounts-server"], portal.running.base_url());

        let fields = [
            ("grant_type", "authorization_code"),
            ("code", back["code"].as_str()),
            ("redirect_uri", "http://127.0.0.1:9/back?kept=1"),
        ];
        let given = token(&portal, &fields).await;
        let access = given["access_token"].as_str().unwrap();
        assert!(given["refresh_token"].is_string());
        portal.rest(access, Method::GET, "apps", Value::Null).await;
        let calls = portal.get("calls").await;
        assert_eq!(calls.as_array().unwrap().last().unwrap()["principal"], expected);
        assert_eq!(token(&portal, &fields).await["error"], "invalid_code");
    }
}

#[tokio::test]
async fn an_expired_token_is_error_1008() {
    let portal = portal().await;
    let nova = portal.token(seed::OPERATOR_NOVA).await;
    portal.post("tokens/expire", json!({})).await;
    assert_eq!(portal.rest(&nova, Method::GET, "conversations", Value::Null).await["error"]["code"], 1008);
}

#[tokio::test]
async fn only_registered_redirect_uris_are_sent_back_to() {
    let portal = portal().await;
    portal.put("settings", json!({"redirect_uris": ["http://127.0.0.1:9/back"]})).await;
    let mut statuses = Vec::new();
    for back in ["http://127.0.0.1:9/back", "http://127.0.0.1:9/elsewhere"] {
        let query = [
            ("client_id", seed::CLIENT_ID),
            ("response_type", "code"),
            ("redirect_uri", back),
            ("scope", seed::FACILITATOR_SCOPES),
            ("auto", "1"),
        ];
        let url = portal.url("/oauth/v2/auth");
        statuses.push(portal.client.get(&url).query(&query).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [302, 400]);
}

#[tokio::test]
async fn further_portals_are_listed_and_have_nothing_in_them() {
    let portal = portal().await;
    portal.post("portals", json!({"name": "Other Group", "screen_name": "other"})).await;
    let ada = portal.token(seed::OPERATOR_ADA).await;
    let get = async |path: &str| {
        let request = portal.client.get(portal.url(path)).header("authorization", format!("Zoho-oauthtoken {ada}"));
        json_of(request.send().await.unwrap()).await
    };
    let listed = get("/api/v2/portals").await;
    let screens: Vec<_> = listed["data"].as_array().unwrap().iter().map(|row| row["screenname"].clone()).collect();
    assert_eq!(screens, [json!(seed::SCREEN_NAME), json!("other")]);
    assert_eq!(get("/api/v2/other/operators").await["error"]["code"], 1005);
}
