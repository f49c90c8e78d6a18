//! The webhook: registered with all events and brands, or the one that is there completed; its keys go into the settings.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use shared::domain::drift::{self, EVENTS, KEYS_KEPT, Registered, Sight, Update, delivers_here, mending};
use shared::domain::presence::Cause;
use shared::domain::settings::WorkspaceSettings;
use shared::engine::portal::Portal;
use shared::salesiq::error::SalesiqError;
use shared::store::{DynamoDb, Store as _};
use url::Url;

use super::explain::Trouble;
use super::known::{settings_of, workspace_of};
use super::overview::webhook_url;
use super::{in_trouble, publish};
use crate::access::SignedIn;
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::problem::Problem;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Sent {
    /// An id, or `new`, once somebody was asked which webhook is meant.
    #[serde(default)]
    which: String,
}

#[derive(Template)]
#[template(path = "connect/webhook.html")]
struct WhichPage {
    chrome: Chrome,
    here: String,
    url: String,
    found: Vec<Registered>,
}

/// Registers the webhook, or completes it.
pub(super) async fn register(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let id = workspace_of(&who)?;
    let Some((mut settings, version)) = settings_of(&console, &id).await? else {
        return in_trouble(&who, Trouble::new("There are no settings yet", "Save the workspace's settings first."));
    };
    let url = webhook_url(&console, &headers, &id)?;
    let place = Url::parse(&url).map_err(|error| Problem::failed("Making the webhook's URL", &error))?;
    let portal = console.portals.of(&settings);
    let portal = portal.map_err(|error| Problem::failed("Finding SalesIQ's servers", &error))?;
    let sight = portal.sight().await;
    let webhooks = match (&sight.webhooks, &sight.brands) {
        (Ok(webhooks), Ok(_)) => webhooks.clone(),
        (Err(cause), _) | (_, Err(cause)) => return in_trouble(&who, unseen(cause)),
    };
    let known = known_webhook(&console, &settings).await?;
    let ours = {
        let mut here = settings.clone();
        here.sentinel.webhook_url = Some(url.clone());
        move |webhook: &Registered| webhook.url.as_deref().is_some_and(|url| delivers_here(url, &here))
    };
    let exact = webhooks.iter().filter(|webhook| ours(webhook)).max_by_key(|webhook| webhook.enabled);
    let picked = exact.or_else(|| webhooks.iter().find(|webhook| webhook.id == sent.which)).cloned();
    if picked.is_none() && sent.which != "new" {
        let found = alike(&webhooks, &settings, known.as_deref());
        if !found.is_empty() {
            let here = format!("/console/w/{id}/connect");
            let chrome = Chrome::new("Which webhook?", Section::Connect, &who);
            return html(&WhichPage { chrome, here, url, found });
        }
    }
    settings.sentinel.webhook_url = Some(url);
    let made = match picked {
        Some(webhook) => complete(&portal, &settings, sight, webhook).await,
        None => create(&portal, &sight, place).await,
    };
    let webhook = match made {
        Ok(webhook) => webhook,
        Err(error) => return in_trouble(&who, refused(&error)),
    };
    let usable = webhook.keys.iter().filter(|key| key.usable).take(KEYS_KEPT);
    settings.webhook_keys = usable.map(|key| key.key.clone()).collect();
    if settings.webhook_keys.is_empty() {
        let fix = "Deliveries could not be checked. Generate a key in SalesIQ under Settings > Developers > Webhooks, then \
                   do this again.";
        return in_trouble(&who, Trouble::new("SalesIQ shows no public key that can be used", fix));
    }
    publish(&console, &who, &settings, Some(version)).await?;
    let detail = format!("{} events, {} keys", webhook.events.len(), settings.webhook_keys.len());
    audit::record(&console, &who, "connect.webhook", &webhook.id, &detail).await?;
    Ok(done(&format!("/console/w/{id}/connect"), "The webhook delivers, and its key is in the settings."))
}

/// SalesIQ's id of the webhook that was ours the last time that the sentinel looked.
async fn known_webhook(console: &Console, settings: &WorkspaceSettings) -> Result<Option<String>, Problem> {
    let document = console.store.document(&drift::partition(&settings.workspace), drift::NOW).await?;
    let comparison = document.and_then(|document| serde_json::from_str::<drift::Comparison>(&document.body).ok());
    Ok(comparison.and_then(|comparison| comparison.webhook))
}

/// Those that may have been ours: by the id, or because they deliver to a workspace of this name somewhere else.
fn alike(webhooks: &[Registered], settings: &WorkspaceSettings, known: Option<&str>) -> Vec<Registered> {
    let mut anywhere = settings.clone();
    anywhere.sentinel.webhook_url = None;
    let here = |url: &str| delivers_here(url, settings) || delivers_here(url, &anywhere);
    let may_be = |webhook: &&Registered| Some(webhook.id.as_str()) == known || webhook.url.as_deref().is_some_and(here);
    webhooks.iter().filter(may_be).cloned().collect()
}

/// All events and all brands: those that are not automated are counted.
async fn create(portal: &Portal<DynamoDb>, sight: &Sight, url: Url) -> Result<Registered, SalesiqError> {
    let brands = sight.brands.iter().flatten().map(|brand| brand.id.clone()).collect();
    let update = Update { url, events: EVENTS.map(str::to_owned).to_vec(), brands };
    let webhook = portal.create_webhook(&update).await?;
    with_key(portal, webhook).await
}

/// Puts right what is not: URL, events, brands, signature, switch, key.
async fn complete(
    portal: &Portal<DynamoDb>,
    settings: &WorkspaceSettings,
    sight: Sight,
    webhook: Registered,
) -> Result<Registered, SalesiqError> {
    let mending = mending(settings, &sight, &webhook);
    let mut webhook = webhook;
    if let Some(update) = &mending.update {
        webhook = portal.update_webhook(&webhook.id, update).await?;
    }
    if mending.switch_on {
        webhook = portal.switch_on_webhook(&webhook.id).await?;
    }
    with_key(portal, webhook).await
}

async fn with_key(portal: &Portal<DynamoDb>, webhook: Registered) -> Result<Registered, SalesiqError> {
    if webhook.keys.is_empty() { portal.create_webhook_key(&webhook.id).await } else { Ok(webhook) }
}

fn unseen(cause: &Cause) -> Trouble {
    let fix = match cause {
        Cause::NotPermitted => "Connect an administrator's account as facilitator: only administrators see webhooks.",
        Cause::ScopeMissing => "Connect the facilitator again, and accept the whole list on Zoho's page.",
        Cause::TokenMissing | Cause::TokenRevoked | Cause::TokenRefused => "Connect the facilitator's account again.",
        Cause::TokenThrottled | Cause::SalesiqThrottled => "Wait ten minutes, then try again.",
        _ => "Try again in some minutes.",
    };
    Trouble {
        what: "The portal's webhooks can't be read".to_owned(),
        fix: fix.to_owned(),
        said: Some(cause.to_string()),
    }
}

fn refused(error: &SalesiqError) -> Trouble {
    let trouble = Trouble::from(error);
    if !matches!(error, SalesiqError::Invalid { .. }) {
        return trouble;
    }
    let fix = "SalesIQ asks the URL whether it is there, and takes it only if that is answered. It must be reachable from the \
               internet by https. If you came here by another address than SalesIQ can use, set ConsoleUrl of the stack.";
    Trouble { what: "SalesIQ did not take the webhook".to_owned(), fix: fix.to_owned(), said: trouble.said }
}
