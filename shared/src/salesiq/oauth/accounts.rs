//! The token endpoint of Zoho's accounts server (api.md §7.2, §7.3).
//!
//! Its errors come with HTTP 200 as well: an answer without a token is a failure, whatever the status.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use thiserror::Error;
use url::Url;

use crate::salesiq::lenient::{self, Object};

/// How long the accounts server may take.
pub const ACCOUNTS_TIMEOUT: Duration = Duration::from_secs(5);

/// A client of the accounts server.
#[derive(Debug, Clone)]
pub struct Accounts {
    http: reqwest::Client,
    base: Url,
}

/// The client that Zoho knows us by.
#[derive(Debug, Clone)]
pub struct OauthClient {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: SecretString,
}

/// Tokens as the accounts server gives them.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The access token.
    pub access_token: SecretString,
    /// The refresh token, when a code was exchanged for offline access.
    pub refresh_token: Option<SecretString>,
    /// How long the access token is valid.
    pub expires_in: Duration,
}

/// Why the accounts server gave no token. Never holds one.
#[derive(Debug, Error)]
pub enum AccountsError {
    /// It says no, such as `invalid_code` for a bad or used code and for a bad refresh token.
    #[error("the accounts server refused {operation}: {reason}")]
    Refused {
        /// Which operation.
        operation: &'static str,
        /// Its word for it.
        reason: String,
    },
    /// Asked too often.
    #[error("the accounts server throttles {operation}")]
    Throttled {
        /// Which operation.
        operation: &'static str,
    },
    /// It failed.
    #[error("the accounts server failed at {operation} with HTTP {status}")]
    Server {
        /// Which operation.
        operation: &'static str,
        /// The status.
        status: u16,
    },
    /// It did not answer.
    #[error("the accounts server did not answer to {operation}")]
    Transport {
        /// Which operation.
        operation: &'static str,
        /// What the HTTP client said, without the URL.
        #[source]
        source: reqwest::Error,
    },
}

impl Accounts {
    /// A client of the accounts server at `base`.
    #[must_use]
    pub fn new(http: reqwest::Client, base: Url) -> Self {
        Self { http, base }
    }

    /// Exchanges a code for tokens.
    ///
    /// # Errors
    /// The server refuses or does not answer; the code is used up either way.
    pub async fn exchange(
        &self,
        client: &OauthClient,
        code: &SecretString,
        redirect_uri: &Url,
    ) -> Result<Issued, AccountsError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &client.id),
            ("client_secret", client.secret.expose_secret()),
            ("redirect_uri", redirect_uri.as_str()),
            ("code", code.expose_secret()),
        ];
        self.token("exchange", &form).await
    }

    /// Gets a new access token.
    ///
    /// # Errors
    /// The server refuses or does not answer.
    pub async fn refresh(&self, client: &OauthClient, refresh: &SecretString) -> Result<Issued, AccountsError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &client.id),
            ("client_secret", client.secret.expose_secret()),
            ("refresh_token", refresh.expose_secret()),
        ];
        self.token("refresh", &form).await
    }

    /// Revokes a refresh token and all that came of it.
    ///
    /// # Errors
    /// The server refuses or does not answer.
    pub async fn revoke(&self, refresh: &SecretString) -> Result<(), AccountsError> {
        let (_, answer) = self.post("oauth/v2/token/revoke", "revoke", &[("token", refresh.expose_secret())]).await?;
        match lenient::text(&answer, "error") {
            Some(reason) => Err(refusal("revoke", reason)),
            None => Ok(()),
        }
    }

    async fn token(&self, operation: &'static str, form: &[(&str, &str)]) -> Result<Issued, AccountsError> {
        let (status, answer) = self.post("oauth/v2/token", operation, form).await?;
        let Some(access_token) = lenient::text(&answer, "access_token") else {
            if status == 429 {
                return Err(AccountsError::Throttled { operation });
            }
            let reason = lenient::text(&answer, "error").or_else(|| lenient::text(&answer, "message"));
            return Err(match reason {
                Some(reason) => refusal(operation, reason),
                None => AccountsError::Server { operation, status },
            });
        };
        let expires_in = lenient::integer_at(&answer, "expires_in").and_then(|seconds| u64::try_from(seconds).ok());
        Ok(Issued {
            access_token: SecretString::from(access_token),
            refresh_token: lenient::text(&answer, "refresh_token").map(SecretString::from),
            expires_in: Duration::from_secs(expires_in.unwrap_or(3600).clamp(60, 86_400)),
        })
    }

    async fn post(
        &self,
        path: &str,
        operation: &'static str,
        form: &[(&str, &str)],
    ) -> Result<(u16, Object), AccountsError> {
        let failed = |source: reqwest::Error| AccountsError::Transport { operation, source: source.without_url() };
        let request = self.http.post(join(&self.base, path)).timeout(ACCOUNTS_TIMEOUT).form(form);
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        let body = response.bytes().await.map_err(failed)?;
        if status.is_server_error() {
            return Err(AccountsError::Server { operation, status: status.as_u16() });
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(answer)) => Ok((status.as_u16(), answer)),
            _ if is_throttle(&String::from_utf8_lossy(&body)) => Err(AccountsError::Throttled { operation }),
            _ if status.is_success() && body.trim_ascii().is_empty() => Ok((status.as_u16(), Object::new())),
            _ => Err(AccountsError::Server { operation, status: status.as_u16() }),
        }
    }
}

/// `base` with `path` behind it.
pub(super) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

fn refusal(operation: &'static str, reason: &str) -> AccountsError {
    if is_throttle(reason) {
        return AccountsError::Throttled { operation };
    }
    let reason = reason.chars().filter(|c| !c.is_control()).take(100).collect();
    AccountsError::Refused { operation, reason }
}

// "Access Denied" with HTTP 200 is its way to say "too often"; `access_denied` the same for codes (api.md §7.3).
fn is_throttle(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("access denied") || text.contains("access_denied") || text.contains("too many requests")
}
