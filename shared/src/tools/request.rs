//! A call of a declared tool, ready to be made.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

use crate::domain::id::{PlayerId, SecretName, ToolName};
use crate::domain::promise::Claim;
use crate::domain::settings::{Access, HttpTool, ToolMethod};
use crate::domain::tool::IdempotencyKey;
use crate::domain::tool::hosts::{self, Reach, Unreachable};
use crate::domain::tool::template::{FillError, Template, TemplateError};

/// Why a call can't be made of a tool and arguments.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The tool's URL can't be used.
    #[error("the URL of {tool} can't be used: {source}; correct the settings")]
    Template {
        /// The tool.
        tool: ToolName,
        /// Why.
        source: TemplateError,
    },
    /// The tool's URL may not be called.
    #[error("the URL of {tool} may not be called: {source}; correct the settings")]
    Unreachable {
        /// The tool.
        tool: ToolName,
        /// Why.
        source: Unreachable,
    },
    /// The arguments can't be put into it.
    #[error(transparent)]
    Fill(#[from] FillError),
}

/// A call of a declared tool: checked, filled in, and to a host that may be called. It is made by
/// [`Toolbox::perform`](super::Toolbox::perform) and by nothing else.
#[derive(Clone, PartialEq)]
pub struct ToolRequest {
    pub(super) tool: ToolName,
    pub(super) access: Access,
    pub(super) method: ToolMethod,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
    pub(super) secret: Option<(SecretName, String)>,
    pub(super) reach: Reach,
    pub(super) timeout: Duration,
    pub(super) answer_bytes: usize,
    pub(super) key: Option<IdempotencyKey>,
    /// The same call was begun before, and what became of it was not learnt.
    pub(super) again: bool,
    pub(super) proves: Vec<Claim>,
}

/// Without URL and body: they hold what visitors wrote.
impl fmt::Debug for ToolRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRequest")
            .field("tool", &self.tool)
            .field("access", &self.access)
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("again", &self.again)
            .finish_non_exhaustive()
    }
}

impl ToolRequest {
    /// Fills a tool in. Whether its arguments fit its schema is checked before.
    pub(super) fn of(
        tool: &HttpTool,
        arguments: &Map<String, Value>,
        player: Option<&PlayerId>,
    ) -> Result<Self, RequestError> {
        let name = || tool.name.clone();
        let template = Template::parse(&tool.url).map_err(|source| RequestError::Template { tool: name(), source })?;
        let (mut url, left) = template.fill(arguments, player)?;
        let body = match tool.method {
            ToolMethod::Get | ToolMethod::Delete => {
                Template::add_to_query(&mut url, &left)?;
                None
            }
            ToolMethod::Post | ToolMethod::Put | ToolMethod::Patch => Some(Value::Object(left)),
        };
        let reach = hosts::reach(&url, &tool.allowed_hosts, &tool.private_hosts)
            .map_err(|source| RequestError::Unreachable { tool: name(), source })?;
        Ok(Self {
            tool: name(),
            access: tool.access,
            method: tool.method,
            url,
            body,
            secret: tool.secret.clone().map(|secret| (secret, tool.secret_header.clone())),
            reach,
            timeout: Duration::from_millis(tool.timeout_ms.into()),
            answer_bytes: usize::try_from(tool.answer_bytes).unwrap_or(usize::MAX),
            key: None,
            again: false,
            proves: tool.proves.clone(),
        })
    }

    /// The same as a call that writes, under its key.
    pub(super) fn keyed(mut self, key: IdempotencyKey, again: bool) -> Self {
        self.key = Some(key);
        self.again = again;
        self
    }

    /// The tool.
    #[must_use]
    pub fn tool(&self) -> &ToolName {
        &self.tool
    }

    /// What a reply may say once it succeeded.
    #[must_use]
    pub fn proves(&self) -> &[Claim] {
        &self.proves
    }
}
