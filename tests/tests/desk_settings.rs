//! What is not known of SalesIQ's transfers, taken the other way: the simulator's settings say how.
//!
//! They hold for all, so one test at a time changes them and puts them back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::pin::Pin;

use dev::seed::NOVA;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::conversation::{Phase, Via};
use tests::escalating::{LOOKING, WISH};
use tests::{Deployed, SOON, World, never, until};
use tokio::sync::Mutex;
use tokio::task::LocalSet;

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Runs a test under changed settings, which are put back however it ends.
async fn under(settings: Value, usual: Value, test: Pin<Box<dyn Future<Output = ()>>>) {
    let _alone = ONE_AT_A_TIME.lock().await;
    let portal = Deployed::find().portal;
    portal.control(Method::PUT, "settings", Some(settings)).await.unwrap();
    // A task of its own, so that a failure comes back here.
    let tasks = LocalSet::new();
    let test = tasks.spawn_local(test);
    let ended = tasks.run_until(test).await;
    portal.control(Method::PUT, "settings", Some(usual)).await.unwrap();
    if let Err(failed) = ended {
        std::panic::resume_unwind(failed.into_panic());
    }
}

#[tokio::test]
async fn an_earlier_candidate_who_accepts_late_has_the_chat_and_the_next_is_rung_no_more() {
    under(
        json!({"late_accept": true}),
        json!({"late_accept": false}),
        Box::pin(async {
            let deployed = Deployed::find();
            let world = World::new(&deployed, World::direct).await;
            world.human("Dana", |_| {}).await;
            world.human("Emil", |_| {}).await;
            let conversation = world.open(WISH).await;
            let first = world.one_rings(&conversation, &[]).await;
            let second = world.one_rings(&conversation, &[&first]).await;
            assert_eq!(world.ringing(&conversation).await, [second]);

            world.accepts(&first, &conversation).await;

            let kept = world.with_human(&conversation).await;
            assert!(matches!(kept.conversation.phase, Phase::WithHuman { via: Via::Attender, .. }));
            never("the chat was taken from who accepted late, or somebody is rung again", async || {
                world.attender(&conversation).await.as_ref() != Some(&first)
                    || world.transfers(&conversation).await.len() > 2
                    || !matches!(world.phase(&conversation).await, Some(Phase::WithHuman { .. }))
            })
            .await;
            assert!(world.ringing(&conversation).await.is_empty());
            assert_eq!(world.said(&conversation).await, [LOOKING]);
        }),
    )
    .await;
}

#[tokio::test]
async fn where_nobody_attends_while_it_rings_nothing_is_said_nothing_is_taken_back_and_the_accept_counts() {
    under(
        json!({"attender_while_ringing": "nobody"}),
        json!({"attender_while_ringing": "sender"}),
        Box::pin(async {
            let deployed = Deployed::find();
            let world = World::new(&deployed, World::patient).await;
            let dana = world.human("Dana", |_| {}).await;
            let conversation = world.open(WISH).await;
            world.department_rings(&conversation, &world.department).await;

            never("the search was disturbed", async || {
                world.said(&conversation).await != [LOOKING]
                    || world.ringing(&conversation).await != [dana.as_str()]
                    || !matches!(world.phase(&conversation).await, Some(Phase::Escalating(_)))
            })
            .await;
            world.accepts(&dana, &conversation).await;

            world.with_human(&conversation).await;
            assert_eq!(world.attender(&conversation).await, Some(dana));
            assert_eq!(world.past_transfers(&conversation).await, ["accepted"]);
            assert_eq!(world.said(&conversation).await, [LOOKING]);
        }),
    )
    .await;
}

#[tokio::test]
async fn where_nobody_attends_while_it_rings_a_visitor_who_writes_on_does_not_stop_the_ring() {
    under(
        json!({"attender_while_ringing": "nobody"}),
        json!({"attender_while_ringing": "sender"}),
        Box::pin(async {
            let deployed = Deployed::find();
            let world = World::new(&deployed, World::patient).await;
            let dana = world.human("Dana", |_| {}).await;
            let conversation = world.open(WISH).await;
            world.department_rings(&conversation, &world.department).await;

            world.says(&conversation, "It was promised to me yesterday").await;
            world.reacted(&conversation).await;

            assert_eq!(world.ringing(&conversation).await, [dana.as_str()]);
            world.accepts(&dana, &conversation).await;
            world.with_human(&conversation).await;
            assert_eq!(world.past_transfers(&conversation).await, ["accepted"]);
        }),
    )
    .await;
}

/// A visitor who needs nobody any more while one operator is rung; gives the performed calls.
async fn withdrawn(world: &World<'_>) -> (String, Vec<String>) {
    world.human("Dana", |_| {}).await;
    let conversation = world.open(WISH).await;
    world.one_rings(&conversation, &[]).await;

    world.says(&conversation, "never mind, it's solved").await;

    until("the chat to be closed", SOON, async || (world.status(&conversation).await == "closed").then_some(())).await;
    let said = world.said(&conversation).await;
    assert!(said.len() == 2 && said[1].contains("goodbye"), "{said:?}");
    assert!(world.mails().await.is_empty());
    let performed = world.performed(&conversation).await;
    (conversation, performed)
}

#[tokio::test]
async fn a_ring_that_cannot_be_rejected_for_the_rung_is_stopped_by_taking_the_chat_back() {
    under(
        json!({"withdraw_by_reject": false}),
        json!({"withdraw_by_reject": true}),
        Box::pin(async {
            let deployed = Deployed::find();
            let world = World::new(&deployed, World::patient_and_direct).await;
            let (conversation, performed) = withdrawn(&world).await;

            assert_eq!(world.past_transfers(&conversation).await, ["withdrawn"]);
            assert_eq!(performed.iter().filter(|call| *call == "PUT pickup").count(), 2, "{performed:?}");
            assert_eq!(world.notes(&conversation).await.len(), 1, "only that of the search");
            assert_eq!(world.attender(&conversation).await.as_deref(), Some(NOVA));
        }),
    )
    .await;
}

#[tokio::test]
async fn a_ring_that_cannot_be_stopped_at_all_leaves_a_note_that_nobody_needs_to_come() {
    let settings = json!({"withdraw_by_reject": false, "sender_may_take_back": false});
    let usual = json!({"withdraw_by_reject": true, "sender_may_take_back": true});
    under(
        settings,
        usual,
        Box::pin(async {
            let deployed = Deployed::find();
            let world = World::new(&deployed, World::patient_and_direct).await;
            let (conversation, _) = withdrawn(&world).await;

            let notes = world.notes(&conversation).await;
            assert_eq!(notes.len(), 2, "{notes:?}");
            assert!(notes[1].contains("nobody needs to take this chat any more"), "{notes:?}");
            // It rang on until the close.
            assert_eq!(world.past_transfers(&conversation).await, ["cancelled"]);
        }),
    )
    .await;
}
