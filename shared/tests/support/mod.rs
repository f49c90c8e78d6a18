//! What the tests of the SalesIQ client share.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, missing_docs)]

use std::sync::Mutex;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use wiremock::{Match, Request};

use shared::salesiq::oauth::{Principal, TokenError, Tokens};

#[allow(clippy::disallowed_methods, reason = "plain HTTP to the server of the test")]
pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// Tokens from a list: a token that failed is followed by the next.
pub struct ListedTokens {
    pub tokens: Mutex<Vec<&'static str>>,
    pub failed: Mutex<Vec<String>>,
    pub asked: Mutex<Vec<Principal>>,
    pub throttled_for: Mutex<Option<Duration>>,
}

impl ListedTokens {
    pub fn new(tokens: &[&'static str]) -> Self {
        Self {
            tokens: Mutex::new(tokens.to_vec()),
            failed: Mutex::default(),
            asked: Mutex::default(),
            throttled_for: Mutex::default(),
        }
    }
}

impl Tokens for ListedTokens {
    async fn token(&self, principal: Principal) -> Result<SecretString, TokenError> {
        self.asked.lock().unwrap().push(principal);
        let tokens = self.tokens.lock().unwrap();
        tokens.first().map(|token| SecretString::from(*token)).ok_or(TokenError::NotConnected { principal })
    }

    async fn token_failed(&self, _principal: Principal, token: &SecretString) {
        self.failed.lock().unwrap().push(token.expose_secret().to_owned());
        let mut tokens = self.tokens.lock().unwrap();
        if tokens.len() > 1 {
            tokens.remove(0);
        }
    }

    async fn throttled(&self, retry_after: Duration) {
        *self.throttled_for.lock().unwrap() = Some(retry_after);
    }
}

/// Matches a body that contains a text.
pub struct Contains(pub &'static str);

impl Match for Contains {
    fn matches(&self, request: &Request) -> bool {
        String::from_utf8_lossy(&request.body).contains(self.0)
    }
}
