//! What API Gateway hands over, and what it gets back.

use axum::http::{StatusCode, header};
use console::access::Role;
use lambda_http::request::from_str;
use tower::ServiceExt as _;

use crate::site::{Site, email};

#[tokio::test]
async fn a_page_that_somebody_asks_for_without_a_session_leads_to_the_sign_in() {
    let site = Site::new().await;
    let request = from_str(include_str!("../../../../events/console.page.json")).unwrap();
    let answer = site.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let location = answer.headers()[header::LOCATION].to_str().unwrap();
    assert_eq!(location, "/console/sign-in?next=%2Fconsole%2Fw%2Fdemo%2Fchats%3Fshow%3Dai");
}

#[tokio::test]
async fn a_form_that_is_handed_over_in_base64_signs_somebody_in() {
    let site = Site::new().await;
    assert_eq!(email(Role::Admin), "admin@demo.example");
    let request = from_str(include_str!("../../../../events/console.sign-in.json")).unwrap();
    let answer = site.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/console/w/demo/chats");
    assert!(answer.headers().contains_key(header::SET_COOKIE));
}
