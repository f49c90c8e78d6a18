//! What SalesIQ has otherwise than the settings is told, and put right where that is allowed.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::drift::{Drift, EVENTS, Part};
use shared::domain::finding::Finding;
use shared::domain::id::BrandId;
use shared::domain::presence::Cause;
use simulator::seed;

use crate::world::World;

async fn reporting() -> World {
    let world = World::new(|_| {}).await;
    world.tick().await;
    assert_eq!(world.comparison().await.drifts, []);
    world
}

async fn mending() -> World {
    let world = World::new(|settings| settings["sentinel"] = json!({"mend_webhook": true})).await;
    world.tick().await;
    assert_eq!(world.comparison().await.drifts, []);
    world
}

async fn compared(world: &World) -> Vec<Drift> {
    world.pass(SignedDuration::from_mins(10));
    assert_eq!(world.tick().await.failed, 0);
    world.comparison().await.drifts
}

fn brand(id: &str) -> BrandId {
    BrandId::parse(id).unwrap()
}

/// Changes that an administrator makes to the webhook, what they are called, and which finding they are.
fn changes() -> Vec<(Value, Drift, Finding)> {
    let lumen_only = json!({"app_ids": [seed::BRAND_LUMEN, seed::BRAND_HARBOUR]});
    let not_delivered = Drift::BrandNotDelivered { brand: brand(seed::BRAND_MERIDIAN) };
    let without_missed: Vec<&str> = EVENTS.into_iter().filter(|event| *event != "conversation.missed").collect();
    let missing = Drift::EventsMissing { events: vec!["conversation.missed".to_owned()] };
    let elsewhere = "http://elsewhere.example/hook";
    vec![
        (json!({"enabled": false}), Drift::WebhookOff, Finding::WebhookOff),
        (json!({"secured": false}), Drift::WebhookUnsigned, Finding::WebhookIncomplete),
        (json!({"events": without_missed}), missing, Finding::WebhookIncomplete),
        (lumen_only, not_delivered, Finding::WebhookIncomplete),
        (
            json!({"url": elsewhere}),
            Drift::WebhookElsewhere { url: Some(elsewhere.to_owned()) },
            Finding::WebhookIncomplete,
        ),
    ]
}

#[tokio::test]
async fn each_change_of_the_webhook_is_told_and_left_where_nothing_may_be_mended() {
    for (change, drift, finding) in changes() {
        let world = reporting().await;
        world.change_webhook(change).await;
        let before = world.registered().await;
        assert_eq!(compared(&world).await, [drift]);
        assert_eq!((world.found(finding).await, world.registered().await), (1, before));
    }
}

#[tokio::test]
async fn each_change_of_the_webhook_is_put_right_where_that_is_allowed() {
    for (change, drift, finding) in changes() {
        let mut world = mending().await;
        let before = world.registered().await;
        world.set(json!({"sentinel": {"mend_webhook": true, "webhook_url": world.url()}})).await;
        world.change_webhook(change).await;
        assert_eq!(compared(&world).await, [], "{drift:?}");
        let after = world.registered().await;
        for field in ["status", "secured", "url"] {
            assert_eq!(after[field], before[field], "{drift:?}");
        }
        for field in ["events", "app_ids"] {
            let sorted = |value: &Value| {
                let mut all: Vec<String> = serde_json::from_value(value[field].clone()).unwrap();
                all.sort();
                all
            };
            assert_eq!(sorted(&after), sorted(&before), "{drift:?}");
        }
        let comparison = world.comparison().await;
        assert_eq!((comparison.mended, comparison.mended_at.is_some()), (vec![drift], true));
        assert_eq!(world.found(finding).await, 0);
    }
}

#[tokio::test]
async fn events_that_somebody_added_are_kept_when_others_are_mended() {
    let world = mending().await;
    world.change_webhook(json!({"events": ["visitor.updated", "conversation.created"]})).await;
    assert_eq!(compared(&world).await, []);
    let events: Vec<String> = serde_json::from_value(world.registered().await["events"].clone()).unwrap();
    assert_eq!((events.len(), events[0].as_str()), (EVENTS.len() + 1, "visitor.updated"));
}

#[tokio::test]
async fn a_new_brand_is_told_and_where_that_is_allowed_delivered_so_that_it_is_counted() {
    for world in [reporting().await, mending().await] {
        let made = world.control(Method::POST, "brands", json!({"name": "New Brand"})).await;
        let id = made["id"].as_str().unwrap();
        let delivered = world.settings.sentinel.mend_webhook;
        let told = Drift::BrandNotInSettings { brand: brand(id), name: Some("New Brand".to_owned()), delivered };
        assert_eq!(compared(&world).await, [told]);
        let delivers = world.registered().await["app_ids"].as_array().unwrap().iter().any(|one| one == id);
        assert_eq!((delivers, world.found(Finding::BrandNotInSettings).await), (delivered, 1));
    }
}

