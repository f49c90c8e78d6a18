//! The one HTTP client.

use std::time::Duration;

use crate::error::Error;

/// A client for the stack's own, unencrypted endpoints: no proxy lies between.
#[expect(clippy::disallowed_methods, reason = "shared::http::reqwest_client may go through a proxy; this one must not")]
pub(crate) fn client() -> Result<reqwest::Client, Error> {
    // reqwest asks for a TLS provider even where no TLS is spoken; a second installation is refused, and may be.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .map_err(|error| Error::Call { what: "making an HTTP client", detail: error.to_string() })
}

/// The body of a successful answer.
pub(crate) async fn body(what: &'static str, request: reqwest::RequestBuilder) -> Result<String, Error> {
    let failed = |error: reqwest::Error| Error::Call { what, detail: error.without_url().to_string() };
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    let body = response.text().await.map_err(failed)?;
    if status.is_success() { Ok(body) } else { Err(Error::Call { what, detail: format!("{status} {body}") }) }
}
