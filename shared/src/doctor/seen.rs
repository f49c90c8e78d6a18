//! What was seen of a workspace, its portal and its surroundings: all that the verdicts are made of.

use std::collections::BTreeMap;

use crate::domain::id::DepartmentId;
use crate::salesiq::client::{Availability, Brand, Department, Operator, Portal, Webhook};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::{Principal, TokenError};
use crate::telemetry::Chain;
use serde_json::Value;

/// Why a call gave nothing, as far as a verdict depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Because {
    /// The account was never connected.
    NotConnected,
    /// Zoho does not take the client or the refresh token.
    Denied,
    /// Zoho or SalesIQ is at its limit.
    Throttled,
    /// The token lacks the scope (1009).
    Scope,
    /// Role or plan forbid it (1016, 1017, 1021).
    Forbidden,
    /// The token is not accepted (1008).
    Token,
    /// No such portal (1005).
    NoPortal,
    /// Another HTTP method is wanted (1004).
    Method,
    /// No such path (1006).
    Path,
    /// No such thing (1019).
    NotFound,
    /// Nobody answered.
    Unreachable,
    /// Anything else.
    Other,
}

/// A call that gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) because: Because,
    /// The error and what caused it; never a token.
    pub(super) said: String,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Read<T> {
    /// It was not made.
    #[default]
    NotAsked,
    /// This.
    Got(T),
    /// Nothing.
    Failed(Failed),
}

impl<T> Read<T> {
    pub(super) fn got(&self) -> Option<&T> {
        match self {
            Self::Got(it) => Some(it),
            Self::NotAsked | Self::Failed(_) => None,
        }
    }
}

impl<T> From<Result<T, SalesiqError>> for Read<T> {
    fn from(result: Result<T, SalesiqError>) -> Self {
        match result {
            Ok(it) => Self::Got(it),
            Err(error) => Self::Failed(Failed::from(&error)),
        }
    }
}

impl From<&TokenError> for Failed {
    fn from(error: &TokenError) -> Self {
        let because = match error {
            TokenError::NotConnected { .. } => Because::NotConnected,
            TokenError::Denied { .. } => Because::Denied,
            TokenError::Throttled { .. } | TokenError::Limited { .. } => Because::Throttled,
            TokenError::Accounts { .. } => Because::Unreachable,
            TokenError::Busy { .. } | TokenError::Secret { .. } | TokenError::Store { .. } => Because::Other,
        };
        Self { because, said: Chain(error).to_string() }
    }
}

impl From<&SalesiqError> for Failed {
    fn from(error: &SalesiqError) -> Self {
        let because = match error {
            SalesiqError::Auth { source: Some(error), .. } | SalesiqError::Token { source: error, .. } => {
                Self::from(error).because
            }
            SalesiqError::Auth { .. } => Because::Token,
            SalesiqError::Scope { .. } => Because::Scope,
            SalesiqError::Forbidden { .. } => Because::Forbidden,
            SalesiqError::Throttled { .. } => Because::Throttled,
            SalesiqError::NotFound { .. } => Because::NotFound,
            SalesiqError::Transport { .. } => Because::Unreachable,
            SalesiqError::Invalid { call } if call.code == Some(1004) => Because::Method,
            SalesiqError::Invalid { call } if call.code == Some(1005) => Because::NoPortal,
            SalesiqError::Invalid { call } if call.code == Some(1006) => Because::Path,
            _ => Because::Other,
        };
        Self { because, said: Chain(error).to_string() }
    }
}

/// A principal's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SeenSecret {
    /// There is none.
    Missing,
    /// It can't be read, or is not one.
    Unusable(String),
    /// It is there. `blank` names the parts that are empty or have spaces; `accounts_host` is who granted it.
    There { blank: Vec<&'static str>, accounts_host: Option<String> },
}

/// What a principal's token could read: each is a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reads {
    pub(super) conversations: Read<()>,
    pub(super) operators: Read<Vec<Operator>>,
    pub(super) departments: Read<Vec<Department>>,
    pub(super) brands: Read<Vec<Brand>>,
    pub(super) portals: Read<Vec<Portal>>,
    pub(super) webhooks: Read<Vec<Webhook>>,
}

/// A principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeenPrincipal {
    pub(super) principal: Principal,
    pub(super) secret: SeenSecret,
    pub(super) token: Read<()>,
    pub(super) reads: Reads,
}

/// Whether a server answers at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeenHost {
    pub(super) host: String,
    /// The status of the answer.
    pub(super) answered: Result<u16, String>,
}

/// SES.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SeenMail {
    /// The status of addresses and domains, such as `Success`; what SES does not know is missing.
    pub(super) identities: Option<Result<BTreeMap<String, String>, String>>,
    /// How many mails a day may be sent, and how many were.
    pub(super) quota: Option<Result<(f64, f64), String>>,
    pub(super) sending_enabled: Option<Result<bool, String>>,
}

/// Lists as SalesIQ wrote them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Raw {
    pub(super) operators: Read<Vec<Value>>,
    pub(super) departments: Read<Vec<Value>>,
    pub(super) tags: Read<Vec<Value>>,
    /// 99 a page.
    pub(super) conversations: Read<Vec<Value>>,
    /// One a page: the first two pages.
    pub(super) single_pages: Read<(Vec<Value>, Vec<Value>)>,
    /// Of a conversation that is over.
    pub(super) messages: Read<Vec<Value>>,
}

/// What `--write` tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Writes {
    /// Set to what it was: before and after.
    pub(super) status: Read<(Availability, Option<Availability>)>,
    /// Calls on a conversation that does not exist, by the assumption that they ask after.
    pub(super) on_nothing: Vec<(&'static str, Result<(), Failed>)>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// The portal is a simulated one: addresses for examples are no matter.
    pub(super) simulated: bool,
    pub(super) hosts: Vec<SeenHost>,
    /// Bot, facilitator, organisation.
    pub(super) principals: Vec<SeenPrincipal>,
    /// Which departments' chats could be listed, by the bot and by the facilitator.
    pub(super) chats: BTreeMap<DepartmentId, (Read<()>, Read<()>)>,
    /// Where deliveries should go.
    pub(super) webhook_url: Option<String>,
    /// What it answers to HEAD.
    pub(super) webhook_head: Option<Result<u16, String>>,
    /// How many executions of our webhook wait, having failed.
    pub(super) failed_executions: Read<usize>,
    pub(super) mail: SeenMail,
    pub(super) raw: Raw,
    /// None without `--write`.
    pub(super) writes: Option<Writes>,
}

impl Seen {
    pub(super) fn principal(&self, principal: Principal) -> Option<&SeenPrincipal> {
        self.principals.iter().find(|seen| seen.principal == principal)
    }

    /// Of the facilitator if there is one with a token, else of the bot: who reads what is the whole portal's.
    pub(super) fn reader(&self) -> Option<&SeenPrincipal> {
        let works = |seen: &&SeenPrincipal| matches!(seen.token, Read::Got(()));
        self.principal(Principal::Facilitator).filter(works).or_else(|| self.principal(Principal::Bot))
    }

    pub(super) fn webhook(&self) -> Option<&Webhook> {
        let url = self.webhook_url.as_deref()?.trim_end_matches('/');
        let webhooks = self.reader()?.reads.webhooks.got()?;
        webhooks.iter().find(|webhook| webhook.url.as_deref().is_some_and(|at| at.trim_end_matches('/') == url))
    }
}
