//! Chat completions as JSON. Answers are read leniently: endpoints that call themselves compatible differ in what they leave
//! out, and in whether a content is a text or a list of parts.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Dialect;
use crate::agent::ToolCall;
use crate::agent::model::{Completion, Message, Offered, Prompt, Shown, Stop, Tokens, thinking};

/// The body of a request.
pub(super) fn request(prompt: &Prompt, model: &str, dialect: Dialect) -> Value {
    let mut messages = vec![json!({"role": "system", "content": prompt.system})];
    for message in &prompt.messages {
        match message {
            Message::User { text, pictures } => messages.push(json!({"role": "user", "content": user(text, pictures)})),
            Message::Assistant { text, calls } => messages.push(assistant(text, calls)),
            Message::Tool { results } => messages.extend(
                results
                    .iter()
                    .map(|result| json!({"role": "tool", "tool_call_id": result.id, "content": result.content})),
            ),
        }
    }
    let mut body = json!({"model": model, "messages": messages});
    if !prompt.tools.is_empty() {
        body["tools"] = prompt.tools.iter().map(tool).collect();
    }
    let limit = if dialect.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
    body[limit] = prompt.max_output_tokens.into();
    if let Some(permille) = prompt.temperature_permille.filter(|_| dialect.temperature) {
        body["temperature"] = (f64::from(permille) / 1000.0).into();
    }
    body
}

fn user(text: &str, pictures: &[Shown]) -> Value {
    if pictures.is_empty() {
        return text.into();
    }
    let shown = pictures.iter().map(|picture| {
        let url = format!("data:{};base64,{}", picture.mime, picture.base64);
        json!({"type": "image_url", "image_url": {"url": url}})
    });
    std::iter::once(json!({"type": "text", "text": text})).chain(shown).collect()
}

fn assistant(text: &str, calls: &[ToolCall]) -> Value {
    let content = if text.is_empty() { Value::Null } else { text.into() };
    let mut message = json!({"role": "assistant", "content": content});
    if !calls.is_empty() {
        let called = calls.iter().map(|call| {
            let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
            json!({"id": call.id, "type": "function", "function": function})
        });
        message["tool_calls"] = called.collect();
    }
    message
}

fn tool(offered: &Offered) -> Value {
    let Offered { name, description, arguments } = offered;
    json!({"type": "function", "function": {"name": name, "description": description, "parameters": arguments}})
}

/// What stands in an answer with a good status.
#[derive(Debug)]
pub(super) enum Answer {
    Completed(Box<Completed>),
    Failed(Failure),
}

/// What an error object tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Failure {
    /// Its code, else its type.
    pub(super) code: Option<String>,
    /// The status that a gateway got from what is behind it.
    pub(super) status: Option<StatusCode>,
    /// The parameter that is not taken.
    pub(super) parameter: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Body {
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<UsageWire>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    message: MessageWire,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct MessageWire {
    #[serde(default)]
    content: Value,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallWire>>,
}

#[derive(Debug, Deserialize)]
struct CallWire {
    #[serde(default)]
    id: Option<String>,
    function: FunctionWire,
}

#[derive(Debug, Deserialize)]
struct FunctionWire {
    name: String,
    #[serde(default)]
    arguments: Value,
}

#[derive(Debug, Deserialize)]
struct UsageWire {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

/// The first choice and what it took.
#[derive(Debug)]
pub(super) struct Completed {
    message: MessageWire,
    finish_reason: Option<String>,
    usage: Option<UsageWire>,
}

/// Reads an answer; what is wrong with it if it is none, without repeating it.
pub(super) fn answer(bytes: &[u8]) -> Result<Answer, String> {
    let body: Body = serde_json::from_slice(bytes).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Eof => "the JSON ends too early",
            serde_json::error::Category::Syntax => "it is no JSON",
            serde_json::error::Category::Data => "it has another form",
            serde_json::error::Category::Io => "it can't be read",
        };
        format!("{what}, at line {} column {}", error.line(), error.column())
    })?;
    if let Some(error) = body.error.filter(|error| !error.is_null()) {
        return Ok(Answer::Failed(described(&error)));
    }
    let Some(Choice { message, finish_reason }) = body.choices.into_iter().next() else {
        return Err("it has no choice".to_owned());
    };
    Ok(Answer::Completed(Box::new(Completed { message, finish_reason, usage: body.usage })))
}

