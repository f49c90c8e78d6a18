//! Each format by itself: what is sent, and what is made of the answers.

use std::time::Duration;

use serde_json::{Value, json};

use shared::agent::model::{
    Completion, Message, ModelError, Models, Offered, Overlong, Prompt, Question, Shown, Stop, Tokens,
};
use shared::domain::settings::Backend;

use crate::scene::{self, KEY, models, now, with, workspace};
use crate::server::{Answer, Server};
use crate::{bedrock, openai};

/// No server listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

fn prompt() -> Prompt {
    let shown = Shown { mime: "image/png".to_owned(), base64: "AAAA".to_owned() };
    Prompt {
        system: "Be kind.".to_owned(),
        messages: vec![Message::User { text: "Hello".to_owned(), pictures: vec![shown] }],
        tools: vec![Offered {
            name: "look".to_owned(),
            description: "Looks.".to_owned(),
            arguments: json!({"type": "object", "properties": {"at": {"type": "integer"}}}),
        }],
        max_output_tokens: 300,
        temperature_permille: Some(200),
    }
}

async fn ask(models: &Models, backend: &Backend) -> Result<Completion, ModelError> {
    let (workspace, prompt) = (workspace(), prompt());
    let within = Duration::from_millis(backend.timeout_ms.into());
    models.ask(&Question { workspace: &workspace, backend, prompt: &prompt, within, now: now() }).await
}

async fn ask_openai(server: &Server) -> Result<Completion, ModelError> {
    ask(&models(NOWHERE).await, &scene::backend(scene::openai("main", &server.url))).await
}

async fn ask_bedrock(server: &Server) -> Result<Completion, ModelError> {
    ask(&models(&server.url).await, &scene::backend(scene::bedrock("main"))).await
}

/// What the error says, with all its causes, has neither the key nor what was said.
fn discreet(error: ModelError) -> ModelError {
    let mut told = format!("{error:?}");
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        told.push_str(&error.to_string());
        cause = error.source();
    }
    for secret in [KEY, "my secret text", "Hello", "Be kind"] {
        assert!(!told.contains(secret), "{told}");
    }
    error
}

#[tokio::test]
async fn a_text_and_what_it_took_come_back_from_both() {
    let said = Completion {
        text: "Good day.".to_owned(),
        calls: Vec::new(),
        stop: Stop::End,
        tokens: Tokens { input: 1_000, output: 50 },
    };
    let server = openai::start(vec![openai::said("Good day.")]).await;
    assert_eq!(ask_openai(&server).await.unwrap(), said);
    let asked = &server.asked()[0];
    assert_eq!(
        (asked.path.as_str(), asked.headers["authorization"].as_str()),
        ("/v1/chat/completions", "Bearer sk-hush")
    );
    assert_eq!(asked.body["messages"][1]["content"][1]["image_url"]["url"], "data:image/png;base64,AAAA");
    // Amazon's own models think aloud when they have tools.
    let server = bedrock::start(vec![bedrock::said("<thinking>A greeting.</thinking>\nGood day.")]).await;
    assert_eq!(ask_bedrock(&server).await.unwrap(), said);
    let asked = &server.asked()[0];
    assert_eq!(asked.path, "/model/amazon.nova-lite-v1%3A0/converse");
    assert_eq!(asked.body["messages"][0]["content"][1]["image"]["source"]["bytes"], "AAAA");
    assert_eq!(asked.body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"], prompt().tools[0].arguments);
    assert_eq!(asked.body["inferenceConfig"]["maxTokens"], 300);
}

#[tokio::test]
async fn calls_come_back_with_their_arguments_whatever_they_are() {
    let server = openai::start(vec![openai::called(&[("look", "{\"at\": 3}"), ("look", "{\"at\": ")])]).await;
    let completion = ask_openai(&server).await.unwrap();
    assert_eq!(completion.stop, Stop::Calls);
    let arguments: Vec<Value> = completion.calls.into_iter().map(|call| call.arguments).collect();
    assert_eq!(arguments, [json!({"at": 3}), json!("{\"at\": ")]);
    let server =
        bedrock::start(vec![bedrock::called(&[("look", json!({"at": [3, -1, 0.5, null]})), ("look", json!("?"))])])
            .await;
    let completion = ask_bedrock(&server).await.unwrap();
    assert_eq!(completion.stop, Stop::Calls);
    let arguments: Vec<Value> = completion.calls.into_iter().map(|call| call.arguments).collect();
    assert_eq!(arguments, [json!({"at": [3, -1, 0.5, null]}), json!("?")]);
}

#[tokio::test]
async fn an_azure_endpoint_gets_its_version_and_its_header() {
    let server = openai::start(vec![openai::said("Hi")]).await;
    let base_url = format!("{}/openai/deployments/gpt?api-version=2024-10-21", server.url);
    let api = json!({"type": "openai", "base_url": base_url, "secret": "model", "key_header": "api_key"});
    let backend = scene::backend(with(scene::openai("main", NOWHERE), "api", api));
    ask(&models(NOWHERE).await, &backend).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.path, "/openai/deployments/gpt/chat/completions?api-version=2024-10-21");
    assert_eq!((asked.headers["api-key"].as_str(), asked.headers.get("authorization")), (KEY, None));
}

