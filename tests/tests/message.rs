//! A visitor writes and is answered; what is not ours to answer is left alone; what it costs; what is logged.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeSet;

use dev::function_logs;
use dev::seed::{HARBOUR, LUMEN, NOVA};
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::conversation::Phase;
use tests::{Deployed, QUESTION, SOON, answered_lines, never, until, visitor_lines};

async fn now_ms(deployed: &Deployed) -> i64 {
    deployed.portal.control(Method::GET, "health", None).await.unwrap()["now_ms"].as_i64().unwrap()
}

#[tokio::test]
async fn a_question_is_picked_up_and_answered_from_the_knowledge() {
    let deployed = Deployed::find();
    let conversation = deployed.open(QUESTION).await;
    let said = deployed.answered(&conversation, 1).await;
    assert!(said[0].to_lowercase().contains("withdraw"), "{said:?}");
    assert_eq!(deployed.portal.conversation(&conversation).await.unwrap()["attender"], NOVA);
}

#[tokio::test]
async fn a_burst_of_short_messages_is_answered_once() {
    let deployed = Deployed::find();
    let conversation = deployed.open("hi").await;
    for line in ["I forgot", "my password", "what now?"] {
        deployed.portal.visitor_says(&conversation, line).await.unwrap();
    }
    deployed.answered(&conversation, 1).await;
    let kept = deployed.settled(&conversation, SOON).await;
    assert_eq!(visitor_lines(&kept.log).len(), 4);
    never("the burst was answered more than once", async || deployed.said(&conversation).await.len() > 1).await;
}

#[tokio::test]
async fn a_brand_that_is_not_automated_is_recorded_and_never_touched() {
    let deployed = Deployed::find();
    let conversation = deployed.open_with(HARBOUR, QUESTION).await;
    deployed.portal.visitor_says(&conversation, "anybody?").await.unwrap();
    let kept = until("both lines", SOON, async || {
        deployed.kept(&conversation).await.filter(|kept| kept.conversation.counts.visitor_lines == 2)
    });
    assert_eq!(kept.await.conversation.phase, Phase::Observed);
    never("SalesIQ was called", async || !deployed.portal.calls(&conversation).await.unwrap().is_empty()).await;
}

#[tokio::test]
async fn who_wants_a_human_is_told_that_one_is_looked_for() {
    let deployed = Deployed::find();
    let conversation = deployed.open("Ich möchte mit einem Menschen sprechen").await;
    let said = deployed.answered(&conversation, 1).await;
    let kept = until("the search", SOON, async || {
        let kept = deployed.kept(&conversation).await?;
        matches!(kept.conversation.phase, Phase::Escalating(_)).then_some(kept)
    });
    let kept = kept.await.conversation;
    assert_eq!(kept.unanswered.ids.len(), 1, "the wish waits for the human: {said:?}");
    assert_eq!(kept.language.as_deref(), Some("de"));
}

#[tokio::test]
async fn a_closed_chat_stays_closed_and_a_reopened_one_is_answered_again() {
    let deployed = Deployed::find();
    let conversation = deployed.open(QUESTION).await;
    deployed.answered(&conversation, 1).await;
    deployed
        .portal
        .control(Method::POST, &format!("visitors/conversations/{conversation}/end"), Some(json!({})))
        .await
        .unwrap();
    until("the end", SOON, async || {
        deployed.kept(&conversation).await.filter(|kept| matches!(kept.conversation.phase, Phase::Closed { .. }))
    })
    .await;
    deployed.portal.visitor_says(&conversation, "How do I verify my account?").await.unwrap();
    deployed.answered(&conversation, 2).await;
}

