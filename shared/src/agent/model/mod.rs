//! The models that the AI can think with: what they are asked, what they answer, and where they are reached.
//!
//! [`Prompt`] and [`Completion`] know no wire format. `openai` and `bedrock` put them into one and read the answer back;
//! which of the two is asked is the settings' [`BackendApi`]. Nothing here repeats a call or chooses a model: that is the
//! assistant's.

mod bedrock;
pub(in crate::agent) mod circuit;
pub(in crate::agent) mod control;
mod error;
mod openai;
pub(in crate::agent) mod prompt;
pub mod recorded;
mod thinking;

use std::time::Duration;

use aws_config::SdkConfig;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::bedrock::Bedrock;
use self::openai::OpenAi;
use self::recorded::Recording;
use super::{Tool, ToolCall};
use crate::domain::id::WorkspaceId;
use crate::domain::settings::{Backend, BackendApi};
use crate::domain::usage::Usage;
use crate::named_secrets::NamedSecrets;

pub use self::error::{ModelError, Overlong};

/// How many characters of a text are taken for a token where nobody counted: on the safe side for European languages.
const CHARS_PER_TOKEN: u64 = 3;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Who it is and what it has to keep to.
    pub system: String,
    /// What was said and called so far. The first is the user's, and no two of the same side follow each other, a tool's
    /// results counting as the user's.
    pub messages: Vec<Message>,
    /// What it may call.
    pub tools: Vec<Offered>,
    /// The most tokens of the answer.
    pub max_output_tokens: u32,
    /// How freely it chooses its words, in thousandths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_permille: Option<u32>,
}

/// A part of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Message {
    /// What was said to the model.
    User {
        /// The text.
        text: String,
        /// Pictures that belong to it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pictures: Vec<Shown>,
    },
    /// What the model said, or called. Never neither.
    Assistant {
        /// The text; empty if it only called.
        text: String,
        /// The calls; their arguments are objects.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
    },
    /// What the calls of the message before came to, all of them.
    Tool {
        /// One for each call.
        results: Vec<ToolResult>,
    },
}

/// A picture as models take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    pub mime: String,
    /// The file in base64.
    pub base64: String,
}

/// What a call came to, for the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call's id.
    pub id: String,
    /// It was made and answered.
    pub answered: bool,
    /// What it answered, or why not.
    pub content: String,
}

/// Something that a model may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Its name.
    pub name: String,
    /// What it does and when to call it.
    pub description: String,
    /// JSON Schema of its arguments.
    pub arguments: serde_json::Value,
}

impl From<&Tool> for Offered {
    fn from(tool: &Tool) -> Self {
        Self { name: tool.name.clone(), description: tool.description.clone(), arguments: tool.arguments.clone() }
    }
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// What it said; empty if it only calls.
    pub text: String,
    /// What it wants called, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// Why it stopped.
    pub stop: Stop,
    /// What it took.
    pub tokens: Tokens,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It was done.
    End,
    /// It wants calls made.
    Calls,
    /// The answer reached the most tokens that it may have.
    Length,
    /// It, a filter or a guardrail won't answer.
    Refused,
}

/// Tokens of one answer. Where the endpoint counted none, they are estimated from the characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// What the model read.
    pub input: u64,
    /// What it wrote.
    pub output: u64,
}

impl Tokens {
    /// The prompt's, where the model did not tell: such as of an answer that never came.
    #[must_use]
    pub fn estimated(prompt: &Prompt) -> Self {
        let told = serde_json::to_string(&(&prompt.system, &prompt.messages, &prompt.tools)).unwrap_or_default();
        let pictures = prompt.messages.iter().flat_map(|message| match message {
            Message::User { pictures, .. } => pictures.as_slice(),
            Message::Assistant { .. } | Message::Tool { .. } => &[],
        });
        let shown: usize = pictures.map(|picture| picture.base64.len()).sum();
        // A picture has a price of its own, about a thousand tokens, which has nothing to do with its bytes.
        let chars = told.chars().count().saturating_sub(shown);
        Self { input: tokens_of(chars), output: 0 }
    }

