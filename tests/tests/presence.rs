//! The deployed sentinel keeps an operator available, and takes up what changed at the webhook.
//!
//! Each world speaks as an operator of its own, so that Nova is left in peace.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::time::Duration;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::domain::drift::{self, Comparison};
use shared::domain::finding::Finding;
use shared::domain::presence::{self, Cause, Maintenance, Outage, Presence};
use shared::salesiq::oauth::Principal;
use shared::store::Store;
use tests::{Deployed, SOON, World, until};

/// A refresh token that Zoho never gave out.
const REVOKED: &str = "1000.revoked";

/// A world whose AI speaks as an operator that no other world has; gives the operator's id too.
async fn with_an_operator_of_its_own(deployed: &Deployed, change: impl FnOnce(&mut Value)) -> (World<'_>, String) {
    let body = json!({"nick_name": "Iris", "departments": []});
    let made = deployed.portal.control(Method::POST, "operators", Some(body)).await.unwrap();
    let operator = made["id"].as_str().unwrap().to_owned();
    let world = World::new(deployed, |settings| {
        settings["bot_operator"] = json!(operator);
        change(settings);
    })
    .await;
    // Seen available once, so that what happens next is seen as a change.
    until("the first look", SOON, async || {
        deployed.run_sentinel().await;
        now(&world).await.filter(|presence| presence.cause.is_none())
    })
    .await;
    (world, operator)
}

async fn document<T: DeserializeOwned>(world: &World<'_>, partition: &str, name: &str) -> Option<T> {
    let document = world.deployed.store.document(partition, name).await.unwrap()?;
    Some(serde_json::from_str(&document.body).unwrap())
}

async fn now(world: &World<'_>) -> Option<Presence> {
    document(world, &presence::partition(&world.workspace), presence::NOW).await
}

async fn recorded<T: DeserializeOwned>(world: &World<'_>, prefix: &str) -> Vec<T> {
    let documents = world.deployed.store.documents(&presence::partition(&world.workspace), prefix).await.unwrap();
    documents.iter().map(|document| serde_json::from_str(&document.body).unwrap()).collect()
}

async fn outages(world: &World<'_>) -> Vec<Outage> {
    recorded(world, "OUTAGE#").await
}

async fn status(world: &World<'_>, operator: &str) -> String {
    let operators = world.deployed.portal.control(Method::GET, "operators", None).await.unwrap();
    let one = operators.as_array().unwrap().iter().find(|one| one["id"] == operator).unwrap();
    one["status"].as_str().unwrap().to_owned()
}

/// Runs the sentinel until its state of the workspace is as expected.
async fn runs_until(world: &World<'_>, what: &str, expected: impl Fn(&Presence) -> bool) -> Presence {
    until(what, SOON + SOON, async || {
        world.deployed.run_sentinel().await;
        now(world).await.filter(|presence| expected(presence))
    })
    .await
}

#[tokio::test]
async fn a_busy_that_somebody_set_is_mended_and_recorded() {
    let deployed = Deployed::find();
    let (world, operator) = with_an_operator_of_its_own(&deployed, |_| {}).await;

    world.change_human(&operator, json!({"status": "Busy"})).await;
    until("the operator to be available", SOON, async || {
        deployed.run_sentinel().await;
        (status(&world, &operator).await == "Available" && !outages(&world).await.is_empty()).then_some(())
    })
    .await;

    let outages = outages(&world).await;
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert_eq!((&outages[0].cause, outages[0].end.is_some()), (&Cause::SetBusy, true));
    assert_eq!(now(&world).await.unwrap().cause, None);
}

#[tokio::test]
async fn a_revoked_token_is_told_and_another_one_is_taken_up() {
    let deployed = Deployed::find();
    let (world, operator) = with_an_operator_of_its_own(&deployed, |_| {}).await;

    world.connect(Principal::Bot, REVOKED, None).await;
    let revoke = json!({"token": world.bot_token});
    deployed.portal.control(Method::POST, "tokens/revoke", Some(revoke)).await.unwrap();
    let presence = runs_until(&world, "the revoked token to be seen", |presence| presence.failures > 0).await;
    assert_eq!(presence.cause, Some(Cause::TokenRevoked));
    assert_eq!(world.found(Finding::OperatorUnavailable).await.conversation, None);

    world.connect(Principal::Bot, REVOKED, Some(&world.mint(&operator).await)).await;
    runs_until(&world, "the new token to be used", |presence| presence.cause.is_none()).await;
    let outages = outages(&world).await;
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert_eq!((&outages[0].cause, outages[0].end.is_some()), (&Cause::TokenRevoked, true));
}

