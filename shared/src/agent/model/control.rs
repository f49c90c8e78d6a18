//! How a model says what it wants done: by calling `reply`, `escalate` or `close`, which nobody makes but which are verdicts.
//!
//! Plain text without a call is a reply as well. Beside other calls a `reply` or `close` is put off: it was written before
//! their answers were known, and might claim what does not happen. An `escalate` goes before everything: a human is needed,
//! whatever else was to be looked up.

use serde_json::{Value, json};

use super::{Completion, Offered};
use crate::agent::playbook::{SUMMARY_LIMIT, summary_of};
use crate::agent::understanding::words::clip_sentence;
use crate::agent::{Line, ToolCall, Turn};
use crate::domain::id::{ArticleId, ProcedureName};
use crate::domain::settings::{Article, Procedure};
use crate::domain::verdict::{EscalationReason, Verdict};

mod sources;

const REPLY: &str = "reply";
const ESCALATE: &str = "escalate";
const CLOSE: &str = "close";

/// How many calls of one answer are made.
const CALLS_AT_ONCE: usize = 8;

/// The reasons that a model may give, and when. The others are the software's to find out.
const REASONS: [(&str, &str); 11] = [
    ("visitor_asked", "the visitor asks for a human"),
    ("knowledge_gap", "nothing that you know or can look up answers it"),
    ("tool_failed", "a tool that is needed failed"),
    ("policy", "a procedure says that a human decides"),
    ("responsible_gaming", "gambling harm, self-exclusion"),
    ("self_harm", "the visitor may harm themselves"),
    ("legal", "lawyers, regulators, courts"),
    ("fraud", "fraud, a stolen account or card"),
    ("child_safety", "a minor plays or is in danger"),
    ("frustrated", "the visitor is upset"),
    ("repeated_failure", "the same thing failed again and again"),
];

/// What a model wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::agent) enum Meaning {
    /// It knows what to do.
    Concluded {
        /// What.
        verdict: Verdict,
        /// The procedure that it says it follows, if there is such a one.
        procedure: Option<ProcedureName>,
    },
    /// It wants these calls made first. Never empty.
    Calls(Vec<ToolCall>),
    /// It can't be told.
    Unclear {
        /// What it wrote.
        draft: String,
        /// What it is to be told.
        advice: &'static str,
    },
}

/// Whether a tool of this name would be taken for one of these.
pub(in crate::agent) fn is_control(name: &str) -> bool {
    matches!(name, REPLY | ESCALATE | CLOSE)
}

/// These calls, as models are offered them.
pub(in crate::agent) fn offered() -> Vec<Offered> {
    let procedure = json!({"type": "string", "description": "The procedure that you follow, if any."});
    let object = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required});
    let reasons: Vec<&str> = REASONS.iter().map(|(code, _)| *code).collect();
    let when: Vec<String> = REASONS.iter().map(|(code, when)| format!("{code}: {when}")).collect();
    let kinds = "answer: it answers; question: it asks the visitor for what you need to know; small_talk: neither";
    let tools = [
        (
            REPLY,
            "Says this to the visitor.",
            object(
                json!({
                    "text": {"type": "string", "description": "What the visitor reads."},
                    "kind": {"type": "string", "enum": ["answer", "question", "small_talk"], "description": kinds},
                    "sources": {
                        "type": "array", "items": {"type": "string"},
                        "description": "The ids of the articles that the answer rests on.",
                    },
                    "procedure": procedure,
                }),
                &["text", "kind"],
            ),
        ),
        (
            ESCALATE,
            "Brings in a human. The software tells the visitor.",
            object(
                json!({
                    "reason": {"type": "string", "enum": reasons, "description": when.join("; ")},
                    "summary": {
                        "type": "string",
                        "description": "For the human: what the visitor wants, what was tried, what was found. At most 300 characters.",
                    },
                    "procedure": procedure,
                }),
                &["reason", "summary"],
            ),
        ),
        (
            CLOSE,
            "Ends the chat of a visitor who needs nothing more.",
            object(json!({"text": {"type": "string", "description": "A short goodbye."}}), &["text"]),
        ),
    ];
    let offered = tools.into_iter().map(|(name, description, arguments)| Offered {
        name: name.to_owned(),
        description: description.to_owned(),
        arguments,
    });
    offered.collect()
}

