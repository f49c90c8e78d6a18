//! What procedures say and ask.

use std::collections::{BTreeMap, BTreeSet};

use super::Problems;
use super::texts::{said, said_alone};
use crate::domain::blanks::fill;
use crate::domain::settings::{Procedure, Run, WorkspaceSettings};

/// What stands for the fields of a tool's answer.
const RESULT: &str = "result";

/// What stands for who writes.
const PLAYER_ID: &str = "player.id";

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    let identities = settings.brands.iter().filter_map(|brand| brand.identity.as_ref()).chain([&settings.identity]);
    let checks = identities.filter_map(|identity| identity.conversational.as_ref());
    let told: BTreeSet<&str> = checks.flat_map(|check| &check.ask).map(|asks| asks.name()).collect();
    let mut first = BTreeMap::new();
    for (index, procedure) in settings.procedures.iter().enumerate() {
        let place = format!("procedures[{index}]");
        if let Some(earlier) = first.get(&procedure.name) {
            let problem = format!("procedures[{earlier}] has the same name");
            problems.add(format_args!("{place}.name"), problem, "name each procedure differently");
        } else {
            first.insert(&procedure.name, index);
        }
        spoken(&format!("{place}.do_not_escalate"), &procedure.do_not_escalate, problems);
        if let Some(run) = &procedure.run {
            runs(&format!("{place}.run"), procedure, run, &told, problems);
        }
    }
}

fn runs(place: &str, procedure: &Procedure, run: &Run, told: &BTreeSet<&str>, problems: &mut Problems) {
    if procedure.examples.is_empty() {
        let problem =
            "the playbook runs a procedure when a visitor says nearly what an example says, and there is none";
        problems.add(place, problem, "write examples, or remove run");
    }
    if run.answer.is_empty() {
        problems.add(format_args!("{place}.answer"), "there is none", "write what the visitor shall read");
    }
    spoken(&format!("{place}.answer"), &run.answer, problems);
    for (index, asked) in run.ask.iter().enumerate() {
        let field = format!("{place}.ask[{index}]");
        if asked.name.trim().is_empty() || asked.name.contains(['{', '}']) || asked.name.starts_with(RESULT) {
            let problem = format!("it is blank, has a brace, or begins with {RESULT}");
            problems.add(format_args!("{field}.name"), problem, "give it a short name of its own");
        }
        if asked.question.is_empty() {
            problems.add(format_args!("{field}.question"), "there is none", "write what the visitor is asked");
        }
        spoken(&format!("{field}.question"), &asked.question, problems);
    }
    let known = |name: &str| told.contains(name) || name == PLAYER_ID || run.ask.iter().any(|asked| asked.name == name);
    let answered = |name: &str| {
        let path = name.strip_prefix(RESULT);
        run.call.is_some() && path.is_some_and(|path| path.is_empty() || path.starts_with('.'))
    };
    for (name, template) in &run.arguments {
        fills(&format!("{place}.arguments.{}", name.escape_debug()), template, &known, problems);
    }
    for (language, template) in &run.answer {
        let field = format!("{place}.answer.{}", language.escape_debug());
        fills(&field, template, &|name| known(name) || answered(name), problems);
    }
}

/// Texts by language, none of them blank.
fn spoken(place: &str, texts: &BTreeMap<String, String>, problems: &mut Problems) {
    for (language, text) in texts {
        said_alone(&format!("{place}.{}", language.escape_debug()), text, problems);
    }
}

fn fills(field: &str, template: &str, known: &dyn Fn(&str) -> bool, problems: &mut Problems) {
    said(field, template, problems);
    if fill(template, |name| known(name).then(String::new)).is_none() {
        let problem = "it has a {blank} that nothing is known for, or a brace alone";
        let fix = "name a question, player.id or, in an answer, a field as result.field; write braces as {{ and }}";
        problems.add(field, problem, fix);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(procedures: &Value) -> String {
        let settings = json!({
            "workspace": "demo", "screen_name": "lumen", "data_centre": "eu", "bot_operator": "9",
            "identity": {"conversational": {"tool": "check", "ask": ["email"]}},
            "procedures": procedures,
        });
        let settings: WorkspaceSettings = serde_json::from_value(settings).unwrap();
        let mut problems = Problems::default();
        check(&settings, &mut problems);
        problems.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    fn procedure(run: &Value) -> Value {
        json!({"name": "p", "when": "-", "examples": ["where is it"], "run": run})
    }

    #[test]
    fn what_can_be_said_is_no_problem() {
        let run = json!({
            "ask": [{"name": "order", "question": {"en": "Which?"}}], "call": "tool",
            "arguments": {"a": "{order}", "b": "{email}", "c": "{player.id}", "d": "{{x}}"},
            "answer": {"en": "{order}: {result.state} {result}"},
        });
        assert_eq!(told(&json!([procedure(&run)])), "");
    }

    #[test]
    fn a_blank_that_can_never_be_filled_is_told() {
        for (run, field) in [
            (json!({"answer": {"en": "{order}"}}), "run.answer.en"),
            (json!({"answer": {"en": "a } b"}}), "run.answer.en"),
            (json!({"answer": {"de": "{result.x}"}}), "run.answer.de"),
            (json!({"call": "t", "arguments": {"a": "{result.x}"}, "answer": {"en": "-"}}), "run.arguments.a"),
            (json!({"call": "t", "answer": {"en": "{results}"}}), "run.answer.en"),
        ] {
            let told = told(&json!([procedure(&run)]));
            assert!(told.starts_with(&format!("procedures[0].{field}: it has a {{blank}}")), "{told}");
        }
    }

    #[test]
    fn what_would_leave_the_visitor_without_a_word_is_told() {
        let run = json!({"ask": [{"name": "result", "question": {}}], "answer": {}});
        let silent = json!({"name": "p", "when": "-", "do_not_escalate": {"en": " "}, "run": run});
        insta::assert_snapshot!(told(&json!([silent, procedure(&json!({"answer": {"en": "-"}}))])), @r"
        procedures[0].do_not_escalate.en: it is blank, and the visitor would read nothing; write it, or leave it out
        procedures[0].run: the playbook runs a procedure when a visitor says nearly what an example says, and there is none; write examples, or remove run
        procedures[0].run.answer: there is none; write what the visitor shall read
        procedures[0].run.ask[0].name: it is blank, has a brace, or begins with result; give it a short name of its own
        procedures[0].run.ask[0].question: there is none; write what the visitor is asked
        procedures[1].name: procedures[0] has the same name; name each procedure differently
        ");
    }
}
