//! What went wrong with a call to SalesIQ (api.md §1.3, §1.4).
//!
//! An error often comes with HTTP 200 and an `error` object, so the body is looked at before the status.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use thiserror::Error;

use super::assumptions::{THROTTLE_WAIT, is_wrong_state};
use super::lenient::{self, Object};
use super::oauth::TokenError;
use crate::domain::id::ConversationId;
use crate::domain::message::clip;

/// "Invalid Department IDs": the department was disabled or deleted.
pub const INVALID_DEPARTMENT: i64 = 1025;

/// Which call failed, and what SalesIQ said. Never holds a token or a message's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCall {
    /// The operation, such as `send_text`.
    pub operation: &'static str,
    /// The conversation, if it was about one.
    pub conversation: Option<ConversationId>,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// SalesIQ's error code, if it gave one.
    pub code: Option<i64>,
    /// What SalesIQ said, and which parameter it named.
    pub detail: Option<String>,
}

impl FailedCall {
    /// A call that was not answered.
    #[must_use]
    pub fn new(operation: &'static str, conversation: Option<&ConversationId>) -> Self {
        Self { operation, conversation: conversation.cloned(), status: None, code: None, detail: None }
    }
}

impl fmt::Display for FailedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation)?;
        if let Some(conversation) = &self.conversation {
            write!(f, " of conversation {conversation}")?;
        }
        if let Some(code) = self.code {
            write!(f, ", error {code}")?;
        } else if let Some(status) = self.status {
            write!(f, ", HTTP {status}")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

/// What went wrong with a call to SalesIQ.
#[derive(Debug, Error)]
pub enum SalesiqError {
    /// The token is not accepted (1008, 1002, HTTP 401), also after a fresh one was got; or there is none to be had.
    #[error("SalesIQ did not accept who we are at {call}")]
    Auth {
        /// The call.
        call: Box<FailedCall>,
        /// Why no token could be had.
        #[source]
        source: Option<TokenError>,
    },
    /// The token lacks a scope (1009): connect the account again with all scopes.
    #[error("the token lacks the scope for {call}")]
    Scope {
        /// The call.
        call: Box<FailedCall>,
    },
    /// The operator's role or the portal's plan does not allow it (1016, 1017, 1021, HTTP 403).
    #[error("SalesIQ does not allow {call}")]
    Forbidden {
        /// The call.
        call: Box<FailedCall>,
    },
    /// Too many calls (1023, HTTP 429): nothing was done. All calls must pause.
    #[error("SalesIQ throttles {call}; try again after {} s", retry_after.as_secs())]
    Throttled {
        /// The call.
        call: Box<FailedCall>,
        /// How long to leave SalesIQ alone.
        retry_after: Duration,
    },
    /// SalesIQ doesn't know what the call is about (1019, HTTP 404).
    #[error("SalesIQ does not know the subject of {call}")]
    NotFound {
        /// The call.
        call: Box<FailedCall>,
    },
    /// The conversation's state does not allow it, such as closing a closed chat (assumption: no code is documented).
    #[error("the conversation's state does not allow {call}")]
    WrongState {
        /// The call.
        call: Box<FailedCall>,
    },
    /// SalesIQ refused what was sent.
    #[error("SalesIQ refused {call}")]
    Invalid {
        /// The call.
        call: Box<FailedCall>,
    },
    /// SalesIQ failed. Whether it did something is not known.
    #[error("SalesIQ failed at {call}")]
    Server {
        /// The call.
        call: Box<FailedCall>,
    },
    /// SalesIQ was not reached, or did not answer in time.
    #[error("SalesIQ did not answer to {call}{}", if *may_have_landed { "; it may have taken effect" } else { "" })]
    Transport {
        /// The call.
        call: Box<FailedCall>,
        /// The request was sent, or may have been.
        may_have_landed: bool,
        /// What the HTTP client said, without the URL.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// SalesIQ answered, but not in a form that we can read.
    #[error("SalesIQ's answer to {call} can't be read")]
    Unreadable {
        /// The call.
        call: Box<FailedCall>,
        /// Where the answer stops to be JSON, if that is the reason.
        #[source]
        source: Option<serde_json::Error>,
    },
    /// No token could be had for now; the call was not made.
    #[error("no token for {call}")]
    Token {
        /// The call.
        call: Box<FailedCall>,
        /// Why.
        #[source]
        source: TokenError,
    },
}

impl SalesiqError {
    /// The call that failed.
    #[must_use]
    pub fn call(&self) -> &FailedCall {
        match self {
            Self::Auth { call, .. }
            | Self::Scope { call }
            | Self::Forbidden { call }
            | Self::Throttled { call, .. }
            | Self::NotFound { call }
            | Self::WrongState { call }
            | Self::Invalid { call }
            | Self::Server { call }
            | Self::Transport { call, .. }
            | Self::Unreadable { call, .. }
            | Self::Token { call, .. } => call,
        }
    }

    /// SalesIQ's error code, if it gave one.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.call().code
    }

    /// Whether the same call may succeed later. Whether it may be repeated without harm is another question:
    /// [`Self::may_have_landed`].
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Server { .. } | Self::Transport { .. } => true,
            Self::Token { source, .. } => source.is_retryable(),
            _ => false,
        }
    }

    /// Whether the call may have taken effect all the same.
    #[must_use]
    pub fn may_have_landed(&self) -> bool {
        match self {
            Self::Server { .. } | Self::Unreadable { .. } => true,
            Self::Transport { may_have_landed, .. } => *may_have_landed,
            _ => false,
        }
    }

    /// How long to wait before the next call, where it is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } => Some(*retry_after),
            Self::Token { source, .. } => source.retry_after(),
            _ => None,
        }
    }
}

