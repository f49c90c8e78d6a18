//! Who may use which route: tried on every route of the table.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use console::access::Role;
use console::access::guard::Access;
use console::routes::{Route, table};

use crate::site::Site;

/// A path of a route, with something in the place of its parameters.
fn path(route: &Route) -> String {
    let parts = route.path.split('/').map(|part| match part {
        "{workspace}" => "demo",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

fn request(route: &Route, csrf: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(route.method.clone()).uri(path(route)).header("x-csrf-token", csrf);
    request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

#[tokio::test]
async fn without_a_session_every_route_leads_to_the_sign_in_or_says_401() {
    let site = Site::new().await;
    for route in table().iter().filter(|route| route.access != Access::Public) {
        let page = site.browser().send(request(route, ""), Body::empty()).await;
        let leads =
            page.status == StatusCode::SEE_OTHER && page.header("location").starts_with("/console/sign-in?next=");
        assert!(leads, "{} {}: {} {}", route.method, route.path, page.status, page.header("location"));
        let json = request(route, "").header(header::ACCEPT, "application/json");
        let answer = site.browser().send(json, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn nobody_passes_a_route_that_needs_a_higher_role() {
    let site = Site::new().await;
    for role in [Role::Viewer, Role::Agent, Role::Supervisor] {
        let browser = site.signed_in(role).await;
        for route in table() {
            let Access::Role(needed) = route.access else { continue };
            if needed <= role {
                continue;
            }
            let answer = browser.clone().send(request(&route, &browser.csrf), Body::empty()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {} {}", route.method, route.path);
        }
    }
}

#[test]
fn a_viewer_can_change_nothing_and_an_agent_no_settings() {
    for route in table() {
        let changes = route.method != axum::http::Method::GET;
        let own = ["/console/sign-in", "/console/sign-out", "/console/welcome/{token}"].contains(&route.path)
            || route.path.starts_with("/console/account");
        if changes && !own {
            assert!(route.access >= Access::Role(Role::Agent), "{} {}", route.method, route.path);
        }
        let of_settings = ["settings", "knowledge", "connect", "privacy", "people", "audit"];
        if of_settings.iter().any(|part| route.path.split('/').any(|its| its == *part)) {
            assert_eq!(route.access, Access::Role(Role::Admin), "{} {}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn a_change_without_the_sessions_token_is_refused_on_every_route() {
    let site = Site::new().await;
    let browser = site.signed_in(Role::Admin).await;
    for route in
        table().iter().filter(|route| route.method != axum::http::Method::GET && route.access != Access::Public)
    {
        let answer = browser.clone().send(request(route, "wrong"), Body::empty()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_other_sites_out() {
    let site = Site::new().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    for path in ["/console", "/console/w/demo/chats", "/console/nowhere", "/console/sign-in"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}
