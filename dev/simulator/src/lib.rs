//! A Zoho SalesIQ to develop and test against, in memory, on one port.
//!
//! It is written from what is known of SalesIQ's API alone, and shares no type with the operator it tests, so that one
//! misreading can't hide in both. `README.md` beside it lists what is documented and what is assumed.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let simulator = simulator::serve(listener, simulator::Options::default())?;
//! println!("{}", simulator.base_url());
//! simulator.stop().await;
//! # Ok(())
//! # }
//! ```

#![allow(clippy::doc_markdown, reason = "SalesIQ and OAuth are names, not code")]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that can not go on should say where"))]

mod deliver;
mod faults;
mod http;
mod keys;
pub mod seed;
mod settings;
mod shapes;
mod state;

use settings::Settings;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How a simulator is started. What can be changed while it runs is at `/_control/settings`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seeds ids and the dice of faults.
    pub seed: u64,
    /// The pause before a failed webhook execution is tried again: a minute in SalesIQ.
    pub retry_after: Duration,
    /// Webhook calls under way at once.
    pub max_concurrent_deliveries: usize,
    /// The address that clients see, when it isn't the listener's.
    pub public_url: Option<String>,
    /// Where `/_ses` sends mails on to: the base URL of an SES, without a slash at the end.
    pub ses_upstream: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            retry_after: Duration::from_mins(1),
            max_concurrent_deliveries: 64,
            public_url: None,
            ses_upstream: None,
        }
    }
}

/// A simulator that runs. Dropping it stops it at once; [`Running::stop`] lets calls under way finish first.
#[derive(Debug)]
pub struct Running {
    base_url: String,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    deliveries: JoinHandle<()>,
}

/// How long a stop waits for calls that hang.
const STOP_WITHIN: Duration = Duration::from_secs(2);

impl Running {
    /// Where it listens, without a slash at the end: `http://127.0.0.1:4010`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Takes no more calls, lets those under way finish (two seconds at most), and stops.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(STOP_WITHIN, &mut self.server).await.is_err() {
            tracing::debug!("calls that hang were cut off");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.server.abort();
        self.deliveries.abort();
    }
}

/// Starts a simulator on `listener`, within the current tokio runtime.
///
/// # Errors
///
/// When the listener has no address, or no client for webhooks can be made.
pub fn serve(listener: TcpListener, options: Options) -> io::Result<Running> {
    let address = listener.local_addr()?;
    let base_url = options.public_url.unwrap_or_else(|| format!("http://{address}"));
    let settings = Settings {
        webhook_retry_ms: i64::try_from(options.retry_after.as_millis()).unwrap_or(i64::MAX),
        max_concurrent_deliveries: options.max_concurrent_deliveries.max(1),
        ..Settings::default()
    };
    let (stop, stopped) = watch::channel(false);
    let app =
        Arc::new(http::Shared::new(base_url.clone(), settings, options.seed, options.ses_upstream, stopped.clone())?);
    let deliveries = tokio::spawn(deliver::run(Arc::clone(&app), stopped.clone()));
    let server = tokio::spawn(http::serve(listener, app, stopped));
    Ok(Running { base_url, stop, server, deliveries })
}