/// Reads an answer: its JSON (`null` if it is empty), or the error that it is.
pub(super) fn read_answer(
    call: FailedCall,
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
) -> Result<Value, SalesiqError> {
    let mut call = Box::new(FailedCall { status: Some(status.as_u16()), ..call });
    let read: Result<Value, _> =
        if body.trim_ascii().is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body) };
    let retry_after = retry_after.unwrap_or(THROTTLE_WAIT);
    if let Ok(Value::Object(answer)) = &read
        && let Some(error) = answer.get("error").filter(|error| !error.is_null())
    {
        let message = describe(&mut call, error);
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(SalesiqError::Throttled { call, retry_after });
        }
        return Err(match call.code {
            Some(code) => by_code(call, code, &message, retry_after),
            None if speaks_of_token(&message) => SalesiqError::Auth { call, source: None },
            None => by_status(call, status, retry_after),
        });
    }
    if !status.is_success() {
        return Err(by_status(call, status, retry_after));
    }
    read.map_err(|source| SalesiqError::Unreadable { call, source: Some(source) })
}

fn describe(call: &mut FailedCall, error: &Value) -> String {
    let empty = Object::new();
    let told = error.as_object().unwrap_or(&empty);
    let message = error.as_str().or_else(|| lenient::text(told, "message")).unwrap_or_default();
    call.code = lenient::integer_at(told, "code");
    let named = ["json_key", "param", "header"].iter().find_map(|key| lenient::text(told, key));
    let detail = match named {
        Some(named) => format!("{} ({})", clip(message, 160), clip(named, 80)),
        None => clip(message, 160).to_owned(),
    };
    call.detail = (!detail.is_empty()).then_some(detail);
    message.to_owned()
}

fn by_code(call: Box<FailedCall>, code: i64, message: &str, retry_after: Duration) -> SalesiqError {
    match code {
        1002 | 1008 => SalesiqError::Auth { call, source: None },
        1009 => SalesiqError::Scope { call },
        1016 | 1017 | 1021 => SalesiqError::Forbidden { call },
        1019 => SalesiqError::NotFound { call },
        1023 => SalesiqError::Throttled { call, retry_after },
        1001 => SalesiqError::Server { call },
        _ if is_wrong_state(code, message) => SalesiqError::WrongState { call },
        _ if call.status.is_some_and(|status| status >= 500) => SalesiqError::Server { call },
        _ => SalesiqError::Invalid { call },
    }
}

