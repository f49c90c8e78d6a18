//! The HTTP side: who calls, what goes wrong on the way, and which page or API answers.

mod answer;
mod api;
mod control;
mod incoming;
mod line;
mod loopback;
mod oauth;
mod pages;
mod rest;
mod ses;
mod visitor;

use crate::settings::Settings;
use crate::state::{Change, State};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::any;
use jiff::Timestamp;
use line::{Line, Listener};
use reqwest::Client;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast, watch};

/// What every handler shares.
pub(crate) type App = Arc<Shared>;

#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Wakes the sender of webhooks.
    pub(crate) wake: Notify,
    pub(crate) client: Client,
    /// To the pages.
    changes: broadcast::Sender<Change>,
    /// Wakes held steps.
    steps: watch::Sender<u64>,
    base_url: String,
    /// Where mails are sent on to.
    ses_upstream: Option<String>,
    /// What a reset goes back to.
    started_with: Settings,
    stopped: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn new(
        base_url: String,
        settings: Settings,
        seed: u64,
        ses_upstream: Option<String>,
        stopped: watch::Receiver<bool>,
    ) -> io::Result<Self> {
        Ok(Self {
            state: Mutex::new(State::seeded(machine_clock(), seed, settings.clone())),
            wake: Notify::new(),
            client: client()?,
            changes: broadcast::channel(256).0,
            steps: watch::channel(0).0,
            base_url,
            ses_upstream,
            started_with: settings,
            stopped,
        })
    }

    /// Does something to the state, and wakes the sender.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut State, i64) -> R) -> R {
        let result = self.quietly(f);
        self.wake.notify_one();
        result
    }

    /// Does something to the state without waking the sender: for reading, and for the sender itself.
    pub(crate) fn quietly<R>(&self, f: impl FnOnce(&mut State, i64) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = machine_clock() + state.clock_ahead_ms;
        let result = f(&mut state, now);
        for change in state.changes.drain(..) {
            // Nobody may be watching.
            drop(self.changes.send(change));
        }
        result
    }
}

/// The one place that reads the clock.
#[expect(clippy::disallowed_methods, reason = "the simulator has a clock of its own, which tests set ahead")]
fn machine_clock() -> i64 {
    Timestamp::now().as_millisecond()
}

/// The client for webhooks. It speaks plain HTTP to the local stack; it trusts no certificate.
fn client() -> io::Result<Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    #[expect(clippy::disallowed_methods, reason = "the simulator shares nothing with what it stands in for")]
    let builder = Client::builder();
    builder
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .dns_resolver(Arc::new(loopback::Names))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(io::Error::other)
}

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, app: App, mut stopped: watch::Receiver<bool>) {
    let router = Router::new()
        .route("/_control/{*path}", any(control::handle))
        .route("/api/{*path}", any(api::handle))
        .route("/visitor/{*path}", any(api::handle))
        .route("/oauth/{*path}", any(api::handle))
        .route("/_ses", any(api::handle))
        .route("/_ses/", any(api::handle))
        .route("/_ses/{*path}", any(api::handle))
        .merge(pages::router())
        .layer(DefaultBodyLimit::disable())
        .with_state(app);
    let service = router.into_make_service_with_connect_info::<Line>();
    let until_stopped = async move {
        // An error means the sender is gone, which is a stop as well.
        drop(stopped.wait_for(|stop| *stop).await);
    };
    if let Err(error) = axum::serve(Listener::new(listener), service).with_graceful_shutdown(until_stopped).await {
        tracing::error!(%error, "the server stopped");
    }
}
