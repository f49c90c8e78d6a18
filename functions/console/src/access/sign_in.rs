//! Signing in with a password, and signing out.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;

use super::attempts::{self, Admission};
use super::guard::{Access, SignedIn, cookie, signed_in};
use super::origin::Origin;
use super::session::{Credentials, Means, browser_of};
use super::user::{User, UserKey};
use super::{oidc, password, session};
use crate::assets;
use crate::console::Console;
use crate::page::{html, lead_to, with_cookie};
use crate::problem::Problem;
use crate::routes::{Route, VIEWER, get, post};

/// As much of a typed address is shown again.
const SHOWN_AGAIN: usize = 254;

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
    problem: Option<String>,
    /// The address that was tried.
    email: String,
    /// Where to go then.
    next: String,
    /// Where one signs in with the identity provider.
    provider: Option<String>,
}

impl SignInPage {
    fn new(console: &Console, problem: Option<String>, email: &str, next: &str) -> Self {
        let next = within(next);
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
        let provider = oidc::is_set_up(console).then(|| format!("/console/sign-in/oidc?{query}"));
        Self { problem, email: email.chars().take(SHOWN_AGAIN).collect(), next, provider }
    }

    #[expect(clippy::unused_self, reason = "as the frame of the other pages has it")]
    fn asset(&self, name: &str) -> String {
        assets::url(name)
    }
}

/// Goes on to the identity provider, to end its session as well. A page and no redirect: browsers let a form lead to our own
/// pages only, as its policy says, however many steps there are between.
#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    /// Where the provider ends its session.
    url: String,
}

impl SignedOutPage {
    #[expect(clippy::unused_self, reason = "as the frame of the other pages has it")]
    fn asset(&self, name: &str) -> String {
        assets::url(name)
    }
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    pub(super) next: String,
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
    html(&SignInPage::new(&console, None, "", &next))
}

/// Signs somebody in. Who has an account is told neither by the answer nor by its time: whatever was typed, the same is read,
/// counted, and hashed.
///
/// # Errors
/// The table can't be reached.
pub async fn attempt(
    State(console): State<Arc<Console>>,
    origin: Origin,
    headers: HeaderMap,
    Form(Attempt { email, password, next }): Form<Attempt>,
) -> Result<Response, Problem> {
    let refused = |status, problem: String| -> Result<Response, Problem> {
        let page = SignInPage::new(&console, Some(problem), &email, &next).render();
        let page = page.map_err(|error| Problem::failed("Showing the page", &error))?;
        Ok((status, Html(page)).into_response())
    };
    let key = UserKey::typed(&email);
    let attempt = match attempts::admit(&console.store, key.clone(), origin, console.clock.now()).await? {
        Admission::Admitted(attempt) => attempt,
        Admission::Wait(wait) => {
            tracing::warn!(user = key.as_str(), "too many attempts to sign in");
            return Ok(later(refused(StatusCode::TOO_MANY_REQUESTS, too_many(wait))?, wait));
        }
    };
    let user = console.users.get(&key).await?.map(|(user, _)| user);
    let hashed = user.as_ref().filter(|user| !user.disabled).and_then(|user| user.password.as_deref());
    let fits = password::verify(&password, hashed);
    let Some(user) = user.filter(|_| fits) else {
        return refused(StatusCode::UNAUTHORIZED, "The address or the password is not right.".to_owned());
    };
    attempt.succeeded(&console.store).await;
    let who = begin(&console, &headers, user, Means::Password).await?;
    Ok(lead_in(&who, &next))
}

/// What is said of too many attempts, whosever account it is.
pub(crate) fn too_many(wait: SignedDuration) -> String {
    let minutes = (wait.as_secs() + 59) / 60;
    format!("Too many attempts did not succeed. Try again in {minutes} min.")
}

/// Tells when to come back.
pub(crate) fn later(mut response: Response, wait: SignedDuration) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().unsigned_abs() + 1));
    response
}

/// Begins a session of somebody who has shown who they are, in a browser. The one that was there before ends.
///
/// # Errors
/// The table can't be reached.
pub async fn begin(console: &Console, headers: &HeaderMap, user: User, means: Means) -> Result<SignedIn, Problem> {
    if let Some(old) = cookie(headers, session::COOKIE).and_then(Credentials::parse) {
        session::end(&console.store, &old).await?;
    }
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let begun = session::begin(&console.store, &user, means, &browser_of(user_agent), console.clock.now()).await?;
    let (credentials, session) = begun.ok_or_else(|| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Signing in did not work", "Try again in a moment.")
    })?;
    tracing::info!(user = user.key().as_str(), means = ?means, "signed in");
    Ok(SignedIn { user: Arc::new(user), session: Arc::new(session), credentials, workspace: None, said: None })
}

/// Gives the browser its session, and leads to where the person wanted to go.
#[must_use]
pub fn lead_in(who: &SignedIn, next: &str) -> Response {
    with_cookie(lead_to(&within(next)), session::COOKIE, &who.credentials.to_cookie(), "/", session::LASTS.as_secs())
}

/// Ends the session, and the identity provider's if it began there.
///
/// # Errors
/// The table can't be reached.
pub async fn out(State(console): State<Arc<Console>>, headers: HeaderMap, who: SignedIn) -> Result<Response, Problem> {
    session::end(&console.store, &who.credentials).await?;
    let response = match oidc::end_of_session(&console, &headers, &who).await {
        Some(url) => html(&SignedOutPage { url: url.into() })?,
        None => lead_to("/console/sign-in"),
    };
    Ok(oidc::forget_token(with_cookie(response, session::COOKIE, "", "/", 0)))
}

/// A path within the console; anything else is its front page, so that nobody is led elsewhere.
pub(super) fn within(next: &str) -> String {
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
