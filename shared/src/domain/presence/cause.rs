//! Why the operator takes no chats, or why SalesIQ did not tell: trouble with the token, trouble of SalesIQ, or what people did.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The cause of an outage, or of anything that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// Somebody set the operator `Busy` behind our back.
    SetBusy,
    /// The operator has another status; SalesIQ's API documents none beside Available and Busy (api.md §9).
    SetOtherwise {
        /// SalesIQ's word for it.
        status: String,
    },
    /// SalesIQ shows no status at all.
    StatusNotShown,
    /// SalesIQ took the status, and reading it back shows another.
    StatusNotKept,
    /// The same, of an operator whose invitation was never accepted.
    NotConfirmed,
    /// The operator was deleted.
    OperatorDeleted,
    /// The operator was disabled.
    OperatorDisabled,
    /// The operator's "Available to take chats" is off (`is_chat_enabled`).
    ChatsSwitchedOff,
    /// SalesIQ knows no such operator (1019, 1020, 1024).
    OperatorUnknown,
    /// Nobody has connected the account.
    TokenMissing,
    /// Zoho's accounts server no longer accepts the refresh token or the client.
    TokenRevoked,
    /// SalesIQ does not accept a fresh token (1008).
    TokenRefused,
    /// Ten access tokens in ten minutes were asked for (api.md §7.3).
    TokenThrottled,
    /// Zoho's accounts server does not answer.
    AccountsUnreachable,
    /// The token's secret or lease can't be read on our side.
    TokenUnavailable,
    /// The token lacks a scope (1009).
    ScopeMissing,
    /// The account's role or the portal's plan does not allow it (1016, 1017, 1021, HTTP 403).
    NotPermitted,
    /// SalesIQ failed (HTTP 5xx), timed out, or took no connection.
    SalesiqUnreachable,
    /// SalesIQ throttles this address (1023, HTTP 429).
    SalesiqThrottled,
    /// Another answer.
    Other {
        /// SalesIQ's error code, or the HTTP status.
        code: Option<i64>,
    },
}

/// Whose trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// With the account's token.
    Token,
    /// SalesIQ's own.
    Salesiq,
    /// What somebody did in SalesIQ.
    People,
}

impl Cause {
    /// Whose trouble it is.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::TokenMissing
            | Self::TokenRevoked
            | Self::TokenRefused
            | Self::TokenThrottled
            | Self::AccountsUnreachable
            | Self::TokenUnavailable
            | Self::ScopeMissing => Trouble::Token,
            Self::SalesiqUnreachable
            | Self::SalesiqThrottled
            | Self::StatusNotShown
            | Self::StatusNotKept
            | Self::Other { .. } => Trouble::Salesiq,
            Self::SetBusy
            | Self::SetOtherwise { .. }
            | Self::NotConfirmed
            | Self::OperatorDeleted
            | Self::OperatorDisabled
            | Self::ChatsSwitchedOff
            | Self::OperatorUnknown
            | Self::NotPermitted => Trouble::People,
        }
    }

    /// Whether it passes by itself, or we can mend it: nobody has to do anything yet.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::SetBusy
                | Self::SetOtherwise { .. }
                | Self::TokenThrottled
                | Self::AccountsUnreachable
                | Self::TokenUnavailable
                | Self::SalesiqUnreachable
                | Self::SalesiqThrottled
        )
    }

    /// Who must do what.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::SetBusy | Self::SetOtherwise { .. } => "it is set available again",
            Self::StatusNotShown => "an administrator of SalesIQ should look at the operator's status",
            Self::StatusNotKept => "sign in as the operator, and see who or what sets the status",
            Self::NotConfirmed => "the operator's invitation must be accepted",
            Self::OperatorDeleted => "an administrator of SalesIQ must restore the operator or name another",
            Self::OperatorDisabled => "an administrator of SalesIQ must enable the operator",
            Self::ChatsSwitchedOff => "an administrator of SalesIQ must switch the operator's chats on",
            Self::OperatorUnknown => "the settings must name an operator of this portal",
            Self::TokenMissing => "connect the account",
            Self::TokenRevoked | Self::TokenRefused | Self::ScopeMissing => {
                "connect the account again, with all scopes"
            }
            Self::TokenThrottled | Self::AccountsUnreachable | Self::SalesiqUnreachable | Self::SalesiqThrottled => {
                "it is tried again each minute"
            }
            Self::TokenUnavailable => "it is tried again each minute; see to the secret if it lasts",
            Self::NotPermitted => "an administrator of SalesIQ must give the account the role for it",
            Self::Other { .. } => "look the code up in SalesIQ's API pages",
        }
    }

    /// What it means after another one: a token that is throttled because we kept asking with a revoked one is a revoked one.
    #[must_use]
    pub fn after(self, previous: Option<&Self>) -> Self {
        match previous {
            Some(previous @ (Self::TokenRevoked | Self::TokenRefused)) if self == Self::TokenThrottled => {
                previous.clone()
            }
            _ => self,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetBusy => f.write_str("somebody set the operator Busy"),
            Self::SetOtherwise { status } => write!(f, "the operator's status is {status}"),
            Self::StatusNotShown => f.write_str("SalesIQ shows no status of the operator"),
            Self::StatusNotKept => f.write_str("SalesIQ does not keep the operator's status"),
            Self::NotConfirmed => f.write_str("the operator is not confirmed"),
            Self::OperatorDeleted => f.write_str("the operator was deleted"),
            Self::OperatorDisabled => f.write_str("the operator is disabled"),
            Self::ChatsSwitchedOff => f.write_str("the operator's chats are switched off"),
            Self::OperatorUnknown => f.write_str("SalesIQ does not know the operator"),
            Self::TokenMissing => f.write_str("the account is not connected"),
            Self::TokenRevoked => f.write_str("Zoho no longer accepts the account"),
            Self::TokenRefused => f.write_str("SalesIQ does not accept the token"),
            Self::TokenThrottled => f.write_str("too many tokens were asked for"),
            Self::AccountsUnreachable => f.write_str("Zoho's accounts server does not answer"),
            Self::TokenUnavailable => f.write_str("the token can't be read"),
            Self::ScopeMissing => f.write_str("the token lacks a scope"),
            Self::NotPermitted => f.write_str("SalesIQ does not allow it to the account"),
            Self::SalesiqUnreachable => f.write_str("SalesIQ does not answer"),
            Self::SalesiqThrottled => f.write_str("SalesIQ throttles us"),
            Self::Other { code: Some(code) } => write!(f, "SalesIQ answered with {code}"),
            Self::Other { code: None } => f.write_str("SalesIQ's answer can't be read"),
        }
    }
}
