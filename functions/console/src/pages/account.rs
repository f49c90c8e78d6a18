//! One's own account: password, language, sessions.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use shared::store::Expected;

use crate::access::attempts::{self, Admission};
use crate::access::language::{self, LANGUAGES};
use crate::access::origin::Origin;
use crate::access::session::{Means, Session};
use crate::access::sign_in::{later, too_many};
use crate::access::{SignedIn, User, password, session};
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html, sentence};
use crate::problem::Problem;
use crate::routes::{Route, VIEWER, get, post};

const HERE: &str = "/console/account";

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/account", VIEWER, page),
        post("/console/account/password", VIEWER, change_password),
        post("/console/account/language", VIEWER, change_language),
        post("/console/account/sessions", VIEWER, end_others),
    ]
}

/// What is wrong with what was typed, beside each field.
#[derive(Default)]
struct Faults {
    old: Option<String>,
    new: Option<String>,
    again: Option<String>,
    language: Option<String>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    chrome: Chrome,
    user: User,
    /// One's sessions, with whether it is this one.
    sessions: Vec<(Session, bool)>,
    languages: [(&'static str, &'static str); 8],
    shortest: usize,
    faults: Faults,
}

async fn filled(console: &Console, who: &SignedIn, faults: Faults) -> Result<AccountPage, Problem> {
    Ok(AccountPage {
        chrome: Chrome::new("Your account", Section::Account, who),
        user: User::clone(&who.user),
        sessions: session::all(&console.store, &who.credentials, console.clock.now()).await?,
        languages: LANGUAGES,
        shortest: password::SHORTEST,
        faults,
    })
}

async fn again(console: &Console, who: &SignedIn, status: StatusCode, faults: Faults) -> Result<Response, Problem> {
    let page = filled(console, who, faults).await?.render();
    let page = page.map_err(|error| Problem::failed("Showing the page", &error))?;
    Ok((status, Html(page)).into_response())
}

/// The page.
///
/// # Errors
/// The table can't be reached.
pub async fn page(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    html(&filled(&console, &who, Faults::default()).await?)
}

/// What the form of the password sends.
#[derive(Deserialize)]
pub struct Passwords {
    old: String,
    new: String,
    again: String,
}

/// Changes one's password, and ends one's other sessions. Who has found an open browser does not know the old one, and may
/// guess it no more often than at the sign-in.
///
/// # Errors
/// The person has no password, an admin changed them meanwhile, or the table can't be reached.
pub async fn change_password(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    origin: Origin,
    Form(typed): Form<Passwords>,
) -> Result<Response, Problem> {
    let current = console.users.get(&who.user.key()).await?;
    let (user, version) = current.ok_or_else(Problem::not_signed_in)?;
    let Some(hashed) = &user.password else {
        let fix = "You sign in with the identity provider. Change your password there.";
        return Err(Problem::new(StatusCode::CONFLICT, "You have no password here", fix));
    };
    let new = password::check(&typed.new, user.email.as_str()).err().as_ref().map(sentence);
    let repeated = (typed.new != typed.again).then(|| "The two differ. Type the same password twice.".to_owned());
    if new.is_some() || repeated.is_some() {
        let faults = Faults { new, again: repeated, ..Faults::default() };
        return again(&console, &who, StatusCode::UNPROCESSABLE_ENTITY, faults).await;
    }
    let attempt = match attempts::admit(&console.store, user.key(), origin, console.clock.now()).await? {
        Admission::Admitted(attempt) => attempt,
        Admission::Wait(wait) => {
            let faults = Faults { old: Some(too_many(wait)), ..Faults::default() };
            return Ok(later(again(&console, &who, StatusCode::TOO_MANY_REQUESTS, faults).await?, wait));
        }
    };
    if !password::verify(&typed.old, Some(hashed)) {
        let faults = Faults { old: Some("This is not your password.".to_owned()), ..Faults::default() };
        return again(&console, &who, StatusCode::UNPROCESSABLE_ENTITY, faults).await;
    }
    attempt.succeeded(&console.store).await;
    let hash = password::hash(&typed.new).map_err(|error| Problem::failed("Changing the password", &error))?;
    let user = User { password: Some(hash), ..user };
    console.users.put(&user, Expected::Version(version)).await?;
    session::end_others(&console.store, &who.credentials).await?;
    audit::record(&console, &who, "people.password_set", user.email.as_str(), "by themselves").await?;
    Ok(done(HERE, "Your password was changed, and your other sessions were ended."))
}

/// What the form of the language sends.
#[derive(Deserialize)]
pub struct Chosen {
    language: String,
}

/// Changes one's language.
///
/// # Errors
/// An admin changed the person meanwhile, or the table can't be reached.
pub async fn change_language(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Form(Chosen { language }): Form<Chosen>,
) -> Result<Response, Problem> {
    if !language::is_known(&language) {
        let faults = Faults { language: Some("Choose one of the languages.".to_owned()), ..Faults::default() };
        return again(&console, &who, StatusCode::UNPROCESSABLE_ENTITY, faults).await;
    }
    let current = console.users.get(&who.user.key()).await?;
    let (user, version) = current.ok_or_else(Problem::not_signed_in)?;
    console.users.put(&User { language, ..user }, Expected::Version(version)).await?;
    Ok(done(HERE, "Your language was changed."))
}

/// Ends one's other sessions.
///
/// # Errors
/// The table can't be reached.
pub async fn end_others(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    session::end_others(&console.store, &who.credentials).await?;
    Ok(done(HERE, "Your other sessions were ended."))
}
