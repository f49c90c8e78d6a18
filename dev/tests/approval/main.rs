//! The engine with a tool that needs a person's approval, against the simulated SalesIQ and a company's system that
//! misbehaves: what was approved is made once, or a human is asked for.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod world;

use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::approval::ApprovalState;
use shared::domain::conversation::Phase;
use shared::domain::event::{EventKind, OperatorRef, Told};
use shared::domain::id::OperatorId;
use shared::domain::player::Player;
use shared::domain::tool::WriteState;
use shared::domain::verdict::EscalationReason;
use shared::engine::Work;
use simulator::seed::OPERATOR_ADA;
use wiremock::matchers::any;
use wiremock::{Mock, ResponseTemplate};
use world::{CLOSED, Chat, DECLINED, LOOKING, STILL, WAITS};

async fn answers(chat: &Chat, answer: ResponseTemplate) {
    Mock::given(any()).respond_with(answer).mount(&chat.company).await;
}

fn closed() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"closed": true}))
}

async fn reason(chat: &Chat) -> Option<EscalationReason> {
    match chat.kept().await.phase {
        Phase::Escalating(escalation) => Some(escalation.reason),
        _ => None,
    }
}

async fn approved(chat: &Chat) {
    chat.decides(true, "yes").await;
    chat.wake().await;
}

#[tokio::test]
async fn what_is_approved_twice_is_made_once_and_told_once() {
    let chat = Chat::waiting().await;
    answers(&chat, closed()).await;
    chat.decides(true, "1").await;
    chat.decides(true, "2").await;
    chat.wake().await;
    chat.decides(true, "3").await;
    chat.after(1).await;
    let calls = chat.calls().await;
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].headers["idempotency-key"], chat.approval().await.key.0.as_str());
    assert_eq!(calls[0].body_json::<Value>().unwrap(), json!({"account": "p7"}));
    assert_eq!(chat.said().await.iter().filter(|text| *text == CLOSED).count(), 1);
    assert!(matches!(chat.approval().await.state, ApprovalState::Approved { by, .. } if by.name == "Ada"));
    assert!(matches!(&chat.kept().await.writes[0].state, WriteState::Done { .. }));
}

#[tokio::test]
async fn what_is_declined_is_not_made_and_said_plainly() {
    let chat = Chat::waiting().await;
    chat.decides(false, "1").await;
    chat.decides(true, "2").await;
    chat.wake().await;
    assert_eq!(chat.last_said().await, DECLINED);
    assert_eq!(chat.kept().await.phase, Phase::Assisting);
    chat.says("please close my account").await;
    assert_eq!(chat.last_said().await, DECLINED);
    assert!(chat.calls().await.is_empty());
}

#[tokio::test]
async fn what_nobody_decides_in_time_leads_to_a_human_and_is_never_made() {
    let chat = Chat::waiting().await;
    chat.after(590).await;
    assert_eq!(chat.last_said().await, WAITS);
    chat.after(11).await;
    assert_eq!(reason(&chat).await, Some(EscalationReason::ApprovalAwaited));
    assert_eq!(chat.last_said().await, LOOKING);
    approved(&chat).await;
    assert!(matches!(chat.approval().await.state, ApprovalState::Expired { .. }));
    assert!(chat.calls().await.is_empty());
}

#[tokio::test]
async fn an_approval_outlives_the_process_that_heard_of_it() {
    let chat = Chat::waiting().await;
    answers(&chat, closed()).await;
    chat.decides(true, "1").await;
    // Another function takes it in, and does nothing of what is the conversation's.
    chat.process(Work::Escalate).wake(&chat.key).await.unwrap();
    assert!(matches!(chat.approval().await.state, ApprovalState::Approved { .. }));
    assert!(chat.calls().await.is_empty());
    chat.wake().await;
    assert_eq!((chat.calls().await.len(), chat.last_said().await.as_str()), (1, CLOSED));
}

#[tokio::test]
async fn a_process_that_dies_in_the_call_is_followed_by_one_that_makes_the_same_call() {
    let chat = Chat::waiting().await;
    let slow = closed().set_delay(Duration::from_mins(1));
    Mock::given(any()).respond_with(slow).up_to_n_times(1).mount(&chat.company).await;
    answers(&chat, closed()).await;
    chat.decides(true, "1").await;
    chat.dies_at_call(1).await;
    assert_eq!(chat.kept().await.writes[0].state, WriteState::Begun);
    chat.after(1).await;
    assert_eq!(chat.calls().await.len(), 1, "its turn may still be running");
    chat.after(75).await;
    let calls = chat.calls().await;
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].headers["idempotency-key"], calls[1].headers["idempotency-key"]);
    assert_eq!(chat.last_said().await, CLOSED);
}

#[tokio::test]
async fn a_visitor_who_writes_meanwhile_is_told_that_it_still_waits() {
    let chat = Chat::waiting().await;
    answers(&chat, closed()).await;
    chat.says("hello?").await;
    assert_eq!(chat.last_said().await, STILL);
    assert_eq!(chat.kept().await.approvals.len(), 1);
    approved(&chat).await;
    assert_eq!((chat.calls().await.len(), chat.last_said().await.as_str()), (1, CLOSED));
}

#[tokio::test]
async fn of_a_call_whose_answer_is_missing_a_human_hears_and_it_is_not_repeated() {
    let chat = Chat::waiting().await;
    answers(&chat, ResponseTemplate::new(502)).await;
    approved(&chat).await;
    assert_eq!(reason(&chat).await, Some(EscalationReason::ToolFailed));
    assert_eq!(chat.kept().await.writes[0].state, WriteState::Begun);
    chat.after(200).await;
    assert_eq!(chat.calls().await.len(), 1);
}

#[tokio::test]
async fn a_call_that_is_refused_or_never_arrives_leads_to_a_human() {
    let refused = Chat::waiting().await;
    answers(&refused, ResponseTemplate::new(422)).await;
    approved(&refused).await;
    assert_eq!(reason(&refused).await, Some(EscalationReason::ToolFailed));
    assert_eq!(refused.calls().await.len(), 1);

    let busy = Chat::waiting().await;
    answers(&busy, ResponseTemplate::new(429)).await;
    approved(&busy).await;
    assert_eq!(reason(&busy).await, Some(EscalationReason::ToolFailed));
    assert!(matches!(busy.approval().await.state, ApprovalState::NotMade { .. }));
    busy.after(200).await;
    assert_eq!(busy.calls().await.len(), 1);
}

#[tokio::test]
async fn what_was_approved_for_somebody_is_not_made_for_anybody_else() {
    let chat = Chat::waiting().await;
    answers(&chat, closed()).await;
    chat.edit(|conversation, _| conversation.player = Player::default()).await;
    approved(&chat).await;
    assert!(chat.calls().await.is_empty());
    let ApprovalState::NotMade { why, .. } = chat.approval().await.state else { panic!("it was made") };
    assert!(why.contains("needs a verified player"), "{why}");
    assert_eq!(reason(&chat).await, Some(EscalationReason::ToolFailed));
}

#[tokio::test]
async fn once_a_human_has_the_chat_nothing_is_made() {
    let chat = Chat::waiting().await;
    answers(&chat, closed()).await;
    let ada = OperatorRef { id: OperatorId::parse(OPERATOR_ADA).unwrap(), name: None, is_bot: false };
    chat.record(&chat.event(EventKind::AttenderUpdated, Told { attender: Some(ada), ..Told::default() })).await;
    approved(&chat).await;
    assert!(chat.calls().await.is_empty());
    assert!(matches!(chat.approval().await.state, ApprovalState::Void { .. }));
}
