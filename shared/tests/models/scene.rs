//! A workspace with models behind servers, a visitor's question, and an engine's loop around the assistant.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_bedrockruntime::config::{Credentials, SharedCredentialsProvider};
use jiff::Timestamp;
use serde_json::{Value, json};

use shared::agent::assistant::Assistant;
use shared::agent::model::Models;
use shared::agent::{Agent, Line, Next, Picture, Round, Thought, Tool, ToolCall, ToolOutcome, Turn};
use shared::domain::id::{ConversationId, SecretName, WorkspaceId};
use shared::domain::message::{Author, Content};
use shared::domain::settings::{Article, Backend, WorkspaceSettings};
use shared::domain::usage::Usage;
use shared::named_secrets::NamedSecrets;
use shared::salesiq::oauth::secret::Secrets;
use shared::store::Memory;

pub(crate) const KEY: &str = "sk-hush";

/// More rounds than any engine would go on for.
const ENDLESS: usize = 40;

pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(crate) fn workspace() -> WorkspaceId {
    WorkspaceId::parse("demo").unwrap()
}

pub(crate) fn openai(name: &str, url: &str) -> Value {
    let api = json!({"type": "openai", "base_url": format!("{url}/v1"), "secret": "model"});
    let prices = json!({"input_micros": 2_000_000, "output_micros": 8_000_000});
    json!({"name": name, "model": "gpt", "api": api, "prices": prices, "timeout_ms": 5_000})
}

pub(crate) fn bedrock(name: &str) -> Value {
    json!({"name": name, "model": "amazon.nova-lite-v1:0", "api": {"type": "bedrock"}, "timeout_ms": 5_000})
}

pub(crate) fn with(mut value: Value, name: &str, field: Value) -> Value {
    value[name] = field;
    value
}

pub(crate) fn backend(value: Value) -> Backend {
    serde_json::from_value(value).unwrap()
}

/// The SDK's configuration, with the server in the place of Bedrock.
fn aws(url: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    shared::http::aws_config()
        .into_builder()
        .endpoint_url(url)
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // The process-wide client's connections belong to the runtime of one test.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

/// Models that have a key, with Bedrock at `bedrock_url`.
pub(crate) async fn models(bedrock_url: &str) -> Models {
    let secrets = Secrets::memory(Arc::default(), "test/");
    let name = SecretName::parse("model").unwrap();
    secrets.write_named(&workspace(), &name, &KEY.to_owned().into()).await.unwrap();
    Models::new(shared::http::reqwest_client().unwrap(), aws(bedrock_url), NamedSecrets::new(secrets))
}

pub(crate) struct Scene {
    pub(crate) settings: WorkspaceSettings,
    pub(crate) knowledge: Vec<Article>,
    pub(crate) lines: Vec<Line>,
    pub(crate) pictures: Vec<Picture>,
    pub(crate) time_left: Option<Duration>,
    pub(crate) store: Memory,
    pub(crate) assistant: Assistant<Memory>,
}

impl Scene {
    /// A visitor who asks about withdrawals, of a brand with these models.
    pub(crate) async fn new(backends: &[Value], bedrock_url: &str) -> Self {
        Self::with_models(backends, models(bedrock_url).await)
    }

    pub(crate) fn with_models(backends: &[Value], models: Models) -> Self {
        let settings = json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
            "agent": {"backends": backends},
            "brands": [{"id": "10", "name": "Lumen", "automated": true}],
        });
        let article = json!({"id": "payouts", "title": "Withdrawals", "markdown": "Withdrawals take one working day."});
        let store = Memory::new();
        Self {
            settings: serde_json::from_value(settings).unwrap(),
            knowledge: vec![serde_json::from_value(article).unwrap()],
            lines: vec![visitor("How long does a withdrawal take?")],
            pictures: Vec::new(),
            time_left: None,
            store: store.clone(),
            assistant: Assistant::new(store, models),
        }
    }

    /// One thought.
    pub(crate) async fn think(&self, rounds: &[Round], spent: Usage) -> Thought {
        let conversation = ConversationId::parse("9001").unwrap();
        let tool = |name: &str| Tool {
            name: name.to_owned(),
            description: "Looks something up.".to_owned(),
            arguments: json!({"type": "object", "properties": {"query": {"type": "string"}}}),
        };
        let tools = [tool("search_knowledge"), tool("orders")];
        let turn = Turn::about(&conversation, &self.settings, &self.settings.brands[0], &self.lines, now());
        let turn = Turn {
            knowledge: &self.knowledge,
            tools: &tools,
            rounds,
            spent,
            pictures: &self.pictures,
            time_left: self.time_left.unwrap_or(turn.time_left),
            ..turn
        };
        self.assistant.think(&turn).await.unwrap()
    }

    /// A whole turn: calls are made and the assistant asked again, as the engine does. Gives the last thought, what the turn
    /// took in all, and how many rounds of calls there were.
    pub(crate) async fn turn(&self) -> (Thought, Usage, usize) {
        let (mut rounds, mut spent) = (Vec::new(), Usage::default());
        for _ in 0..ENDLESS {
            let thought = self.think(&rounds, spent).await;
            spent = spent.plus(thought.usage);
            match &thought.next {
                Next::Conclude(_) => return (thought, spent, rounds.len()),
                Next::Call(calls) => {
                    rounds.push(Round { calls: calls.iter().map(|call| (call.clone(), made(call))).collect() });
                }
            }
        }
        panic!("the assistant asks for calls for ever");
    }
}

/// Makes a call as an engine would.
fn made(call: &ToolCall) -> ToolOutcome {
    match (call.name.as_str(), call.arguments["query"].as_str()) {
        ("search_knowledge", Some(_)) => {
            let answer = json!([{"article": "payouts", "text": "Withdrawals take one working day."}]);
            ToolOutcome::Answered { answer }
        }
        ("orders" | "search_knowledge", None) => {
            ToolOutcome::Refused { why: "the arguments have to be an object with query".to_owned() }
        }
        ("orders", Some(_)) => ToolOutcome::Failed { why: "it did not answer".to_owned() },
        _ => ToolOutcome::Refused { why: "there is no such tool".to_owned() },
    }
}

pub(crate) fn visitor(text: &str) -> Line {
    Line { author: Author::Visitor, content: Content::text(text), unanswered: true }
}
