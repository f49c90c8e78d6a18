//! Who we are to SalesIQ: OAuth 2.0 with Zoho's accounts server (api.md §7), and one shared token a principal (ARCHITECTURE.md, "Tokens").

pub mod accounts;
pub mod authorize;
mod condition;
mod error;
mod ledger;
pub mod secret;
mod slot;
mod source;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

pub use self::condition::{ConditionError, TokenCondition, throttled_until, token_condition};
pub use self::error::TokenError;
pub use self::ledger::{REFRESH_LIMIT, REFRESH_WINDOW};
pub use self::source::{TokenSource, TokenTiming};

/// Tells the time; passed in, so that tests and simulations have their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// In whose name a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// The operator that the AI speaks as: only its own token can (api.md §2.6).
    Bot,
    /// An administrator, who sees the chats of all departments.
    Facilitator,
    /// The organisation, for the visitor API (api.md §3).
    Organisation,
}

impl Principal {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Bot, Self::Facilitator, Self::Organisation];

    /// The name in keys and names of secrets.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Facilitator => "facilitator",
            Self::Organisation => "organisation",
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a client gets its access tokens.
pub trait Tokens: Send + Sync {
    /// An access token that should be valid.
    ///
    /// # Errors
    /// There is none to be had now.
    fn token(&self, principal: Principal) -> impl Future<Output = Result<SecretString, TokenError>> + Send;

    /// Tells that SalesIQ did not accept a token, so that the next one is another.
    fn token_failed(&self, principal: Principal, token: &SecretString) -> impl Future<Output = ()> + Send;

    /// Tells that SalesIQ throttles this address: no token is given out until it is over.
    fn throttled(&self, retry_after: Duration) -> impl Future<Output = ()> + Send;
}

impl<T: Tokens> Tokens for Arc<T> {
    fn token(&self, principal: Principal) -> impl Future<Output = Result<SecretString, TokenError>> + Send {
        T::token(self, principal)
    }

    fn token_failed(&self, principal: Principal, token: &SecretString) -> impl Future<Output = ()> + Send {
        T::token_failed(self, principal, token)
    }

    fn throttled(&self, retry_after: Duration) -> impl Future<Output = ()> + Send {
        T::throttled(self, retry_after)
    }
}
