//! Chats that were opened, taken, closed or reopened without our hearing of it.

use serde_json::json;
use simulator::seed;

use crate::world::World;

#[tokio::test]
async fn a_chat_whose_creation_was_lost_is_opened_and_answered() {
    let world = World::new().await;
    let id = world.open("How long does a withdrawal take?").await;
    let report = world.run().await;
    assert_eq!((report.opened, report.failed), (1, 0), "{report:?}");
    assert_eq!(world.phase(&id).await, "assisting");
    assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (1, 1));
}

#[tokio::test]
async fn a_creation_that_comes_late_changes_nothing() {
    let world = World::new().await.webhook(200).await;
    let id = world.open("How long does a withdrawal take?").await;
    world.run().await;
    world.all_arrive().await;
    assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (1, 1));
}

#[tokio::test]
async fn repeated_runs_leave_nothing_behind() {
    let world = World::new().await.webhook(200).await;
    world.open("How long does a withdrawal take?").await;
    world.run().await;
    world.all_arrive().await;
    world.pass_time(70).await;
    world.run().await;
    let before = world.items();
    for _ in 0..3 {
        world.pass_time(70).await;
        let report = world.run().await;
        assert_eq!((report.opened, report.followed, report.lines, report.compared, report.passes), (0, 0, 0, 0, 1));
        assert_eq!(
            report.reconcile_calls, 10,
            "the webhooks, and three lists of the operator's current and its two departments"
        );
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_lost_close_is_made_good_by_reading_the_chat_and_not_before() {
    let world = World::new().await.webhook(200).await;
    let id = world.open("How long does a withdrawal take?").await;
    world.all_arrive().await;
    world.pass_time(5).await;
    world.visitor_ends(&id).await;
    world.delivered().await;
    let refuse = json!([{"match": {"what": "rest", "method": "GET", "conversation": id}, "do": {"status": 500}}]);
    world.control("PUT", "faults", refuse).await;
    let report = world.run().await;
    assert_eq!((report.closed, report.failed), (0, 0), "the lists lack it, and nothing else is known: {report:?}");
    assert_eq!(world.phase(&id).await, "assisting");
    world.control("DELETE", "faults", json!({})).await;
    world.pass_time(60).await;
    let report = world.run().await;
    assert_eq!((report.closed, report.checked), (1, 1), "{report:?}");
    assert_eq!(world.phase(&id).await, "closed");
}

#[tokio::test]
async fn absence_from_the_lists_closes_nothing() {
    // The bot's own departments are listed, but not those of humans.
    let world = World::with(|settings| {
        settings["escalation"]["facilitator"] = json!(null);
        settings["idle"] = json!({"check_in_s": 0});
    })
    .await
    .webhook(200)
    .await;
    let id = world.open("How long does a withdrawal take?").await;
    world.all_arrive().await;
    world.operator_does(seed::OPERATOR_BEN, "join", &id, "").await;
    let transfer =
        json!({"conversation": id, "department_id": seed::DEPARTMENT_SUPPORT, "operator_id": seed::OPERATOR_BEN});
    world.control("POST", &format!("operators/{}/transfer", seed::OPERATOR_NOVA), transfer).await;
    world.operator_does(seed::OPERATOR_BEN, "accept", &id, "").await;
    world.delivered().await;
    let report = world.run().await;
    assert_eq!((report.checked, report.closed, report.followed), (1, 0, 1), "{report:?}");
    assert_eq!(world.phase(&id).await, "with_human", "the lost takeover was noticed");
    world.operator_does(seed::OPERATOR_BEN, "close", &id, "").await;
    let (mut checked, mut closed) = (0, 0);
    for _ in 0..6 {
        world.pass_time(60).await;
        let report = world.run().await;
        (checked, closed) = (checked + report.checked, closed + report.closed);
    }
    assert_eq!((checked, closed, world.phase(&id).await), (1, 1, "closed"), "a human's chat is read in its turn");
}

#[tokio::test]
async fn a_human_who_took_over_unheard_is_noticed_in_the_lists_of_the_facilitator() {
    let world = World::new().await.webhook(200).await;
    let id = world.open("How long does a withdrawal take?").await;
    world.all_arrive().await;
    let transfer =
        json!({"conversation": id, "department_id": seed::DEPARTMENT_SUPPORT, "operator_id": seed::OPERATOR_BEN});
    world.control("POST", &format!("operators/{}/transfer", seed::OPERATOR_NOVA), transfer).await;
    world.operator_does(seed::OPERATOR_BEN, "accept", &id, "").await;
    world.delivered().await;
    let report = world.run().await;
    assert_eq!((report.followed, report.checked), (1, 0), "{report:?}");
    assert_eq!(world.phase(&id).await, "with_human");
}

#[tokio::test]
async fn a_humans_chat_that_was_never_heard_of_is_seen_and_nobody_waits_in_it() {
    let world = World::new().await;
    let id = world.open("Is Ben there?").await;
    world.operator_does(seed::OPERATOR_BEN, "pickup", &id, "").await;
    world.pass_time(2).await;
    world.operator_does(seed::OPERATOR_BEN, "messages", &id, "Yes, hello").await;
    world.run().await;
    let kept = world.kept(&id).await.unwrap();
    assert_eq!((kept.phase.name(), kept.waiting_since), ("with_human", None));
    assert!(world.said(&id).await.is_empty());
}

#[tokio::test]
async fn a_chat_that_was_reopened_unheard_is_open_again() {
    let world = World::new().await.webhook(200).await;
    let id = world.open("How long does a withdrawal take?").await;
    world.all_arrive().await;
    world.pass_time(5).await;
    world.visitor_ends(&id).await;
    world.all_arrive().await;
    assert_eq!(world.phase(&id).await, "closed");
    let said = world.said(&id).await.len();
    world.pass_time(30).await;
    assert_eq!(world.run().await.opened, 0, "it stays closed as long as it is");
    world.visitor_says(&id, "How do I change my password?").await;
    world.delivered().await;
    world.pass_time(60).await;
    let report = world.run().await;
    assert_eq!((report.opened, report.lines), (1, 1), "{report:?}");
    assert_eq!(world.phase(&id).await, "assisting");
    assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (2, said + 1));
}

#[tokio::test]
async fn a_chat_of_a_brand_that_the_settings_do_not_list_is_left_alone() {
    let world = World::new().await;
    let id = world.open_in(seed::BRAND_HARBOUR, seed::DEPARTMENT_SUPPORT, "Hello?").await;
    assert_eq!(world.run().await.opened, 0);
    assert_eq!(world.phase(&id).await, "unknown");
}

#[tokio::test]
async fn failed_executions_are_run_again_and_arrive_as_ordinary_deliveries() {
    let world = World::new().await.webhook(500).await;
    let id = world.open("How long does a withdrawal take?").await;
    let attempts = world.delivered().await.len();
    assert_eq!(attempts, 4, "SalesIQ gave up");
    world.answers(200).await;
    let report = world.run().await;
    assert_eq!(report.retried, 1, "{report:?}");
    world.all_arrive().await;
    assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (1, 1));
    world.pass_time(60).await;
    assert_eq!(world.run().await.retried, 0);
}

