//! What the AI thinks with, and what that may cost.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::check::numbers;
use crate::domain::id::{BackendName, SecretName};

/// How the AI of a workspace thinks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AgentSettings {
    /// The models, the one to ask first in front. After the last comes the embedded playbook; without any it is alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<Backend>,
    /// What one turn and one day of a brand may take.
    pub budget: Budget,
    /// Who the AI is and how it speaks, in a few sentences; brands can have their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// Whether replies wait as long as typing them would take.
    pub typing: Typing,
    /// The longest message to the visitor, in characters; a longer reply is said in several, parted between sentences.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::MESSAGE_CHARS.0, max = numbers::MESSAGE_CHARS.1)))]
    pub message_chars: u32,
    /// How long a call of a tool with `approval` waits for a person, in seconds; after that a human is asked for.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::APPROVAL_S.0, max = numbers::APPROVAL_S.1)))]
    pub approval_deadline_s: u32,
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self {
            backends: Vec::new(),
            budget: Budget::default(),
            persona: None,
            typing: Typing::default(),
            // SalesIQ's own limit is not known (`salesiq::assumptions::MESSAGE_LIMIT`).
            message_chars: 2_000,
            approval_deadline_s: 600,
        }
    }
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Backend {
    /// Its name in these settings, in logs and in figures.
    pub name: BackendName,
    /// Where and how it is reached.
    pub api: BackendApi,
    /// The model's name there; with Azure, the deployment's.
    pub model: String,
    /// How long one answer may take, in milliseconds.
    #[serde(default = "defaults::timeout_ms")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TIMEOUT_MS.0, max = numbers::TIMEOUT_MS.1)))]
    pub timeout_ms: u32,
    /// How often it is asked before the next backend is, when it fails in a way that repeating may cure.
    #[serde(default = "defaults::attempts")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::ATTEMPTS.0, max = numbers::ATTEMPTS.1)))]
    pub attempts: u8,
    /// The most tokens of one answer.
    #[serde(default = "defaults::max_output_tokens")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::OUTPUT_TOKENS.0, max = numbers::OUTPUT_TOKENS.1)))]
    pub max_output_tokens: u32,
    /// How freely it chooses its words, in thousandths; some models take none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TEMPERATURE.0, max = numbers::TEMPERATURE.1)))]
    pub temperature_permille: Option<u32>,
    /// It can look at pictures.
    #[serde(default)]
    pub sees_images: bool,
    /// What it costs.
    #[serde(default)]
    pub prices: Prices,
}

/// Where and how a model is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum BackendApi {
    /// Any endpoint that speaks OpenAI's chat completions: OpenAI, Azure, Ollama, vLLM and the like.
    Openai {
        /// What `/chat/completions` is put behind, such as `https://api.openai.com/v1`. A query is kept.
        base_url: String,
        /// The secret that holds the key; none where no key is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<SecretName>,
        /// How the key is shown.
        #[serde(default)]
        key_header: KeyHeader,
    },
    /// Amazon Bedrock, by the Converse API, with the function's own role.
    Bedrock {
        /// The region, if it is not the deployment's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
}

/// In which header an endpoint wants the key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyHeader {
    /// `Authorization: Bearer KEY`, as nearly all.
    #[default]
    Bearer,
    /// `api-key: KEY`, as Azure.
    ApiKey,
}

/// What a million tokens cost, in millionths of the currency unit that the company counts in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// A million tokens that the model reads.
    pub input_micros: u64,
    /// A million tokens that it writes.
    pub output_micros: u64,
}

impl Prices {
    /// What so many tokens cost, in millionths of the currency unit, rounded up: a budget must not be passed by roundings.
    #[must_use]
    pub fn cost_micros(self, input_tokens: u64, output_tokens: u64) -> u64 {
        let million = 1_000_000;
        let input = u128::from(input_tokens) * u128::from(self.input_micros);
        let output = u128::from(output_tokens) * u128::from(self.output_micros);
        u64::try_from(input.saturating_add(output).div_ceil(million)).unwrap_or(u64::MAX)
    }

    /// Whether anything costs anything.
    #[must_use]
    pub fn is_free(self) -> bool {
        self == Self::default()
    }
}

/// What thinking may take. What is over budget goes to the next backend, at last to the playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// How often models are asked in one turn, tool calls and repetitions included.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TURN_CALLS.0, max = numbers::TURN_CALLS.1)))]
    pub turn_calls: u32,
    /// How long a turn may think, in milliseconds, tools included.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TURN_MS.0, max = numbers::TURN_MS.1)))]
    pub turn_ms: u32,
    /// How many tokens a turn may take, read and written.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TURN_TOKENS.0, max = numbers::TURN_TOKENS.1)))]
    pub turn_tokens: u32,
    /// What each brand may cost in a day (UTC), in millionths of the currency unit; none: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_cost_micros: Option<u64>,
    /// How many tokens each brand may take in a day (UTC); none: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_tokens: Option<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { turn_calls: 8, turn_ms: 25_000, turn_tokens: 60_000, day_cost_micros: None, day_tokens: None }
    }
}

/// A pause before replies, so that they don't come faster than a person could type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Typing {
    /// Characters a second; 0: no pause.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TYPING_CHARS.0, max = numbers::TYPING_CHARS.1)))]
    pub chars_per_second: u32,
    /// The longest pause, in milliseconds.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TYPING_MS.0, max = numbers::TYPING_MS.1)))]
    pub longest_ms: u32,
}

impl Default for Typing {
    fn default() -> Self {
        Self { chars_per_second: 0, longest_ms: 4_000 }
    }
}

/// A brand's own, where it is not the workspace's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BrandAgent {
    /// The workspace's backends that this brand uses, in its own order; an empty list: the playbook alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backends: Option<Vec<BackendName>>,
    /// Overrides the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// Overrides the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_cost_micros: Option<u64>,
    /// Overrides the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_tokens: Option<u64>,
}

mod defaults {
    pub(super) fn timeout_ms() -> u32 {
        12_000
    }
    pub(super) fn attempts() -> u8 {
        2
    }
    pub(super) fn max_output_tokens() -> u32 {
        800
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_part_of_a_millionth_counts_as_one() {
        let prices = Prices { input_micros: 150_000, output_micros: 600_000 };
        assert_eq!(prices.cost_micros(1_000_000, 0), 150_000);
        assert_eq!(prices.cost_micros(1, 0), 1);
        assert_eq!(prices.cost_micros(0, 0), 0);
        assert_eq!(prices.cost_micros(2_000, 300), 480);
    }

    proptest! {
        #[test]
        fn more_tokens_never_cost_less(input: u64, output: u64, more in 0_u64..1_000, read: u64, written: u64) {
            let prices = Prices { input_micros: read, output_micros: written };
            let cost = prices.cost_micros(input, output);
            prop_assert!(prices.cost_micros(input.saturating_add(more), output) >= cost);
            prop_assert!(prices.cost_micros(input, output.saturating_add(more)) >= cost);
        }
    }
}
