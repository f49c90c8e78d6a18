//! Links by which somebody sets a password: an admin hands them over, as no mail is sent. They work once, for 48 hours.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::store::{Document, DocumentWrite, DynamoDb, Expected, Store as _, StoreError};

use super::guard::Access;
use super::session::{self, Means, random_text};
use super::sign_in::{begin, lead_in};
use super::user::{PROFILE, User, UserKey, UsersError, read};
use super::{hashed, password, same};
use crate::assets;
use crate::audit;
use crate::console::Console;
use crate::page::{html, sentence};
use crate::problem::Problem;
use crate::routes::{Route, get, post};

/// How long a link works.
pub const LASTS: SignedDuration = SignedDuration::from_hours(48);

/// The document in the person's partition: there is one link at a time.
pub(super) const WELCOME: &str = "WELCOME";

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![get("/console/welcome/{token}", Access::Public, page), post("/console/welcome/{token}", Access::Public, set)]
}

/// The path of a link.
#[must_use]
pub fn path(token: &str) -> String {
    format!("/console/welcome/{token}")
}

/// A link as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Welcome {
    /// A hash of its secret; none: it was used.
    hash: Option<String>,
    /// Until when it works.
    pub(super) until: Timestamp,
}

impl Welcome {
    /// The link in a document, unless it was used.
    pub(super) fn in_document(document: &Document) -> Option<Self> {
        let welcome: Option<Self> = serde_json::from_str(&document.body).ok();
        welcome.filter(|welcome| welcome.hash.is_some())
    }
}

/// Makes a link for somebody, which replaces the one from before. None when the system has no randomness.
pub(super) async fn invite(store: &DynamoDb, key: &UserKey, now: Timestamp) -> Result<Option<String>, StoreError> {
    let Some(secret) = random_text() else { return Ok(None) };
    let welcome = Welcome { hash: Some(hashed(&secret)), until: now + LASTS };
    store.put_document(&written(key, &welcome, Expected::Anything)?).await?;
    Ok(Some(format!("{}.{secret}", key.as_str())))
}

fn written(key: &UserKey, welcome: &Welcome, expected: Expected) -> Result<DocumentWrite, StoreError> {
    let body = serde_json::to_string(welcome)
        .map_err(|error| StoreError::Corrupt { what: WELCOME.to_owned(), reason: error.to_string() })?;
    let (partition, name) = (key.partition(), WELCOME.to_owned());
    Ok(DocumentWrite { partition, name, expected, body, expires_at: Some(welcome.until) })
}

/// Who holds a link that works.
struct Invited {
    user: User,
    /// The version of the profile.
    profile: u64,
    welcome: Welcome,
    /// The version of the link.
    link: u64,
}

async fn invited(store: &DynamoDb, token: &str, now: Timestamp) -> Result<Option<Invited>, UsersError> {
    let Some((key, secret)) = token.split_once('.') else { return Ok(None) };
    let Some(key) = UserKey::parse(key) else { return Ok(None) };
    let (mut profile, mut link) = (None, None);
    for document in store.documents(&key.partition(), "").await? {
        if document.name == PROFILE {
            profile = Some((read(&key, &document.body)?, document.version));
        } else if document.name == WELCOME {
            link = Welcome::in_document(&document).map(|welcome| (welcome, document.version));
        }
    }
    let Some(((user, profile), (welcome, link))) = profile.zip(link) else { return Ok(None) };
    let fits = welcome.until > now && welcome.hash.as_ref().is_some_and(|hash| same(hash, &hashed(secret)));
    Ok((fits && !user.disabled).then_some(Invited { user, profile, welcome, link }))
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    email: String,
    name: String,
    token: String,
    shortest: usize,
    /// What is wrong with the password.
    problem: Option<String>,
    /// What is wrong with its repetition.
    differs: bool,
}

impl WelcomePage {
    fn new(user: &User, token: &str) -> Self {
        let (email, name) = (user.email.to_string(), user.name.clone());
        Self { email, name, token: token.to_owned(), shortest: password::SHORTEST, problem: None, differs: false }
    }

    #[expect(clippy::unused_self, reason = "as the frame of the other pages has it")]
    fn asset(&self, name: &str) -> String {
        assets::url(name)
    }
}

fn over() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "This link does not work any more",
        "It works once, for 48 hours, and only the newest one does. Ask an admin for another.",
    )
}

/// The page with the form. To look at it uses nothing up.
///
/// # Errors
/// The link does not work, or the table can't be reached.
pub async fn page(State(console): State<Arc<Console>>, Path(token): Path<String>) -> Result<Response, Problem> {
    let invited = invited(&console.store, &token, console.clock.now()).await?.ok_or_else(over)?;
    html(&WelcomePage::new(&invited.user, &token))
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Chosen {
    password: String,
    again: String,
}

/// Sets the password, and signs the person in.
///
/// # Errors
/// The link does not work, or the table can't be reached.
pub async fn set(
    State(console): State<Arc<Console>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(Chosen { password, again }): Form<Chosen>,
) -> Result<Response, Problem> {
    let now = console.clock.now();
    let invited = invited(&console.store, &token, now).await?.ok_or_else(over)?;
    let problem = password::check(&password, invited.user.email.as_str()).err().as_ref().map(sentence);
    let differs = password != again;
    if problem.is_some() || differs {
        let page = WelcomePage { problem, differs, ..WelcomePage::new(&invited.user, &token) };
        let page = page.render().map_err(|error| Problem::failed("Showing the page", &error))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response());
    }
    let hash = password::hash(&password).map_err(|error| Problem::failed("Setting the password", &error))?;
    // Used up first: of two who have the link, one sets a password.
    let spent = Welcome { hash: None, until: invited.welcome.until };
    let key = invited.user.key();
    match console.store.put_document(&written(&key, &spent, Expected::Version(invited.link))?).await {
        Err(StoreError::Conflict { .. }) => return Err(over()),
        done => done?,
    }
    let user = User { password: Some(hash), ..invited.user };
    console.users.put(&user, Expected::Version(invited.profile)).await?;
    session::end_all(&console.store, &key).await?;
    let who = begin(&console, &headers, user, Means::Password).await?;
    audit::record(&console, &who, "people.password_set", who.user.email.as_str(), "by a link").await?;
    Ok(lead_in(&who, "/console"))
}
