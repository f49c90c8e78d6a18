//! The AI never talks over a human: one who writes, or becomes the attender, at any step of a running turn.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use dev::seed::{ADA, NOVA, SUPPORT};
use serde_json::json;
use shared::domain::conversation::Phase;
use tests::{Deployed, QUESTION, SOON, never, until};

/// The steps of a turn up to its last look, in order. After that look only the call itself is left.
const STEPS: [&str; 5] = ["loaded", "committed", PICKED_UP, "thought", "concluded"];
/// The step that only the first turn of a conversation has.
const PICKED_UP: &str = "pickedup";

/// An attended and settled conversation.
async fn attended(deployed: &Deployed) -> String {
    let conversation = deployed.open(QUESTION).await;
    deployed.answered(&conversation, 1).await;
    deployed.settled(&conversation, SOON).await;
    conversation
}

/// Holds a turn at a step, lets `human` act, waits until that was taken in, and goes on: no line of the AI may follow.
async fn interrupted(deployed: &Deployed, step: &str, human: impl AsyncFn(&str)) {
    let conversation = if step == PICKED_UP {
        // Which conversation it will be is not known yet: the next one that is picked up.
        deployed.steps(json!([{"step": step, "do": "hold", "times": 1}])).await;
        deployed.open(QUESTION).await
    } else {
        let conversation = attended(deployed).await;
        deployed.steps(json!([{"conversation": conversation, "step": step, "do": "hold", "times": 1}])).await;
        deployed.portal.visitor_says(&conversation, "How do I verify my account?").await.unwrap();
        conversation
    };
    until(&format!("the turn to be held at {step}"), SOON, async || {
        (deployed.stopped_at(&conversation, step).await == 1).then_some(())
    })
    .await;
    human(&conversation).await;
    until("the human to be heard of", SOON, async || {
        let kept = deployed.kept(&conversation).await?;
        let with_human = matches!(kept.conversation.phase, Phase::WithHuman { .. });
        (with_human && kept.unread == 0).then_some(())
    })
    .await;
    let said = deployed.said(&conversation).await.len();
    deployed.release(&conversation, step).await;
    never(&format!("the AI talked over a human who came at {step}"), async || {
        deployed.said(&conversation).await.len() > said
    })
    .await;
}

#[tokio::test]
async fn no_line_of_the_ai_follows_a_humans_line_or_a_human_attender_at_any_step() {
    let deployed = Deployed::find();
    for step in STEPS {
        interrupted(&deployed, step, async |conversation| {
            deployed.portal.operator(ADA, "join", json!({}), conversation).await.unwrap();
            deployed.portal.operator(ADA, "messages", json!({"text": "I have this."}), conversation).await.unwrap();
        })
        .await;
        interrupted(&deployed, step, async |conversation| {
            let to_ada = json!({"department_id": SUPPORT, "operator_id": ADA});
            deployed.portal.operator(NOVA, "transfer", to_ada, conversation).await.unwrap();
            deployed.portal.operator(ADA, "accept", json!({}), conversation).await.unwrap();
        })
        .await;
    }
}
