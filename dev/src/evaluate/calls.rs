//! What an agent may call while it is judged: the knowledge. No company's system is behind an evaluation.

use shared::agent::{Library, Tool, ToolCall, ToolOutcome, Turn};
use shared::domain::player::ANYBODY;
use shared::domain::settings::{BrandSettings, WorkspaceSettings};
use shared::tools::{self, SEARCH};

/// What may be asked for: the knowledge, and nothing else that the settings declare.
pub(super) fn offered(settings: &WorkspaceSettings, brand: &BrandSettings) -> Vec<Tool> {
    tools::offered(settings, brand, &ANYBODY).into_iter().filter(|tool| tool.name == SEARCH).collect()
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
