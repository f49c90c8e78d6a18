//! The doctor's look at the whole: what was seen, and how to mend what is wrong.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::doctor::{Check, Outcome, Place, Section, count, examine};

use super::explain::Trouble;
use super::known::{Known, workspace_of};
use super::overview::{show, webhook_url};
use super::{draft, in_trouble};
use crate::access::SignedIn;
use crate::console::Console;
use crate::problem::Problem;

/// The document with the last report.
pub(super) const REPORT: &str = "DOCTOR";

/// How long the doctor may look; API Gateway waits no longer than 30 s.
const WITHIN: Duration = Duration::from_secs(24);

/// What the doctor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Report {
    at: Timestamp,
    checks: Vec<Check>,
}

impl Report {
    /// How many things do not work.
    pub(super) fn failed(&self) -> usize {
        count(&self.checks, Outcome::Fail)
    }

    /// In a line.
    pub(super) fn summary(&self) -> String {
        let of = |outcome| count(&self.checks, outcome);
        format!(
            "{} ok, {} to be looked at, {} failed, {} not checked",
            of(Outcome::Ok),
            of(Outcome::Warn),
            of(Outcome::Fail),
            of(Outcome::Skipped)
        )
    }
}

/// A report as it is shown.
pub(super) struct Shown {
    /// When the doctor looked.
    pub(super) at: Timestamp,
    /// In a line.
    pub(super) summary: String,
    /// What was checked.
    pub(super) parts: Vec<Part>,
    /// What could not be checked without a visitor, or was not to be.
    pub(super) unchecked: Vec<Check>,
}

/// The checks of one section.
pub(super) struct Part {
    /// Which.
    pub(super) section: Section,
    /// Its checks.
    pub(super) checks: Vec<Check>,
}

impl Shown {
    /// By section; what was not checked last.
    pub(super) fn of(report: &Report) -> Self {
        let (unchecked, checked): (Vec<Check>, Vec<Check>) =
            report.checks.iter().cloned().partition(|check| check.outcome == Outcome::Skipped);
        let parts = checked.chunk_by(|a, b| a.section == b.section);
        let part = |checks: &[Check]| Some(Part { section: checks.first()?.section, checks: checks.to_vec() });
        Self { at: report.at, summary: report.summary(), parts: parts.filter_map(part).collect(), unchecked }
    }
}

/// An outcome's badge.
pub(super) fn badge(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "good",
        Outcome::Warn => "warn",
        Outcome::Fail => "bad",
        Outcome::Skipped => "",
    }
}

/// An outcome in a word.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "OK",
        Outcome::Warn => "Look at it",
        Outcome::Fail => "Failed",
        Outcome::Skipped => "Not checked",
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    write: Option<String>,
}

/// Has the doctor look, and shows what was found.
pub(super) async fn run(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let mut known = Known::of(&console, workspace_of(&who)?).await?;
    let (Some((settings, _)), Some(salesiq)) = (known.settings.clone(), known.salesiq(&console)?) else {
        return in_trouble(&who, Trouble::new("There are no settings yet", "Save the workspace's settings first."));
    };
    let registered = settings.sentinel.webhook_url.clone();
    let webhook_url = registered.map_or_else(|| webhook_url(&console, &headers, &known.id), Ok)?;
    let place = Place {
        id: known.id.clone(),
        settings,
        secrets: console.secrets.clone(),
        endpoints: salesiq.servers,
        client: salesiq.client,
        http: console.http.clone(),
        ses: console.ses.clone(),
        simulated: console.portals.is_local(),
        webhook_url: Some(webhook_url),
    };
    let looked = tokio::time::timeout(WITHIN, examine(&place, sent.write.is_some(), |_| ())).await;
    let Ok(checks) = looked else {
        let fix = "SalesIQ or Zoho answers slowly. Try again in some minutes.";
        return Err(Problem::new(StatusCode::GATEWAY_TIMEOUT, "The doctor was not done in time", fix));
    };
    let report = Report { at: console.clock.now(), checks };
    draft::put(&console.store, &known.id, REPORT, &report).await?;
    known.report = Some(report);
    show(&console, &who, &headers, known, None)
}
