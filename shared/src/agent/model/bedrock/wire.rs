//! The SDK's types of the Converse API.
//!
//! Converse wants the sides to take turns, no text to be empty, all results of a message's calls in the one message after it,
//! and the tools to be named wherever a call or a result stands in the conversation.

use aws_sdk_bedrockruntime::error::BuildError;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ImageBlock, ImageFormat, ImageSource, InferenceConfiguration, Message as Wire,
    StopReason, SystemContentBlock, Tool, ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock,
    ToolResultStatus, ToolSpecification, ToolUseBlock,
};
use aws_smithy_types::{Document, Number};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::agent::ToolCall;
use crate::agent::model::{Completion, Message, Offered, Prompt, Shown, Stop, Tokens, ToolResult, thinking};

/// Stands where a text has to be and there is none.
const NOTHING: &str = "(empty)";

/// The parts of a request.
pub(super) struct Request {
    pub(super) system: SystemContentBlock,
    pub(super) messages: Vec<Wire>,
    pub(super) tools: Option<ToolConfiguration>,
    pub(super) inference: InferenceConfiguration,
}

impl Request {
    /// A prompt as Converse takes it, or what of it can't be sent.
    pub(super) fn of(prompt: &Prompt) -> Result<Self, &'static str> {
        let mut sides: Vec<(ConversationRole, Vec<ContentBlock>)> = Vec::new();
        for message in &prompt.messages {
            let (role, blocks) = blocks(message)?;
            match sides.last_mut().filter(|(last, _)| *last == role) {
                Some((_, earlier)) => earlier.extend(blocks),
                None => sides.push((role, blocks)),
            }
        }
        let wire = sides
            .into_iter()
            .map(|(role, blocks)| Wire::builder().role(role).set_content(Some(blocks)).build().map_err(unbuilt));
        let temperature = prompt.temperature_permille.map(thousandths);
        let limit = i32::try_from(prompt.max_output_tokens).unwrap_or(i32::MAX);
        Ok(Self {
            system: SystemContentBlock::Text(or_nothing(&prompt.system)),
            messages: wire.collect::<Result<_, _>>()?,
            tools: tools(&prompt.tools)?,
            inference: InferenceConfiguration::builder().max_tokens(limit).set_temperature(temperature).build(),
        })
    }
}

fn unbuilt(_: BuildError) -> &'static str {
    "incomplete_request"
}

#[allow(clippy::cast_precision_loss)] // At most 2000.
fn thousandths(permille: u32) -> f32 {
    permille as f32 / 1000.0
}

fn or_nothing(text: &str) -> String {
    if text.trim().is_empty() { NOTHING.to_owned() } else { text.to_owned() }
}

fn blocks(message: &Message) -> Result<(ConversationRole, Vec<ContentBlock>), &'static str> {
    match message {
        Message::User { text, pictures } => {
            let shown = pictures.iter().map(picture);
            let text = std::iter::once(Ok(ContentBlock::Text(or_nothing(text))));
            Ok((ConversationRole::User, text.chain(shown).collect::<Result<_, _>>()?))
        }
        Message::Assistant { text, calls } => {
            let said = (!text.trim().is_empty() || calls.is_empty()).then(|| ContentBlock::Text(or_nothing(text)));
            let called = calls.iter().map(|call| {
                let block = ToolUseBlock::builder().tool_use_id(&call.id).name(&call.name);
                block.input(document(&call.arguments)).build().map(ContentBlock::ToolUse).map_err(unbuilt)
            });
            let blocks = said.into_iter().map(Ok).chain(called).collect::<Result<_, _>>()?;
            Ok((ConversationRole::Assistant, blocks))
        }
        Message::Tool { results } => {
            Ok((ConversationRole::User, results.iter().map(result).collect::<Result<_, _>>()?))
        }
    }
}

fn picture(shown: &Shown) -> Result<ContentBlock, &'static str> {
    let format = match shown.mime.as_str() {
        "image/png" => ImageFormat::Png,
        "image/jpeg" => ImageFormat::Jpeg,
        "image/gif" => ImageFormat::Gif,
        "image/webp" => ImageFormat::Webp,
        _ => return Err("image_format"),
    };
    let bytes = STANDARD.decode(&shown.base64).map_err(|_| "image_base64")?;
    let source = ImageSource::Bytes(Blob::new(bytes));
    ImageBlock::builder().format(format).source(source).build().map(ContentBlock::Image).map_err(unbuilt)
}

fn result(result: &ToolResult) -> Result<ContentBlock, &'static str> {
    let status = if result.answered { ToolResultStatus::Success } else { ToolResultStatus::Error };
    let content = ToolResultContentBlock::Text(or_nothing(&result.content));
    let block = ToolResultBlock::builder().tool_use_id(&result.id).content(content).status(status);
    block.build().map(ContentBlock::ToolResult).map_err(unbuilt)
}

fn tools(offered: &[Offered]) -> Result<Option<ToolConfiguration>, &'static str> {
    if offered.is_empty() {
        return Ok(None);
    }
    let tools = offered.iter().map(|tool| {
        let schema = ToolInputSchema::Json(document(&schema(&tool.arguments)));
        let block = ToolSpecification::builder().name(&tool.name).description(or_nothing(&tool.description));
        block.input_schema(schema).build().map(Tool::ToolSpec).map_err(unbuilt)
    });
    let tools = tools.collect::<Result<Vec<_>, _>>()?;
    ToolConfiguration::builder().set_tools(Some(tools)).build().map(Some).map_err(unbuilt)
}

