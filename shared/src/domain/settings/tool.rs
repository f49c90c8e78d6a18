//! What the AI may call of the company's systems.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::check::numbers;
use crate::domain::id::{BrandId, SecretName, ToolName};
use crate::domain::player::Level;
use crate::domain::promise::Claim;

/// An HTTP call that the AI may make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpTool {
    /// Its name, as procedures and the model know it.
    pub name: ToolName,
    /// What it does and when to call it, for the model.
    pub description: String,
    /// The brands it is for; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<BrandId>,
    /// Whether it changes anything.
    pub access: Access,
    /// The HTTP method.
    pub method: ToolMethod,
    /// The URL. `{name}` stands for an argument that is required, `{player.id}` for the player's; each is escaped. None can
    /// be in the host. What is told of an account is safe only where the URL has `{player.id}`, or the service checks whose
    /// it is.
    pub url: String,
    /// JSON Schema of the arguments; what it does not name is refused unless it says otherwise. Those that are not in the
    /// URL go into the query (GET, DELETE) or the JSON body.
    #[serde(default = "defaults::arguments")]
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, serde_json::Value>"))]
    pub arguments: serde_json::Value,
    /// The secret whose value is sent along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretName>,
    /// The header that it is sent in; with `Authorization` it is put behind `Bearer`.
    #[serde(default = "defaults::secret_header")]
    pub secret_header: String,
    /// The hosts that may be called: names as in the URL, with a port if that is not the scheme's.
    pub allowed_hosts: Vec<String>,
    /// Those of `allowed_hosts` that may have a private address, such as a service within the VPC, and may be plain HTTP.
    /// Where clouds hand out credentials nothing connects to, listed or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_hosts: Vec<String>,
    /// How long it may take, in milliseconds.
    #[serde(default = "defaults::timeout_ms")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TIMEOUT_MS.0, max = numbers::TIMEOUT_MS.1)))]
    pub timeout_ms: u32,
    /// The most bytes that are read of an answer.
    #[serde(default = "defaults::answer_bytes")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::ANSWER_BYTES.0, max = numbers::ANSWER_BYTES.1)))]
    pub answer_bytes: u32,
    /// How sure we must be of who writes. A tool that writes always needs `verified`.
    #[serde(default = "defaults::level")]
    pub level: Level,
    /// A person must approve each call in the console; until then it waits (`agent.approval_deadline_s`).
    #[serde(default)]
    pub approval: bool,
    /// What a reply may say once it succeeded, such as that money was refunded. It succeeded when its status says so
    /// (2xx).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proves: Vec<Claim>,
}

impl HttpTool {
    /// Whether a brand may use it.
    #[must_use]
    pub fn is_for(&self, brand: &BrandId) -> bool {
        self.brands.is_empty() || self.brands.contains(brand)
    }

    /// How sure we must be of who writes.
    #[must_use]
    pub fn needed_level(&self) -> Level {
        match self.access {
            Access::Write => Level::Verified,
            Access::Read => self.level,
        }
    }
}

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// It only tells; repeating it does no harm.
    Read,
    /// It changes something: made effectively once, with an idempotency key.
    Write,
}

/// The HTTP method of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum ToolMethod {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

mod defaults {
    use crate::domain::player::Level;

    pub(super) fn arguments() -> serde_json::Value {
        serde_json::json!({"type": "object", "properties": {}, "additionalProperties": false})
    }
    pub(super) fn secret_header() -> String {
        "Authorization".to_owned()
    }
    pub(super) fn timeout_ms() -> u32 {
        5_000
    }
    pub(super) fn answer_bytes() -> u32 {
        16_384
    }
    pub(super) fn level() -> Level {
        Level::Verified
    }
}
