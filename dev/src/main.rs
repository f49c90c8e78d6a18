//! `cargo dev`: see the library for what it does.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    dev::cli::run().await
}
