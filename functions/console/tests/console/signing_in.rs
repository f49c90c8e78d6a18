//! Signing in and out.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use console::access::Role;

use crate::site::{PASSWORD, Site, email};

fn form(email: &str, password: &str) -> Vec<(String, String)> {
    [("email", email), ("password", password)].map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec()
}

#[tokio::test]
async fn who_signs_in_gets_a_cookie_that_only_this_host_sees() {
    let site = Site::new().await;
    let answer = site.browser().post("/console/sign-in", &form("Admin@Demo.example", PASSWORD)).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/console"));
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-session=") && cookie.contains("; Path=/;"), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let site = Site::new().await;
    let wrong = site.browser().post("/console/sign-in", &form(&email(Role::Admin), "not the password")).await;
    let unknown = site.browser().post("/console/sign-in", &form("who@demo.example", PASSWORD)).await;
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(wrong.body.replace(&email(Role::Admin), "X"), unknown.body.replace("who@demo.example", "X"));
    assert!(wrong.headers.get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn who_signs_out_is_out_with_the_old_cookie_too() {
    let site = Site::new().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let mut thief = browser.clone();
    let answer = browser.post("/console/sign-out", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/console/sign-in"));
    assert!(site.sent.lock().unwrap().is_empty(), "no function is woken");
    assert!(thief.get("/console/w/demo/chats").await.header("location").starts_with("/console/sign-in"));
}

#[tokio::test]
async fn a_change_without_the_sessions_token_or_from_elsewhere_is_refused() {
    let site = Site::new().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let mut without = browser.clone();
    without.csrf.clear();
    assert_eq!(without.post("/console/sign-out", &[]).await.status, StatusCode::FORBIDDEN);
    let mut wrong = browser.clone();
    wrong.csrf = "x".repeat(43);
    assert_eq!(wrong.post("/console/sign-out", &[]).await.status, StatusCode::FORBIDDEN);
    let elsewhere = Request::builder()
        .method(Method::POST)
        .uri("/console/sign-out")
        .header("x-csrf-token", &browser.csrf)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(browser.send(elsewhere, Body::empty()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/console/w/demo/chats").await.status, StatusCode::OK, "still signed in");
}
