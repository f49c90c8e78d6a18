//! Why a model gave no usable answer. No error holds what was said or a key: endpoints repeat both in their messages, so only
//! codes that look like codes are taken over.

use std::time::Duration;

use thiserror::Error;

use super::Tokens;
use crate::domain::id::BackendName;
use crate::salesiq::oauth::secret::SecretError;

/// The longest code that is taken over.
const CODE_CHARS: usize = 64;

/// What is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlong {
    /// What the model was asked.
    Prompt,
    /// What it answered.
    Answer,
}

/// A model gave no usable answer.
#[derive(Debug, Error)]
pub enum ModelError {
    /// No answer in time. Repeating may help.
    #[error("backend {backend} did not answer within {within_ms} ms")]
    TimedOut {
        /// Which.
        backend: BackendName,
        /// How long it was given.
        within_ms: u64,
    },
    /// It is asked too often. Repeating helps after a while.
    #[error("backend {backend} is throttled")]
    Throttled {
        /// Which.
        backend: BackendName,
        /// How long it wants to be left alone, if it said so.
        retry_after: Option<Duration>,
    },
    /// The model, a filter or a guardrail won't answer this. Another model may.
    #[error("backend {backend} won't answer this")]
    Refused {
        /// Which.
        backend: BackendName,
        /// What that took.
        tokens: Tokens,
    },
    /// The endpoint failed. Repeating may help.
    #[error("backend {backend} failed with {code}")]
    Unavailable {
        /// Which.
        backend: BackendName,
        /// The status or the endpoint's code.
        code: String,
    },
    /// No connection, or it broke. Repeating may help.
    #[error("backend {backend} can't be reached")]
    Unreachable {
        /// Which.
        backend: BackendName,
        /// What the client said, without the URL.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What came is no answer. Repeating may help.
    #[error("backend {backend} answered with something else than a completion: {what}")]
    Malformed {
        /// Which.
        backend: BackendName,
        /// What is wrong with it, without repeating it.
        what: String,
    },
    /// The key or the role is not accepted.
    #[error(
        "backend {backend} refused the key or the role with {code}; check its secret, or the function's permissions"
    )]
    Unauthorised {
        /// Which.
        backend: BackendName,
        /// The status or the endpoint's code.
        code: String,
    },
    /// The settings name a secret that is not there.
    #[error("backend {backend} has no key: write it to the secret {secret}")]
    NoSecret {
        /// Which.
        backend: BackendName,
        /// What Secrets Manager is to call it.
        secret: String,
    },
    /// The key can't be read. Repeating may help.
    #[error("the key of backend {backend} can't be read")]
    Secret {
        /// Which.
        backend: BackendName,
        /// Why.
        #[source]
        source: SecretError,
    },
    /// More than the model takes, or more than it may write.
    #[error("backend {backend}: the {} is too long; {}", .what.name(), .what.advice())]
    TooLong {
        /// Which.
        backend: BackendName,
        /// What.
        what: Overlong,
        /// What that took.
        tokens: Tokens,
    },
    /// The endpoint does not take the request: there is no such model, or it can't do what is asked.
    #[error("backend {backend} does not take the request, with {code}; check its model and base_url")]
    Rejected {
        /// Which.
        backend: BackendName,
        /// The status or the endpoint's code.
        code: String,
    },
    /// Answers are replayed, and there is none for this.
    #[error(
        "{path} has no answer of backend {backend} to this prompt ({key}); run it once with answers recorded to that file"
    )]
    NotRecorded {
        /// Which.
        backend: BackendName,
        /// The file.
        path: String,
        /// What it was looked for under.
        key: String,
    },
    /// The file of recorded answers can't be read or written.
    #[error("recorded answers can't be kept in or read from {path}")]
    Recording {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Overlong {
    fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Answer => "answer",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Prompt => "choose a model that reads more",
            Self::Answer => "raise its max_output_tokens",
        }
    }
}

impl ModelError {
    /// Whether the same question to the same model may be answered when it is repeated.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::TimedOut { .. }
            | Self::Throttled { .. }
            | Self::Unavailable { .. }
            | Self::Unreachable { .. }
            | Self::Malformed { .. } => true,
            Self::Secret { source, .. } => source.is_retryable(),
            Self::Refused { .. }
            | Self::Unauthorised { .. }
            | Self::NoSecret { .. }
            | Self::TooLong { .. }
            | Self::Rejected { .. }
            | Self::NotRecorded { .. }
            | Self::Recording { .. } => false,
        }
    }

    /// Whether it tells of the model and not of what it was asked: other questions will fail as well.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        !matches!(self, Self::Refused { .. } | Self::TooLong { .. } | Self::NotRecorded { .. } | Self::Recording { .. })
    }

    /// What the attempt took, as far as it can be known. A model that answered too late or garbled has read the prompt; one
    /// that did not take the request has not.
    #[must_use]
    pub fn tokens(&self, estimated: Tokens) -> Tokens {
        match self {
            Self::Refused { tokens, .. } | Self::TooLong { tokens, .. } => *tokens,
            Self::TimedOut { .. } | Self::Malformed { .. } => estimated,
            _ => Tokens::default(),
        }
    }

    /// Whether a model was asked at all.
    #[must_use]
    pub fn was_asked(&self) -> bool {
        !matches!(self, Self::NoSecret { .. } | Self::Secret { .. } | Self::NotRecorded { .. } | Self::Recording { .. })
    }
}

/// A code from outside, if it looks like one: it may be a sentence that repeats the prompt.
pub(super) fn code(text: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    Some(text).filter(|text| !text.is_empty() && text.len() <= CODE_CHARS && text.chars().all(plain))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_no_code() {
        assert_eq!(code("context_length_exceeded"), Some("context_length_exceeded"));
        for text in ["", "my card is 4111", "sk-\u{e9}", &"x".repeat(65)] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn what_repeating_can_cure_is_told_from_the_rest() {
        let backend = BackendName::parse("main").unwrap();
        let throttled = ModelError::Throttled { backend: backend.clone(), retry_after: None };
        let refused = ModelError::Refused { backend: backend.clone(), tokens: Tokens { input: 9, output: 1 } };
        let no_secret = ModelError::NoSecret { backend, secret: "x/secrets/y".to_owned() };
        assert!(throttled.is_retryable() && throttled.is_outage() && throttled.was_asked());
        assert!(!refused.is_retryable() && !refused.is_outage());
        assert_eq!(refused.tokens(Tokens::default()).input, 9);
        assert!(!no_secret.is_retryable() && no_secret.is_outage() && !no_secret.was_asked());
    }
}
