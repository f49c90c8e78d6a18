//! A call whose answer is lost: what is said at most once is said exactly once, when the alarm clock rings, or a human is
//! asked for.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use serde_json::{Value, json};
use shared::domain::conversation::Phase;
use shared::domain::verdict::EscalationReason;
use tests::{Deployed, QUESTION, SOON, answered_lines, never, until};

/// An attended conversation, and a SalesIQ whose echoes are not delivered: only the read-back can tell.
async fn attended(deployed: &Deployed) -> String {
    let conversation = deployed.open(QUESTION).await;
    deployed.answered(&conversation, 1).await;
    deployed.settled(&conversation, SOON).await;
    conversation
}

fn sending(conversation: &str, fault: &Value) -> Value {
    json!([
        {"match": {"what": "webhook", "event": "conversation.operator.replied"}, "do": {"drop": true}},
        {"match": {"what": "rest", "method": "POST", "conversation": conversation, "path_contains": "/messages"},
            "do": fault, "times": 1},
    ])
}

#[tokio::test]
async fn a_reply_is_said_once_whether_its_answer_was_lost_it_landed_late_or_it_never_arrived() {
    let deployed = Deployed::find();
    let faults = [
        ("its answer was lost", json!({"lose_answer": true})),
        ("it landed late", json!({"late_ms": 2_000, "hang_ms": 8_000})),
        ("it never arrived", json!({"status": 503})),
    ];
    for (case, fault) in faults {
        let conversation = attended(&deployed).await;
        deployed.faults(sending(&conversation, &fault)).await;
        deployed.portal.visitor_says(&conversation, "How do I verify my account?").await.unwrap();
        deployed.answered(&conversation, 2).await;
        let kept = deployed.settled(&conversation, SOON).await;
        assert_eq!(answered_lines(&kept.log).len(), 2, "{case}");
        never(&format!("it was said twice: {case}"), async || deployed.said(&conversation).await.len() > 2).await;
    }
    deployed.no_faults().await;
}

#[tokio::test]
async fn where_nobody_can_tell_whether_a_reply_arrived_a_human_is_asked_for() {
    let deployed = Deployed::find();
    let conversation = attended(&deployed).await;
    let mut faults = sending(&conversation, &json!({"status": 503}));
    let unreadable = json!({"match": {"what": "rest", "method": "GET", "conversation": conversation,
        "path_contains": "/messages"}, "do": {"status": 500}});
    faults.as_array_mut().unwrap().push(unreadable);
    deployed.faults(faults).await;
    deployed.portal.visitor_says(&conversation, "How do I verify my account?").await.unwrap();
    let kept = until("the escalation", SOON, async || {
        let kept = deployed.kept(&conversation).await?;
        matches!(kept.conversation.phase, Phase::Escalating(_)).then_some(kept)
    });
    let Phase::Escalating(escalation) = kept.await.conversation.phase else { unreachable!() };
    assert_eq!(escalation.reason, EscalationReason::UncertainReply);
    deployed.answered(&conversation, 2).await;
    deployed.no_faults().await;
}