#[tokio::test]
async fn a_file_is_taken_and_a_human_is_asked_for() {
    let deployed = Deployed::find();
    let conversation = deployed.open(QUESTION).await;
    deployed.answered(&conversation, 1).await;
    let body = json!({
        "event": "conversation.visitor.replied", "entity_id": conversation, "app_id": LUMEN, "org_id": "55778119",
        "event_time": "1795000100000", "entity": {"id": conversation, "message": {
            "sender": {"id": "$1", "type": "visitor"}, "msgid": "1795000100000", "type": "file",
            "file": {"name": "passport.png", "type": "image/png", "attachment_id": "1"},
        }},
    });
    assert_eq!(deployed.portal.deliver(&deployed.webhook_url(), &body, "valid").await.unwrap().0, 200);
    deployed.answered(&conversation, 2).await;
    let kept = deployed.kept(&conversation).await.unwrap();
    assert_eq!(kept.conversation.counts.escalations.get("file_shared"), Some(&1));
    assert!(visitor_lines(&kept.log).contains("1795000100000"));
}

/// Sixty lines lie unread when somebody is woken: several commits, none lost, none answered twice.
#[tokio::test]
async fn sixty_unread_lines_are_drained_in_several_commits() {
    let deployed = Deployed::find();
    let conversation = deployed.open(QUESTION).await;
    deployed.answered(&conversation, 1).await;
    deployed.settled(&conversation, SOON).await;
    let before = deployed.kept(&conversation).await.unwrap().conversation.counts.visitor_lines;
    let key = deployed.key(&conversation);
    for n in 0..60_u64 {
        let body = json!({
            "event": "conversation.visitor.replied", "entity_id": conversation, "app_id": LUMEN,
            "event_time": (1_795_000_200_000 + n).to_string(), "entity": {"id": conversation, "message": {
                "sender": {"id": "$1", "type": "visitor"}, "msgid": (1_795_000_200_000 + n).to_string(),
                "text": format!("How do I verify my account? ({n})"),
            }},
        });
        let parsed =
            shared::salesiq::webhook::parse(body.to_string().as_bytes(), None, shared::clock::Clock::system().now());
        let shared::salesiq::webhook::Parsed::Conversation(event) = parsed.unwrap().parsed else { panic!("no event") };
        shared::store::Store::record(&deployed.store, &key, &event).await.unwrap();
    }
    deployed.wake(&conversation).await;
    deployed.answered(&conversation, 2).await;
    let kept = deployed.settled(&conversation, SOON).await;
    assert_eq!(kept.conversation.counts.visitor_lines, before + 60);
    let answered = answered_lines(&kept.log);
    assert_eq!(answered.len(), answered.iter().collect::<BTreeSet<_>>().len(), "a line was answered twice");
    never("there was more than one answer", async || deployed.said(&conversation).await.len() > 2).await;
}

