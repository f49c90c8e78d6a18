//! Who may sign in, and as what.

mod form;

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use shared::domain::id::WorkspaceId;

use crate::access::language::LANGUAGES;
use crate::access::people::{PeopleError, Person};
use crate::access::{Role, SignedIn, User, UserKey, oidc, session, welcome};
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html, sentence};
use crate::problem::Problem;
use crate::public_url::base_url;
use crate::routes::{ADMIN, Route, get, post};
use form::{Draft, Faults, changes};

const HERE: &str = "/console/people";

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/people", ADMIN, list),
        get("/console/people/new", ADMIN, new),
        post("/console/people/new", ADMIN, add),
        get("/console/people/{person}", ADMIN, one),
        post("/console/people/{person}", ADMIN, change),
        post("/console/people/{person}/link", ADMIN, link),
        post("/console/people/{person}/sessions", ADMIN, end_sessions),
        post("/console/people/{person}/remove", ADMIN, remove),
    ]
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    chrome: Chrome,
    people: Vec<Person>,
    /// Who looks.
    own: UserKey,
    provider: bool,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    chrome: Chrome,
    /// Somebody who is there; none: somebody new.
    person: Option<Person>,
    /// Oneself.
    own: bool,
    draft: Draft,
    faults: Faults,
    /// What is wrong with the whole.
    problem: Option<String>,
    workspaces: Vec<WorkspaceId>,
    roles: [(Role, &'static str); 4],
    languages: [(&'static str, &'static str); 8],
    provider: bool,
}

#[derive(Template)]
#[template(path = "person_link.html")]
struct LinkPage {
    chrome: Chrome,
    user: User,
    link: String,
    until: Timestamp,
}

const ROLES: [(Role, &str); 4] = [
    (Role::Viewer, "looks at chats and figures, and changes nothing"),
    (Role::Agent, "serves chats: takes them, answers, ends them, hands them back"),
    (Role::Supervisor, "also gives chats to others, and approves what tools may change"),
    (Role::Admin, "also changes settings, people and the connection, and erases visitors; sees all workspaces"),
];

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        let (what, fix) = match error {
            PeopleError::Users(error) => return error.into(),
            PeopleError::Gone => return Self::not_found("There is no such person"),
            PeopleError::Known => ("This address is somebody's already", "Change what they may do under People."),
            PeopleError::LastAdmin => (
                "Nobody else can sign in as Admin",
                "Nothing was changed. Make somebody else an Admin first, and let them sign in.",
            ),
            PeopleError::Busy => {
                ("Somebody else is changing people now", "Nothing was changed. Try again in half a minute.")
            }
            PeopleError::NoRandomness => ("The link could not be made", "Try again in a moment."),
        };
        Self::new(StatusCode::CONFLICT, what, fix)
    }
}

async fn person(console: &Console, key: &str) -> Result<Person, Problem> {
    let there = match UserKey::parse(key) {
        Some(key) => console.users.person(&key, console.clock.now()).await?,
        None => None,
    };
    there.ok_or_else(|| PeopleError::Gone.into())
}

/// The list.
///
/// # Errors
/// The table can't be reached.
pub async fn list(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    html(&PeoplePage {
        chrome: Chrome::new("People", Section::People, &who),
        people: console.users.people(console.clock.now()).await?,
        own: who.user.key(),
        provider: oidc::is_set_up(&console),
    })
}

async fn filled(
    console: &Console,
    who: &SignedIn,
    person: Option<Person>,
    draft: Draft,
    faults: Faults,
    problem: Option<String>,
) -> Result<PersonPage, Problem> {
    let title = person.as_ref().map_or_else(|| "Add a person".to_owned(), |person| person.user.name.clone());
    let mut workspaces = console.workspaces.list().await?;
    let gone = person.iter().flat_map(|person| &person.user.workspaces);
    let gone: Vec<WorkspaceId> = gone.filter(|its| !workspaces.contains(its)).cloned().collect();
    workspaces.extend(gone);
    Ok(PersonPage {
        chrome: Chrome::new(title, Section::People, who),
        own: person.as_ref().is_some_and(|person| person.user.key() == who.user.key()),
        person,
        draft,
        faults,
        problem,
        workspaces,
        roles: ROLES,
        languages: LANGUAGES,
        provider: oidc::is_set_up(console),
    })
}

fn unprocessable(page: &PersonPage) -> Result<Response, Problem> {
    let page = page.render().map_err(|error| Problem::failed("Showing the page", &error))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response())
}

/// The form for somebody new.
///
/// # Errors
/// The table can't be reached.
pub async fn new(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let draft = Draft::proposed(oidc::is_set_up(&console));
    html(&filled(&console, &who, None, draft, Faults::default(), None).await?)
}

