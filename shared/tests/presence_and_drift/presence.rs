//! Each way to lose the operator is recorded as what it is, and mended in one run where it can be.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::finding::Finding;
use shared::domain::presence::{Availability, Cause, Wanted};
use shared::salesiq::oauth::Principal;
use simulator::seed;

use crate::world::World;

async fn usual() -> World {
    World::new(|_| {}).await
}

fn operators(fault: &Value) -> Value {
    json!([{"match": {"what": "rest", "path_contains": "/operators/"}, "do": fault}])
}

#[tokio::test]
async fn while_all_is_well_a_run_costs_one_call() {
    let world = usual().await;
    // The first run compares brands and webhook too.
    assert_eq!(world.tick().await.salesiq_calls, 3);
    for _ in 0..3 {
        let report = world.tick().await;
        assert_eq!((report.salesiq_calls, report.unavailable, report.failed), (1, 0, 0));
    }
    let presence = world.presence().await;
    assert_eq!((presence.wanted, presence.failures, presence.cause), (Wanted::Available, 0, None));
    assert_eq!((presence.seen, world.outages().await), (Some(Availability::Available), vec![]));
}

#[tokio::test]
async fn a_busy_that_somebody_set_is_mended_in_one_run_and_recorded() {
    let world = usual().await;
    world.tick().await;
    world.nova(json!({"status": "Busy"})).await;

    let report = world.tick().await;

    assert_eq!((report.salesiq_calls, report.unavailable), (3, 0));
    assert_eq!(world.novas_status().await, "Available");
    let outages = world.outages().await;
    assert_eq!(outages.len(), 1);
    assert_eq!((&outages[0].cause, outages[0].runs), (&Cause::SetBusy, 1));
    assert!(outages[0].end.is_some());
    let kept_until = world.kept_until("OUTAGE#").unwrap();
    let kept_for = kept_until.duration_since(world.sentinel.clock.now());
    assert!((29..=30).contains(&(kept_for.as_hours() / 24)), "{kept_for:?}");
    assert_eq!(world.found(Finding::OperatorUnavailable).await, 0);
    world.tick().await;
    assert_eq!(world.outages().await.len(), 1);
}

#[tokio::test]
async fn a_revoked_token_is_an_outage_until_another_one_is_put() {
    let world = usual().await;
    world.tick().await;
    world.revoke(seed::REFRESH_TOKEN_NOVA).await;

    let report = world.tick().await;
    assert_eq!((report.unavailable, report.failed), (1, 0));
    let presence = world.presence().await;
    assert_eq!((presence.cause, presence.seen, presence.failures), (Some(Cause::TokenRevoked), None, 1));
    assert_eq!(world.found(Finding::OperatorUnavailable).await, 1);
    world.tick().await;

    world.connect(Principal::Bot, Some("SalesIQ.operators.READ,SalesIQ.operators.UPDATE")).await;
    let report = world.tick().await;

    assert_eq!(report.unavailable, 0);
    let outages = world.outages().await;
    assert_eq!(outages.len(), 1);
    assert_eq!((&outages[0].cause, outages[0].runs, outages[0].then.len()), (&Cause::TokenRevoked, 2, 0));
    assert!(outages[0].end.is_some());
}

#[tokio::test]
async fn however_long_a_token_is_revoked_it_is_called_that() {
    let world = usual().await;
    world.tick().await;
    world.revoke(seed::REFRESH_TOKEN_NOVA).await;
    // Our own count of asked tokens steps in after eight of them.
    for _ in 0..11 {
        world.tick().await;
    }
    assert_eq!(world.presence().await.cause, Some(Cause::TokenRevoked));
    assert_eq!(world.outages().await[0].then, []);
}

#[tokio::test]
async fn a_server_error_that_ends_within_the_run_is_no_outage() {
    let world = usual().await;
    world.tick().await;
    world.nova(json!({"status": "Busy"})).await;
    let once = json!([
        {"match": {"what": "rest", "path_contains": "/operators/"}, "do": {"status": 503}, "times": 1},
        {"match": {"what": "rest", "path_contains": "/status"}, "do": {"lose_answer": true}, "times": 1},
    ]);
    world.faults(once).await;
    assert_eq!(world.tick().await.unavailable, 0);
    assert_eq!(world.novas_status().await, "Available");
    assert_eq!(world.outages().await.iter().map(|outage| &outage.cause).collect::<Vec<_>>(), [&Cause::SetBusy]);
}

#[tokio::test]
async fn the_third_failure_in_a_row_is_told_whatever_the_cause_and_the_first_good_run_ends_it() {
    let world = usual().await;
    world.tick().await;
    world.faults(operators(&json!({"status": 503}))).await;
    for failures in 1..=3 {
        assert_eq!(world.tick().await.unavailable, 1);
        assert_eq!(world.presence().await.failures, failures);
        assert_eq!(world.found(Finding::OperatorUnavailable).await, u64::from(failures == 3));
    }
    world.control(Method::DELETE, "faults", json!({})).await;

    assert_eq!(world.tick().await.unavailable, 0);

    let outages = world.outages().await;
    assert_eq!(outages.len(), 1);
    assert_eq!((&outages[0].cause, outages[0].runs), (&Cause::SalesiqUnreachable, 3));
    let presence = world.presence().await;
    assert_eq!((presence.failures, presence.cause, presence.outage), (0, None, None));
}