#[tokio::test]
async fn three_failures_in_a_row_are_counted_and_told_and_end_with_salesiqs_trouble() {
    let deployed = Deployed::find();
    let (world, operator) = with_an_operator_of_its_own(&deployed, |_| {}).await;

    let reads = json!({"what": "rest", "path_contains": format!("/operators/{operator}")});
    world.faults(json!([{"match": reads, "do": {"status": 503}}])).await;
    let presence = runs_until(&world, "three failures", |presence| presence.failures >= 3).await;
    assert_eq!(presence.cause, Some(Cause::SalesiqUnreachable));
    world.found(Finding::OperatorUnavailable).await;
    deployed.no_faults().await;

    runs_until(&world, "the operator to be seen again", |presence| presence.failures == 0).await;
    let outages = outages(&world).await;
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert!(outages[0].runs >= 3 && outages[0].end.is_some(), "{outages:?}");
}

#[tokio::test]
async fn maintenance_is_kept_busy_and_no_outage() {
    let deployed = Deployed::find();
    let (mut world, operator) = with_an_operator_of_its_own(&deployed, |_| {}).await;

    world.set(&json!({"sentinel": {"maintenance": true}})).await;
    runs_until(&world, "the maintenance", |presence| presence.maintenance.is_some() && presence.cause.is_none()).await;
    assert_eq!(status(&world, &operator).await, "Busy");
    world.set(&json!({"sentinel": {"maintenance": false}})).await;
    runs_until(&world, "the end of the maintenance", |presence| presence.maintenance.is_none()).await;

    assert_eq!(status(&world, &operator).await, "Available");
    let maintenance: Vec<Maintenance> = recorded(&world, "MAINTENANCE#").await;
    assert!(maintenance.len() == 1 && maintenance[0].end.is_some(), "{maintenance:?}");
    assert_eq!(outages(&world).await, []);
}

#[tokio::test]
async fn a_rotated_key_and_a_dropped_brand_are_put_right() {
    let deployed = Deployed::find();
    let (world, _) = with_an_operator_of_its_own(&deployed, |settings| {
        settings["sentinel"] = json!({"mend_webhook": true});
    })
    .await;
    let url = deployed.webhook_url_of(world.workspace.as_str());
    let webhook = registered(&deployed, &url).await;
    let id = webhook["id"].as_str().unwrap();
    let control = async |method, path: String, body| deployed.portal.control(method, &path, body).await.unwrap();
    let old = webhook["public_keys"][0]["id"].as_str().unwrap();
    let added = control(Method::POST, format!("webhooks/{id}/keys"), Some(json!({}))).await;
    let new = added["public_keys"][1]["id"].as_str().unwrap().to_owned();
    control(Method::DELETE, format!("webhooks/{id}/keys/{old}"), None).await;
    control(Method::PUT, format!("webhooks/{id}"), Some(json!({"app_ids": [dev::seed::HARBOUR]}))).await;

    let partition = drift::partition(&world.workspace);
    // As if ten minutes had passed since the last comparison.
    let long_ago = json!({"drifts": [], "checked_at": "2020-01-01T00:00:00Z", "webhook": id});
    world.write(partition.clone(), drift::NOW.to_owned(), &long_ago).await;
    until("the webhook to be mended", SOON, async || {
        deployed.run_sentinel().await;
        let comparison: Comparison = document(&world, &partition, drift::NOW).await?;
        comparison.mended_at
    })
    .await;

    let mended = registered(&deployed, &url).await;
    let delivers = |brand: &str| mended["app_ids"].as_array().unwrap().iter().any(|one| one == brand);
    assert!(delivers(&world.brand) && delivers(dev::seed::HARBOUR), "{mended}");
    // Settings may be kept for a minute; a signature that no key fits has them read anew.
    until("a delivery under the new key to be taken", SOON + Duration::from_secs(15), async || {
        let body = json!({"event": "visitor.updated", "entity": {"id": "1"}});
        let (status, _) = deployed.portal.deliver_as(json!({"url": url, "body": body, "key_id": new})).await.unwrap();
        (status == 200).then_some(())
    })
    .await;
    // It delivers the chats of all brands now, also those of other tests.
    control(Method::DELETE, format!("webhooks/{id}"), None).await;
}

async fn registered(deployed: &Deployed, url: &str) -> Value {
    let all = deployed.portal.control(Method::GET, "webhooks", None).await.unwrap();
    all.as_array().unwrap().iter().find(|one| one["url"] == url).unwrap().clone()
}