fn by_status(call: Box<FailedCall>, status: StatusCode, retry_after: Duration) -> SalesiqError {
    match status.as_u16() {
        401 => SalesiqError::Auth { call, source: None },
        403 => SalesiqError::Forbidden { call },
        404 => SalesiqError::NotFound { call },
        409 => SalesiqError::WrongState { call },
        429 => SalesiqError::Throttled { call, retry_after },
        408 | 500.. => SalesiqError::Server { call },
        400..500 => SalesiqError::Invalid { call },
        _ => SalesiqError::Unreadable { call, source: None },
    }
}

// Zoho's general form of 1008, seen where SalesIQ answers 400 to an expired token (api.md §1.3).
fn speaks_of_token(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("token") && ["invalid", "expired"].iter().any(|word| message.contains(word))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Value, SalesiqError> {
        let call = FailedCall::new("close", Some(&ConversationId::parse("19").unwrap()));
        read_answer(call, StatusCode::from_u16(status).unwrap(), None, body.as_bytes())
    }

    fn kind(error: &SalesiqError) -> &'static str {
        match error {
            SalesiqError::Auth { .. } => "auth",
            SalesiqError::Scope { .. } => "scope",
            SalesiqError::Forbidden { .. } => "forbidden",
            SalesiqError::Throttled { .. } => "throttled",
            SalesiqError::NotFound { .. } => "not found",
            SalesiqError::WrongState { .. } => "wrong state",
            SalesiqError::Invalid { .. } => "invalid",
            SalesiqError::Server { .. } => "server",
            SalesiqError::Transport { .. } => "transport",
            SalesiqError::Unreadable { .. } => "unreadable",
            SalesiqError::Token { .. } => "token",
        }
    }

    #[test]
    fn an_error_object_counts_whatever_the_status() {
        let table = [
            (1002, "auth"),
            (1008, "auth"),
            (1009, "scope"),
            (1016, "forbidden"),
            (1019, "not found"),
            (1023, "throttled"),
            (1010, "wrong state"),
            (INVALID_DEPARTMENT, "invalid"),
            (1006, "invalid"),
            (1001, "server"),
        ];
        for (code, expected) in table {
            for status in [200, 400, 401] {
                let error = read(status, &format!(r#"{{"error":{{"code":{code},"message":"text"}}}}"#)).unwrap_err();
                assert_eq!(kind(&error), expected, "{status} {code}");
                assert_eq!(error.code(), Some(code));
            }
        }
    }

    #[test]
    fn the_router_knows_the_same_error_for_a_department_that_is_gone() {
        assert_eq!(INVALID_DEPARTMENT, crate::domain::router::DEPARTMENT_GONE);
    }

    #[test]
    fn without_an_error_object_the_status_counts() {
        let table = [
            (400, "invalid"),
            (401, "auth"),
            (403, "forbidden"),
            (404, "not found"),
            (429, "throttled"),
            (500, "server"),
            (503, "server"),
            (302, "unreadable"),
        ];
        for (status, expected) in table {
            assert_eq!(kind(&read(status, "<html>").unwrap_err()), expected, "{status}");
        }
        assert_eq!(kind(&read(200, "<html>").unwrap_err()), "unreadable");
        assert_eq!(kind(&read(429, r#"{"error":{"code":9}}"#).unwrap_err()), "throttled");
        assert_eq!(kind(&read(400, r#"{"error":"invalid oauthtoken"}"#).unwrap_err()), "auth");
    }

    #[test]
    fn an_empty_answer_is_a_success() {
        assert_eq!(read(200, " ").unwrap(), Value::Null);
        assert_eq!(read(204, "").unwrap(), Value::Null);
    }

    #[test]
    fn an_error_says_what_which_conversation_and_why() {
        let body =
            r#"{"error":{"code":1007,"message":"Invalid datatypes found in params","json_key":"department.id"}}"#;
        assert_eq!(
            read(200, body).unwrap_err().to_string(),
            "SalesIQ refused close of conversation 19, error 1007: Invalid datatypes found in params (department.id)"
        );
    }

    #[test]
    fn only_what_surely_did_nothing_may_be_repeated_without_care() {
        assert!(!read(429, "").unwrap_err().may_have_landed());
        assert!(read(502, "").unwrap_err().may_have_landed());
        assert!(read(200, "<html>").unwrap_err().may_have_landed());
        assert!(read(502, "").unwrap_err().is_retryable());
        assert!(!read(404, "").unwrap_err().is_retryable());
    }
}
