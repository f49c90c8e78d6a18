//! Procedures whose call needs a person's approval.

use super::*;

/// Mia, who wants another address; somebody has to approve that.
fn asked() -> Talk {
    let mut talk = mia();
    let tool = talk.settings.tools.iter_mut().find(|tool| tool.name.as_str() == "change_email").unwrap();
    tool.approval = true;
    talk.api.call = ToolOutcome::Waits { why: "it waits".to_owned() };
    talk
}

/// Asked for, and told that it waits.
fn waiting() -> Talk {
    let mut talk = asked();
    talk.say("I want to change my email address");
    talk.say("new@example.com");
    assert_eq!(talk.calls.len(), 1);
    talk
}

impl Talk {
    /// Something was decided about the call that waits: what the visitor is told of it.
    fn decided(&mut self, outcome: ToolOutcome) -> String {
        let call = ToolCall { id: "decided_0".to_owned(), ..self.calls[0].clone() };
        self.decided.push((call, outcome));
        let (verdict, _) = self.turn();
        self.decided.clear();
        match verdict {
            Verdict::Reply { text, .. } => text,
            Verdict::Escalate { reason, .. } => format!("[{}]", serde_json::to_string(&reason).unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

fn done() -> ToolOutcome {
    ToolOutcome::Answered { answer: json!({"ok": true}) }
}

fn declined() -> ToolOutcome {
    ToolOutcome::Declined { why: String::new() }
}

#[test]
fn the_visitor_is_told_that_it_waits_and_then_what_the_procedure_says() {
    let mut talk = asked();
    let mut record = vec![talk.say("I want to change my email address"), talk.say("new@example.com")];
    record.push(talk.say("hello?"));
    assert_eq!(talk.calls.len(), 2, "asked for again, and known to wait");
    record.push(talk.decided(done()));
    assert_eq!(talk.calls.len(), 2, "what was decided is not asked for");
    assert_eq!(talk.under_way, None);
    insta::assert_snapshot!(record.join("\n---\n"), @r"
    What is the new address?
    ---
    A colleague has to confirm this first, so nothing has changed yet. Please stay in this chat: the answer comes here.
    ---
    A colleague still has to confirm it. As long as that is open, nothing changes.
    ---
    The address is new@example.com now.
    ");
}

#[test]
fn what_was_declined_is_said_plainly_in_the_visitors_language() {
    insta::assert_snapshot!(waiting().decided(declined()), @"A colleague has looked at your request. I'm sorry: it can't be done here, and nothing was changed.");
    let mut german = asked();
    german.say("Ich möchte meine E-Mail-Adresse ändern");
    german.say("neu@example.com");
    insta::assert_snapshot!(german.decided(declined()), @"Ihr Anliegen wurde im Team geprüft. Es tut mir leid: Das ist hier nicht möglich, und es wurde nichts geändert.");
}

#[test]
fn what_was_approved_and_could_not_be_done_is_for_a_human() {
    assert_eq!(waiting().decided(failed()), r#"[{"code":"tool_failed"}]"#);
    let mut left = waiting();
    left.under_way = None;
    assert_eq!(left.decided(refused()), r#"[{"code":"tool_failed"}]"#);
}

#[test]
fn a_visitor_who_went_on_to_something_else_is_told_before_all_else() {
    let mut talk = waiting();
    talk.api.call = failed();
    talk.write("what are the wagering requirements?");
    let told = talk.decided(done());
    assert!(told.starts_with("A colleague has confirmed your request"), "{told}");
    assert!(told.contains("wagering"), "{told}");
}

#[test]
fn a_question_of_another_procedure_stands_while_something_is_told() {
    let mut talk = waiting();
    let state = UnderWay { asked: Some("game".to_owned()), times: 1, ..talk.under_way.clone().unwrap() };
    let crash =
        talk.settings.procedures.iter().find(|procedure| {
            procedure.run.as_ref().is_some_and(|run| run.ask.iter().any(|asked| asked.name == "game"))
        });
    let state = UnderWay { procedure: crash.unwrap().name.clone(), ..state };
    talk.under_way = Some(state.clone());
    insta::assert_snapshot!(talk.decided(done()), @"A colleague has confirmed your request, and it has been carried out.");
    assert_eq!(talk.under_way, Some(state));
}

#[test]
fn whoever_is_upset_gets_a_human_whatever_was_decided() {
    let mut talk = waiting();
    talk.write("I want to talk to a human");
    assert_eq!(talk.decided(done()), r#"[{"code":"visitor_asked"}]"#);
}
