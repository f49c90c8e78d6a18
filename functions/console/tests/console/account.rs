//! One's own account and sessions.

use axum::http::StatusCode;
use console::access::Role;

use crate::site::{PASSWORD, Site, email};

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const NEW: &str = "another sentence";

#[tokio::test]
async fn who_changes_the_password_stays_signed_in_here_and_nowhere_else() {
    let site = Site::new().await;
    let mut here = site.signed_in(Role::Viewer).await;
    let mut elsewhere = site.signed_in(Role::Viewer).await;
    let answer =
        here.post("/console/account/password", &form(&[("old", PASSWORD), ("new", NEW), ("again", NEW)])).await;
    assert_eq!(answer.header("location"), "/console/account");
    assert!(here.get("/console/account").await.body.contains("Your password was changed"));
    assert!(elsewhere.get("/console/account").await.header("location").starts_with("/console/sign-in"));
    let old = form(&[("email", &email(Role::Viewer)), ("password", PASSWORD)]);
    assert_eq!(site.browser().post("/console/sign-in", &old).await.status, StatusCode::UNAUTHORIZED);
    let new = form(&[("email", &email(Role::Viewer)), ("password", NEW)]);
    assert_eq!(site.browser().post("/console/sign-in", &new).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.audited().await, ["viewer@demo.example people.password_set viewer@demo.example: by themselves"]);
}

#[tokio::test]
async fn the_old_password_is_asked_for_and_may_not_be_guessed_for_ever() {
    let site = Site::new().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let guess = form(&[("old", "a wild guess"), ("new", NEW), ("again", NEW)]);
    for _ in 0..5 {
        let answer = browser.post("/console/account/password", &guess).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("This is not your password"));
    }
    let right = form(&[("old", PASSWORD), ("new", NEW), ("again", NEW)]);
    let answer = browser.post("/console/account/password", &right).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let short = form(&[("old", PASSWORD), ("new", "short"), ("again", "other")]);
    let answer = browser.post("/console/account/password", &short).await;
    assert!(answer.body.contains("use at least 12") && answer.body.contains("The two differ"), "{}", answer.body);
}

#[tokio::test]
async fn ones_language_is_one_of_eight() {
    let site = Site::new().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let answer = browser.post("/console/account/language", &form(&[("language", "vi")])).await;
    assert_eq!(answer.header("location"), "/console/account");
    assert_eq!(site.user(&email(Role::Viewer)).await.unwrap().language, "vi");
    let answer = browser.post("/console/account/language", &form(&[("language", "xx")])).await;
    assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.body.contains("Choose one of the languages"));
    assert_eq!(site.user(&email(Role::Viewer)).await.unwrap().language, "vi");
}

#[tokio::test]
async fn ones_sessions_are_listed_and_the_others_ended() {
    let site = Site::new().await;
    let mut here = site.signed_in(Role::Viewer).await;
    assert!(here.get("/console/account").await.body.contains("There are no others"));
    let mut elsewhere = site.signed_in(Role::Viewer).await;
    let page = here.get("/console/account").await;
    assert_eq!(page.body.matches("Another browser").count(), 2);
    assert_eq!(page.body.matches("this one").count(), 1);
    here.post("/console/account/sessions", &[]).await;
    assert_eq!(here.get("/console/account").await.status, StatusCode::OK);
    assert!(elsewhere.get("/console/account").await.header("location").starts_with("/console/sign-in"));
}

#[tokio::test]
async fn a_session_ends_when_it_is_left_alone_or_is_old() {
    let site = Site::new().await;
    let mut left_alone = site.signed_in(Role::Viewer).await;
    let mut used = left_alone.clone();
    for _ in 0..7 {
        site.pass(100);
        assert_eq!(used.get("/console/account").await.status, StatusCode::OK);
    }
    site.pass(19);
    assert_eq!(used.get("/console/account").await.status, StatusCode::OK);
    site.pass(1);
    assert!(used.get("/console/account").await.header("location").starts_with("/console/sign-in"), "twelve hours");

    left_alone = site.signed_in(Role::Viewer).await;
    site.pass(120);
    assert!(left_alone.get("/console/account").await.header("location").starts_with("/console/sign-in"), "two hours");
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before_and_gives_another_token() {
    let site = Site::new().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let mut before = browser.clone();
    let again = form(&[("email", &email(Role::Viewer)), ("password", PASSWORD)]);
    browser.post("/console/sign-in", &again).await;
    let session =
        |browser: &crate::site::Browser<'_>| browser.cookies.iter().find(|(name, _)| name == "__Host-session").cloned();
    assert_ne!(session(&browser), session(&before));
    assert_eq!(browser.get("/console/account").await.status, StatusCode::OK);
    assert!(before.get("/console/account").await.header("location").starts_with("/console/sign-in"));
}

#[tokio::test]
async fn a_session_that_somebody_else_chose_is_none() {
    let site = Site::new().await;
    let mut victim = site.browser();
    let key = console::access::UserKey::typed(&email(Role::Viewer));
    let planted = format!("{}.{}", key.as_str(), "x".repeat(43));
    victim.cookies.push(("__Host-session".to_owned(), planted.clone()));
    victim.post("/console/sign-in", &form(&[("email", &email(Role::Viewer)), ("password", PASSWORD)])).await;
    let mut attacker = site.browser();
    attacker.cookies.push(("__Host-session".to_owned(), planted));
    assert!(attacker.get("/console/account").await.header("location").starts_with("/console/sign-in"));
}