#[tokio::test]
async fn what_an_endpoint_does_not_take_is_learned_once() {
    let not_taken = |parameter: &str, other: &str| {
        let message = format!("Unsupported parameter: '{parameter}' is not supported with this model. {other}");
        let error = json!({"message": message, "type": "invalid_request_error", "param": parameter, "code": "unsupported_parameter"});
        Answer::json(400, &json!({"error": error}))
    };
    let script = vec![
        not_taken("max_tokens", "Use 'max_completion_tokens' instead."),
        not_taken("temperature", "Only the default (1) value is supported."),
        openai::said("Hi"),
    ];
    let server = openai::start(script).await;
    let (models, backend) = (models(NOWHERE).await, scene::backend(scene::openai("main", &server.url)));
    assert_eq!(ask(&models, &backend).await.unwrap().text, "Hi");
    assert_eq!(ask(&models, &backend).await.unwrap().text, "Hi");
    let asked = server.asked();
    assert_eq!(asked.len(), 4);
    for asked in &asked[2..] {
        assert_eq!((&asked.body["max_completion_tokens"], &asked.body["temperature"]), (&json!(300), &Value::Null));
    }
    let server = openai::start(vec![not_taken("max_tokens", "")]).await;
    let error = discreet(ask_openai(&server).await.unwrap_err());
    assert!(matches!(error, ModelError::Rejected { .. }), "{error}");
    assert_eq!(server.asked().len(), 2, "it is not asked for ever");
}

#[tokio::test]
async fn a_refusal_is_told_from_an_answer_and_has_its_tokens() {
    let message = json!({"role": "assistant", "content": null, "refusal": "I can't help with that."});
    let filtered = json!({"role": "assistant", "content": "my secret text"});
    for answer in [openai::completion(&message, "stop"), openai::completion(&filtered, "content_filter")] {
        let server = openai::start(vec![answer]).await;
        let error = discreet(ask_openai(&server).await.unwrap_err());
        assert!(matches!(error, ModelError::Refused { tokens: Tokens { input: 1_000, output: 50 }, .. }), "{error}");
    }
    for reason in ["guardrail_intervened", "content_filtered"] {
        let server = bedrock::start(vec![bedrock::stopped(&json!([{"text": "my secret text"}]), reason)]).await;
        let error = discreet(ask_bedrock(&server).await.unwrap_err());
        assert!(matches!(error, ModelError::Refused { tokens: Tokens { input: 1_000, output: 50 }, .. }), "{error}");
    }
    let server = openai::start(vec![openai::error(400, "content_filter")]).await;
    assert!(matches!(ask_openai(&server).await.unwrap_err(), ModelError::Refused { .. }));
}

#[tokio::test]
async fn half_an_answer_is_none() {
    let message = json!({"role": "assistant", "content": "Withdrawals take"});
    let server = openai::start(vec![openai::completion(&message, "length")]).await;
    let error = ask_openai(&server).await.unwrap_err();
    assert!(matches!(error, ModelError::TooLong { what: Overlong::Answer, .. }), "{error}");
    let server = bedrock::start(vec![bedrock::stopped(&json!([{"text": "Withdrawals take"}]), "max_tokens")]).await;
    let error = ask_bedrock(&server).await.unwrap_err();
    assert!(matches!(error, ModelError::TooLong { what: Overlong::Answer, .. }), "{error}");
}

