//! Takes letters: SES, or a post in memory for the simulation and in-process tests.
//!
//! SES has no idempotency: a letter that is sent again may arrive twice. So each failure says whether the letter certainly
//! was not sent, and nothing here repeats by itself; who asked decides.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_ses::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ses::operation::send_raw_email::SendRawEmailError;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::{MessageTag, RawMessage};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use super::letter::Letter;

/// Time for a whole send: the largest letter is 9 MB.
const SEND: Duration = Duration::from_secs(20);

/// The longest value of a tag (SES: 256 characters).
const TAG_LIMIT: usize = 256;

/// Error codes of SES that another try meets again (SES API, `SendRawEmail` and common errors).
const PERMANENT: [&str; 18] = [
    "AccessDenied",
    "AccessDeniedException",
    "ConfigurationSetDoesNotExist",
    "ConfigurationSetDoesNotExistException",
    "IncompleteSignature",
    "InvalidAction",
    "InvalidClientTokenId",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MailFromDomainNotVerified",
    "MailFromDomainNotVerifiedException",
    "MalformedQueryString",
    "MessageRejected",
    "MissingParameter",
    "NotAuthorized",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "ValidationError",
];

/// What takes letters.
#[derive(Debug, Clone)]
pub enum Post {
    /// SES. Its client must not repeat by itself: make it with [`Post::ses`].
    Ses {
        /// The client.
        client: aws_sdk_ses::Client,
        /// Which configuration set tells of bounces and complaints.
        configuration_set: Option<String>,
    },
    /// Keeps what it is given.
    Memory(Arc<Mutex<MemoryPost>>),
}

/// SES took a letter. That is not yet delivered: a bounce may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// SES's id, which bounces and complaints name.
    pub message_id: String,
}

/// A letter was not taken, or it can't be told. No address is ever in it.
#[derive(Debug, Error)]
pub enum PostError {
    /// SES answered that it does not send it.
    #[error("SES refused the mail: {code}")]
    Refused {
        /// Its error code.
        code: String,
        /// Another try is refused as well, until something is changed.
        permanent: bool,
    },
    /// The connection was lost or the time was up: it may have been sent.
    #[error("it can't be told whether SES took the mail")]
    Unknown {
        /// What the client said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// There was no connection: it was not sent. Repeating may help.
    #[error("SES could not be reached")]
    NotSent {
        /// What the client said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl PostError {
    /// The letter certainly was not sent.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }

    /// Repeating can't help until something is changed.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Refused { permanent: true, .. })
    }
}

impl Post {
    /// SES by a client that sends once: the SDK would repeat after a lost answer too, and the reader would get two mails.
    #[must_use]
    pub fn ses(aws: &SdkConfig, configuration_set: Option<String>) -> Self {
        let mut timeouts = TimeoutConfig::builder().operation_attempt_timeout(SEND).operation_timeout(SEND);
        timeouts.set_connect_timeout(aws.timeout_config().and_then(TimeoutConfig::connect_timeout));
        let config = aws_sdk_ses::config::Builder::from(aws)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts.build())
            .build();
        Self::Ses { client: aws_sdk_ses::Client::from_conf(config), configuration_set }
    }

    /// Sends a letter, once. `tags` come back with bounces and complaints.
    ///
    /// # Errors
    /// See [`PostError`]; [`PostError::is_definite`] tells whether it certainly was not sent.
    pub async fn send(&self, letter: &Letter, tags: &[(&str, &str)]) -> Result<Accepted, PostError> {
        match self {
            Self::Memory(post) => post.lock().unwrap_or_else(PoisonError::into_inner).take(letter, tags),
            Self::Ses { client, configuration_set } => {
                let tags = tags.iter().filter_map(|(name, value)| {
                    MessageTag::builder().name(tag_text(name)).value(tag_text(value)).build().ok()
                });
                let message = RawMessage::builder().data(Blob::new(letter.raw.clone())).build();
                let answer = client
                    .send_raw_email()
                    .source(&letter.from)
                    .set_destinations(Some(letter.to.clone()))
                    .raw_message(message.map_err(|error| PostError::NotSent { source: error.into() })?)
                    .set_configuration_set_name(configuration_set.clone())
                    .set_tags(Some(tags.collect()))
                    .send()
                    .await
                    .map_err(told)?;
                Ok(Accepted { message_id: answer.message_id().to_owned() })
            }
        }
    }
}

