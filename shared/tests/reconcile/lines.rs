//! Lines whose webhook was lost, or comes late.

use serde_json::{Value, json};
use shared::store::Recorded;
use simulator::seed;

use crate::world::World;

/// A chat that we attend and have answered, nothing outstanding. `ids`: SalesIQ's list names the webhooks' ids.
async fn attended(ids: bool) -> (World, String) {
    let world = World::new().await.webhook(200).await;
    world.control("PUT", "settings", json!({"message_ids_in_list": ids})).await;
    let id = world.open("How long does a withdrawal take?").await;
    world.all_arrive().await;
    world.pass_time(20).await;
    (world, id)
}

/// The visitor writes, and the webhook is lost for now.
async fn says_unheard(world: &World, id: &str, text: &str) -> Vec<Value> {
    world.visitor_says(id, text).await;
    world.delivered().await
}

#[tokio::test]
async fn a_lost_line_is_found_and_answered_once_though_its_webhook_comes_late() {
    for ids in [false, true] {
        let (world, id) = attended(ids).await;
        let late = says_unheard(&world, &id, "How do I change my password?").await;
        assert_eq!(world.run().await.lines, 0, "its webhook may still come");
        world.pass_time(15).await;
        let report = world.run().await;
        assert_eq!((report.lines, report.compared), (1, 1), "{report:?}");
        assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (2, 2));
        for delivery in &late {
            let recorded = world.arrives(delivery).await;
            assert_eq!(recorded, if ids { Recorded::AlreadyRead } else { Recorded::New });
        }
        world.all_arrive().await;
        assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (2, 2), "ids: {ids}");
        world.pass_time(100).await;
        world.run().await;
        assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (2, 2), "ids: {ids}");
    }
}

#[tokio::test]
async fn a_line_that_was_heard_is_not_found_again() {
    for ids in [false, true] {
        let (world, id) = attended(ids).await;
        world.visitor_says(&id, "How do I change my password?").await;
        world.all_arrive().await;
        world.pass_time(70).await;
        let report = world.run().await;
        assert_eq!((report.compared, report.lines), (1, 0), "ids: {ids} {report:?}");
        assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (2, 2));
    }
}

#[tokio::test]
async fn a_line_hidden_behind_our_own_later_one_is_found_in_the_next_lull() {
    for ids in [false, true] {
        let (world, id) = attended(ids).await;
        says_unheard(&world, &id, "How do I change my password?").await;
        world.visitor_says(&id, "What documents do I need for verification?").await;
        world.all_arrive().await;
        assert_eq!(world.heard(&id).await, 2);
        world.pass_time(70).await;
        let report = world.run().await;
        assert_eq!((report.lines, report.compared), (1, 1), "{report:?}");
        assert_eq!((world.heard(&id).await, world.said(&id).await.len()), (3, 3));
    }
}

#[tokio::test]
async fn what_a_visitor_says_twice_stays_two_lines_whichever_way_they_come() {
    for ids in [false, true] {
        let (world, id) = attended(ids).await;
        let mut late = says_unheard(&world, &id, "hello?").await;
        late.extend(says_unheard(&world, &id, "hello?").await);
        assert_eq!(late.len(), 2);
        world.arrives(&late[0]).await;
        assert_eq!(world.heard(&id).await, 2);
        world.pass_time(70).await;
        assert_eq!(world.run().await.lines, 1);
        assert_eq!(world.heard(&id).await, 3);
        world.arrives(&late[1]).await;
        assert_eq!(world.heard(&id).await, 3, "ids: {ids}");
    }
}

#[tokio::test]
async fn a_lost_line_of_a_human_moves_the_chat_to_them() {
    let (world, id) = attended(false).await;
    world.operator_does(seed::OPERATOR_BEN, "join", &id, "").await;
    world.operator_does(seed::OPERATOR_BEN, "messages", &id, "Let me take this").await;
    world.delivered().await;
    assert_eq!(world.phase(&id).await, "assisting");
    world.control("PUT", "settings", json!({"info_messages_in_list": true})).await;
    world.pass_time(70).await;
    let report = world.run().await;
    assert_eq!(report.lines, 1, "SalesIQ's remark that Ben joined is none: {report:?}");
    assert_eq!(world.phase(&id).await, "with_human");
}

#[tokio::test]
async fn a_line_before_a_lost_close_is_heard_before_the_chat_is_closed() {
    let (world, id) = attended(false).await;
    world.visitor_says(&id, "I never got my money").await;
    world.pass_time(2).await;
    world.visitor_ends(&id).await;
    world.delivered().await;
    world.pass_time(60).await;
    let report = world.run().await;
    assert_eq!((report.lines, report.closed), (1, 1), "{report:?}");
    let kept = world.kept(&id).await.unwrap();
    assert_eq!((kept.phase.name(), kept.counts.visitor_lines), ("closed", 2));
    assert!(!kept.unanswered.is_empty(), "it waits to be mailed");
}
