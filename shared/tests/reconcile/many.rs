//! More chats than one run can look at; SalesIQ throttled, down, or cut off.

use futures_util::{StreamExt as _, stream};
use jiff::SignedDuration;
use serde_json::json;
use shared::domain::conversation::{Conversation, Phase};
use shared::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told};
use shared::domain::id::{BrandId, ConversationId};
use shared::engine::item;
use shared::store::{Commit, DocumentWrite, Expected, Store};
use simulator::seed;

use crate::world::World;

const CALLS_PER_RUN: u64 = 120;

/// Chats that wait in SalesIQ in a department.
async fn waiting(world: &World, count: usize, department: &str) -> Vec<String> {
    let open = |_| world.open_in(seed::BRAND_LUMEN, department, "Hello?");
    stream::iter(0..count).map(open).buffer_unordered(8).collect().await
}

/// The conversations are known here as open, and their messages as compared: they are only looked for.
async fn known(world: &World, ids: &[String], phase: Phase) {
    let settings = world.sentinel.workspaces.get(&world.workspace, world.now()).await.unwrap().unwrap();
    for id in ids {
        let id = ConversationId::parse(id).unwrap();
        let now = world.now();
        let mut conversation = Conversation { phase: phase.clone(), ..Conversation::default() };
        let told = Told {
            opened_at: Some(now - SignedDuration::from_secs(3_600)),
            brand: Some(BrandId::parse(seed::BRAND_LUMEN).unwrap()),
            ..Told::default()
        };
        conversation.facts.join(&InboxEvent {
            dedup: DedupKey::from_hex("0".to_owned()),
            order: now,
            received_at: now,
            event: Event { conversation: id.clone(), time: None, kind: EventKind::Created, told },
            raw: None,
        });
        let state = item::write(&id, &conversation, 1, &settings.settings, None, now).unwrap();
        let key = world.key(id.as_str());
        let (read, log, documents) = (Vec::new(), Vec::new(), Vec::new());
        world.store.commit(&Commit { key, expected: None, state, read, log, documents, now }).await.unwrap();
        let (partition, name) = ("COMPARED#demo".to_owned(), id.to_string());
        let body = (now + SignedDuration::from_hours(1)).as_millisecond().to_string();
        let write = DocumentWrite { partition, name, expected: Expected::Anything, body, expires_at: None };
        world.store.put_document(&write).await.unwrap();
    }
}

#[tokio::test]
async fn ten_thousand_chats_are_gone_through_in_several_runs_of_bounded_calls() {
    let world = World::new().await;
    let listed = waiting(&world, 9_500, seed::DEPARTMENT_SUPPORT).await;
    // Their department is neither the operator's nor among those of the settings: no list shows them.
    let other = world.control("POST", "departments", json!({"name": "Elsewhere"})).await;
    let unlisted = waiting(&world, 500, other["id"].as_str().unwrap()).await;
    known(&world, &listed, Phase::Observed).await;
    known(&world, &unlisted, Phase::Assisting).await;
    let (mut runs, mut calls, mut checked) = (0, 0, 0);
    loop {
        let report = world.tick().await;
        runs += 1;
        calls += report.salesiq_calls;
        checked += report.checked;
        assert!(report.salesiq_calls <= CALLS_PER_RUN, "{report:?}");
        assert_eq!((report.opened, report.closed, report.failed), (0, 0, 0), "{report:?}");
        if report.passes > 0 {
            break;
        }
        assert!(runs < 30, "{report:?}");
        world.pass_time(60).await;
    }
    assert_eq!(checked, 500, "only those that no list showed");
    // Two lists of 96 pages, since the department is also the operator's current one; two calls for each that they lack:
    // the operator may not see it, the facilitator may.
    assert!((1_192..1_260).contains(&calls) && runs <= 18, "{calls} calls in {runs} runs");
}

#[tokio::test]
async fn many_unknown_chats_are_all_opened_within_the_budget() {
    let world = World::with(|settings| settings["sentinel"] = json!({"calls_per_run": 10})).await;
    waiting(&world, 700, seed::DEPARTMENT_SUPPORT).await;
    let mut opened = 0;
    for _ in 0..12 {
        let report = world.tick().await;
        assert!(report.salesiq_calls <= 10, "{report:?}");
        opened += report.opened;
    }
    assert_eq!(opened, 700);
}

#[tokio::test]
async fn a_throttled_salesiq_ends_the_run_quietly_and_the_next_goes_on() {
    for fault in
        [json!({"throttle": {"form": "200", "lock_seconds": 0}}), json!({"status": 503}), json!({"drop": true})]
    {
        let world = World::new().await;
        let id = world.open("How long does a withdrawal take?").await;
        world.control("PUT", "faults", json!([{"match": {"what": "rest"}, "do": fault}])).await;
        let report = world.run().await;
        assert_eq!((report.failed, report.opened, report.passes), (0, 0, 0), "{fault}: {report:?}");
        assert!(report.reconcile_calls <= 6, "{fault}: {report:?}");
        world.control("DELETE", "faults", json!({})).await;
        world.pass_time(120).await;
        let report = world.run().await;
        assert_eq!((report.opened, report.passes), (1, 1), "{fault}: {report:?}");
        assert_eq!(world.phase(&id).await, "assisting");
    }
}

#[tokio::test]
async fn a_run_whose_time_is_over_stops_and_the_next_goes_on() {
    let mut world = World::new().await;
    world.open("How long does a withdrawal take?").await;
    world.sentinel.time_budget = SignedDuration::ZERO;
    assert_eq!(world.run().await.reconcile_calls, 0);
    world.sentinel.time_budget = SignedDuration::from_secs(45);
    assert_eq!(world.run().await.opened, 1);
}

#[tokio::test]
async fn a_cursor_that_can_not_be_read_is_a_new_pass() {
    let world = World::new().await;
    world.open("How long does a withdrawal take?").await;
    let write = DocumentWrite {
        partition: "SENTINEL#demo".to_owned(),
        name: "RECONCILE".to_owned(),
        expected: Expected::Anything,
        body: r#"{"pass": "broken"}"#.to_owned(),
        expires_at: None,
    };
    world.store.put_document(&write).await.unwrap();
    assert_eq!(world.run().await.opened, 1);
}
