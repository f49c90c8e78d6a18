//! What pages have in common: their frame, the message at the top, times, and answers that lead elsewhere.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::domain::id::WorkspaceId;

use crate::access::{Role, SignedIn};
use crate::problem::Problem;

/// The cookie that carries a message to the next page.
pub const SAID_COOKIE: &str = "__Host-said";

/// The parts of the console: what the navigation shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Which workspace.
    Workspaces,
    /// Live chats and single conversations.
    Chats,
    /// Who would get a chat now.
    Router,
    /// Figures.
    Analytics,
    /// Articles.
    Knowledge,
    /// Settings.
    Settings,
    /// The connection to SalesIQ.
    Connect,
    /// How it runs.
    Health,
    /// Visitors' rights.
    Privacy,
    /// Who did what.
    Audit,
    /// Who may sign in.
    People,
    /// Oneself.
    Account,
}

/// An entry of the navigation.
pub struct NavItem {
    /// As it is shown.
    pub label: &'static str,
    /// Where it leads.
    pub href: String,
    /// It is the part that is being looked at.
    pub current: bool,
}

/// The frame of a page.
pub struct Chrome {
    /// The page's title.
    pub title: String,
    /// Who is signed in.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// What every change must be accompanied by.
    pub csrf: String,
    /// The workspace.
    pub workspace: Option<WorkspaceId>,
    /// The navigation.
    pub nav: Vec<NavItem>,
    /// A message of what was done just before.
    pub said: Option<String>,
}

impl Chrome {
    /// The frame of a page of one part, for who is signed in.
    #[must_use]
    pub fn new(title: impl Into<String>, section: Section, who: &SignedIn) -> Self {
        Self {
            title: title.into(),
            name: who.user.name.clone(),
            role: who.user.role,
            csrf: who.session.csrf.clone(),
            workspace: who.workspace.clone(),
            nav: nav(section, who),
            said: who.said.clone(),
        }
    }

    /// Whether the person serves chats.
    #[must_use]
    pub fn may_serve(&self) -> bool {
        self.role >= Role::Agent
    }

    /// Whether the person gives chats to others.
    #[must_use]
    pub fn may_supervise(&self) -> bool {
        self.role >= Role::Supervisor
    }

    /// Whether the person changes settings.
    #[must_use]
    pub fn may_administer(&self) -> bool {
        self.role >= Role::Admin
    }

    /// The workspace's name; empty where there is none.
    #[must_use]
    pub fn workspace_name(&self) -> &str {
        self.workspace.as_ref().map_or("", WorkspaceId::as_str)
    }

    /// Where a file is served.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        crate::assets::url(name)
    }
}

fn nav(current: Section, who: &SignedIn) -> Vec<NavItem> {
    let Some(workspace) = &who.workspace else { return Vec::new() };
    let parts: [(Section, &'static str, &'static str, Role); 9] = [
        (Section::Chats, "Live chats", "chats", Role::Viewer),
        (Section::Router, "Router", "router", Role::Viewer),
        (Section::Analytics, "Analytics", "analytics", Role::Viewer),
        (Section::Knowledge, "Knowledge", "knowledge", Role::Admin),
        (Section::Settings, "Settings", "settings", Role::Admin),
        (Section::Connect, "Connect", "connect", Role::Admin),
        (Section::Health, "Health", "health", Role::Viewer),
        (Section::Privacy, "Privacy", "privacy", Role::Admin),
        (Section::Audit, "Audit", "audit", Role::Admin),
    ];
    parts
        .into_iter()
        .filter(|(_, _, _, role)| who.user.role >= *role)
        .map(|(section, label, path, _)| NavItem {
            label,
            href: format!("/console/w/{workspace}/{path}"),
            current: section == current,
        })
        .collect()
}

/// A page of a template.
///
/// # Errors
/// The template can't be rendered.
pub fn html(template: &impl Template) -> Result<Response, Problem> {
    match template.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(error) => Err(Problem::failed("Showing the page", &error)),
    }
}

/// Leads to another page, which says what was done.
#[must_use]
pub fn done(location: &str, said: &str) -> Response {
    with_cookie(lead_to(location), SAID_COOKIE, &URL_SAFE_NO_PAD.encode(said.as_bytes()), "/", 60)
}

/// Sets a cookie that scripts can't read, for so many seconds; 0 forgets it.
///
/// Lax, not Strict: who follows a link to a conversation from a mail is signed in, and who comes back from the identity
/// provider is known again.
#[must_use]
pub fn with_cookie(mut response: Response, name: &str, value: &str, path: &str, age_s: i64) -> Response {
    let cookie = format!("{name}={value}; Path={path}; Max-Age={age_s}; HttpOnly; Secure; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Leads to another page.
#[must_use]
pub fn lead_to(location: &str) -> Response {
    let location = HeaderValue::try_from(location).unwrap_or(HeaderValue::from_static("/console"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Has the browser leave for another site: a form may only be sent to our own (its policy), so htmx goes there.
#[must_use]
pub fn leave_for(url: &str) -> Response {
    let url = HeaderValue::try_from(url).unwrap_or(HeaderValue::from_static("/console"));
    (StatusCode::NO_CONTENT, [(HeaderName::from_static("hx-redirect"), url)]).into_response()
}

/// What the message cookie holds.
#[must_use]
pub fn said_in(value: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// A time as it is shown: to the minute, in a zone. `<time datetime>` beside it has the whole.
#[must_use]
pub fn shown(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// What an error says, as a sentence beside a field.
#[must_use]
pub fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// How long ago something was, or how long it lasted, in at most two units.
#[must_use]
pub fn lasting(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
        s => format!("{} d {} h", s / 86_400, s % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_at_most_two_units() {
        let told: Vec<String> = [-3, 59, 61, 3_700, 90_000].into_iter().map(lasting).collect();
        assert_eq!(told, ["0 s", "59 s", "1 min", "1 h 1 min", "1 d 1 h"]);
    }

    #[test]
    fn a_message_travels_whole() {
        let response = done("/console", "Sähe so aus: „ja“; nein");
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let value = cookie.split(['=', ';']).nth(1).unwrap();
        assert_eq!(said_in(value).as_deref(), Some("Sähe so aus: „ja“; nein"));
    }
}
