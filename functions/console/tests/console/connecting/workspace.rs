//! A new workspace, its settings, and its webhook.

use axum::http::{Method, StatusCode};
use console::access::Role;
use serde_json::json;
use shared::domain::drift::EVENTS;
use shared::domain::id::BrandId;
use simulator::seed;

use super::wizard::{Wizard, acme, by_hand, site};
use crate::site::{PASSWORD, email};

fn url_of(site: &crate::site::Site) -> String {
    format!("{}/webhooks/salesiq/acme", site.console.config.public_url.clone().unwrap())
}

#[tokio::test]
async fn a_name_must_be_one_and_not_be_taken() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    for (name, said) in
        [("Acme Ltd", "allowed are a-z, 0-9 and -"), ("", "is empty"), ("acme", "There is a workspace acme")]
    {
        let answer = wizard.post("/console/connect", &[("name", name), ("data_centre", "eu")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.body.contains(said) && answer.body.contains("aria-invalid=\"true\""), "{name}: {}", answer.body);
    }
    let answer = wizard.post("/console/connect", &[("name", "other"), ("data_centre", "moon")]).await;
    assert!(answer.body.contains("Choose where the portal lives"));
    let page = wizard.get("/console/connect").await;
    assert!(page.body.contains("href=\"/console/w/acme/connect\""), "what was begun can be gone on with");
    assert_eq!(wizard.get("/console/w/other/connect").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_admin_of_single_workspaces_begins_none() {
    let site = site().await;
    let key = console::access::UserKey::of(&shared::domain::email::EmailAddress::parse(&email(Role::Admin)).unwrap());
    let (mut user, version) = site.console.users.get(&key).await.unwrap().unwrap();
    user.workspaces = vec![acme()];
    site.console.users.put(&user, shared::store::Expected::Version(version)).await.unwrap();
    let mut wizard = Wizard::new(&site).await;
    let answer = wizard.post("/console/connect", &[("name", "new"), ("data_centre", "eu")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{PASSWORD} lets them in, and no further");
}

#[tokio::test]
async fn a_client_that_is_none_is_told_and_the_secret_not_shown_again() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    let form = [("data_centre", "eu"), ("client_id", "has space"), ("client_secret", "typed-secret")];
    let answer = wizard.post("/console/w/acme/connect/client/accounts", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("value=\"has space\"") && answer.body.contains("aria-invalid"), "{}", answer.body);
    assert!(!answer.body.contains("typed-secret"));
}

#[tokio::test]
async fn settings_that_are_there_keep_what_the_wizard_does_not_ask_for() {
    let site = site().await;
    let before = by_hand(&site).await;
    let mut wizard = Wizard::new(&site).await;
    wizard.client(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    wizard.grant("bot", seed::OPERATOR_NOVA).await;
    let page = wizard.get("/console/w/acme/connect/settings").await;
    for name in ["Payments", "Player Support", "Lumen Casino", "Meridian Games"] {
        assert!(page.body.contains(name), "{name}");
    }
    let saved = wizard.save_settings("1").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let after = wizard.settings().await;
    let harbour = after.brand(&BrandId::parse(seed::BRAND_HARBOUR).unwrap()).unwrap();
    assert_eq!((harbour.name.as_str(), harbour.language.as_str(), harbour.automated), ("Ours", "de", false));
    assert_eq!(harbour.escalation, before.brands[0].escalation);
    assert_eq!((after.retention_days, after.escalation.mode), (90, before.escalation.mode));
    let automated = after.brands.iter().filter(|brand| brand.automated).map(|brand| brand.id.as_str());
    assert_eq!(automated.collect::<Vec<_>>(), [seed::BRAND_LUMEN]);
    assert_eq!(after.brands.len(), 3);
    let stale = wizard.save_settings("1").await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);
}

#[tokio::test]
async fn what_is_wrong_with_settings_stands_beside_the_field() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.connect_both().await;
    let form = [("version", "0"), ("department", ""), ("last_resort_email", "nobody"), ("sender", "")];
    let answer = wizard.post("/console/w/acme/connect/settings", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("id=\"department-problem\"") && answer.body.contains("id=\"last-problem\""));
    assert!(answer.body.contains("value=\"nobody\""), "what was typed is kept");
    assert!(!wizard.has_settings().await);
}

#[tokio::test]
async fn a_webhook_that_is_there_is_completed_and_no_second_one_made() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.connect_both().await;
    wizard.save_settings("0").await;
    let half = json!({
        "url": url_of(&site), "events": ["conversation.created"], "app_ids": [seed::BRAND_LUMEN], "enabled": false,
    });
    site.control(Method::POST, "webhooks", half).await;
    let answer = wizard.post("/console/w/acme/connect/webhook", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let webhooks = wizard.webhooks().await;
    assert_eq!(webhooks.len(), 1);
    assert_eq!(webhooks[0]["events"].as_array().unwrap().len(), EVENTS.len());
    assert_eq!(webhooks[0]["app_ids"].as_array().unwrap().len(), 3);
    assert_eq!(webhooks[0]["status"], "enabled");
    let key = webhooks[0]["public_keys"][0]["key"].as_str().unwrap();
    assert_eq!(wizard.settings().await.webhook_keys, [key]);
}

#[tokio::test]
async fn a_webhook_that_delivers_elsewhere_is_moved_only_when_that_was_meant() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.connect_both().await;
    wizard.save_settings("0").await;
    let other = json!({"url": "http://old.example/webhooks/salesiq/acme", "events": EVENTS, "app_ids": []});
    let other = site.control(Method::POST, "webhooks", other).await;
    let asked = wizard.post("/console/w/acme/connect/webhook", &[]).await;
    assert!(asked.body.contains("Which webhook?") && asked.body.contains("http://old.example/"), "{}", asked.body);
    assert!(wizard.settings().await.webhook_keys.is_empty());
    let id = other["id"].as_str().unwrap();
    let moved = wizard.post("/console/w/acme/connect/webhook", &[("which", id)]).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.body);
    let webhooks = wizard.webhooks().await;
    assert_eq!((webhooks.len(), webhooks[0]["url"].as_str().unwrap()), (1, url_of(&site).as_str()));
}

#[tokio::test]
async fn a_url_that_salesiq_can_not_reach_is_told_as_that() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.connect_both().await;
    wizard.save_settings("0").await;
    let unreachable = json!([{"match": {"what": "rest", "method": "POST", "path_contains": "/webhooks"}, "do": {"error_code": 1015}}]);
    site.control(Method::PUT, "faults", unreachable).await;
    let answer = wizard.post("/console/w/acme/connect/webhook", &[]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("reachable from the"), "{}", answer.body);
    assert_eq!(wizard.settings().await.sentinel.webhook_url, None);
}
