//! Bedrock's Converse, as a server that keeps to it sees and says it. Written from the reference of the API.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::server::{Answer, Asked, Server};

pub(crate) async fn start(script: Vec<Answer>) -> Server {
    Server::start(problem, script).await
}

pub(crate) fn said(text: &str) -> Answer {
    stopped(&json!([{"text": text}]), "end_turn")
}

pub(crate) fn called(calls: &[(&str, Value)]) -> Answer {
    let calls = calls.iter().enumerate().map(|(index, (name, input))| {
        json!({"toolUse": {"toolUseId": format!("tooluse_{index}"), "name": name, "input": input}})
    });
    stopped(&calls.collect(), "tool_use")
}

pub(crate) fn stopped(content: &Value, reason: &str) -> Answer {
    Answer::json(200, &body(content, reason))
}

pub(crate) fn body(content: &Value, reason: &str) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}}, "stopReason": reason,
        "usage": {"inputTokens": 1_000, "outputTokens": 50, "totalTokens": 1_050}, "metrics": {"latencyMs": 7},
    })
}

pub(crate) fn error(status: u16, kind: &'static str, message: &str) -> Answer {
    Answer::Whole(status, vec![("x-amzn-errortype", kind)], json!({"message": message}).to_string())
}

/// What is wrong with a request.
fn problem(asked: &Asked) -> Result<(), String> {
    let missing = |what: &str| format!("no {what}");
    let body = &asked.body;
    if !asked.path.starts_with("/model/") || !asked.path.ends_with("/converse") {
        return Err(format!("the path is {}", asked.path));
    }
    if !asked.headers.get("authorization").ok_or_else(|| missing("signature"))?.starts_with("AWS4-HMAC-SHA256") {
        return Err("it is not signed".to_owned());
    }
    let messages = body["messages"].as_array().ok_or_else(|| missing("list"))?;
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let mut uses_tools = false;
    for (index, message) in messages.iter().enumerate() {
        let expected = if index % 2 == 0 { "user" } else { "assistant" };
        if message["role"] != expected {
            return Err("the sides don't take turns".to_owned());
        }
        for block in message["content"].as_array().ok_or_else(|| missing("list"))? {
            if block["text"].as_str().is_some_and(|text| text.trim().is_empty()) {
                return Err("an empty text".to_owned());
            }
            if let Some(result) = block["toolResult"].as_object()
                && !open.remove(result["toolUseId"].as_str().ok_or_else(|| missing("text"))?)
            {
                return Err("a result of no call".to_owned());
            }
        }
        if !open.is_empty() {
            return Err("a call without its result".to_owned());
        }
        for block in message["content"].as_array().ok_or_else(|| missing("list"))? {
            if let Some(call) = block["toolUse"].as_object() {
                uses_tools = true;
                if !call["input"].is_object() {
                    return Err("an input that is no object".to_owned());
                }
                open.insert(call["toolUseId"].as_str().ok_or_else(|| missing("text"))?);
            }
        }
    }
    if messages.len() % 2 == 0 || !open.is_empty() {
        return Err("the user does not end it".to_owned());
    }
    if uses_tools && body["toolConfig"]["tools"][0].is_null() {
        return Err("the tools are not named".to_owned());
    }
    Ok(())
}