#[tokio::test]
async fn a_brand_that_salesiq_no_longer_has_is_told_and_nothing_is_deleted() {
    let world = mending().await;
    world.control(Method::PUT, &format!("brands/{}", seed::BRAND_HARBOUR), json!({"deleted": true})).await;
    assert_eq!(compared(&world).await, [Drift::BrandGone { brand: brand(seed::BRAND_HARBOUR) }]);
    assert_eq!(world.found(Finding::BrandGone).await, 1);
    assert_eq!(world.stored().await.brands.len(), 3);
    assert_eq!(world.registered().await["app_ids"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_told_and_none_is_made() {
    let world = mending().await;
    world.control(Method::DELETE, &format!("webhooks/{}", world.webhook), json!({})).await;
    assert_eq!(compared(&world).await, [Drift::WebhookMissing]);
    assert_eq!(world.found(Finding::WebhookMissing).await, 1);
    assert_eq!(world.control(Method::GET, "webhooks", json!({})).await, json!([]));
}

async fn rotate(world: &World) -> (String, String) {
    let old = world.registered().await["public_keys"][0]["id"].as_str().unwrap().to_owned();
    let webhook = world.control(Method::POST, &format!("webhooks/{}/keys", world.webhook), json!({})).await;
    (old, webhook["public_keys"][1]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_rotated_key_is_told() {
    let world = reporting().await;
    let (old, new) = rotate(&world).await;
    assert_eq!(compared(&world).await, [Drift::KeyNotInSettings { key: new.clone(), in_use: false }]);
    world.control(Method::DELETE, &format!("webhooks/{}/keys/{old}", world.webhook), json!({})).await;
    let expected = [Drift::KeyNotInSettings { key: new, in_use: true }, Drift::KeyGone { place: 1 }];
    assert_eq!(compared(&world).await, expected);
    assert_eq!(world.found(Finding::WebhookKeysChanged).await, 2);
    assert_eq!(world.stored().await.webhook_keys, world.settings.webhook_keys);
}

#[tokio::test]
async fn a_rotated_key_is_taken_up_and_the_old_one_kept_while_salesiq_lists_it() {
    let world = mending().await;
    let (old, _) = rotate(&world).await;
    assert_eq!(compared(&world).await, []);
    let both = world.stored().await.webhook_keys;
    assert_eq!((both.len(), &both[0]), (2, &world.settings.webhook_keys[0]));
    world.control(Method::DELETE, &format!("webhooks/{}/keys/{old}", world.webhook), json!({})).await;
    assert_eq!(compared(&world).await, []);
    assert_eq!(world.stored().await.webhook_keys, both[1..]);
}

#[tokio::test]
async fn a_refused_scope_is_told_as_what_it_is_and_the_rest_is_compared() {
    let mut world = World::new(|_| {}).await;
    // Without a facilitator the AI's own token is asked, which may not see webhooks.
    let mut escalation = serde_json::to_value(&world.settings.escalation).unwrap();
    escalation.as_object_mut().unwrap().remove("facilitator");
    world.set(json!({"escalation": escalation})).await;
    world.control(Method::POST, "brands", json!({"name": "New Brand"})).await;
    let report = world.tick().await;
    assert_eq!((report.failed, report.unavailable), (0, 0));
    let drifts = world.comparison().await.drifts;
    assert_eq!(drifts[0], Drift::NotReadable { part: Part::Webhooks, cause: Cause::ScopeMissing });
    assert!(matches!(&drifts[1..], [Drift::BrandNotInSettings { .. }]), "{drifts:?}");
    assert_eq!(world.found(Finding::WebhookUnseen).await, 1);
}

#[tokio::test]
async fn what_stays_is_told_each_hour_and_compared_every_ten_minutes() {
    let world = reporting().await;
    world.change_webhook(json!({"enabled": false})).await;
    assert_eq!(world.tick().await.salesiq_calls, 1, "compared too soon");
    assert_eq!(world.comparison().await.drifts, []);
    for _ in 0..5 {
        compared(&world).await;
    }
    assert_eq!(world.found(Finding::WebhookOff).await, 1);
    for _ in 0..2 {
        compared(&world).await;
    }
    assert_eq!(world.found(Finding::WebhookOff).await, 2);
}

#[tokio::test]
async fn while_salesiq_does_not_answer_what_was_found_stays_for_an_hour_and_each_run_tries_again() {
    let world = reporting().await;
    world.change_webhook(json!({"enabled": false})).await;
    world.pass(SignedDuration::from_mins(10));
    let webhooks = json!({"what": "rest", "path_contains": "/webhooks"});
    world.faults(json!([{"match": webhooks, "do": {"status": 503}}])).await;
    assert_eq!(world.tick().await.failed, 0);
    assert_eq!(world.comparison().await.drifts, []);
    assert!(world.tick().await.salesiq_calls > 1, "the next run did not try again");
    world.pass(SignedDuration::from_hours(1));
    world.tick().await;
    let unreachable = Drift::NotReadable { part: Part::Webhooks, cause: Cause::SalesiqUnreachable };
    assert_eq!(world.comparison().await.drifts, [unreachable], "trouble that lasts is told");
    assert_eq!(world.found(Finding::WebhookUnseen).await, 1);
    world.control(Method::DELETE, "faults", json!({})).await;
    assert_eq!(compared(&world).await, [Drift::WebhookOff]);
}