    /// An answer's, where the model did not tell.
    #[must_use]
    pub fn estimated_with_answer(prompt: &Prompt, text: &str, calls: &[ToolCall]) -> Self {
        let called = serde_json::to_string(calls).unwrap_or_default();
        let chars = text.chars().count() + if calls.is_empty() { 0 } else { called.chars().count() };
        Self { output: tokens_of(chars), ..Self::estimated(prompt) }
    }

    /// What one call of a model took, at these prices.
    #[must_use]
    pub fn usage(self, backend: &Backend) -> Usage {
        Usage {
            calls: 1,
            input_tokens: self.input,
            output_tokens: self.output,
            cost_micros: backend.prices.cost_micros(self.input, self.output),
        }
    }
}

fn tokens_of(chars: usize) -> u64 {
    u64::try_from(chars).unwrap_or(u64::MAX).div_ceil(CHARS_PER_TOKEN)
}

/// One question to one model.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Whose settings and secrets.
    pub workspace: &'a WorkspaceId,
    /// Which model.
    pub backend: &'a Backend,
    /// What is asked.
    pub prompt: &'a Prompt,
    /// How long it may take.
    pub within: Duration,
    /// Now.
    pub now: Timestamp,
}

/// All models, reached over the network; make one per process.
#[derive(Debug)]
pub struct Models {
    openai: OpenAi,
    bedrock: Bedrock,
    recording: Option<Recording>,
}

impl Models {
    /// Models that are asked with these clients. For Bedrock the region, credentials, HTTP client and endpoint are `aws`'s;
    /// its clients are made when one is first asked.
    #[must_use]
    pub fn new(http: reqwest::Client, aws: SdkConfig, secrets: NamedSecrets) -> Self {
        Self { openai: OpenAi::new(http, secrets), bedrock: Bedrock::new(aws), recording: None }
    }

    /// The same, with answers that are written down, or taken from what was.
    #[must_use]
    pub fn recorded(self, recording: Recording) -> Self {
        Self { recording: Some(recording), ..self }
    }

    /// Asks once.
    ///
    /// # Errors
    /// There is no usable answer.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Completion, ModelError> {
        let completion = self.answer(question).await?;
        let (backend, tokens) = (&question.backend.name, completion.tokens);
        match completion.stop {
            Stop::End | Stop::Calls => Ok(completion),
            // Half a sentence must not be said, and half an argument must not be called with.
            Stop::Length => Err(ModelError::TooLong { backend: backend.clone(), what: Overlong::Answer, tokens }),
            Stop::Refused => Err(ModelError::Refused { backend: backend.clone(), tokens }),
        }
    }

    async fn answer(&self, question: &Question<'_>) -> Result<Completion, ModelError> {
        let Some(recording) = &self.recording else { return self.ask_over_network(question).await };
        if let Some(completion) = recording.replayed(question.backend, question.prompt)? {
            return Ok(completion);
        }
        let completion = self.ask_over_network(question).await?;
        recording.keep(question.backend, question.prompt, &completion)?;
        Ok(completion)
    }

    async fn ask_over_network(&self, question: &Question<'_>) -> Result<Completion, ModelError> {
        match &question.backend.api {
            BackendApi::Openai { base_url, secret, key_header } => {
                let place = openai::Place { base_url, secret: secret.as_ref(), key_header: *key_header };
                self.openai.ask(question, &place).await
            }
            BackendApi::Bedrock { region } => self.bedrock.ask(question, region.as_deref()).await,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn prompt(text: &str, base64: &str) -> Prompt {
        let pictures = vec![Shown { mime: "image/png".to_owned(), base64: base64.to_owned() }];
        Prompt {
            system: "Be kind.".to_owned(),
            messages: vec![Message::User { text: text.to_owned(), pictures }],
            tools: Vec::new(),
            max_output_tokens: 100,
            temperature_permille: None,
        }
    }

    #[test]
    fn an_estimate_grows_with_the_text_and_not_with_the_bytes_of_a_picture() {
        let short = Tokens::estimated(&prompt("Hi", "AAAA"));
        assert!(Tokens::estimated(&prompt(&"word ".repeat(300), "AAAA")).input > short.input + 400);
        assert!(Tokens::estimated(&prompt("Hi", &"A".repeat(90_000))).input <= short.input + 1);
        assert!(Tokens::estimated_with_answer(&prompt("Hi", ""), "Good day to you.", &[]).output >= 4);
    }
}
