//! What the AI may call: the company's knowledge, its systems, and checks of who writes.
//!
//! An agent asks ([`ToolCall`](crate::agent::ToolCall)), [`decide`] says what becomes of it without touching anything, and
//! the [`Toolbox`] makes the call. Between the two the engine commits the intent of a call that writes, so that a process
//! that dies leaves behind what it was about to do.
//!
//! A call is made only as it was decided: a [`ToolRequest`] can't be built elsewhere, and its host was checked.

mod approval;
mod canonical;
mod compiled;
mod decide;
mod http;
pub mod lookup;
mod offered;
mod performed;
mod request;
mod resolver;
#[cfg(test)]
mod specimen;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;

pub use self::approval::outcome as approval_outcome;
pub use self::decide::{Context, Decision, NotMade, decide};
pub use self::offered::{LOOK_UP, SEARCH, TAG, offered};
pub use self::performed::Performed;
pub use self::request::{RequestError, ToolRequest};
use self::resolver::CheckedResolver;
use crate::agent::{Library, ToolOutcome};
use crate::domain::id::{BrandId, WorkspaceId};
use crate::domain::settings::Article;
use crate::domain::tool::hosts::Reach;
use crate::http::{HttpError, tool_client};
use crate::named_secrets::NamedSecrets;

/// The least time that is worth beginning a call with.
const LEAST: Duration = Duration::from_millis(20);

/// Makes the calls. Cheap to build and to clone: clients are made when the first call needs one. Its connections live on the
/// runtime that it is used in.
#[derive(Clone)]
pub struct Toolbox {
    secrets: NamedSecrets,
    parts: Arc<Parts>,
}

/// Two clients, by how far they reach, so that nothing that was opened for a private host serves a public one.
#[derive(Default)]
struct Parts {
    public: OnceLock<reqwest::Client>,
    private: OnceLock<reqwest::Client>,
    library: Library,
}

impl fmt::Debug for Toolbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Toolbox").finish_non_exhaustive()
    }
}

impl Toolbox {
    /// Makes calls with these secrets.
    #[must_use]
    pub fn new(secrets: NamedSecrets) -> Self {
        Self { secrets, parts: Arc::default() }
    }

    /// Makes a call. It takes no longer than the tool's time-out and `time_left`; what it comes to says whether something may
    /// have been done.
    pub async fn perform(
        &self,
        workspace: &WorkspaceId,
        request: &ToolRequest,
        time_left: Duration,
        now: Timestamp,
    ) -> Performed {
        let limit = request.timeout.min(time_left);
        let started = tokio::time::Instant::now();
        let performed = match self.ready(workspace, request, limit, now).await {
            Ok((client, secret)) => {
                let limit = limit.saturating_sub(started.elapsed());
                if limit < LEAST {
                    not_begun(request, "there is no time left for it".to_owned())
                } else {
                    http::send(client, request, secret, limit).await
                }
            }
            Err(why) => not_begun(request, why),
        };
        tracing::info!(
            %workspace,
            tool = %request.tool,
            outcome = performed.name(),
            again = request.again,
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "called a tool"
        );
        performed
    }

    /// The client, and the header of the secret.
    async fn ready(
        &self,
        workspace: &WorkspaceId,
        request: &ToolRequest,
        limit: Duration,
        now: Timestamp,
    ) -> Result<(&reqwest::Client, Option<(HeaderName, HeaderValue)>), String> {
        let client = self.client(request.reach).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "no HTTP client for tools");
            "calls can't be made here".to_owned()
        })?;
        let Some((name, header)) = &request.secret else { return Ok((client, None)) };
        let full_name = || self.secrets.full_name(workspace, name);
        let read = tokio::time::timeout(limit, self.secrets.get(workspace, name, now)).await;
        let secret = match read {
            Ok(Ok(Some(secret))) => secret,
            Ok(Ok(None)) => {
                tracing::error!(%workspace, tool = %request.tool, secret = full_name(), "there is no such secret; write it");
                return Err("the key to the company's system is missing".to_owned());
            }
            Ok(Err(error)) => {
                tracing::error!(%workspace, secret = full_name(), error = &error as &dyn std::error::Error, "can't be read");
                return Err("the key to the company's system can't be read".to_owned());
            }
            Err(_) => return Err("there is no time left for it".to_owned()),
        };
        let shown = http::shown(header, secret.expose_secret());
        if shown.is_none() {
            tracing::error!(%workspace, tool = %request.tool, secret = full_name(), "it can't stand in a header");
        }
        shown.map(|shown| (client, Some(shown))).ok_or_else(|| "the key to the company's system is unusable".to_owned())
    }

    fn client(&self, reach: Reach) -> Result<&reqwest::Client, HttpError> {
        let kept = match reach {
            Reach::Public => &self.parts.public,
            Reach::Private => &self.parts.private,
        };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let client = tool_client(CheckedResolver(reach))?;
        Ok(kept.get_or_init(|| client))
    }

    /// Searches what a brand may use of the knowledge: the best passages with their articles, as JSON.
    #[must_use]
    pub fn search(&self, knowledge: &[Article], brand: &BrandId, language: &str, query: &str) -> ToolOutcome {
        ToolOutcome::Answered { answer: self.parts.library.search(knowledge, brand, language, query) }
    }
}

/// Nothing was sent; what became of an earlier attempt is as unknown as before.
fn not_begun(request: &ToolRequest, why: String) -> Performed {
    if request.again { Performed::Unknown { why } } else { Performed::Failed { why } }
}