/// What an answer with another status tells of the failure, if it is an error object.
pub(super) fn failure(bytes: &[u8]) -> Option<Failure> {
    let body: Value = serde_json::from_slice(bytes).ok()?;
    Some(described(body.get("error").unwrap_or(&body)))
}

fn described(error: &Value) -> Failure {
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    // Azure tells of its filter one level deeper.
    let inner = error.pointer("/innererror/code").and_then(Value::as_str);
    let filtered = inner == Some("ResponsibleAIPolicyViolation");
    let code = if filtered { Some("content_filter".to_owned()) } else { text("code").or_else(|| text("type")) };
    let unsupported = matches!(code.as_deref(), Some("unsupported_parameter" | "unsupported_value"));
    Failure {
        status: number.and_then(|code| StatusCode::from_u16(code).ok()).filter(|status| !status.is_success()),
        parameter: text("param").filter(|_| unsupported).or_else(|| unknown_parameter(error)),
        code,
    }
}

/// Endpoints without codes name the parameter in their message only.
fn unknown_parameter(error: &Value) -> Option<String> {
    let message = error.get("message").and_then(Value::as_str)?.to_ascii_lowercase();
    let complains = ["unsupported", "not supported", "unrecognized", "not permitted"].iter();
    let complains = complains.clone().any(|word| message.contains(word));
    // The longer name has the shorter one's words in it, and an advice names the other after the one complained of.
    let named = ["max_completion_tokens", "max_tokens", "temperature"];
    let first = named.iter().filter_map(|name| message.find(name).map(|at| (at, *name))).min_by_key(|(at, _)| *at);
    first.filter(|_| complains).map(|(_, name)| name.to_owned())
}

