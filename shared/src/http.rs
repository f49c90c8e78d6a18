//! The one place where HTTP clients and TLS are made, for the AWS SDK and for everything else.
//!
//! Most of the cold start of a small function is reading and parsing a system's 150 CA certificates, so the roots are
//! compiled in: Amazon's five for AWS, Mozilla's (`webpki-roots`, which need no parsing) for the rest. There is one TLS
//! implementation, rustls, with one provider, `ring`, named at each use: nothing depends on a process-wide default, and a
//! second provider in the binary would make rustls panic where one is looked up.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::{Builder, tls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

/// Every endpoint of AWS has a certificate under one of these: Amazon Root CA 1 to 4 and Starfield Services Root G2
/// (<https://www.amazontrust.com/repository/>).
const AMAZON_ROOTS: &[u8] = include_bytes!("http/amazon_roots.pem");

/// A file of PEM certificates that takes the place of the compiled-in roots: for a proxy that ends TLS.
const ROOTS_OVERRIDE: &str = "SSL_CERT_FILE";

/// Connecting within a region takes 2 ms, a lost packet adds a second.
const AWS_CONNECT: Duration = Duration::from_secs(1);

/// A single request: the slowest ordinary answer is a transaction of 100 actions, well under a second.
const AWS_ATTEMPT: Duration = Duration::from_secs(3);

/// All attempts of an operation together.
const AWS_OPERATION: Duration = Duration::from_secs(9);

/// The first attempt and two more.
const AWS_ATTEMPTS: u32 = 3;

/// The longest pause before the second attempt, where somebody waits for the answer.
const AWS_SHORT_PAUSE: Duration = Duration::from_millis(50);

/// Time to connect to anything but AWS.
const CONNECT: Duration = Duration::from_secs(3);

/// Time for a whole request to anything but AWS; who needs longer, such as the AI, says so on the request.
const TOTAL: Duration = Duration::from_secs(15);

const USER_AGENT: &str = concat!("salesiq-operator/", env!("CARGO_PKG_VERSION"));

/// Why there is no HTTP client.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The file that `SSL_CERT_FILE` names can't be used.
    #[error(
        "{ROOTS_OVERRIDE} names {path}, which can't be used; name a readable file of PEM certificates, or unset it"
    )]
    Roots {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// rustls refused the configuration.
    #[error("TLS can't be set up")]
    Tls(#[source] rustls::Error),
    /// The client could not be built.
    #[error("the HTTP client can't be built")]
    Client(#[source] reqwest::Error),
}

/// The HTTP client of all SDK clients, with one pool of connections. Made on first use; plain `http` works too.
///
/// Its connections live on the runtime that opened them: a process with several runtimes, such as a test binary, needs
/// clients of their own.
///
/// A `SSL_CERT_FILE` that can't be used is reported and not obeyed: the SDK would panic on it at the first request.
pub fn aws_http_client() -> SharedHttpClient {
    static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
    CLIENT
        .get_or_init(|| {
            let roots = override_path().and_then(|path| match read_roots(&path) {
                Ok((pem, _)) => Some(pem),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "using the compiled-in roots");
                    None
                }
            });
            let store = tls::TrustStore::empty().with_pem_certificate(roots.unwrap_or_else(|| AMAZON_ROOTS.to_vec()));
            let builder = Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring));
            match tls::TlsContext::builder().with_trust_store(store).build() {
                Ok(context) => builder.tls_context(context).build_https(),
                // Never so today: building a context checks nothing. The client then trusts the system's roots.
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "using the system's roots");
                    builder.build_https()
                }
            }
        })
        .clone()
}

/// The configuration of all SDK clients, from what Lambda puts into the environment: `AWS_REGION`, the credentials'
/// variables, and on the local stack `AWS_ENDPOINT_URL`.
///
/// Not `aws_config::load`: its chain of profiles, SSO, STS and instance metadata would be linked in, wants clients of its
/// own, and none of it applies in Lambda.
#[must_use]
pub fn aws_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(AWS_CONNECT)
        .operation_attempt_timeout(AWS_ATTEMPT)
        .operation_timeout(AWS_OPERATION)
        .build();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")).map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(aws_http_client())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(AWS_ATTEMPTS));
    config.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    config.build()
}

