//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use shared::domain::email::EmailAddress;

use super::guard::{Access, SignedIn, signed_in};
use super::user::UserKey;
use super::{password, session};
use crate::assets;
use crate::console::Console;
use crate::page::{html, lead_to};
use crate::problem::Problem;
use crate::routes::{Route, VIEWER, get, post};

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/sign-in", Access::Public, page),
        post("/console/sign-in", Access::Public, attempt),
        post("/console/sign-out", VIEWER, out),
    ]
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    /// What went wrong.
    problem: Option<&'static str>,
    /// The address that was tried.
    email: String,
    /// Where to go then.
    next: String,
}

impl SignInPage {
    #[expect(clippy::unused_self, reason = "as the frame of the other pages has it")]
    fn asset(&self, name: &str) -> String {
        assets::url(name)
    }
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Attempt {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// The page with the form.
///
/// # Errors
/// The page can't be shown.
pub async fn page(
    State(console): State<Arc<Console>>,
    Query(Next { next }): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if signed_in(&console, &headers).await.is_ok() {
        return Ok(lead_to(&within(&next)));
    }
    html(&SignInPage { problem: None, email: String::new(), next: within(&next) })
}

/// Signs somebody in. Who has an account is told neither by the answer nor by its time.
///
/// # Errors
/// The table can't be reached.
pub async fn attempt(
    State(console): State<Arc<Console>>,
    Form(Attempt { email, password, next }): Form<Attempt>,
) -> Result<Response, Problem> {
    let user = match EmailAddress::parse(&email) {
        Ok(address) => console.users.get(&UserKey::of(&address)).await?.map(|(user, _)| user),
        Err(_) => None,
    };
    let hashed = user.as_ref().filter(|user| !user.disabled).and_then(|user| user.password.clone());
    let fits = password::verify(&password, hashed.as_deref());
    let Some(user) = user.filter(|_| fits) else {
        let problem = Some("The address or the password is not right.");
        let page = SignInPage { problem, email, next: within(&next) };
        let page = page.render().map_err(|error| Problem::failed("Showing the page", &error))?;
        return Ok((StatusCode::UNAUTHORIZED, Html(page)).into_response());
    };
    begin(&console, &user, &next).await
}

/// Begins a session and leads to where the person wanted to go.
///
/// # Errors
/// The table can't be reached.
pub async fn begin(console: &Console, user: &super::User, next: &str) -> Result<Response, Problem> {
    let credentials = session::begin(&console.store, user, console.clock.now()).await?;
    let credentials = credentials.ok_or_else(|| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Signing in did not work", "Try again in a moment.")
    })?;
    tracing::info!(user = user.key().as_str(), "signed in");
    let age = session::LASTS.as_secs();
    Ok(with_cookie(lead_to(&within(next)), &credentials.to_cookie(), age))
}

/// Ends the session.
///
/// # Errors
/// The table can't be reached.
pub async fn out(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    session::end(&console.store, &who.credentials).await?;
    Ok(with_cookie(lead_to("/console/sign-in"), "", 0))
}

fn with_cookie(mut response: Response, value: &str, age_s: i64) -> Response {
    let name = session::COOKIE;
    // Lax, not Strict: who follows a link to a conversation from a mail is signed in.
    let cookie = format!("{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; Secure; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A path within the console; anything else is its front page, so that nobody is led elsewhere.
fn within(next: &str) -> String {
    let ours = next == "/console" || next.starts_with("/console/");
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') && !next.contains("//");
    if ours && plain && !next.starts_with("/console/sign-in") { next.to_owned() } else { "/console".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn nobody_is_led_away_from_the_console() {
        for elsewhere in
            ["https://evil.example", "//evil.example", "/console//evil.example", "/consolex", "/console/\r\nx"]
        {
            assert_eq!(within(elsewhere), "/console", "{elsewhere}");
        }
        assert_eq!(within("/console/w/demo/chats?phase=assisting"), "/console/w/demo/chats?phase=assisting");
    }
}
