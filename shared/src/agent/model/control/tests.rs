use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::agent::model::{Stop, Tokens};
use crate::agent::{Line, Round, ToolOutcome};
use crate::domain::id::ConversationId;
use crate::domain::message::{Author, Content};
use crate::domain::settings::WorkspaceSettings;

fn settings() -> WorkspaceSettings {
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
        "brands": [{"id": "10", "name": "Lumen", "automated": true}],
        "procedures": [{"name": "late-payout", "when": "A withdrawal is late."}],
    }))
    .unwrap()
}

fn article(id: &str, brand: Option<&str>, markdown: &str) -> Article {
    let brands: Vec<&str> = brand.into_iter().collect();
    serde_json::from_value(json!({"id": id, "title": id, "brands": brands, "markdown": markdown})).unwrap()
}

fn call(name: &str, arguments: Value) -> ToolCall {
    ToolCall { id: "x".to_owned(), name: name.to_owned(), arguments }
}

fn answered(text: &str, calls: Vec<ToolCall>) -> Completion {
    Completion { text: text.to_owned(), calls, stop: Stop::End, tokens: Tokens::default() }
}

fn meant_after(rounds: &[Round], completion: Completion) -> Meaning {
    let (settings, conversation) = (settings(), ConversationId::parse("1").unwrap());
    let lines = [Line { author: Author::Visitor, content: Content::text("My payout is late"), unanswered: true }];
    let knowledge = [
        article("payouts", None, "Withdrawals take a day."),
        article("bonuses", None, "Bonuses are credited at once."),
        article("other", Some("99"), "Somebody else's."),
    ];
    let turn = Turn::about(&conversation, &settings, &settings.brands[0], &lines, Timestamp::UNIX_EPOCH);
    let turn = Turn { knowledge: &knowledge, rounds, ..turn };
    meaning(completion, &turn, &[&settings.procedures[0]])
}

fn meant(text: &str, calls: Vec<ToolCall>) -> Meaning {
    meant_after(&[], answered(text, calls))
}

fn verdict(meaning: Meaning) -> Verdict {
    match meaning {
        Meaning::Concluded { verdict, .. } => verdict,
        other => panic!("no verdict: {other:?}"),
    }
}

#[test]
fn a_reply_names_only_articles_that_the_brand_has() {
    let sources = json!(["payouts", "made-up", "other", "payouts"]);
    let arguments = json!({"text": " A day. ", "kind": "answer", "sources": sources, "procedure": "late-payout"});
    let Meaning::Concluded { verdict, procedure } = meant("", vec![call("reply", arguments)]) else {
        panic!("no verdict")
    };
    let Verdict::Reply { text, sources, clarifies } = verdict else { panic!("no reply") };
    assert_eq!((text.as_str(), clarifies), ("A day.", false));
    assert_eq!(sources.iter().map(ArticleId::as_str).collect::<Vec<_>>(), ["payouts"]);
    assert_eq!(procedure.unwrap().as_str(), "late-payout");
}

#[test]
fn plain_text_is_a_reply_that_rests_on_what_was_found() {
    let passages = json!({"passages": [
        {"article": "payouts", "title": "Payouts", "text": "Withdrawals take one working day."},
        {"article": "bonuses", "title": "Bonuses", "text": "Bonuses are credited at once."},
    ]});
    let outcome = ToolOutcome::Answered { answer: passages };
    let rounds = [Round { calls: vec![(call("search_knowledge", json!({"query": "payout"})), outcome)] }];
    let said = |text: &str| verdict(meant_after(&rounds, answered(text, Vec::new())));
    let Verdict::Reply { sources, clarifies, .. } = said("Withdrawals take one working day.") else {
        panic!("no reply")
    };
    assert_eq!((sources[0].as_str(), sources.len(), clarifies), ("payouts", 1, false));
    let Verdict::Reply { sources, clarifies, .. } = said("Which payment method did you use?") else {
        panic!("no reply")
    };
    assert!(sources.is_empty() && clarifies);
}

#[test]
fn a_reply_waits_for_the_calls_beside_it_and_an_escalation_does_not() {
    let reply = call("reply", json!({"text": "Refunded!", "kind": "answer"}));
    let refund = call("refund", json!({"amount": 5}));
    let both = meant("On it.", vec![reply, refund.clone(), refund.clone()]);
    let Meaning::Calls(calls) = both else { panic!("no calls: {both:?}") };
    assert_eq!(calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["c0", "c1"]);
    let escalate = call("escalate", json!({"reason": "fraud", "summary": "Stolen card."}));
    let escalated = verdict(meant("", vec![refund, escalate]));
    assert_eq!(escalated, Verdict::Escalate { reason: EscalationReason::Fraud, summary: "Stolen card.".to_owned() });
}

#[test]
fn an_escalation_is_never_lost() {
    let reason = |arguments: Value| match verdict(meant("", vec![call("escalate", arguments)])) {
        Verdict::Escalate { reason, summary } => {
            assert_eq!(summary, "My payout is late");
            reason
        }
        other => panic!("no escalation: {other:?}"),
    };
    assert_eq!(reason(json!("{\"reason\": \"fr")), EscalationReason::KnowledgeGap);
    assert_eq!(reason(json!({"reason": "ai_error"})), EscalationReason::KnowledgeGap);
    assert_eq!(reason(json!({})), EscalationReason::KnowledgeGap);
    assert_eq!(reason(json!({"reason": "policy"})), EscalationReason::Policy { name: "late-payout".to_owned() });
}

#[test]
fn a_summary_is_short() {
    let arguments = json!({"reason": "legal", "summary": "word ".repeat(300)});
    let Verdict::Escalate { summary, .. } = verdict(meant("", vec![call("escalate", arguments)])) else {
        panic!("no escalation")
    };
    assert!(summary.chars().count() <= SUMMARY_LIMIT);
}

#[test]
fn every_reason_on_offer_is_one() {
    for (code, _) in REASONS {
        let verdict = verdict(meant("", vec![call("escalate", json!({"reason": code, "summary": "x"}))]));
        assert!(matches!(verdict, Verdict::Escalate { reason, .. } if reason.code() == code), "{code}");
    }
}

#[test]
fn what_can_t_be_read_is_put_back() {
    assert!(matches!(meant(" ", Vec::new()), Meaning::Unclear { .. }));
    let broken = meant("", vec![call("reply", json!("{\"text\": \"Hel"))]);
    assert!(matches!(broken, Meaning::Unclear { draft, .. } if draft == "{\"text\": \"Hel"));
}

#[test]
fn a_close_leaves_the_visitor_time_to_object() {
    let closed = verdict(meant("", vec![call("close", json!({"text": "Bye!"}))]));
    assert_eq!(closed, Verdict::Close { text: Some("Bye!".to_owned()), countdown: true });
    let silent = verdict(meant("", vec![call("close", json!("{"))]));
    assert_eq!(silent, Verdict::Close { text: None, countdown: true });
}

#[test]
fn no_more_calls_are_made_at_once_than_anyone_needs() {
    let Meaning::Calls(calls) = meant("", vec![call("look", json!({})); 50]) else { panic!("no calls") };
    assert_eq!(calls.len(), CALLS_AT_ONCE);
}

#[test]
fn the_names_on_offer_are_the_names_kept_back() {
    assert!(offered().iter().all(|tool| is_control(&tool.name)));
    assert!(!is_control("search_knowledge"));
}
