//! The webhook: whether all that happens is told to us, and whether we believe it.

use crate::domain::settings::WorkspaceSettings;
use crate::salesiq::client::Webhook;
use crate::salesiq::signature::WebhookKey;

use super::{counted, unread};
use crate::doctor::report::{Checks, Section};
use crate::doctor::seen::{Read, Seen};
use crate::domain::drift::EVENTS;

const IN_SALESIQ: &str =
    "in SalesIQ under Settings > Developers > Webhooks, or let the sentinel do it (sentinel.mend_webhook)";

pub(super) fn judge(settings: &WorkspaceSettings, seen: &Seen) -> Checks {
    let mut checks = Checks::of(Section::Webhook);
    let Some(url) = &seen.webhook_url else {
        let fix = "set sentinel.webhook_url, or give --webhook-url: the stack's output WebhookUrl and the workspace behind it";
        checks.fail("webhook", "where deliveries go is not known", fix);
        return checks;
    };
    match &seen.webhook_head {
        Some(Ok(200)) => checks.ok("URL answers HEAD", "200"),
        Some(Ok(status)) => {
            let fix =
                "SalesIQ takes no URL that does not answer HEAD with 200: check the URL and the webhook function's log";
            checks.fail("URL answers HEAD", format!("HTTP {status}"), fix);
        }
        Some(Err(said)) => {
            checks.fail("URL answers HEAD", said.clone(), "check that the stack is deployed, and the URL");
        }
        None => {}
    }
    let webhooks = match seen.reader().map(|reader| &reader.reads.webhooks) {
        Some(Read::Got(webhooks)) => webhooks,
        Some(read) => {
            checks.skipped("webhook", unread(read));
            return checks;
        }
        None => return checks,
    };
    let Some(webhook) = seen.webhook() else {
        let told = format!("none of {} goes to {url}", counted(webhooks.len(), "webhook"));
        checks.fail("webhook", told, format!("register it {IN_SALESIQ}"));
        return checks;
    };
    checks.ok("webhook", format!("{}, to {url}", webhook.id));
    registration(&mut checks, settings, webhook);
    keys(&mut checks, settings, webhook);
    match &seen.failed_executions {
        Read::NotAsked => {}
        Read::Got(0) => checks.ok("failed executions", "none waits"),
        Read::Got(waiting) => {
            let fix = "run them again in SalesIQ, or let the sentinel: what they told is lost otherwise";
            checks.warn("failed executions", format!("{waiting} wait (at least)"), fix);
        }
        Read::Failed(failed) => checks.warn("failed executions", failed.said.clone(), "put right what is named"),
    }
    checks
}

fn registration(checks: &mut Checks, settings: &WorkspaceSettings, webhook: &Webhook) {
    if webhook.enabled {
        checks.ok("switched on", "yes");
    } else {
        checks.fail("switched on", "no: nothing is delivered", format!("switch it on {IN_SALESIQ}"));
    }
    if webhook.secured {
        checks.ok("signed", "yes");
    } else {
        let fix = format!("secure it {IN_SALESIQ}");
        checks.fail("signed", "no: each delivery is refused", fix);
    }
    let missing: Vec<&str> =
        EVENTS.into_iter().filter(|event| webhook.events.iter().all(|there| there != event)).collect();
    if missing.is_empty() {
        checks.ok("events", format!("all {}", EVENTS.len()));
    } else {
        checks.fail("events", format!("missing: {}", missing.join(", ")), format!("add them {IN_SALESIQ}"));
    }
    if webhook.brands.is_empty() {
        let fix = "nothing, if deliveries of each brand arrive: SalesIQ does not document what an empty list means";
        return checks.warn("brands of the webhook", "it names none; taken for all of them", fix);
    }
    let without = settings.brands.iter().filter(|brand| !webhook.brands.contains(&brand.id));
    let without: Vec<&str> = without.map(|brand| brand.name.as_str()).collect();
    if without.is_empty() {
        checks.ok("brands of the webhook", counted(webhook.brands.len(), "brand"));
    } else {
        checks.fail(
            "brands of the webhook",
            format!("missing: {}", without.join(", ")),
            format!("add them {IN_SALESIQ}"),
        );
    }
}

/// SalesIQ signs with the oldest of at most two (api.md §5.3).
fn keys(checks: &mut Checks, settings: &WorkspaceSettings, webhook: &Webhook) {
    let parsed = |key: &String| WebhookKey::parse(key);
    let bad = settings.webhook_keys.iter().filter_map(|key| parsed(key).err());
    for error in bad {
        checks.fail("webhook_keys", error.to_string(), "paste the key as SalesIQ shows it");
    }
    let ours: Vec<WebhookKey> = settings.webhook_keys.iter().filter_map(|key| parsed(key).ok()).collect();
    let mut theirs: Vec<_> = webhook.public_keys.iter().collect();
    theirs.sort_by_key(|key| key.created_at);
    let Some(oldest) = theirs.first() else {
        return checks.fail("public key", "the webhook has none", format!("generate one {IN_SALESIQ}"));
    };
    let known = |key: &String| parsed(key).is_ok_and(|key| ours.contains(&key));
    if let Err(error) = parsed(&oldest.key) {
        let fix = "the key that SalesIQ shows is in a form that we don't know: report it";
        return checks.fail("public key", error.to_string(), fix);
    }
    if !known(&oldest.key) {
        let fix = "put the key that SalesIQ shows first into webhook_keys: deliveries are refused until then";
        return checks.fail("public key", "the settings lack the key that SalesIQ signs with", fix);
    }
    let unknown = theirs.iter().filter(|key| !known(&key.key)).count();
    let gone = ours.len() + unknown > theirs.len();
    match (unknown, gone) {
        (0, false) => checks.ok("public key", format!("{}, as in the settings", counted(theirs.len(), "key"))),
        (0, true) => {
            let fix = "take keys out of webhook_keys that SalesIQ no longer shows: they are trusted all the same";
            checks.warn("public key", "the settings trust a key that SalesIQ no longer has", fix);
        }
        _ => {
            let fix = "put it into webhook_keys before the older key is deleted";
            checks.warn("public key", "SalesIQ has a newer key that the settings lack", fix);
        }
    }
}