#[tokio::test]
async fn what_an_administrator_did_is_told_and_not_fought() {
    for (change, back, cause) in [
        (json!({"is_deleted": true}), json!({"is_deleted": false}), Cause::OperatorDeleted),
        (json!({"is_enabled": false}), json!({"is_enabled": true}), Cause::OperatorDisabled),
        (json!({"is_chat_enabled": false}), json!({"is_chat_enabled": true}), Cause::ChatsSwitchedOff),
    ] {
        let world = usual().await;
        world.tick().await;
        world.nova(change).await;
        assert_eq!(world.tick().await.salesiq_calls, 1);
        assert_eq!(world.presence().await.cause, Some(cause.clone()));
        assert_eq!((world.times_set().await, world.found(Finding::OperatorUnavailable).await), (0, 1));
        world.nova(back).await;
        world.tick().await;
        assert!(world.outages().await.iter().all(|outage| outage.cause == cause && outage.end.is_some()));
    }
}

#[tokio::test]
async fn an_operator_who_never_confirmed_is_available_and_told_once() {
    let world = usual().await;
    world.nova(json!({"is_confirmed": false})).await;
    world.tick().await;
    assert_eq!(world.tick().await.unavailable, 0);
    assert_eq!(world.found(Finding::OperatorNotConfirmed).await, 1);
    assert_eq!(world.outages().await, []);
}

#[tokio::test]
async fn a_status_that_is_not_kept_is_told_from_one_that_was_refused() {
    let world = usual().await;
    world.tick().await;
    world.nova(json!({"status": "Busy"})).await;
    // Answered with success, and not done.
    world.faults(json!([{"match": {"what": "rest", "path_contains": "/status"}, "do": {"status": 200}}])).await;
    assert_eq!(world.tick().await.salesiq_calls, 3);
    assert_eq!(world.presence().await.cause, Some(Cause::StatusNotKept));

    let world = usual().await;
    world.connect(Principal::Bot, Some("SalesIQ.operators.READ")).await;
    world.tick().await;
    world.nova(json!({"status": "Busy"})).await;
    world.tick().await;
    let presence = world.presence().await;
    assert_eq!((presence.cause, presence.seen), (Some(Cause::ScopeMissing), Some(Availability::Busy)));
}

#[tokio::test]
async fn throttling_is_told_apart_by_whose_it_is() {
    let world = usual().await;
    world.tick().await;
    world.faults(operators(&json!({"throttle": {"form": "200", "lock_seconds": 30}}))).await;
    world.tick().await;
    assert_eq!(world.presence().await.cause, Some(Cause::SalesiqThrottled));
    world.sentinel.tick().await.unwrap();
    assert_eq!(world.presence().await.cause, Some(Cause::SalesiqThrottled), "SalesIQ was to be left alone");

    let world = usual().await;
    world.control(Method::PUT, "settings", json!({"access_tokens_per_ten_minutes": 0})).await;
    world.tick().await;
    assert_eq!(world.presence().await.cause, Some(Cause::TokenThrottled));
}

#[tokio::test]
async fn an_operator_whom_salesiq_does_not_know_and_an_account_that_nobody_connected_are_told() {
    let mut world = usual().await;
    world.set(json!({"bot_operator": "415000000000004999"})).await;
    world.tick().await;
    assert_eq!(world.presence().await.cause, Some(Cause::OperatorUnknown));

    world.set(json!({"workspace": "other"})).await;
    world.tick().await;
    assert_eq!(world.presence().await.cause, Some(Cause::TokenMissing));
}

#[tokio::test]
async fn maintenance_is_kept_busy_and_recorded_as_such() {
    let mut world = usual().await;
    world.tick().await;
    world.set(json!({"sentinel": {"maintenance": true}})).await;

    let report = world.tick().await;
    assert_eq!((report.salesiq_calls, report.unavailable, world.novas_status().await.as_str()), (3, 0, "Busy"));
    let report = world.tick().await;
    assert_eq!((report.salesiq_calls, report.unavailable), (1, 0));
    let presence = world.presence().await;
    assert_eq!((presence.wanted, presence.cause, presence.failures), (Wanted::Busy, None, 0));
    world.set(json!({"sentinel": {"maintenance": false}})).await;
    world.tick().await;

    assert_eq!(world.novas_status().await, "Available");
    let maintenance = world.maintenance().await;
    assert_eq!(maintenance.len(), 1);
    assert!(maintenance[0].end.is_some_and(|end| end - SignedDuration::from_secs(119) > maintenance[0].start));
    assert_eq!(world.outages().await, []);
}
