//! API Gateway: `/console` and all below it.

use std::sync::Arc;

use console::{Console, routes};
use lambda_http::{Error, run};
use shared::deployment::Deployment;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let deployment = Deployment::from_env()?;
    let console = Arc::new(Console::of(&deployment)?);
    run(routes::router(console)).await
}
