//! OpenAI's chat completions, as a server that keeps to them sees and says them. Written from OpenAI's reference.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::server::{Answer, Asked, Server};

pub(crate) async fn start(script: Vec<Answer>) -> Server {
    Server::start(problem, script).await
}

pub(crate) fn said(text: &str) -> Answer {
    completion(&json!({"role": "assistant", "content": text}), "stop")
}

/// Calls with their names and arguments, the arguments as the text that the model wrote.
pub(crate) fn called(calls: &[(&str, &str)]) -> Answer {
    let calls: Vec<Value> = calls
        .iter()
        .enumerate()
        .map(|(index, (name, arguments))| {
            let function = json!({"name": name, "arguments": arguments});
            json!({"id": format!("call_{index}"), "type": "function", "function": function})
        })
        .collect();
    completion(&json!({"role": "assistant", "content": null, "tool_calls": calls}), "tool_calls")
}

pub(crate) fn completion(message: &Value, finish_reason: &str) -> Answer {
    Answer::json(200, &body(message, finish_reason))
}

pub(crate) fn body(message: &Value, finish_reason: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "gpt",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 50, "total_tokens": 1_050},
    })
}

pub(crate) fn error(status: u16, code: &str) -> Answer {
    let error = json!({"message": "You said: my secret text", "type": "error", "param": null, "code": code});
    Answer::json(status, &json!({"error": error}))
}

/// What is wrong with a request.
fn problem(asked: &Asked) -> Result<(), String> {
    let missing = |what: &str| format!("no {what}");
    let body = &asked.body;
    let messages = body["messages"].as_array().ok_or_else(|| missing("list"))?;
    if !asked.path.split('?').next().unwrap_or_default().ends_with("/chat/completions") {
        return Err(format!("the path is {}", asked.path));
    }
    if !body["model"].is_string() || messages[0]["role"] != "system" || messages[1]["role"] != "user" {
        return Err("a model, the system and the user are to be named".to_owned());
    }
    if body["max_tokens"].is_u64() == body["max_completion_tokens"].is_u64() {
        return Err("one of the limits is to be given".to_owned());
    }
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for message in messages {
        let role = message["role"].as_str().ok_or_else(|| missing("text"))?;
        if role == "tool" {
            if !open.remove(message["tool_call_id"].as_str().ok_or_else(|| missing("text"))?) {
                return Err("a result of no call".to_owned());
            }
            continue;
        }
        if !open.is_empty() {
            return Err("a call without its result".to_owned());
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let arguments: Result<Value, _> =
                serde_json::from_str(call["function"]["arguments"].as_str().ok_or_else(|| missing("text"))?);
            if !arguments.is_ok_and(|arguments| arguments.is_object()) {
                return Err("arguments that are no object".to_owned());
            }
            open.insert(call["id"].as_str().ok_or_else(|| missing("text"))?);
        }
        let says = message["content"].as_str().is_some_and(|text| !text.trim().is_empty());
        if !says && !message["content"].is_array() && open.is_empty() {
            return Err(format!("{role} says nothing"));
        }
    }
    if open.is_empty() { Ok(()) } else { Err("a call without its result".to_owned()) }
}
