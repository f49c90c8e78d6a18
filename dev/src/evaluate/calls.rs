//! What an agent may call while it is judged: the knowledge. No company's system is behind an evaluation.

use serde_json::json;
use shared::agent::{Library, Tool, ToolCall, ToolOutcome, Turn};

/// The tool that searches the knowledge.
const SEARCH: &str = "search_knowledge";

/// What may be asked for.
pub(super) fn offered() -> Vec<Tool> {
    vec![Tool {
        name: SEARCH.to_owned(),
        description: "Searches the company's articles. Answer questions about the company only from what it finds."
            .to_owned(),
        arguments: json!({
            "type": "object",
            "properties": {"query": {"type": "string", "description": "What is asked, in a few words."}},
            "required": ["query"],
            "additionalProperties": false,
        }),
    }]
}

/// A call, with what it comes to.
pub(super) fn made(library: &Library, turn: &Turn<'_>, call: ToolCall) -> (ToolCall, ToolOutcome) {
    let outcome = if call.name == SEARCH {
        match call.arguments.get("query").and_then(serde_json::Value::as_str) {
            Some(query) => {
                let language = turn.language.unwrap_or(&turn.brand.language);
                ToolOutcome::Answered { answer: library.search(turn.knowledge, &turn.brand.id, language, query) }
            }
            None => ToolOutcome::Refused { why: "the arguments lack `query`, a text".to_owned() },
        }
    } else {
        ToolOutcome::Refused { why: "not available in an evaluation".to_owned() }
    };
    (call, outcome)
}