#[tokio::test]
async fn no_answer_in_time_is_given_up() {
    let server = openai::start(vec![Answer::Never]).await;
    let quick = |backend: Value| scene::backend(with(backend, "timeout_ms", json!(600)));
    let error = ask(&models(NOWHERE).await, &quick(scene::openai("main", &server.url))).await.unwrap_err();
    assert!(matches!(error, ModelError::TimedOut { within_ms: 600, .. }), "{error}");
    let server = bedrock::start(vec![Answer::Never]).await;
    let error = ask(&models(&server.url).await, &quick(scene::bedrock("main"))).await.unwrap_err();
    assert!(matches!(error, ModelError::TimedOut { within_ms: 600, .. }), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_throttled_model_says_for_how_long() {
    let headers = vec![("retry-after", "7")];
    let answer = Answer::Whole(429, headers, json!({"error": {"code": "rate_limit_exceeded"}}).to_string());
    let server = openai::start(vec![answer]).await;
    let error = discreet(ask_openai(&server).await.unwrap_err());
    let seven = Some(Duration::from_secs(7));
    assert!(matches!(error, ModelError::Throttled { retry_after, .. } if retry_after == seven), "{error}");
    let server = bedrock::start(vec![bedrock::error(429, "ThrottlingException", "my secret text")]).await;
    let error = discreet(ask_bedrock(&server).await.unwrap_err());
    assert!(matches!(error, ModelError::Throttled { .. }), "{error}");
    assert_eq!(server.asked().len(), 1, "the SDK repeats nothing by itself");
}

#[tokio::test]
async fn failures_of_the_endpoint_are_told_apart_and_tell_nothing_of_the_chat() {
    let server = openai::start(vec![openai::error(503, "overloaded")]).await;
    assert!(matches!(discreet(ask_openai(&server).await.unwrap_err()), ModelError::Unavailable { .. }));
    let server = openai::start(vec![openai::error(401, "invalid_api_key")]).await;
    assert!(matches!(discreet(ask_openai(&server).await.unwrap_err()), ModelError::Unauthorised { .. }));
    let server = openai::start(vec![openai::error(400, "context_length_exceeded")]).await;
    assert!(matches!(discreet(ask_openai(&server).await.unwrap_err()), ModelError::TooLong { .. }));
    let gateway = json!({"error": {"code": 502, "message": "my secret text"}});
    let server = openai::start(vec![Answer::json(200, &gateway)]).await;
    let error = discreet(ask_openai(&server).await.unwrap_err());
    assert!(matches!(error, ModelError::Unavailable { .. }), "{error}");
    for (status, kind, retryable) in [
        (500, "InternalServerException", true),
        (503, "ServiceUnavailableException", true),
        (429, "ModelNotReadyException", true),
        (424, "ModelErrorException", true),
        (408, "ModelTimeoutException", true),
        (403, "AccessDeniedException", false),
        (404, "ResourceNotFoundException", false),
        (400, "ValidationException", false),
    ] {
        let server = bedrock::start(vec![bedrock::error(status, kind, "my secret text")]).await;
        let error = discreet(ask_bedrock(&server).await.unwrap_err());
        assert_eq!(error.is_retryable(), retryable, "{error}");
        assert_eq!(server.asked().len(), 1);
    }
    let server = bedrock::start(vec![bedrock::error(400, "ValidationException", "Input is too long for it.")]).await;
    assert!(matches!(ask_bedrock(&server).await.unwrap_err(), ModelError::TooLong { what: Overlong::Prompt, .. }));
}

#[tokio::test]
async fn what_is_no_completion_is_malformed_and_a_broken_connection_is_told() {
    for body in ["{\"choices\": [{\"mess", "<html>my secret text</html>", "{}", ""] {
        let server = openai::start(vec![Answer::Whole(200, Vec::new(), body.to_owned())]).await;
        let error = discreet(ask_openai(&server).await.unwrap_err());
        assert!(matches!(error, ModelError::Malformed { .. }), "{body}: {error}");
    }
    let whole = openai::body(&json!({"content": "my secret text"}), "stop").to_string();
    let server = openai::start(vec![Answer::CutOff(whole)]).await;
    let error = discreet(ask_openai(&server).await.unwrap_err());
    assert!(error.is_retryable(), "{error}");
    let whole = bedrock::body(&json!([{"text": "my secret text"}]), "end_turn").to_string();
    let half = whole[..whole.len() / 2].to_owned();
    for answer in [Answer::CutOff(whole), Answer::Whole(200, Vec::new(), half)] {
        let server = bedrock::start(vec![answer]).await;
        let error = discreet(ask_bedrock(&server).await.unwrap_err());
        assert!(error.is_retryable(), "{error:?}");
    }
    for reason in ["malformed_tool_use", "malformed_model_output", "something_new"] {
        let server = bedrock::start(vec![bedrock::stopped(&json!([]), reason)]).await;
        let error = discreet(ask_bedrock(&server).await.unwrap_err());
        assert!(matches!(error, ModelError::Malformed { .. }), "{error}");
    }
    let error = ask(&models(NOWHERE).await, &scene::backend(scene::openai("main", NOWHERE))).await.unwrap_err();
    assert!(matches!(discreet(error), ModelError::Unreachable { .. }));
    let error = ask(&models(NOWHERE).await, &scene::backend(scene::bedrock("main"))).await.unwrap_err();
    assert!(matches!(discreet(error), ModelError::Unreachable { .. }));
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let server = openai::start(vec![openai::said(&"word ".repeat(300_000))]).await;
    let error = ask_openai(&server).await.unwrap_err();
    assert!(matches!(error, ModelError::Malformed { .. }), "{error}");
}

#[tokio::test]
async fn a_key_that_is_not_there_is_named_and_nobody_is_asked() {
    let server = openai::start(vec![openai::said("Hi")]).await;
    let api = json!({"type": "openai", "base_url": server.url, "secret": "absent"});
    let backend = scene::backend(with(scene::openai("main", NOWHERE), "api", api));
    let error = ask(&models(NOWHERE).await, &backend).await.unwrap_err();
    assert_eq!(error.to_string(), "backend main has no key: write it to the secret test/demo/secrets/absent");
    assert!(server.asked().is_empty());
}
