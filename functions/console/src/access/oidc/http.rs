//! Our HTTP client as the crate for `OpenID` wants one.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use thiserror::Error;

/// How long one call may take: a sign-in makes up to four, in 29 s.
const WITHIN: Duration = Duration::from_secs(5);

/// The longest answer, in bytes; discovery documents and keys have a few thousand.
const LONGEST_BYTES: usize = 512 * 1024;

/// The client.
pub(super) struct Http(pub(super) reqwest::Client);

/// A call failed.
#[derive(Debug, Error)]
pub(super) enum HttpError {
    /// There is no answer.
    #[error("the provider does not answer")]
    Call(#[source] reqwest::Error),
    /// The answer is too long.
    #[error("the provider's answer is longer than {LONGEST_BYTES} bytes")]
    Long,
    /// The answer is no answer.
    #[error("the provider's answer can't be read")]
    Answer(#[source] axum::http::Error),
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        // URLs of this exchange have no secrets, but no place in a log either.
        Self::Call(error.without_url())
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut request = reqwest::Request::try_from(request)?;
            *request.timeout_mut() = Some(WITHIN);
            let mut answer = self.0.execute(request).await?;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                if body.len() + chunk.len() > LONGEST_BYTES {
                    return Err(HttpError::Long);
                }
                body.extend_from_slice(&chunk);
            }
            let mut response = axum::http::Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                headers.extend(answer.headers().clone());
            }
            response.body(body).map_err(HttpError::Answer)
        })
    }
}