impl Completed {
    /// The answer, as all models give it.
    pub(super) fn completion(self, prompt: &Prompt) -> Completion {
        let said = thinking::without(&text_of(&self.message.content));
        let refused = self.message.refusal.is_some_and(|refusal| !refusal.is_empty());
        let calls: Vec<ToolCall> = self.message.tool_calls.unwrap_or_default().into_iter().map(call).collect();
        let stop = match self.finish_reason.as_deref() {
            _ if refused => Stop::Refused,
            Some("content_filter") => Stop::Refused,
            Some("length") => Stop::Length,
            _ if calls.is_empty() => Stop::End,
            _ => Stop::Calls,
        };
        let tokens = match self.usage {
            Some(usage) if usage.prompt_tokens > 0 => {
                Tokens { input: usage.prompt_tokens, output: usage.completion_tokens }
            }
            _ => Tokens::estimated_with_answer(prompt, &said, &calls),
        };
        Completion { text: said, calls, stop, tokens }
    }
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

fn call(wire: CallWire) -> ToolCall {
    let arguments = match wire.function.arguments {
        Value::String(text) if text.trim().is_empty() => json!({}),
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Value::Null => json!({}),
        other => other,
    };
    ToolCall { id: wire.id.unwrap_or_default(), name: wire.function.name, arguments }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::agent::model::ToolResult;

    const OLD: Dialect = Dialect { completion_tokens: false, temperature: true };

    fn prompt() -> Prompt {
        let call = ToolCall { id: "r000c0000".to_owned(), name: "look".to_owned(), arguments: json!({"at": "it"}) };
        let shown = Shown { mime: "image/png".to_owned(), base64: "AAAA".to_owned() };
        Prompt {
            system: "Be kind.".to_owned(),
            messages: vec![
                Message::User { text: "Hello".to_owned(), pictures: vec![shown] },
                Message::Assistant { text: String::new(), calls: vec![call] },
                Message::Tool {
                    results: vec![ToolResult {
                        id: "r000c0000".to_owned(),
                        answered: true,
                        content: "seen".to_owned(),
                    }],
                },
            ],
            tools: vec![Offered {
                name: "look".to_owned(),
                description: "Looks.".to_owned(),
                arguments: json!({"type": "object"}),
            }],
            max_output_tokens: 300,
            temperature_permille: Some(200),
        }
    }

    #[test]
    fn a_request_has_the_whole_of_the_prompt() {
        insta::assert_json_snapshot!(request(&prompt(), "gpt", OLD));
        let new = request(&prompt(), "gpt", Dialect { completion_tokens: true, temperature: false });
        assert_eq!((&new["max_completion_tokens"], &new["max_tokens"]), (&json!(300), &Value::Null));
        assert_eq!(new["temperature"], Value::Null);
    }

    fn completed(body: &Value) -> Completion {
        match answer(body.to_string().as_bytes()).unwrap() {
            Answer::Completed(completed) => completed.completion(&prompt()),
            Answer::Failed(failure) => panic!("failed: {failure:?}"),
        }
    }

    #[test]
    fn arguments_that_are_no_json_are_passed_on_as_they_are() {
        let with = |arguments: Value| {
            let calls = json!([{"id": "1", "function": {"name": "look", "arguments": arguments}}]);
            let message = json!({"content": null, "tool_calls": calls});
            completed(&json!({"choices": [{"message": message, "finish_reason": "tool_calls"}]})).calls[0]
                .arguments
                .clone()
        };
        assert_eq!(with(json!("{\"at\": 1}")), json!({"at": 1}));
        assert_eq!(with(json!("{\"at\": ")), json!("{\"at\": "));
        assert_eq!(with(json!("")), json!({}));
        assert_eq!(with(json!({"at": 2})), json!({"at": 2}));
    }

    #[test]
    fn why_it_stopped_is_read_from_the_reason_the_refusal_and_the_calls() {
        let with = |message: Value, reason: &str| {
            completed(&json!({"choices": [{"message": message, "finish_reason": reason}]})).stop
        };
        assert_eq!(with(json!({"content": "Hi"}), "stop"), Stop::End);
        assert_eq!(with(json!({"content": "Hi th"}), "length"), Stop::Length);
        assert_eq!(with(json!({"content": ""}), "content_filter"), Stop::Refused);
        assert_eq!(with(json!({"content": null, "refusal": "No."}), "stop"), Stop::Refused);
        let calls = json!([{"function": {"name": "look", "arguments": "{}"}}]);
        // Ollama says "stop" even so.
        assert_eq!(with(json!({"content": "", "tool_calls": calls}), "stop"), Stop::Calls);
    }

    #[test]
    fn tokens_that_nobody_counted_are_estimated() {
        let message = json!({"content": [{"type": "text", "text": "Good day to you."}]});
        let counted = json!({"choices": [{"message": message}], "usage": {"prompt_tokens": 7, "completion_tokens": 2}});
        assert_eq!(completed(&counted).tokens, Tokens { input: 7, output: 2 });
        let estimated = completed(&json!({"choices": [{"message": message}]}));
        assert_eq!(estimated.text, "Good day to you.");
        assert!(estimated.tokens.input > 50 && estimated.tokens.output == 6, "{:?}", estimated.tokens);
    }

    #[test]
    fn what_is_wrong_is_told_without_repeating_it() {
        assert_eq!(answer(b"{\"choices\": [{\"mess").unwrap_err(), "the JSON ends too early, at line 1 column 19");
        assert!(answer(b"<html>secret").unwrap_err().starts_with("it is no JSON"));
        assert!(answer(br#"{"choices": "secret"}"#).unwrap_err().starts_with("it has another form"));
        assert_eq!(answer(b"{\"choices\": []}").unwrap_err(), "it has no choice");
    }

    #[test]
    fn errors_are_read_in_the_forms_that_endpoints_give_them() {
        let openai = json!({"error": {
            "message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "type": "invalid_request_error", "param": "max_tokens", "code": "unsupported_parameter",
        }});
        assert_eq!(failure(openai.to_string().as_bytes()).unwrap().parameter.as_deref(), Some("max_tokens"));
        let bare = json!({"error": {"message": "max_completion_tokens: Extra inputs are not permitted"}});
        let parameter = failure(bare.to_string().as_bytes()).unwrap().parameter;
        assert_eq!(parameter.as_deref(), Some("max_completion_tokens"));
        let azure = json!({"error": {"code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}});
        assert_eq!(failure(azure.to_string().as_bytes()).unwrap().code.as_deref(), Some("content_filter"));
        let gateway = json!({"error": {"code": 429, "message": "slow down"}});
        let Ok(Answer::Failed(failed)) = answer(gateway.to_string().as_bytes()) else { panic!("not an error") };
        assert_eq!(failed.status, Some(StatusCode::TOO_MANY_REQUESTS));
        assert_eq!(failure(b"Bad gateway"), None);
    }
}
