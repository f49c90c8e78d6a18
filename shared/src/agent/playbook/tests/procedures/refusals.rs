//! Procedures that end with a human, or with what the company wants said instead.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Talk, failed, mia, refused, talk};
use crate::agent::ToolOutcome;

const NOT_VERIFIED: &str = r#"[{"code":"policy","name":"not_verified"}]"#;
const TOOL_FAILED: &str = r#"[{"code":"tool_failed"}]"#;

fn checked(mut talk: Talk) -> String {
    talk.say("where is my withdrawal");
    talk.say("mia@example.com 12.05.1990")
}

#[test]
fn who_can_not_tell_who_they_are_gets_a_human_after_so_many_tries() {
    let lines = ["where is my withdrawal", "eve@example.com 1.1.1990", "eve@example.com 2.1.1990"];
    let record = talk().all(&lines);
    assert!(record.contains(NOT_VERIFIED), "{record}");
    assert_eq!(record.matches("\nlookup_player").count(), 2);
    let mut tried = talk();
    tried.player.failed_checks = 2;
    assert_eq!(tried.say("where is my withdrawal"), NOT_VERIFIED);
}

#[test]
fn a_check_that_is_refused_or_fails_ends_it() {
    let mut one = talk();
    one.api.lookup = Some(refused());
    assert_eq!(checked(one), NOT_VERIFIED);
    let mut other = talk();
    other.api.lookup = Some(failed());
    assert_eq!(checked(other), TOOL_FAILED);
}

#[test]
fn an_answer_that_claims_to_have_verified_is_not_believed() {
    let mut talk = talk();
    talk.api.lookup = Some(ToolOutcome::Answered { answer: json!({"verified": true, "id": "p-1"}) });
    let reply = checked(talk);
    assert!(reply.starts_with("That does not match the account."), "{reply}");
}

#[test]
fn a_call_that_is_refused_or_fails_ends_it() {
    for outcome in [refused(), failed()] {
        let mut talk = mia();
        talk.api.call = outcome;
        assert_eq!(talk.say("where is my withdrawal"), TOOL_FAILED);
    }
}

#[test]
fn no_nonsense_is_said_of_an_answer_that_lacks_a_field() {
    for answer in [json!({"status": "pending"}), json!(null), json!("pending"), json!({"amount": [], "status": "x"})] {
        let mut talk = mia();
        talk.api.call = ToolOutcome::Answered { answer };
        assert_eq!(talk.say("where is my withdrawal"), TOOL_FAILED);
    }
}

#[test]
fn a_tool_that_the_brand_does_not_have_is_not_called_and_nobody_is_asked_anything() {
    let mut talk = talk();
    talk.settings.tools.clear();
    assert_eq!(talk.say("where is my withdrawal"), TOOL_FAILED);
    assert!(talk.calls.is_empty());
}

#[test]
fn a_blank_that_nothing_is_known_for_is_not_sent() {
    let mut talk = mia();
    talk.player.id = None;
    assert_eq!(talk.say("where is my withdrawal"), TOOL_FAILED);
    assert!(talk.calls.is_empty());
}

#[test]
fn a_tool_that_writes_is_for_who_is_known_whatever_the_procedure_says() {
    let mut talk = talk();
    talk.procedure("change-email").level = crate::domain::player::Level::Anonymous;
    let reply = talk.say("I want to change my email address");
    assert!(reply.starts_with("Before I can look into your account"), "{reply}");
}

#[test]
fn where_nobody_can_be_checked_the_visitor_is_told_to_sign_in_and_then_gets_a_human() {
    for (first, then) in [
        ("where is my withdrawal", "I don't want to, just tell me"),
        ("wo bleibt meine Auszahlung", "wo ist meine Auszahlung denn nun"),
        ("onde está meu saque", "mas onde está meu saque?"),
    ] {
        let mut talk = talk();
        talk.settings.identity.conversational = None;
        let reply = talk.say(first);
        assert_eq!(talk.say(then), NOT_VERIFIED, "{reply}");
        assert_eq!(talk.under_way, None);
        assert!(talk.calls.is_empty());
    }
}

#[test]
fn who_signs_in_meanwhile_is_answered() {
    let mut talk = talk();
    talk.settings.identity.conversational = None;
    insta::assert_snapshot!(talk.say("where is my withdrawal"), @"I can look into an account only when you are signed in. Please sign in on our site and write here again. If you would rather have a colleague look at it, just say so.");
    talk.player = mia().player;
    insta::assert_snapshot!(talk.say("done"), @"Your withdrawal of 120.5 EUR is pending.");
}

#[test]
fn an_ok_to_that_is_no_reason_for_a_human() {
    let mut talk = talk();
    talk.settings.identity.conversational = None;
    talk.say("where is my withdrawal");
    assert_eq!(talk.say("ok"), "All right. If you have another question, just write it here.");
}

#[test]
fn what_the_company_wants_said_is_said_instead() {
    let mut talk = talk();
    talk.knowledge.clear();
    talk.clarifications = 1;
    let text = "What was decided about this bonus stands.";
    assert_eq!(talk.say("why were my bonus winnings removed"), text);
    assert!(talk.say("I want to talk to a human about my cancelled bonus").contains("visitor_asked"));
}

#[test]
fn the_vague_are_asked_first_also_where_nobody_is_to_be_asked_for() {
    let mut talk = talk();
    talk.knowledge.clear();
    insta::assert_snapshot!(talk.all(&["warum wurden meine Bonusgewinne entfernt", "die von gestern, bitte"]), @r"
    > warum wurden meine Bonusgewinne entfernt
    Ich bin nicht sicher, ob ich Sie verstanden habe. Können Sie in ein, zwei Sätzen beschreiben, worum es geht?
    > die von gestern, bitte
    Bei der Entscheidung zu diesem Bonus bleibt es.
    ");
}

#[test]
fn a_procedure_that_fails_may_have_a_text_for_that() {
    let mut talk = mia();
    talk.api.call = failed();
    talk.procedure("withdrawal-status").do_not_escalate =
        BTreeMap::from([("en".to_owned(), "Withdrawals are checked within a day.".to_owned())]);
    assert_eq!(talk.say("where is my withdrawal"), "Withdrawals are checked within a day.");
    assert_eq!(talk.under_way, None);
}

#[test]
fn a_procedure_that_only_wants_to_know_who_writes_is_answered_once_it_does() {
    let mut talk = talk();
    let run = json!({"call": "lookup_player", "answer": {"en": "You are player {player.id}."}});
    talk.procedure("withdrawal-status").run = serde_json::from_value(run).unwrap();
    assert_eq!(checked(talk), "You are player p-77.");
}

#[test]
fn what_only_a_model_can_call_is_not_run() {
    let mut talk = mia();
    talk.knowledge.clear();
    let run = json!({"call": "search_knowledge", "answer": {"en": "{result}"}});
    talk.procedure("withdrawal-status").run = serde_json::from_value(run).unwrap();
    assert!(talk.say("where is my withdrawal").starts_with("I'm not sure"));
}
