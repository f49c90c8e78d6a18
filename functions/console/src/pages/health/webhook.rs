//! Deliveries of the webhook that failed, asked of SalesIQ; they can be run again.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shared::domain::drift::delivers_here;
use shared::engine::portal::Portal;
use shared::salesiq::error::SalesiqError;
use shared::store::DynamoDb;
use shared::telemetry::Chain;

use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::problem::Problem;
use crate::routes::{ADMIN, Route, VIEWER, get, post};

/// The most that are run again at once; each becomes a delivery.
const AT_ONCE: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/console/w/{workspace}/health/deliveries", VIEWER, page),
        post("/console/w/{workspace}/health/deliveries/run", ADMIN, run),
    ]
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    chrome: Chrome,
    /// Each webhook with its failed deliveries.
    webhooks: Vec<(String, Vec<String>)>,
    /// Why SalesIQ did not tell.
    untold: Option<String>,
}

async fn failed(
    portal: &Portal<DynamoDb>,
    ours: impl Fn(&str) -> bool,
) -> Result<Vec<(String, Vec<String>)>, SalesiqError> {
    let mut all = Vec::new();
    for webhook in portal.failing_webhooks(ours).await? {
        let failed = portal.failed_executions(&webhook).await?;
        all.push((webhook, failed));
    }
    all.retain(|(_, failed)| !failed.is_empty());
    Ok(all)
}

/// The failed deliveries.
///
/// # Errors
/// The page can't be shown; that SalesIQ does not answer stands on it.
async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { workspace, .. }: InWorkspace,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let portal = console.portals.of(settings).map_err(|error| Problem::failed("Finding SalesIQ", &error))?;
    let (webhooks, untold) = match failed(&portal, |url| delivers_here(url, settings)).await {
        Ok(webhooks) => (webhooks, None),
        Err(error) => {
            tracing::warn!(workspace = %settings.workspace, error = %Chain(&error), "failed deliveries can't be listed");
            (Vec::new(), Some(shared::engine::portal::cause_of(&error).to_string()))
        }
    };
    let chrome = Chrome::new("Failed deliveries", Section::Health, &who);
    html(&DeliveriesPage { chrome, webhooks, untold })
}

/// Which deliveries.
#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    webhook: String,
    #[serde(default)]
    execution: String,
}

/// Has SalesIQ run failed deliveries again, one or all of a webhook's.
///
/// # Errors
/// SalesIQ did not do it.
async fn run(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    Form(which): Form<Which>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let refused = |error: SalesiqError| {
        tracing::warn!(workspace = %settings.workspace, error = %Chain(&error), "failed deliveries were not run again");
        let cause = shared::engine::portal::cause_of(&error);
        let what = format!("SalesIQ did not run it again: {cause}");
        Problem::new(
            axum::http::StatusCode::BAD_GATEWAY,
            what,
            "Try again in a moment; else see Health for the account.",
        )
    };
    let portal = console.portals.of(settings).map_err(|error| Problem::failed("Finding SalesIQ", &error))?;
    let failing = failed(&portal, |url| delivers_here(url, settings)).await.map_err(refused)?;
    let of_webhook = failing.into_iter().find(|(webhook, _)| *webhook == which.webhook);
    let mut chosen = of_webhook.map(|(_, failed)| failed).unwrap_or_default();
    chosen.retain(|execution| which.execution.is_empty() || *execution == which.execution);
    chosen.truncate(AT_ONCE);
    let place = format!("/console/w/{id}/health/deliveries");
    if chosen.is_empty() {
        return Ok(done(&place, "It has arrived meanwhile, or SalesIQ no longer lists it."));
    }
    let skipped = portal.retry_executions(&which.webhook, &chosen).await.map_err(refused)?;
    let ran = chosen.len() - chosen.iter().filter(|execution| skipped.contains(execution)).count();
    audit::record(&console, &who, "health.run_again", &which.webhook, &format!("{ran} deliveries")).await?;
    let said = if skipped.is_empty() {
        format!("SalesIQ runs {ran} again.")
    } else {
        format!("SalesIQ runs {ran} again, and left {} out.", skipped.len())
    };
    Ok(done(&place, &said))
}
