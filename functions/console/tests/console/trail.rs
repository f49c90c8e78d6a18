//! The audit trail and its page.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use console::access::session::Means;
use console::access::{Role, SignedIn, guard, session};
use console::audit;
use shared::domain::email::EmailAddress;
use shared::domain::id::WorkspaceId;

use crate::site::{Site, email, workspace};

/// Somebody of a role, as handlers know them.
pub async fn signed_in(site: &Site, role: Role, workspace: Option<WorkspaceId>) -> SignedIn {
    let key = console::access::UserKey::of(&EmailAddress::parse(&email(role)).unwrap());
    let (user, _) = site.console.users.get(&key).await.unwrap().unwrap();
    let now = site.console.clock.now();
    let begun = session::begin(&site.store, &user, Means::Password, "a test", now).await;
    let (credentials, _) = begun.unwrap().unwrap();
    let mut headers = axum::http::HeaderMap::new();
    let cookie = format!("{}={}", session::COOKIE, credentials.to_cookie());
    headers.insert(header::COOKIE, cookie.parse().unwrap());
    SignedIn { workspace, ..guard::signed_in(&Arc::clone(&site.console), &headers).await.unwrap() }
}

#[tokio::test]
async fn what_was_done_is_shown_newest_first_with_who_and_when() {
    let site = Site::new().await;
    let (admin, agent) = (
        signed_in(&site, Role::Admin, Some(workspace())).await,
        signed_in(&site, Role::Agent, Some(workspace())).await,
    );
    audit::record(&site.console, &admin, "settings.publish", "escalation", "least_busy").await.unwrap();
    // The order of entries of one millisecond is not told.
    let recorded = site.console.clock.now().as_millisecond();
    while site.console.clock.now().as_millisecond() == recorded {
        tokio::task::yield_now().await;
    }
    audit::record(&site.console, &agent, "chat.end", "9001", "with <b>countdown</b>").await.unwrap();
    let page = site.signed_in(Role::Admin).await.get("/console/w/demo/audit").await;
    let (ended, published) = (page.body.find("chat.end").unwrap(), page.body.find("settings.publish").unwrap());
    assert!(ended < published, "{}", page.body);
    assert!(
        page.body.contains("agent@demo.example") && page.body.contains("with &#60;b&#62;countdown"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn entries_are_found_by_person_and_kind_a_page_at_a_time() {
    let site = Site::new().await;
    let agent = signed_in(&site, Role::Agent, Some(workspace())).await;
    let admin = signed_in(&site, Role::Admin, Some(workspace())).await;
    for n in 0..60 {
        audit::record(&site.console, &agent, "chat.take", &format!("chat-{n}-"), "").await.unwrap();
    }
    audit::record(&site.console, &admin, "privacy.erase", "someone", "2 conversations").await.unwrap();
    let mut browser = site.signed_in(Role::Admin).await;
    let page = browser.get("/console/w/demo/audit?kind=privacy").await.body;
    assert!(page.contains("2 conversations") && !page.contains("chat.take"), "{page}");
    let page = browser.get("/console/w/demo/audit?person=AGENT@").await.body;
    assert_eq!(page.matches("<code>chat.take</code>").count(), 50);
    let older = page.split("href=\"audit?").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let page = browser.get(&format!("/console/w/demo/audit?{older}")).await.body;
    assert_eq!(page.matches("<code>chat.take</code>").count(), 10, "{page}");
    let file = browser.get("/console/w/demo/audit/entries.csv").await;
    assert_eq!(file.body.lines().count(), 62, "a line for the columns");
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"audit-demo-"));
}

#[tokio::test]
async fn what_concerns_the_deployment_is_kept_apart() {
    let site = Site::new().await;
    let admin = signed_in(&site, Role::Admin, None).await;
    audit::record(&site.console, &admin, "people.add", "mia@demo.example", "Agent").await.unwrap();
    let mut browser = site.signed_in(Role::Admin).await;
    let page = browser.get("/console/w/demo/audit").await.body;
    assert!(page.contains("Nothing was changed yet") && !page.contains("people.add"), "{page}");
    let request =
        Request::builder().uri("/console/w/demo/audit?of=deployment").header(header::ACCEPT, "application/json");
    let answer = browser.send(request, Body::empty()).await;
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &json["entries"][0]["about"]), (StatusCode::OK, &"mia@demo.example".into()));
}