/// The same for a function that somebody waits for: no operation takes longer than `operation`, and a lost first attempt
/// leaves time for a second, which follows at once.
#[must_use]
pub fn aws_config_within(operation: Duration) -> SdkConfig {
    let attempt = operation * 2 / 3;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(attempt.min(AWS_CONNECT))
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build();
    // The SDK's own first pause is up to a second long.
    let retries = RetryConfig::standard().with_max_attempts(AWS_ATTEMPTS).with_initial_backoff(AWS_SHORT_PAUSE);
    aws_config().into_builder().timeout_config(timeouts).retry_config(retries).build()
}

/// A client for everything but AWS: SalesIQ, Zoho's accounts, the AI.
///
/// It follows no redirect: its requests carry tokens, and no API that it speaks to redirects.
///
/// # Errors
/// `SSL_CERT_FILE` can't be used, or TLS can't be set up.
pub fn reqwest_client() -> Result<reqwest::Client, HttpError> {
    builder()?.build().map_err(HttpError::Client)
}

/// A client for what companies declare as tools, which connects only to the addresses that `resolver` gives.
///
/// It goes through no proxy, which would resolve names by itself. Each request has a connection of its own: a kept one is
/// often dead when a frozen sandbox wakes, and then nobody knows whether a call that writes was made; and its address was
/// looked at for an earlier call.
///
/// # Errors
/// `SSL_CERT_FILE` can't be used, or TLS can't be set up.
pub fn tool_client<R: reqwest::dns::Resolve + 'static>(resolver: R) -> Result<reqwest::Client, HttpError> {
    let builder = builder()?.dns_resolver(Arc::new(resolver)).no_proxy().pool_max_idle_per_host(0);
    builder.build().map_err(HttpError::Client)
}

fn builder() -> Result<reqwest::ClientBuilder, HttpError> {
    let roots = match override_path() {
        Some(path) => read_roots(&path)?.1,
        None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
    };
    let mut tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(HttpError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // reqwest offers these itself only where it builds the configuration.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    #[expect(clippy::disallowed_methods, reason = "this is the one place that builds HTTP clients")]
    let builder = reqwest::Client::builder();
    Ok(builder
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(USER_AGENT))
}

fn override_path() -> Option<String> {
    variable(ROOTS_OVERRIDE)
}

/// The certificates of a file, as they are and parsed; there is at least one.
fn read_roots(path: &str) -> Result<(Vec<u8>, RootCertStore), HttpError> {
    let unusable =
        |source: Box<dyn std::error::Error + Send + Sync>| HttpError::Roots { path: path.to_owned(), source };
    let pem = std::fs::read(Path::new(path)).map_err(|error| unusable(error.into()))?;
    let roots = parse_roots(&pem).map_err(unusable)?;
    Ok((pem, roots))
}

fn parse_roots(pem: &[u8]) -> Result<RootCertStore, Box<dyn std::error::Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() { Err(pem::Error::NoItemsFound.into()) } else { Ok(roots) }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what the SDK itself would read; the functions' own settings are elsewhere"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_roots_for_aws_are_five_that_mozilla_trusts_too() {
        let roots = parse_roots(AMAZON_ROOTS).unwrap().roots;
        assert_eq!(roots.len(), 5);
        assert!(roots.iter().all(|root| webpki_roots::TLS_SERVER_ROOTS.contains(root)));
    }

    #[test]
    fn a_file_without_certificates_is_not_a_set_of_roots() {
        assert!(parse_roots(b"nothing").is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_named_in_the_error() {
        assert!(read_roots("no/such.pem").unwrap_err().to_string().contains("no/such.pem"));
    }

    #[test]
    fn the_clients_are_built_without_a_default_provider() {
        assert!(reqwest_client().is_ok());
        assert!(aws_config().http_client().is_some());
        assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    }
}
