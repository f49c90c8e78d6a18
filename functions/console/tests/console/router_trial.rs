//! The router's dry run.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use console::access::Role;
use serde_json::Value;
use shared::domain::settings::WorkspaceSettings;
use shared::store::Store as _;
use shared::workspace::Workspaces;
use simulator::seed;

use crate::chat::{Told, ago, assisted};
use crate::site::{Browser, Site, settings};

const ROUTER: &str = "/console/w/demo/router";

async fn decided(browser: &mut Browser<'_>, query: &str) -> Value {
    let request =
        Request::builder().method(Method::GET).uri(format!("{ROUTER}{query}")).header("accept", "application/json");
    let answer = browser.send(request, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str::<Value>(&answer.body).unwrap()["decision"].clone()
}

/// Rings the least busy operator first.
async fn direct() -> Site {
    let site = Site::new().await;
    let mut settings = settings();
    settings["escalation"]["mode"] = "direct".into();
    let settings: WorkspaceSettings = serde_json::from_value(settings).unwrap();
    Workspaces::new(site.store.clone()).put_settings(&settings).await.unwrap();
    site
}

#[tokio::test]
async fn who_would_be_rung_is_told_with_what_speaks_for_and_against_each() {
    let site = direct().await;
    let page = site.signed_in(Role::Viewer).await.get(ROUTER).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for text in [
        "Player Support",
        "Ben",
        "picked, number",
        "skipped: the AI&#39;s own operator",
        "skipped: serves other departments",
        "the least busy operator first",
        "chats of all departments were counted",
    ] {
        assert!(page.body.contains(text), "no {text} in {}", page.body);
    }
}

#[tokio::test]
async fn who_is_switched_off_is_not_rung_and_nothing_is_changed() {
    let site = direct().await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let first = |decision: &Value| decision["outcome"]["targets"][0]["operator"].as_str().map(str::to_owned);
    let decision = decided(&mut viewer, "").await;
    let picked = first(&decision).unwrap();
    let without = decided(&mut viewer, &format!("?off={picked}")).await;
    assert_ne!(first(&without), Some(picked.clone()));
    let verdict =
        without["considered"].as_array().unwrap().iter().find(|one| one["operator"] == picked.as_str()).unwrap();
    assert_eq!(verdict["judgement"]["why"]["said"], "switched off in this trial");
    assert_eq!(first(&decided(&mut viewer, "").await), Some(picked), "only in that trial");
    let page = viewer.get(&format!("{ROUTER}?off={}", seed::OPERATOR_BEN)).await;
    assert!(page.body.contains(&format!("value=\"{}\" checked", seed::OPERATOR_BEN)), "{}", page.body);
    assert!(site.store.documents("OPLOAD#demo", "").await.unwrap().is_empty(), "nobody was reserved");
    assert!(site.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn it_can_be_asked_for_another_hour_reason_and_conversation() {
    let site = direct().await;
    let mut settings = settings();
    settings["business_hours"] = serde_json::json!({"week": {"monday": ["09:00-17:00"]}});
    settings["escalation"]["departments"] = serde_json::json!({"legal": seed::DEPARTMENT_PAYMENTS});
    let settings: WorkspaceSettings = serde_json::from_value(settings).unwrap();
    Workspaces::new(site.store.clone()).put_settings(&settings).await.unwrap();
    site.keep("9001", &assisted("9001", ago(&site, 10), Told::default()), &[]).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let open = decided(&mut viewer, "?day=Monday&hour=10&reason=legal&conversation=9001").await;
    assert_eq!((open["hours"]["type"].as_str(), open["reason"].as_str()), (Some("open"), Some("legal")));
    assert_eq!(open["departments"][0]["department"], seed::DEPARTMENT_PAYMENTS);
    let closed = decided(&mut viewer, "?day=Sunday&hour=3").await;
    assert_eq!(
        (closed["hours"]["type"].as_str(), closed["outcome"]["type"].as_str()),
        (Some("closed"), Some("nobody"))
    );
    let unknown = viewer.get(&format!("{ROUTER}?conversation=4711")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn while_salesiq_does_not_tell_who_is_there_the_page_says_so() {
    let site = direct().await;
    let rule = serde_json::json!({"match": {"what": "rest", "path_contains": "/operators"}, "do": {"status": 503}});
    site.control(Method::PUT, "faults", serde_json::json!([rule])).await;
    let page = site.signed_in(Role::Viewer).await.get(ROUTER).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("SalesIQ did not tell who is there"), "{}", page.body);
}