/// Letters, digits, `_`, `-`, `.` and `@` are all that SES allows.
fn tag_text(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "_-.@".contains(c) { c } else { '_' };
    let text: String = text.chars().take(TAG_LIMIT).map(allowed).collect();
    if text.is_empty() { "_".to_owned() } else { text }
}

/// What a failed send comes to. SES's own messages name addresses: they are left out.
fn told(error: SdkError<SendRawEmailError, HttpResponse>) -> PostError {
    match error {
        SdkError::ServiceError(failed) => {
            let status = failed.raw().status().as_u16();
            match failed.err().code() {
                Some(code) => PostError::Refused { code: plain_code(code), permanent: PERMANENT.contains(&code) },
                // A proxy in between, perhaps: what became of the letter is told by SES alone.
                None if status >= 500 => PostError::Unknown { source: format!("HTTP status {status}").into() },
                None => PostError::Refused { code: format!("HTTP {status}"), permanent: false },
            }
        }
        SdkError::ConstructionFailure(_) => PostError::NotSent { source: "the request could not be built".into() },
        failed @ SdkError::DispatchFailure(_) => match failed.into_source() {
            Ok(source) if is_connect(source.as_ref()) => PostError::NotSent { source },
            Ok(source) => PostError::Unknown { source },
            Err(_) => PostError::Unknown { source: "the connection was lost".into() },
        },
        SdkError::TimeoutError(_) => PostError::Unknown { source: "the time was up".into() },
        _ => PostError::Unknown { source: "the answer could not be read".into() },
    }
}

fn plain_code(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).take(80).collect()
}

/// No connection was made, says the HTTP client beneath the SDK.
fn is_connect(error: &(dyn StdError + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(error) = source {
        if error.downcast_ref().is_some_and(hyper_util::client::legacy::Error::is_connect) {
            return true;
        }
        source = error.source();
    }
    false
}

/// A post in memory.
#[derive(Debug, Default)]
pub struct MemoryPost {
    /// The letters that were sent, oldest first.
    pub sent: Vec<SentLetter>,
    /// How the next sends fail; when it is empty they don't.
    pub failures: VecDeque<MemoryFailure>,
}

/// A letter that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentLetter {
    /// The letter.
    pub letter: Letter,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

/// How a send in memory fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryFailure {
    /// It is refused.
    Refused {
        /// For good.
        permanent: bool,
    },
    /// It is sent, but the answer is lost.
    AnswerLost,
    /// It is lost, and so is the answer.
    Lost,
}

impl MemoryPost {
    /// Lets the next `count` sends fail so.
    pub fn fail_next(&mut self, count: usize, how: MemoryFailure) {
        self.failures.extend(std::iter::repeat_n(how, count));
    }

    fn take(&mut self, letter: &Letter, tags: &[(&str, &str)]) -> Result<Accepted, PostError> {
        let failure = self.failures.pop_front();
        if let Some(MemoryFailure::Refused { permanent }) = failure {
            let code = if permanent { "MessageRejected" } else { "Throttling" };
            return Err(PostError::Refused { code: code.to_owned(), permanent });
        }
        if failure != Some(MemoryFailure::Lost) {
            let tags = tags.iter().map(|(name, value)| (tag_text(name), tag_text(value))).collect();
            self.sent.push(SentLetter { letter: letter.clone(), tags });
        }
        match failure {
            None => Ok(Accepted { message_id: format!("memory-{}", self.sent.len()) }),
            Some(_) => Err(PostError::Unknown { source: "the answer was lost".into() }),
        }
    }
}

#[cfg(test)]
#[path = "post_tests.rs"]
mod tests;