/// A schema without what tells nothing of the shape at its top: Amazon's own models take `type`, `properties` and `required`
/// there and nothing else. Whether arguments fit is not for the model to guarantee.
fn schema(arguments: &Value) -> Value {
    const NOT_TAKEN: [&str; 8] =
        ["$schema", "$id", "$comment", "title", "description", "additionalProperties", "default", "examples"];
    let mut schema = arguments.clone();
    if let Some(fields) = schema.as_object_mut() {
        fields.retain(|name, _| !NOT_TAKEN.contains(&name.as_str()));
        fields.entry("type").or_insert_with(|| "object".into());
        fields.entry("properties").or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    schema
}

/// The answer, as all models give it, or what is wrong with it.
pub(super) fn completion(output: &ConverseOutput, prompt: &Prompt) -> Result<Completion, &'static str> {
    let message = output.output().and_then(|output| output.as_message().ok());
    let mut texts = Vec::new();
    let mut calls = Vec::new();
    for block in message.map(Wire::content).unwrap_or_default() {
        match block {
            ContentBlock::Text(text) => texts.push(text.trim()),
            ContentBlock::ToolUse(call) => {
                let (id, name) = (call.tool_use_id().to_owned(), call.name().to_owned());
                calls.push(ToolCall { id, name, arguments: value(call.input()) });
            }
            // Its reasoning is no part of what it says.
            _ => {}
        }
    }
    let stop = match output.stop_reason() {
        StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse if calls.is_empty() => Stop::End,
        StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse => Stop::Calls,
        StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => Stop::Length,
        StopReason::ContentFiltered | StopReason::GuardrailIntervened => Stop::Refused,
        StopReason::MalformedToolUse => return Err("it calls a tool in no form that can be read"),
        StopReason::MalformedModelOutput => return Err("the model wrote what can't be read"),
        _ => return Err("it stopped for an unknown reason"),
    };
    // What a guardrail says in its place is not the model's; nothing of it is said.
    let text = if stop == Stop::Refused { String::new() } else { thinking::without(&texts.join("\n")) };
    let count = |tokens: Option<i32>| u64::try_from(tokens.unwrap_or_default()).unwrap_or_default();
    let tokens = match output.usage() {
        Some(usage) => Tokens {
            input: count(Some(usage.input_tokens()))
                + count(usage.cache_read_input_tokens())
                + count(usage.cache_write_input_tokens()),
            output: count(Some(usage.output_tokens())),
        },
        None => Tokens::estimated_with_answer(prompt, &text, &calls),
    };
    Ok(Completion { text, calls, stop, tokens })
}

fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(bool) => Document::Bool(*bool),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(items) => Document::Array(items.iter().map(document).collect()),
        Value::Object(fields) => {
            Document::Object(fields.iter().map(|(name, value)| (name.clone(), document(value))).collect())
        }
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
    }
}

fn value(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(bool) => Value::Bool(*bool),
        Document::String(text) => Value::String(text.clone()),
        Document::Array(items) => items.iter().map(value).collect(),
        Document::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), value(field))).collect(),
        Document::Number(Number::PosInt(number)) => (*number).into(),
        Document::Number(Number::NegInt(number)) => (*number).into(),
        Document::Number(Number::Float(number)) => (*number).into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn prompt(messages: Vec<Message>) -> Prompt {
        let system = "Be kind.".to_owned();
        Prompt { system, messages, tools: Vec::new(), max_output_tokens: 100, temperature_permille: Some(300) }
    }

    fn user(text: &str) -> Message {
        Message::User { text: text.to_owned(), pictures: Vec::new() }
    }

    #[test]
    fn results_and_what_is_said_after_them_are_one_message() {
        let call = |id: &str| ToolCall { id: id.to_owned(), name: "look".to_owned(), arguments: json!({}) };
        let result = |id: &str| ToolResult { id: id.to_owned(), answered: false, content: String::new() };
        let request = Request::of(&prompt(vec![
            user("Hello"),
            Message::Assistant { text: String::new(), calls: vec![call("a"), call("b")] },
            Message::Tool { results: vec![result("a"), result("b")] },
            user(" "),
        ]))
        .unwrap();
        let lengths: Vec<usize> = request.messages.iter().map(|message| message.content().len()).collect();
        assert_eq!(lengths, [1, 2, 3]);
        assert!(matches!(&request.messages[2].content()[2], ContentBlock::Text(text) if text == NOTHING));
        assert_eq!(request.inference.temperature(), Some(0.3));
        assert!(request.tools.is_none());
    }

    #[test]
    fn a_picture_that_is_none_is_not_sent() {
        let shown = |mime: &str, base64: &str| Message::User {
            text: "See".to_owned(),
            pictures: vec![Shown { mime: mime.to_owned(), base64: base64.to_owned() }],
        };
        assert!(Request::of(&prompt(vec![shown("image/png", "AAAA")])).is_ok());
        assert_eq!(Request::of(&prompt(vec![shown("image/bmp", "AAAA")])).err(), Some("image_format"));
        assert_eq!(Request::of(&prompt(vec![shown("image/png", "%")])).err(), Some("image_base64"));
    }

    #[test]
    fn a_schema_has_at_its_top_only_what_amazons_models_take() {
        let arguments = json!({"$schema": "x", "title": "y", "type": "object", "additionalProperties": false});
        assert_eq!(schema(&arguments), json!({"type": "object", "properties": {}}));
        let nested = json!({"type": "object", "properties": {"a": {"title": "kept"}}, "required": ["a"]});
        assert_eq!(schema(&nested), nested);
    }

    fn json_values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            "[a-z]{0,5}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                    .prop_map(|fields| fields.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_is_the_same_when_it_comes_back(json in json_values()) {
            prop_assert_eq!(value(&document(&json)), json);
        }
    }
}