/// What an answer means.
pub(in crate::agent) fn meaning(completion: Completion, turn: &Turn<'_>, fitting: &[&Procedure]) -> Meaning {
    if let Some(call) = completion.calls.iter().find(|call| call.name == ESCALATE) {
        return escalate(&call.arguments, turn, fitting);
    }
    let (control, mut others): (Vec<ToolCall>, Vec<ToolCall>) =
        completion.calls.into_iter().partition(|call| is_control(&call.name));
    if !others.is_empty() {
        others.truncate(CALLS_AT_ONCE);
        return Meaning::Calls(others.into_iter().enumerate().map(numbered).collect());
    }
    match control.first() {
        None => said(completion.text, turn),
        Some(call) if call.name == REPLY => reply(&call.arguments, turn, fitting),
        Some(call) => close(&call.arguments),
    }
}

/// Models may give no ids, or the same one twice.
fn numbered((index, call): (usize, ToolCall)) -> ToolCall {
    ToolCall { id: format!("c{index}"), ..call }
}

fn text<'a>(arguments: &'a Value, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn procedure<'a>(arguments: &Value, turn: &Turn<'a>) -> Option<&'a Procedure> {
    let named = text(arguments, "procedure")?;
    turn.settings.procedures_of(turn.brand).find(|procedure| procedure.name.as_str() == named)
}

/// Plain text.
fn said(text: String, turn: &Turn<'_>) -> Meaning {
    if text.trim().is_empty() {
        return Meaning::Unclear { draft: text, advice: "It was empty. Call reply, escalate or close." };
    }
    let sources = sources::of(&text, turn);
    let clarifies = sources.is_empty() && sources::is_bare_question(&text);
    Meaning::Concluded { verdict: Verdict::Reply { text, sources, clarifies }, procedure: None }
}

fn reply(arguments: &Value, turn: &Turn<'_>, fitting: &[&Procedure]) -> Meaning {
    // An empty one is a reply that says nothing, which the guard objects to.
    let Some(text) = arguments.get("text").and_then(Value::as_str).map(str::trim) else {
        let advice = "The arguments of reply have to be a JSON object with text and kind. Call it again.";
        return Meaning::Unclear { draft: raw(arguments), advice };
    };
    let clarifies = arguments.get("kind").and_then(Value::as_str) == Some("question");
    let named = arguments.get("sources").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut sources: Vec<ArticleId> = Vec::new();
    for source in named.filter_map(|named| known(turn, named)) {
        if !sources.contains(&source.id) {
            sources.push(source.id.clone());
        }
    }
    let is_answer = arguments.get("kind").and_then(Value::as_str) == Some("answer");
    if sources.is_empty() && is_answer {
        sources = sources::of(text, turn);
    }
    let procedure = procedure(arguments, turn).map(|procedure| procedure.name.clone());
    let procedure = procedure.filter(|name| fitting.iter().any(|fitting| fitting.name == *name));
    Meaning::Concluded { verdict: Verdict::Reply { text: text.to_owned(), sources, clarifies }, procedure }
}

/// An article that the brand has.
fn known<'a>(turn: &Turn<'a>, id: &str) -> Option<&'a Article> {
    let own = |article: &&Article| article.brands.is_empty() || article.brands.contains(&turn.brand.id);
    turn.knowledge.iter().filter(own).find(|article| article.id.as_str() == id)
}

/// A wish for a human is never lost, however badly it is written.
fn escalate(arguments: &Value, turn: &Turn<'_>, fitting: &[&Procedure]) -> Meaning {
    let followed = procedure(arguments, turn);
    let code = text(arguments, "reason").filter(|code| REASONS.iter().any(|(known, _)| known == code));
    let rule = || followed.or(fitting.first().copied()).map_or("company rule", |procedure| procedure.name.as_str());
    let reason = code.and_then(|code| serde_json::from_value(json!({"code": code, "name": rule()})).ok());
    let verdict = Verdict::Escalate {
        reason: reason.unwrap_or(EscalationReason::KnowledgeGap),
        summary: summary(arguments, turn.lines),
    };
    Meaning::Concluded { verdict, procedure: followed.map(|procedure| procedure.name.clone()) }
}

fn summary(arguments: &Value, lines: &[Line]) -> String {
    let told = text(arguments, "summary").map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    told.map_or_else(|| summary_of(lines), |told| clip_sentence(&told, SUMMARY_LIMIT))
}

/// With the brand's countdown, so that a visitor who was misunderstood can object.
fn close(arguments: &Value) -> Meaning {
    let text = text(arguments, "text").map(str::to_owned);
    Meaning::Concluded { verdict: Verdict::Close { text, countdown: true }, procedure: None }
}

fn raw(arguments: &Value) -> String {
    match arguments {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