/// The request ids of a function's runs that match, by the ids of their records.
fn run_of(record: &Value) -> &str {
    record["span"]["requestId"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_new_delivery_costs_two_aws_calls_and_a_duplicate_one() {
    let deployed = Deployed::find();
    let from_ms = now_ms(&deployed).await;
    let conversation = deployed.open_with(HARBOUR, QUESTION).await;
    let body = |n: u64| {
        json!({
            "event": "conversation.visitor.replied", "entity_id": conversation, "app_id": HARBOUR,
            "event_time": (1_795_000_300_000 + n).to_string(), "entity": {"id": conversation, "message": {
                "sender": {"id": "$1", "type": "visitor"}, "msgid": (1_795_000_300_000 + n).to_string(), "text": "hm",
            }},
        })
    };
    for n in 0..5 {
        deployed.portal.deliver(&deployed.webhook_url(), &body(n), "valid").await.unwrap();
        until("it to be read", SOON, async || {
            let (_, answer) = deployed.portal.deliver(&deployed.webhook_url(), &body(n), "valid").await.unwrap();
            (answer["reason"] == "already read").then_some(())
        })
        .await;
    }
    let records = function_logs::records(&deployed.stack, "webhook", from_ms).await.unwrap();
    for (recorded, calls) in [("New", 2), ("AlreadyRead", 1)] {
        let runs: BTreeSet<&str> = records
            .iter()
            .filter(|record| record["conversation"] == conversation.as_str() && record["recorded"] == recorded)
            .map(run_of)
            .collect();
        let counted: Vec<i64> = records
            .iter()
            .filter(|record| record["message"] == "answered" && runs.contains(run_of(record)))
            .filter_map(|record| record["aws_calls"].as_i64())
            .collect();
        assert!(counted.len() >= 5, "{recorded}: {} runs", counted.len());
        // A cold process reads the settings first: one call more.
        let warm = counted.iter().filter(|count| **count == calls).count();
        let cold = counted.iter().filter(|count| **count == calls + 1).count();
        assert!(warm > 0 && warm + cold == counted.len(), "{recorded}: {counted:?} calls");
    }
}

#[tokio::test]
async fn an_answered_message_costs_five_aws_calls_and_at_most_two_of_salesiq() {
    let deployed = Deployed::find();
    // Nothing else wakes the conversation meanwhile: neither the change of attender nor the echo is delivered.
    deployed
        .faults(json!([
            {"match": {"what": "webhook", "event": "conversation.attender.updated"}, "do": {"drop": true}},
            {"match": {"what": "webhook", "event": "conversation.operator.replied"}, "do": {"drop": true}},
        ]))
        .await;
    let from_ms = now_ms(&deployed).await;
    let mut conversations = BTreeSet::new();
    for _ in 0..4 {
        let conversation = deployed.open(QUESTION).await;
        deployed.answered(&conversation, 1).await;
        deployed.settled(&conversation, SOON).await;
        deployed.portal.visitor_says(&conversation, "How do I verify my account?").await.unwrap();
        deployed.answered(&conversation, 2).await;
        deployed.settled(&conversation, SOON).await;
        conversations.insert(conversation);
    }
    deployed.no_faults().await;
    let (mut aws, mut salesiq) = (Vec::new(), Vec::new());
    until("the logs", SOON, async || {
        let records = function_logs::records(&deployed.stack, "conversation", from_ms).await.unwrap();
        let answers = records.iter().filter(|record| {
            record["said"] == 1 && conversations.contains(record["conversation"].as_str().unwrap_or_default())
        });
        (aws, salesiq) = answers
            .map(|record| (record["aws_calls"].as_i64().unwrap(), record["salesiq_calls"].as_i64().unwrap()))
            .unzip();
        (aws.len() == 8).then_some(())
    })
    .await;
    assert!(salesiq.iter().all(|calls| *calls <= 2), "SalesIQ calls {salesiq:?}");
    assert!(salesiq.contains(&2) && salesiq.contains(&1), "with and without a pickup: {salesiq:?}");
    // The first answer of a process also reads settings and secrets.
    let warm = aws.iter().filter(|calls| **calls == 5).count();
    assert!(warm >= 4 && aws.iter().all(|calls| *calls >= 5), "AWS calls {aws:?}");
}

#[tokio::test]
async fn logs_are_json_with_ids_and_hold_no_secret_and_no_text() {
    let deployed = Deployed::find();
    let from_ms = now_ms(&deployed).await;
    let text = "My card 4111 1111 1111 1111 and a word: xylophonist. How do I verify my account?";
    let conversation = deployed.open(text).await;
    let said = deployed.answered(&conversation, 1).await;
    deployed.settled(&conversation, SOON).await;
    let deliveries = deployed.portal.deliveries(&conversation).await.unwrap();
    assert!(!deliveries.is_empty());
    let mut seen = 0;
    for function in ["webhook", "conversation", "sentinel"] {
        for line in function_logs::lines(&deployed.stack, function, from_ms - 60_000).await.unwrap() {
            let platform = ["START ", "END ", "REPORT "].iter().any(|word| line.starts_with(word));
            let Ok(record) = serde_json::from_str::<Value>(&line) else {
                assert!(platform, "not JSON: {line}");
                continue;
            };
            for secret in
                ["xylophonist", "4111 1111", "1000.simulator", "simulator-only-client-secret", "Zoho-oauthtoken"]
            {
                assert!(!line.contains(secret), "{function} logged {secret}: {line}");
            }
            let answer = said[0].lines().last().unwrap();
            assert!(!line.contains(answer), "{function} logged what it said: {line}");
            if record["conversation"] == conversation.as_str() {
                seen += 1;
                assert_eq!(record["workspace"], "demo", "no workspace: {line}");
                assert!(!run_of(&record).is_empty(), "no request id: {line}");
            }
        }
    }
    assert!(seen >= 3, "{seen} lines name the conversation");
}
