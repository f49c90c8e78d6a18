//! The list of open chats: one query of the index of open ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query as Sent, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use shared::domain::fingerprint::hex;
use shared::domain::settings::WorkspaceSettings;
use shared::engine::portal::Names;
use shared::store::Store as _;

use super::entry::{Eyes, Row};
use super::filter::{Filter, Query, STEP, Tab};
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::console::Console;
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::times::Times;
use crate::wanted::Wanted;

/// The most chats that are listed.
const LISTED: usize = 1_000;

/// A tab as it is shown.
struct TabView {
    label: &'static str,
    href: String,
    count: usize,
    current: bool,
}

/// What is refreshed.
struct Live {
    times: Times,
    base: String,
    find: String,
    tabs: Vec<TabView>,
    rows: Vec<Row>,
    matching: usize,
    /// Where to get more rows.
    more: Option<String>,
    /// There are more chats than are listed.
    truncated: bool,
    empty: &'static str,
    narrowed: bool,
    refresh: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "chats/list.html")]
struct ListPage<'a> {
    chrome: Chrome,
    live: &'a Live,
    filter: &'a Filter,
    brands: Vec<(String, String)>,
    departments: Vec<(String, String)>,
    languages: Vec<String>,
}

#[derive(Template)]
#[template(path = "chats/live.html")]
struct LivePart<'a> {
    live: &'a Live,
}

/// The list, what changed of it, or the same as data.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    wanted: Wanted,
    Sent(query): Sent<Query>,
) -> Result<Response, Problem> {
    let (settings, now) = (&workspace.settings, console.clock.now());
    let limit = u32::try_from(LISTED + 1).unwrap_or(u32::MAX);
    let mut entries = console.store.live(&id, None, limit).await?;
    let truncated = entries.len() > LISTED;
    entries.truncate(LISTED);
    let names = super::conversation::names(&console, settings).await;
    let mine = names.with_email(who.user.email.as_str());
    let eyes = Eyes { email: who.user.email.as_str(), operators: &mine, names: &names, settings };
    let rows: Vec<Row> = entries.into_iter().map(|(id, entry)| Row::of(id, &entry, &eyes)).collect();
    let languages: BTreeSet<String> = rows.iter().filter_map(|row| row.language.clone()).collect();
    let departments = departments(&rows, &names);
    let filter = Filter::of(&query);
    let (mut rows, counts) = filter.apply(rows);
    let matching = rows.len();
    if wanted == Wanted::Json {
        return Ok(axum::Json(json!({"counts": counts, "more": truncated, "chats": rows})).into_response());
    }
    rows.truncate(filter.rows);
    let seen = seen(&rows, &counts, matching, truncated);
    if wanted == Wanted::Fragment && query.v == seen {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let base = format!("/console/w/{id}/chats");
    let tabs = Tab::ALL.into_iter().map(|tab| TabView {
        label: tab.label(),
        href: format!("{base}?{}", filter.query(tab, STEP)),
        count: counts.get(tab.name()).copied().unwrap_or_default(),
        current: tab == filter.tab,
    });
    let more = (matching > rows.len()).then(|| format!("{base}?{}", filter.query(filter.tab, filter.rows + STEP)));
    let live = Live {
        times: Times::new(&settings.time_zone, now),
        tabs: tabs.collect(),
        rows,
        matching,
        more,
        truncated,
        empty: filter.tab.empty(),
        narrowed: filter.narrows(),
        refresh: format!("{base}?{}", filter.query(filter.tab, filter.rows)),
        seen,
        find: format!("/console/w/{id}/find"),
        base,
    };
    if wanted == Wanted::Fragment {
        return html(&LivePart { live: &live });
    }
    html(&ListPage {
        chrome: Chrome::new("Live chats", Section::Chats, &who),
        live: &live,
        filter: &filter,
        brands: brands(settings),
        departments,
        languages: languages.into_iter().collect(),
    })
}

/// Changes with anything that is shown, and not with the time that passes.
fn seen(rows: &[Row], counts: &BTreeMap<&'static str, usize>, matching: usize, truncated: bool) -> String {
    let all = json!([rows, counts, matching, truncated]).to_string();
    hex(&ring::digest::digest(&ring::digest::SHA256, all.as_bytes()).as_ref()[..12])
}

fn brands(settings: &WorkspaceSettings) -> Vec<(String, String)> {
    settings.brands.iter().map(|brand| (brand.id.to_string(), brand.name.clone())).collect()
}

/// All that have a name, and those of the chats.
fn departments(rows: &[Row], names: &Names) -> Vec<(String, String)> {
    let known = names.departments.iter().map(|(id, name)| (id.to_string(), name.clone()));
    let mut all: BTreeMap<String, String> = known.collect();
    for id in rows.iter().filter_map(|row| row.department.clone()) {
        all.entry(id.clone()).or_insert(id);
    }
    all.into_iter().collect()
}