/// Adds somebody.
///
/// # Errors
/// The table can't be reached.
pub async fn add(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (draft, now) = (Draft::of(&fields), console.clock.now());
    let user = match draft.person(&console.workspaces.list().await?, now) {
        Ok(user) => User { disabled: false, ..user },
        Err(faults) => return unprocessable(&filled(&console, &who, None, draft, faults, None).await?),
    };
    match console.users.add(&user).await {
        Err(error @ PeopleError::Known) => {
            let faults = Faults { email: Some(sentence(&error)), ..Faults::default() };
            return unprocessable(&filled(&console, &who, None, draft, faults, None).await?);
        }
        added => added?,
    }
    let detail = format!("role {}", user.role.name());
    audit::record(&console, &who, "people.add", user.email.as_str(), &detail).await?;
    if draft.by_provider && oidc::is_set_up(&console) {
        return Ok(done(HERE, &format!("{} was added and may sign in with the identity provider.", user.name)));
    }
    shown(&console, &who, &headers, user).await
}

/// Shows a new link, once.
async fn shown(console: &Console, who: &SignedIn, headers: &HeaderMap, user: User) -> Result<Response, Problem> {
    let base = base_url(console, headers)?;
    let now = console.clock.now();
    let token = console.users.invite(&user.key(), now).await?;
    let link = format!("{base}{}", welcome::path(&token));
    html(&LinkPage {
        chrome: Chrome::new("Link for a password", Section::People, who),
        user,
        link,
        until: now + welcome::LASTS,
    })
}

/// One person.
///
/// # Errors
/// There is no such person, or the table can't be reached.
pub async fn one(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let person = person(&console, &key).await?;
    let draft = Draft::known(&person.user, person.version);
    html(&filled(&console, &who, Some(person), draft, Faults::default(), None).await?)
}

/// Changes somebody.
///
/// # Errors
/// There is no such person, somebody else changed them, nobody would be left as Admin, or the table can't be reached.
pub async fn change(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path(key): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (person, draft) = (person(&console, &key).await?, Draft::of(&fields));
    let after = match draft.changed(&person.user, &console.workspaces.list().await?) {
        Ok(user) => user,
        Err(faults) => return unprocessable(&filled(&console, &who, Some(person), draft, faults, None).await?),
    };
    // What was looked at when the form was opened, not what is there now.
    let before = Person { version: draft.version.unwrap_or_default(), ..person };
    match console.users.change(&before, &after, oidc::is_set_up(&console), console.clock.now()).await {
        Err(error @ (PeopleError::LastAdmin | PeopleError::Busy)) => {
            let problem = Some(Problem::from(error)).map(|problem| format!("{}. {}", problem.what, problem.fix));
            return unprocessable(&filled(&console, &who, Some(before), draft, Faults::default(), problem).await?);
        }
        changed => changed?,
    }
    let detail = changes(&before.user, &after);
    audit::record(&console, &who, "people.change", after.email.as_str(), &detail).await?;
    Ok(done(HERE, &format!("{} was changed.", after.name)))
}

/// Makes a link by which somebody sets a password; the one they have does not work any more.
///
/// # Errors
/// There is no such person, somebody else changed them, or the table can't be reached.
pub async fn link(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let person = person(&console, &key).await?;
    if person.user.disabled {
        let (what, fix) = ("This person may not sign in", "Enable them first, then make the link.");
        return Err(Problem::new(StatusCode::CONFLICT, what, fix));
    }
    if person.user.key() == who.user.key() {
        let (what, fix) = ("This is you", "Change your own password under Your account.");
        return Err(Problem::new(StatusCode::CONFLICT, what, fix));
    }
    if person.user.password.is_some() {
        console.users.forget_password(&person).await?;
    }
    audit::record(&console, &who, "people.link", person.user.email.as_str(), "a link to set a password").await?;
    shown(&console, &who, &headers, person.user).await
}

/// Ends somebody's sessions.
///
/// # Errors
/// There is no such person, or the table can't be reached.
pub async fn end_sessions(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let person = person(&console, &key).await?;
    let ended = session::end_all(&console.store, &person.user.key()).await?;
    audit::record(&console, &who, "people.end_sessions", person.user.email.as_str(), &ended.to_string()).await?;
    Ok(done(HERE, &format!("{} is signed out everywhere.", person.user.name)))
}

/// Removes somebody.
///
/// # Errors
/// There is no such person, nobody would be left as Admin, or the table can't be reached.
pub async fn remove(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let person = person(&console, &key).await?;
    console.users.dismiss(&person.user, oidc::is_set_up(&console), console.clock.now()).await?;
    audit::record(&console, &who, "people.remove", person.user.email.as_str(), "").await?;
    Ok(done(HERE, &format!("{} was removed.", person.user.name)))
}
