//! A function that is killed between any two of its steps leaves exactly one reply after the sentinel's sweep.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::time::Duration;

use serde_json::json;
use tests::{Deployed, QUESTION, SOON, answered_lines, never, until, visitor_lines};

/// All steps of a turn, in order.
const STEPS: [&str; 7] = ["loaded", "committed", "thought", "concluded", "lookedagain", "said", "ticked"];

/// A claim has to run out and the sweep to come: 30 s, a minute, and what a busy machine adds.
const RECOVERED: Duration = Duration::from_mins(4);

#[tokio::test]
async fn a_kill_at_any_step_leaves_exactly_one_reply() {
    let deployed = Deployed::find();
    let mut killed = Vec::new();
    for step in STEPS {
        let conversation = deployed.open(QUESTION).await;
        deployed.answered(&conversation, 1).await;
        deployed.settled(&conversation, SOON).await;
        killed.push((step, conversation));
    }
    // The echo would tick a said line off; a portal without echoes has only the read-back.
    deployed
        .faults(json!([{"match": {"what": "webhook", "event": "conversation.operator.replied"}, "do": {"drop": true}}]))
        .await;
    let rules: Vec<_> = killed
        .iter()
        .map(|(step, conversation)| json!({"conversation": conversation, "step": step, "do": "die", "times": 1}))
        .collect();
    deployed.steps(json!(rules)).await;
    for (_, conversation) in &killed {
        deployed.portal.visitor_says(conversation, "How do I verify my account?").await.unwrap();
    }
    for (step, conversation) in &killed {
        until(&format!("a death at {step}"), SOON, async || {
            (deployed.stopped_at(conversation, step).await == 1).then_some(())
        })
        .await;
    }
    for (step, conversation) in &killed {
        let kept = deployed.settled(conversation, RECOVERED).await;
        let said = deployed.said(conversation).await;
        assert_eq!(said.len(), 2, "killed at {step}: {said:?}");
        assert_eq!(visitor_lines(&kept.log).len(), 2, "killed at {step}: a line was lost");
        assert_eq!(answered_lines(&kept.log).len(), 2, "killed at {step}");
    }
    never("a second reply came later", async || {
        let mut more = false;
        for (_, conversation) in &killed {
            more |= deployed.said(conversation).await.len() > 2;
        }
        more
    })
    .await;
    deployed.no_faults().await;
}

#[tokio::test]
async fn a_kill_after_the_pickup_leaves_exactly_one_reply() {
    let deployed = Deployed::find();
    // Which conversation it will be is not known yet: the next one that picks up.
    deployed.steps(json!([{"step": "pickedup", "do": "die", "times": 1}])).await;
    let conversation = deployed.open(QUESTION).await;
    until("a death at pickedup", SOON, async || {
        (deployed.stopped_at(&conversation, "pickedup").await == 1).then_some(())
    })
    .await;
    deployed.settled(&conversation, RECOVERED).await;
    assert_eq!(deployed.said(&conversation).await.len(), 1);
}
