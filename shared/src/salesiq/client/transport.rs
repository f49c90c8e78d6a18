//! Sending a request: token, time-out, what the answer means, and what may be repeated.

use std::sync::atomic::Ordering;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use reqwest::multipart::Part;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::Instant;

use super::Client;
use super::carrier::{Answer, Lost, Parcel};
use super::request::{Body, Repeat, Request};
use crate::salesiq::error::{FailedCall, SalesiqError, read_answer};
use crate::salesiq::oauth::{TokenError, Tokens};

/// How long calls may take and how often they are repeated.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long one call may take.
    pub timeout: Duration,
    /// How long sending a file may take.
    pub upload_timeout: Duration,
    /// How often a failed call is repeated.
    pub repeats: usize,
    /// How long a call may take with all its repetitions.
    pub budget: Duration,
    /// The pause before the first repetition; it grows, with jitter.
    pub first_pause: Duration,
    /// A throttled call is only repeated when SalesIQ wants to be left alone no longer than this.
    pub short_throttle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(4),
            upload_timeout: Duration::from_secs(20),
            repeats: 2,
            budget: Duration::from_secs(9),
            first_pause: Duration::from_millis(100),
            short_throttle: Duration::from_secs(1),
        }
    }
}

/// Makes something of an answer's status, `Retry-After` and body, or tells what is wrong with it.
pub(super) type Reader<R> = fn(FailedCall, StatusCode, Option<Duration>, &[u8]) -> Result<R, SalesiqError>;

impl<T: Tokens> Client<T> {
    /// Sends a request and reads its answer as JSON.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Value, SalesiqError> {
        self.send_and_read(request, read_answer).await
    }

    /// Sends a request whose answer is read by `read`.
    pub(super) async fn send_and_read<R>(&self, request: Request<'_>, read: Reader<R>) -> Result<R, SalesiqError> {
        let started = Instant::now();
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.limits.first_pause)
            .with_max_delay(self.limits.first_pause * 10)
            .with_max_times(self.limits.repeats)
            .with_jitter()
            .build();
        let mut asked_for_another_token = false;
        loop {
            let token = self.token(&request).await?;
            let error = match self.attempt(&request, &token, read).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match &error {
                // A token that was not accepted has done nothing.
                SalesiqError::Auth { .. } => {
                    self.tokens.token_failed(request.principal, &token).await;
                    if asked_for_another_token {
                        return Err(error);
                    }
                    asked_for_another_token = true;
                    continue;
                }
                SalesiqError::Throttled { retry_after, .. } if *retry_after > self.limits.short_throttle => {
                    self.tokens.throttled(*retry_after).await;
                    return Err(error);
                }
                _ => {}
            }
            let Some(pause) = pauses.next().filter(|_| may_repeat(request.repeat, &error)) else { return Err(error) };
            let pause = pause.max(error.retry_after().unwrap_or_default());
            if started.elapsed() + pause >= self.limits.budget {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn token(&self, request: &Request<'_>) -> Result<SecretString, SalesiqError> {
        self.tokens.token(request.principal).await.map_err(|source| {
            let call = Box::new(FailedCall::new(request.operation, request.conversation));
            match source {
                TokenError::Throttled { retry_after, .. } => SalesiqError::Throttled { call, retry_after },
                TokenError::NotConnected { .. } | TokenError::Denied { .. } => {
                    SalesiqError::Auth { call, source: Some(source) }
                }
                source => SalesiqError::Token { call, source },
            }
        })
    }

    async fn attempt<R>(
        &self,
        request: &Request<'_>,
        token: &SecretString,
        read: Reader<R>,
    ) -> Result<R, SalesiqError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let result = self.call(request, token, read).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (method, path) = (request.method.as_str(), request.template);
        let conversation = request.conversation.map(ToString::to_string);
        match &result {
            Ok(_) => tracing::debug!(method, path, conversation, duration_ms, "SalesIQ answered"),
            Err(error) => {
                let (status, code) = (error.call().status, error.code());
                tracing::info!(method, path, status, code, conversation, duration_ms, "a call to SalesIQ failed");
            }
        }
        result
    }

    async fn call<R>(&self, request: &Request<'_>, token: &SecretString, read: Reader<R>) -> Result<R, SalesiqError> {
        let call = FailedCall::new(request.operation, request.conversation);
        let invalid = |detail: &str| SalesiqError::Invalid {
            call: Box::new(FailedCall { detail: Some(detail.to_owned()), ..call.clone() }),
        };
        let url = request
            .url(&self.endpoints.api, &self.screen)
            .ok_or_else(|| invalid("a value can't be a part of a path"))?;
        let mut authorization = HeaderValue::from_str(&format!("Zoho-oauthtoken {}", token.expose_secret()))
            .map_err(|_| invalid("the token has characters that no header can have"))?;
        authorization.set_sensitive(true);

        let timeout = match &request.body {
            Body::File(_) => self.limits.upload_timeout,
            Body::None | Body::Json(_) => self.limits.timeout,
        };
        if let Body::File(upload) = &request.body
            && Part::bytes(Vec::new()).mime_str(&upload.mime).is_err()
        {
            return Err(invalid("the file's MIME type can't be read"));
        }
        let parcel = Parcel {
            operation: request.operation,
            principal: request.principal,
            method: request.method.clone(),
            url,
            authorization,
            conversation: request.conversation,
            body: &request.body,
            timeout,
        };
        match self.carrier.carry(parcel).await {
            Ok(Answer { status, retry_after, body }) => read(call, status, retry_after, &body),
            Err(Lost { may_have_landed, source }) => {
                Err(SalesiqError::Transport { call: Box::new(call), may_have_landed, source })
            }
        }
    }
}

fn may_repeat(repeat: Repeat, error: &SalesiqError) -> bool {
    match repeat {
        Repeat::Read => error.is_retryable(),
        Repeat::Definite => error.is_retryable() && !error.may_have_landed(),
        Repeat::Never => false,
    }
}
