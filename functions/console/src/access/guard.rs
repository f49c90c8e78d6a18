//! What every request passes: who asks, whether they may, and whether a change comes from our own page.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use shared::domain::id::WorkspaceId;
use shared::workspace::Workspace;

use super::role::Role;
use super::same;
use super::session::{self, COOKIE, Credentials, Session};
use super::user::User;
use crate::console::Console;
use crate::page::{SAID_COOKIE, said_in};
use crate::problem::Problem;

/// The largest body taken, in bytes: what Lambda takes.
pub const BODY_LIMIT_BYTES: usize = 6 * 1024 * 1024;

/// The header that htmx sends along with each change.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// The same as a field of a form.
pub const CSRF_FIELD: &str = "csrf";

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Everybody: the sign-in, and files.
    Public,
    /// Who is signed in with at least this role.
    Role(Role),
}

/// The guard of one route.
#[derive(Clone)]
pub struct Guard {
    /// What it asks.
    pub console: Arc<Console>,
    /// Who may pass.
    pub access: Access,
}

/// Who is signed in; handlers of guarded routes take it.
#[derive(Clone)]
pub struct SignedIn {
    /// The person.
    pub user: Arc<User>,
    /// Their session.
    pub session: Arc<Session>,
    /// What the browser holds.
    pub credentials: Credentials,
    /// The workspace of the path; the person sees it.
    pub workspace: Option<WorkspaceId>,
    /// A message of what was done just before.
    pub said: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::not_signed_in)
    }
}

/// The workspace of the path with its settings as the functions see them.
#[derive(Clone)]
pub struct InWorkspace {
    /// Which.
    pub id: WorkspaceId,
    /// Settings and knowledge.
    pub workspace: Arc<Workspace>,
}

impl FromRequestParts<Arc<Console>> for InWorkspace {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Problem> {
        let who = parts.extensions.get::<SignedIn>().cloned().ok_or_else(Problem::not_signed_in)?;
        let id = who.workspace.ok_or_else(|| Problem::not_found("No workspace was named"))?;
        let workspace = console.workspaces.get(&id, console.clock.now()).await?;
        let workspace = workspace.ok_or_else(|| Problem::not_found(format!("There is no workspace {id}")))?;
        Ok(Self { id, workspace })
    }
}

/// Lets a request pass, or tells why not.
///
/// # Errors
/// Nobody is signed in, the role does not allow it, the workspace is not theirs, or a change does not come from our page.
pub async fn guard(
    State(guard): State<Guard>,
    params: RawPathParams,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !is_from_here(request.headers()) {
        return Err(Problem::forbidden("The request came from another site. Open the console and try again there."));
    }
    let Access::Role(role) = guard.access else { return Ok(next.run(request).await) };
    let mut who = signed_in(&guard.console, request.headers()).await?;
    if who.user.role < role {
        let fix = format!("This needs the role {role}; yours is {}. Ask an admin.", who.user.role);
        return Err(Problem::forbidden(fix));
    }
    if let Some((_, text)) = params.iter().find(|(name, _)| *name == "workspace") {
        let sees = WorkspaceId::parse(text).ok().filter(|workspace| who.user.sees(workspace));
        // Whether there is one that they don't see is not theirs to know.
        who.workspace = Some(sees.ok_or_else(|| Problem::not_found("There is no such workspace"))?);
    }
    let mut request = request;
    if changes {
        request = with_token(request, &who.session.csrf).await?;
    }
    request.extensions_mut().insert(who);
    Ok(next.run(request).await)
}

/// Who holds the session of a request.
///
/// # Errors
/// Nobody is signed in, or the table can't be reached.
pub async fn signed_in(console: &Console, headers: &HeaderMap) -> Result<SignedIn, Problem> {
    let credentials = cookie(headers, COOKIE).and_then(Credentials::parse).ok_or_else(Problem::not_signed_in)?;
    let held = session::find(&console.store, &credentials, console.clock.now()).await?;
    let (user, session) = held.ok_or_else(Problem::not_signed_in)?;
    let said = cookie(headers, SAID_COOKIE).and_then(said_in);
    Ok(SignedIn { user: Arc::new(user), session: Arc::new(session), credentials, workspace: None, said })
}

/// A cookie's value.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Whether a change comes from a page of ours, as far as the browser tells.
fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, its)| its == host),
        // Neither: not a browser, which has no cookies of somebody else either.
        (origin, _) => origin.is_none(),
    }
}

/// The request, if it has the session's token in its header or in its form.
async fn with_token(request: Request, csrf: &str) -> Result<Request, Problem> {
    let refused = || {
        Problem::new(
            StatusCode::FORBIDDEN,
            "The page was too old to be sent",
            "Nothing was changed. Load the page again, then repeat what you did.",
        )
    };
    if let Some(sent) = request.headers().get(CSRF_HEADER) {
        let fits = sent.to_str().is_ok_and(|sent| same(sent, csrf));
        return if fits { Ok(request) } else { Err(refused()) };
    }
    let (parts, body) = request.into_parts();
    let form = "application/x-www-form-urlencoded";
    let is_form =
        parts.headers.get(header::CONTENT_TYPE).is_some_and(|mime| mime.as_bytes().starts_with(form.as_bytes()));
    if !is_form {
        return Err(refused());
    }
    let body: Bytes = to_bytes(body, BODY_LIMIT_BYTES)
        .await
        .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "That is too much at once", "Send less than 6 MB."))?;
    let sent =
        url::form_urlencoded::parse(&body).find(|(name, _)| name == CSRF_FIELD).map(|(_, value)| value.into_owned());
    if sent.is_some_and(|sent| same(&sent, csrf)) {
        Ok(Request::from_parts(parts, Body::from(body)))
    } else {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_and_only_by_its_whole_name() {
        let headers = headers(&[("cookie", "a=1; __Host-session=x.y; __Host-sessions=z")]);
        assert_eq!(cookie(&headers, "__Host-session"), Some("x.y"));
        assert_eq!(cookie(&headers, "session"), None);
    }

    #[test]
    fn a_change_from_another_site_is_known_as_one() {
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_from_here(&headers(&[("sec-fetch-site", "cross-site"), ("origin", "https://a"), ("host", "a")])));
        assert!(is_from_here(&headers(&[("origin", "https://a.example"), ("host", "a.example")])));
        assert!(!is_from_here(&headers(&[("origin", "https://b.example"), ("host", "a.example")])));
        assert!(!is_from_here(&headers(&[("origin", "null"), ("host", "a.example")])));
        assert!(is_from_here(&headers(&[("host", "a.example")])));
    }
}
