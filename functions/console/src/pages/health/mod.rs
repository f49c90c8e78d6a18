//! How it runs: presence, webhook, findings, tokens, dead letters, the sentinel.

mod condition;
mod letters;
mod webhook;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use shared::domain::hours::zone;
use shared::domain::presence::Wanted;
use shared::findings;
use shared::salesiq::oauth::REFRESH_LIMIT;
use shared::store::Store as _;

use self::condition::{BAR, Condition, bar, gather, without};
use self::letters::title;
pub(crate) use self::letters::url as dead_letters_url;
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::audit;
use crate::console::Console;
use crate::download::wants_json;
use crate::page::{Chrome, Section, done, html, lasting, shown};
use crate::problem::Problem;
use crate::routes::{ADMIN, Route, VIEWER, get, post};

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = vec![
        get("/console/w/{workspace}/health", VIEWER, page),
        post("/console/w/{workspace}/health/findings/dismiss", ADMIN, dismiss),
    ];
    routes.extend(letters::routes());
    routes.extend(webhook::routes());
    routes
}

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage {
    chrome: Chrome,
    condition: Condition,
    zone: TimeZone,
    now: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "templates pass references")]
impl HealthPage {
    fn shown(&self, time: &Timestamp) -> String {
        shown(*time, &self.zone)
    }

    /// How long a period lasted, or has lasted.
    fn lasted(&self, start: &Timestamp, end: &Option<Timestamp>) -> String {
        lasting(end.unwrap_or(self.now).duration_since(*start).as_secs())
    }

    fn in_maintenance(&self) -> bool {
        self.condition.presence.as_ref().is_some_and(|presence| presence.wanted == Wanted::Busy)
    }

    fn bar(&self) -> Vec<(i64, i64)> {
        bar(&self.condition.outages, self.now)
    }

    fn without(&self) -> String {
        lasting(without(&self.condition.outages, self.now))
    }

    #[expect(clippy::unused_self, reason = "for the template")]
    fn bar_days(&self) -> i64 {
        BAR.as_hours() / 24
    }

    #[expect(clippy::unused_self, reason = "for the template")]
    fn title(&self, kind: &shared::dead_letter::waiting::Kind) -> &'static str {
        title(*kind)
    }

    #[expect(clippy::unused_self, reason = "for the template")]
    fn refresh_limit(&self) -> usize {
        REFRESH_LIMIT
    }
}

/// The page, or the same as JSON for monitoring: `ok` tells whether nothing needs a person.
///
/// # Errors
/// The table can't be reached.
pub async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { workspace, .. }: InWorkspace,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let condition = gather(&console, &workspace.settings).await?;
    if wants_json(&headers) {
        return Ok(axum::Json(condition).into_response());
    }
    html(&HealthPage {
        chrome: Chrome::new("Health", Section::Health, &who),
        condition,
        zone: zone(&workspace.settings.time_zone).unwrap_or(TimeZone::UTC),
        now: console.clock.now(),
    })
}

/// Which finding.
#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    finding: String,
}

/// Forgets a finding: should it come up again, it is shown again.
///
/// # Errors
/// No finding was named, or the table can't be reached.
pub async fn dismiss(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, .. }: InWorkspace,
    Form(which): Form<Which>,
) -> Result<Response, Problem> {
    let name = which.finding.trim();
    if name.is_empty() || console.store.document(&findings::partition(&id), name).await?.is_none() {
        return Err(Problem::not_found("There is no such finding any more"));
    }
    console.store.delete_document(&findings::partition(&id), name).await?;
    audit::record(&console, &who, "health.dismiss", name, "").await?;
    Ok(done(&format!("/console/w/{id}/health"), "The finding is dismissed. It comes back if it happens again."))
}
