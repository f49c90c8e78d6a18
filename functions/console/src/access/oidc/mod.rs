//! Signing in with the identity provider: the authorization code flow of `OpenID` Connect, with PKCE, state and nonce.

mod http;
mod pending;
mod provider;
mod refusal;
mod told;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use shared::domain::email::EmailAddress;
use shared::store::{Expected, StoreError};
use url::Url;

use super::Role;
use super::guard::{Access, SignedIn, cookie};
use super::session::{self, Means, random_text};
use super::sign_in::{Next, begin, lead_in, within};
use super::user::{User, UserKey, UsersError};
use crate::audit;
use crate::console::Console;
use crate::page::{lead_to, with_cookie};
use crate::problem::Problem;
use crate::public_url::base_url;
use crate::routes::{Route, get};
use pending::Pending;
use provider::{Beginning, Vouched};
pub use provider::{Provider, SECRET};
pub use refusal::Refusal;

/// The cookie with the provider's token, which only signing out sends back: the provider wants it as a hint.
const TOKEN_COOKIE: &str = "__Secure-id-token";

/// Where that cookie is sent.
const TOKEN_PATH: &str = "/console/sign-out";

/// A longer one would not be kept by browsers.
const TOKEN_LIMIT_BYTES: usize = 3_800;

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/sign-in/oidc", Access::Public, leave),
        get("/console/sign-in/oidc/callback", Access::Public, back),
    ]
}

/// Whether people can sign in with an identity provider.
#[must_use]
pub fn is_set_up(console: &Console) -> bool {
    console.config.oidc_issuer.is_some() && console.config.oidc_client_id.is_some()
}

/// Where the provider sends the browser back to.
///
/// # Errors
/// The request does not say which host it is for.
pub fn redirect_uri(console: &Console, headers: &HeaderMap) -> Result<String, Problem> {
    Ok(format!("{}/console/sign-in/oidc/callback", base_url(console, headers)?))
}

fn no_randomness() -> Problem {
    Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "Signing in did not work", "Try again in a moment.")
}

/// Leaves for the provider.
///
/// # Errors
/// There is none, it can't be reached, or the table can't.
pub async fn leave(
    State(console): State<Arc<Console>>,
    Query(Next { next }): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !is_set_up(&console) {
        return Err(Refusal::NotSetUp.into());
    }
    let redirect = redirect_uri(&console, &headers)?;
    let [Some(state), Some(nonce), Some(verifier), Some(fresh)] = [(); 4].map(|()| random_text()) else {
        return Err(no_randomness());
    };
    // Kept between two sign-ins that begin at once, such as in two windows, so that both can be finished.
    let browser = cookie(&headers, pending::COOKIE).filter(|text| text.len() == fresh.len()).unwrap_or(&fresh);
    let beginning = Beginning { state: &state, nonce: &nonce, verifier: &verifier, redirect: &redirect };
    let url = provider::authorisation_url(&console, &beginning).await?;
    let pending = Pending::new(&nonce, &verifier, browser, &within(&next), console.clock.now());
    pending::keep(&console.store, &state, &pending).await?;
    Ok(with_cookie(lead_to(url.as_str()), pending::COOKIE, browser, "/", pending::LASTS.as_secs()))
}

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Comes back from the provider.
///
/// # Errors
/// The sign-in is not known, the provider does not vouch for the person, or they may not sign in.
pub async fn back(
    State(console): State<Arc<Console>>,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = console.clock.now();
    let (Some(state), Some(browser)) = (&answer.state, cookie(&headers, pending::COOKIE)) else {
        return Err(Refusal::Lost.into());
    };
    let pending = pending::take(&console.store, state, browser, now).await?.ok_or(Refusal::Lost)?;
    if let Some(error) = answer.error {
        let is_code =
            (1..=60).contains(&error.len()) && error.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let code = if is_code { error } else { "no reason".to_owned() };
        return Err(Refusal::Declined { code }.into());
    }
    let code = answer.code.ok_or(Refusal::Lost)?;
    let redirect = redirect_uri(&console, &headers)?;
    let vouched = provider::vouched(&console, code, &pending.nonce, pending.verifier, &redirect).await?;
    let (user, is_new) = known(&console, &vouched).await?;
    let who = begin(&console, &headers, user, Means::Provider).await?;
    if is_new {
        audit::record(&console, &who, "people.first_admin", who.user.email.as_str(), "as the deployment says").await?;
    }
    let response = with_cookie(lead_in(&who, &pending.next), pending::COOKIE, "", "/", 0);
    if vouched.token.len() > TOKEN_LIMIT_BYTES {
        return Ok(response);
    }
    Ok(with_cookie(response, TOKEN_COOKIE, &vouched.token, TOKEN_PATH, session::LASTS.as_secs()))
}

