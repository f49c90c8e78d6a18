//! `cargo run -p simulator -- --port 4010`

#![allow(clippy::doc_markdown, reason = "SalesIQ and OAuth are names, not code")]

use clap::Parser;
use simulator::Options;
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// A Zoho SalesIQ to develop and test against: REST API, OAuth, webhooks, a chat widget and an operator desk.
#[derive(Debug, Parser)]
#[command(name = "simulator", version)]
struct Arguments {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 4010)]
    port: u16,
    /// The address. The control API has no password: keep it local.
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// The address that clients see, when it differs.
    #[arg(long)]
    public_url: Option<String>,
    /// The pause before a failed webhook execution is tried again.
    #[arg(long, default_value_t = 60_000)]
    retry_after_ms: u64,
    /// Where `/_ses` sends mails on to: the base URL of an SES.
    #[arg(long)]
    ses_upstream: Option<String>,
    /// Webhook calls under way at once.
    #[arg(long, default_value_t = 64)]
    max_deliveries: usize,
    /// Seeds ids and the dice of faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the simulator could not start");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> std::io::Result<()> {
    let listener = TcpListener::bind((arguments.bind, arguments.port)).await?;
    let options = Options {
        seed: arguments.seed,
        retry_after: Duration::from_millis(arguments.retry_after_ms),
        max_concurrent_deliveries: arguments.max_deliveries,
        public_url: arguments.public_url,
        ses_upstream: arguments.ses_upstream.map(|url| url.trim_end_matches('/').to_owned()),
    };
    let simulator = simulator::serve(listener, options)?;
    tracing::info!(base_url = simulator.base_url(), "the simulator listens");
    tokio::signal::ctrl_c().await?;
    simulator.stop().await;
    Ok(())
}
