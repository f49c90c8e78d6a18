//! Many deliveries, each twice and out of order: no message is lost and none is answered twice.
//!
//! A thousand with `cargo dev test --full`, fewer otherwise.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tests::{Deployed, QUESTION, SOON, answered_lines, until, visitor_lines};

/// How long the whole load may take to settle: a sweep or two included.
const SETTLED: Duration = Duration::from_mins(15);

#[allow(clippy::disallowed_methods, reason = "the test runner says how much to do")]
fn scaled(full: usize, otherwise: usize) -> usize {
    if std::env::var("SALESIQ_OPERATOR_FULL").is_ok() { full } else { otherwise }
}

/// Every delivery comes twice, and overtakes its neighbours.
async fn disorder(deployed: &Deployed) {
    deployed
        .faults(json!([
            {"match": {"what": "webhook"}, "do": {"duplicate": 1, "reorder": true}, "probability": 0.5},
            {"match": {"what": "webhook"}, "do": {"duplicate": 1}},
        ]))
        .await;
}

async fn holds(deployed: &Deployed, conversation: &str, lines: usize) {
    let what = format!("{lines} lines of {conversation} to be taken in");
    let taken_in = until(&what, SETTLED, async || {
        let kept = deployed.kept(conversation).await?;
        let counted = usize::try_from(kept.conversation.counts.visitor_lines).unwrap();
        (counted >= lines).then_some(counted)
    });
    assert_eq!(taken_in.await, lines, "{conversation}: a line was taken in twice");
    let kept = deployed.settled(conversation, SETTLED).await;
    let answered = answered_lines(&kept.log);
    let once: BTreeSet<&String> = answered.iter().collect();
    assert_eq!(once.len(), answered.len(), "{conversation}: a line was answered twice");
    let said = deployed.said(conversation).await.len();
    assert_eq!(u64::try_from(said).unwrap(), kept.conversation.counts.our_lines, "{conversation}: our lines");
    if lines <= 60 {
        let visitor = visitor_lines(&kept.log);
        assert_eq!(visitor.len(), lines, "{conversation}: lines in the log");
        assert!(visitor.iter().all(|id| once.contains(id)), "{conversation}: a line was not answered");
    }
}

#[tokio::test]
async fn deliveries_of_many_conversations_sent_twice_and_shuffled_lose_and_repeat_nothing() {
    let deployed = Deployed::find();
    let conversations = scaled(250, 25);
    disorder(&deployed).await;
    let mut opened = Vec::new();
    for _ in 0..conversations {
        let conversation = deployed.open(QUESTION).await;
        for question in ["How do I verify my account?", "Which payment methods are there?", "I forgot my password"] {
            deployed.portal.visitor_says(&conversation, question).await.unwrap();
        }
        opened.push(conversation);
    }
    for conversation in &opened {
        holds(&deployed, conversation, 4).await;
    }
    deployed.no_faults().await;
}

#[tokio::test]
async fn deliveries_of_one_conversation_sent_twice_and_shuffled_lose_and_repeat_nothing() {
    let deployed = Deployed::find();
    let lines = scaled(1_000, 100);
    let conversation = deployed.open(QUESTION).await;
    deployed.answered(&conversation, 1).await;
    deployed.settled(&conversation, SOON).await;
    disorder(&deployed).await;
    for _ in 1..lines {
        deployed.portal.visitor_says(&conversation, "How do I verify my account?").await.unwrap();
    }
    holds(&deployed, &conversation, lines).await;
    deployed.no_faults().await;
}