/// The person whom the provider vouches for, if they may sign in, and whether they are new.
async fn known(console: &Console, vouched: &Vouched) -> Result<(User, bool), Problem> {
    let email = &vouched.email;
    match console.users.get(&UserKey::of(email)).await? {
        Some((user, _)) if user.disabled => Err(Refusal::Disabled.into()),
        Some((user, _)) => Ok((user, false)),
        None if is_first_admin(console, email) => Ok((first_admin(console, vouched).await?, true)),
        None => Err(Refusal::Unknown { email: email.clone() }.into()),
    }
}

fn is_first_admin(console: &Console, email: &EmailAddress) -> bool {
    console.config.admin_email.as_deref().is_some_and(|admin| UserKey::typed(admin) == UserKey::of(email))
}

/// Adds the Admin whom the deployment names.
async fn first_admin(console: &Console, vouched: &Vouched) -> Result<User, Problem> {
    let name = vouched.name.as_deref().map(str::trim).filter(|name| !name.is_empty() && name.chars().count() <= 100);
    let user = User {
        email: vouched.email.clone(),
        name: name.unwrap_or_else(|| vouched.email.as_str()).to_owned(),
        role: Role::Admin,
        workspaces: Vec::new(),
        password: None,
        language: "en".to_owned(),
        disabled: false,
        added_at: console.clock.now(),
    };
    match console.users.put(&user, Expected::Absent).await {
        // Two windows: the other one was first.
        Ok(()) | Err(UsersError::Store(StoreError::Conflict { .. })) => Ok(user),
        Err(error) => Err(error.into()),
    }
}

/// Where the browser ends its session with the provider; none if it did not sign in there, or there is no such place.
pub(super) async fn end_of_session(console: &Console, headers: &HeaderMap, who: &SignedIn) -> Option<Url> {
    if who.session.means != Means::Provider || !is_set_up(console) {
        return None;
    }
    // Who signs out is signed out here, whatever the provider does.
    let metadata = console.provider.metadata(console).await.ok()?;
    let mut url = metadata.additional_metadata().end_session_endpoint.as_ref()?.url().clone();
    let back = format!("{}/console/sign-in", base_url(console, headers).ok()?);
    let is_token =
        |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let hint = cookie(headers, TOKEN_COOKIE).filter(is_token);
    let mut query = url.query_pairs_mut();
    query.append_pair("client_id", console.config.oidc_client_id.as_deref()?);
    query.append_pair("post_logout_redirect_uri", &back);
    query.extend_pairs(hint.map(|token| ("id_token_hint", token)));
    if is_cognito(metadata.issuer().url()) {
        // Its endpoint is older than the standard.
        query.append_pair("logout_uri", &back);
    }
    drop(query);
    Some(url)
}

fn is_cognito(issuer: &Url) -> bool {
    issuer.host_str().is_some_and(|host| host.starts_with("cognito-idp.") && host.contains(".amazonaws.com"))
}

/// Has the browser forget the provider's token.
pub(super) fn forget_token(response: Response) -> Response {
    with_cookie(response, TOKEN_COOKIE, "", TOKEN_PATH, 0)
}
