//! A test's own world: a workspace that serves its own brand from its own knowledge, and no other's.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use dev::seed::NOVA;
use serde_json::json;
use tests::{Deployed, QUESTION, SOON, World, never};

#[tokio::test]
async fn a_worlds_visitor_is_answered_from_its_own_knowledge_and_no_other_world_is_touched() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |_| {}).await;
    let other = World::new(&deployed, |settings| settings["brands"][0]["automated"] = json!(false)).await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    let bystander = other.open(QUESTION).await;
    let conversation = world.open(QUESTION).await;

    let said = world.answered(&conversation, 1).await;

    assert!(said.concat().contains("nine fortnights"), "{said:?}");
    world.settled(&conversation, SOON).await;
    assert_eq!(world.attender(&conversation).await.as_deref(), Some(NOVA));
    assert!(other.kept(&conversation).await.is_none() && world.kept(&bystander).await.is_none());
    never("the other world's chat was touched", async || !other.calls(&bystander).await.is_empty()).await;
}

#[tokio::test]
async fn a_world_has_humans_of_its_own_who_are_rung() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |_| {}).await;
    let dana = world.human("Dana", |_| {}).await;
    let busy = world.human("Emil", |human| human["status"] = json!("Busy")).await;
    let conversation = world.open(QUESTION).await;
    world.settled(&conversation, SOON).await;

    world.human_does(NOVA, "transfer", json!({"department_id": world.department}), &conversation).await;

    let ringing = world.ringing(&conversation).await;
    assert!(ringing.contains(&dana) && !ringing.contains(&busy), "{ringing:?}");
    world.human_does(&dana, "accept", json!({}), &conversation).await;
    assert_eq!(world.attender(&conversation).await, Some(dana));
}
