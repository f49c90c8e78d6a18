//! What the sentinel does by itself, and how much it may ask of SalesIQ.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::check::numbers;

/// How the sentinel watches over a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SentinelSettings {
    /// The AI's operator is kept `Busy` on purpose, and takes no new chats by itself; those it has are served on.
    pub maintenance: bool,
    /// The most calls to SalesIQ in one run, which comes each minute. What is left over waits for the next one.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::CALLS_PER_RUN.0, max = numbers::CALLS_PER_RUN.1)))]
    pub calls_per_run: u32,
    /// The webhook is mended by itself: switched on, its brands, events and URL put right, its keys taken up. Otherwise
    /// what is wrong is only reported.
    pub mend_webhook: bool,
    /// Where SalesIQ delivers to: `WebhookUrl` of the stack, with the workspace's name behind it. By this the webhook is
    /// recognised among others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
}

impl Default for SentinelSettings {
    fn default() -> Self {
        Self { maintenance: false, calls_per_run: 120, mend_webhook: false, webhook_url: None }
    }
}