#[tokio::test]
async fn an_execution_that_fails_again_and_again_is_not_worn_out() {
    let world = World::new().await.webhook(500).await;
    world.open("How long does a withdrawal take?").await;
    let mut retried = 0;
    for _ in 0..60 {
        world.delivered().await;
        let report = world.run().await;
        retried += report.retried;
        world.pass_time(60).await;
    }
    // Two executions: the chat's creation, and our answer's events.
    assert!((6..40).contains(&retried), "{retried} in an hour");
}

#[tokio::test]
async fn a_missing_scope_is_reported_once_and_holds_nothing_up() {
    let world = World::with(|settings| {
        settings["escalation"]["facilitator"] = json!(null);
        settings["idle"] = json!({"check_in_s": 0});
    })
    .await
    .webhook(200)
    .await;
    let id = world.open("How long does a withdrawal take?").await;
    world.delivered().await;
    for _ in 0..3 {
        assert_eq!(world.run().await.failed, 0);
        world.pass_time(3_700).await;
    }
    assert_eq!(world.phase(&id).await, "assisting");
    let findings: Vec<_> = world.store.items().into_iter().filter(|item| item.pk == "FINDINGS#demo").collect();
    let refused = findings.iter().find(|item| item.sk == "reconciliation_refused").unwrap();
    assert_eq!(refused.version, Some(1), "reported once");
}
