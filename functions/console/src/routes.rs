//! Every route of the console, and who may use it. The router is made of this table, and so are the tests of who may what.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::json;
use shared::telemetry;

use crate::access::Role;
use crate::access::guard::{Access, Guard, cookie, guard};
use crate::access::{oidc, sign_in, welcome};
use crate::assets;
use crate::console::Console;
use crate::page::SAID_COOKIE;
use crate::pages;
use crate::problem::Problem;

/// A route.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, as axum writes it.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    handler: MethodRouter<Arc<Console>>,
}

fn route<H, T>(method: Method, filter: MethodFilter, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Arc<Console>>,
    T: 'static,
{
    Route { method, path, access, handler: on(filter, handler) }
}

/// A page or a file.
pub(crate) fn get<H: Handler<T, Arc<Console>>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route(Method::GET, MethodFilter::GET, path, access, handler)
}

/// A change.
pub(crate) fn post<H: Handler<T, Arc<Console>>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route(Method::POST, MethodFilter::POST, path, access, handler)
}

/// For who may look.
pub(crate) const VIEWER: Access = Access::Role(Role::Viewer);

/// For who changes settings and people.
pub(crate) const ADMIN: Access = Access::Role(Role::Admin);

/// For who serves chats.
pub(crate) const AGENT: Access = Access::Role(Role::Agent);

/// For who gives chats to others, and approves.
pub(crate) const SUPERVISOR: Access = Access::Role(Role::Supervisor);
/// For who changes settings and people.
pub(crate) const ADMIN: Access = Access::Role(Role::Admin);

/// All routes.
#[must_use]
pub fn table() -> Vec<Route> {
    let files = [get("/console/assets/{version}/{name}", Access::Public, assets::serve)];
    let mut routes = Vec::from(files);
    routes.extend(sign_in::routes());
    routes.extend(oidc::routes());
    routes.extend(welcome::routes());
    routes.extend(pages::workspaces::routes());
    routes.extend(pages::account::routes());
    routes.extend(pages::people::routes());
    routes.extend(pages::chats::routes());
    routes.extend(pages::analytics::routes());
    routes.extend(pages::audit::routes());
    routes.extend(pages::connect::routes());
    routes.extend(pages::router::routes());
    routes.extend(pages::settings::routes());
    routes.extend(pages::knowledge::routes());
    routes
}

/// The console as a service.
pub fn router(console: Arc<Console>) -> Router {
    let mut router = Router::new();
    for Route { path, access, handler, .. } in table() {
        let state = Guard { console: Arc::clone(&console), access };
        router = router.route(path, handler.route_layer(from_fn_with_state(state, guard)));
    }
    router.fallback(async || Problem::not_found("There is no such page")).layer(from_fn(present)).with_state(console)
}

/// The problem as a page.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
}

impl ProblemPage<'_> {
    #[expect(clippy::unused_self, reason = "as the frame of the other pages has it")]
    fn asset(&self, name: &str) -> String {
        assets::url(name)
    }
}

/// Puts problems into the form that was asked for, and the headers on that every answer has.
async fn present(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    // Not the path itself: what people look for stands in it.
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    let (method, before) = (request.method().clone(), telemetry::aws_calls());
    let mut response = next.run(request).await;
    let aws_calls = telemetry::aws_calls() - before;
    tracing::info!(%method, route, status = response.status().as_u16(), aws_calls, "answered");
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = told(&problem, &headers, &path);
    }
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|mime| mime.as_bytes().starts_with(b"text/html"));
    let map = response.headers_mut();
    for (name, value) in HEADERS {
        map.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if is_page && cookie(&headers, SAID_COOKIE).is_some() && !headers.contains_key("hx-request") {
        let forget = concat!("__Host-said", "=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
        map.append(header::SET_COOKIE, HeaderValue::from_static(forget));
    }
    response
}

/// Nothing from elsewhere, nothing inline, nobody's frame.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("cache-control", "no-store"),
    ("referrer-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];

fn told(problem: &Problem, headers: &HeaderMap, path: &str) -> Response {
    let wants_json =
        headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    let by_htmx = headers.contains_key("hx-request");
    if wants_json {
        let body = json!({"error": problem.what, "fix": problem.fix});
        return (problem.status, axum::Json(body)).into_response();
    }
    if problem.sign_in {
        let next: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
        let place = if by_htmx { "/console/sign-in".to_owned() } else { format!("/console/sign-in?{next}") };
        let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/console/sign-in"));
        if by_htmx {
            return (problem.status, [(HeaderName::from_static("hx-redirect"), place)]).into_response();
        }
        return (axum::http::StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response();
    }
    match (ProblemPage { problem }).render() {
        Ok(page) => (problem.status, Html(page)).into_response(),
        Err(_) => (problem.status, problem.what.clone()).into_response(),
    }
}
