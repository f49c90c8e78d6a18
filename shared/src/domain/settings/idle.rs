//! What happens in a chat in which the visitor says nothing more.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::check::numbers;

/// When the AI asks a silent visitor whether they are still there, and when it ends the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct IdleSettings {
    /// After how long a silent visitor is asked, in seconds; 0: never, and no chat is ended for silence.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::IDLE_S.0, max = numbers::IDLE_S.1)))]
    pub check_in_s: u32,
    /// How long after that the chat is ended, with a last word and without a countdown, in seconds; 0: never.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::IDLE_S.0, max = numbers::IDLE_S.1)))]
    pub close_s: u32,
    /// How many seconds before a chat is ended by the AI, or on request, the visitor is told, longest first: the first is
    /// how long the countdown takes. None: the chat is ended at once.
    #[cfg_attr(feature = "schema", schemars(length(max = numbers::COUNTDOWN_STEPS)))]
    pub countdown_s: Vec<u32>,
}

impl Default for IdleSettings {
    fn default() -> Self {
        Self { check_in_s: 300, close_s: 600, countdown_s: vec![90, 60, 45, 30] }
    }
}

/// A brand's way, where it is not the workspace's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BrandIdle {
    /// Overrides the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_in_s: Option<u32>,
    /// Overrides the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_s: Option<u32>,
    /// Overrides the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countdown_s: Option<Vec<u32>>,
}
