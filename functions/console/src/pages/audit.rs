//! Who changed what.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;
use shared::domain::hours::zone;

use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::audit::{Entry, newest, partition};
use crate::console::Console;
use crate::download::{csv, wants_json};
use crate::page::{Chrome, Section, html, shown};
use crate::problem::Problem;
use crate::routes::{ADMIN, Route, get};

/// How many entries a page shows.
const SHOWN: usize = 50;
/// How many a file holds at most: it has to be ready in a few seconds.
const IN_A_FILE: usize = 10_000;
/// How many entries one query reads, and how many queries a page makes while it looks for what was asked for.
const READ: u32 = 200;
const QUERIES: usize = 5;

/// What kinds there are: the first part of each code, and how it is called.
const KINDS: [(&str, &str); 10] = [
    ("settings", "Settings"),
    ("knowledge", "Knowledge and procedures"),
    ("people", "People"),
    ("connect", "Connection to SalesIQ"),
    ("chat", "Chats: taken, given, ended, handed back"),
    ("tool", "Approvals of tools"),
    ("privacy", "Visitors' data: looked for, exported, erased"),
    ("health", "Findings, failed deliveries and dead letters"),
    ("router", "Router"),
    ("sign_in", "Signing in"),
];

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![get("/console/w/{workspace}/audit", ADMIN, page), get("/console/w/{workspace}/audit/entries.csv", ADMIN, file)]
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Part of a person's address.
    person: String,
    /// The first part of the codes.
    kind: String,
    /// `deployment`: what concerns all workspaces.
    of: String,
    /// Only what is older than the entry of this name.
    before: String,
}

impl Filter {
    fn takes(&self, entry: &Entry) -> bool {
        let person = self.person.trim().to_lowercase();
        let kind = entry.what.split('.').next().unwrap_or_default();
        entry.by.to_lowercase().contains(&person) && (self.kind.is_empty() || kind == self.kind)
    }

    fn query(&self, before: &str) -> String {
        let parts = [("person", self.person.trim()), ("kind", &self.kind), ("of", &self.of), ("before", before)];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parts.iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }
}

/// What was found, and from where to look on.
struct Found {
    entries: Vec<Entry>,
    older: Option<String>,
}

/// What of a time is asked for, at most `most` entries of it.
async fn find(
    console: &Console,
    who: &SignedIn,
    filter: &Filter,
    most: usize,
    queries: usize,
) -> Result<Found, Problem> {
    let of_deployment = filter.of == "deployment" && who.user.workspaces.is_empty();
    let partition = partition(who.workspace.as_ref().filter(|_| !of_deployment));
    let (mut entries, mut before) = (Vec::new(), filter.before.clone());
    for _ in 0..queries {
        let after = (!before.is_empty()).then_some(before.as_str());
        let read = newest(&console.store, &partition, after, READ).await?;
        let is_end = read.len() < usize::try_from(READ).unwrap_or(usize::MAX);
        for (name, entry) in read {
            if entries.len() == most {
                return Ok(Found { entries, older: Some(before) });
            }
            before = name;
            entries.extend(entry.filter(|entry| filter.takes(entry)));
        }
        if is_end {
            return Ok(Found { entries, older: None });
        }
    }
    Ok(Found { entries, older: Some(before) })
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    chrome: Chrome,
    filter: Filter,
    rows: Vec<Row>,
    older: Option<String>,
    file: String,
    /// They see all workspaces, and so what concerns all.
    sees_deployment: bool,
}

struct Row {
    at: String,
    shown: String,
    entry: Entry,
}

impl Row {
    fn of(entry: Entry, zone: &TimeZone) -> Self {
        Self { at: entry.at.to_string(), shown: shown(entry.at, zone), entry }
    }
}

impl AuditPage {
    #[expect(clippy::unused_self, reason = "for the template")]
    fn kinds(&self) -> [(&'static str, &'static str); 10] {
        KINDS
    }

    fn is_filtered(&self) -> bool {
        !self.filter.query("").is_empty()
    }
}

/// The newest entries, a page at a time.
///
/// # Errors
/// The table can't be reached.
pub async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { workspace, .. }: InWorkspace,
    headers: HeaderMap,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let Found { entries, older } = find(&console, &who, &filter, SHOWN, QUERIES).await?;
    if wants_json(&headers) {
        return Ok(axum::Json(json!({"entries": entries, "before": older})).into_response());
    }
    let zone = zone(&workspace.settings.time_zone).unwrap_or(TimeZone::UTC);
    html(&AuditPage {
        chrome: Chrome::new("Audit", Section::Audit, &who),
        rows: entries.into_iter().map(|entry| Row::of(entry, &zone)).collect(),
        older: older.map(|before| filter.query(&before)),
        file: filter.query(""),
        sees_deployment: who.user.workspaces.is_empty(),
        filter,
    })
}

/// The same as a file, without pages.
///
/// # Errors
/// The table can't be reached.
pub async fn file(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, .. }: InWorkspace,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    // An entry is under a kilobyte: a query of 200 reads one page of the table.
    let queries = IN_A_FILE / usize::try_from(READ).unwrap_or(1);
    let Found { entries, older } = find(&console, &who, &filter, IN_A_FILE, queries).await?;
    let rows = entries.iter().map(|entry| {
        [&entry.at.to_string(), &entry.by, entry.role.name(), &entry.what, &entry.about, &entry.detail]
            .map(ToOwned::to_owned)
    });
    // A file that is not the whole says so in its last row.
    let rest = older.map(|_| {
        let upto = entries.last().map_or_else(String::new, |entry| entry.at.to_string());
        [
            upto,
            String::new(),
            String::new(),
            "…".to_owned(),
            String::new(),
            "Older entries are not in this file; choose a person or a kind.".to_owned(),
        ]
    });
    let now = console.clock.now();
    let name = format!("audit-{id}-{}.csv", now.to_zoned(TimeZone::UTC).date());
    csv(&name, &["time_utc", "person", "role", "what", "about", "detail"], rows.chain(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn entry(by: &str, what: &str) -> Entry {
        Entry {
            at: jiff::Timestamp::UNIX_EPOCH,
            by: by.to_owned(),
            role: Role::Admin,
            what: what.to_owned(),
            about: String::new(),
            detail: String::new(),
        }
    }

    #[test]
    fn a_filter_takes_a_persons_entries_and_whole_kinds() {
        let filter = Filter { person: "ADA".to_owned(), kind: "chat".to_owned(), ..Filter::default() };
        assert!(filter.takes(&entry("ada@x.example", "chat.end")));
        assert!(!filter.takes(&entry("mia@x.example", "chat.end")));
        assert!(!filter.takes(&entry("ada@x.example", "chats.end")));
        assert!(Filter::default().takes(&entry("mia@x.example", "people.add")));
        assert_eq!(filter.query("5#a"), "person=ADA&kind=chat&before=5%23a");
    }
}
