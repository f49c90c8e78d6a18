//! EventBridge Scheduler, every minute, and the table's stream.

mod handler;

use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::deployment::Deployment;
use shared::telemetry;

use handler::{Minute, Trigger};

/// How long one run may take: less than the function's time-out, so that what it stands at is written down.
const RUN: SignedDuration = SignedDuration::from_secs(40);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let deployment = Deployment::from_env()?;
    let minute = &Minute { sentinel: deployment.sentinel(RUN)? };
    run(service_fn(async |event: LambdaEvent<Trigger>| minute.handle(event).await)).await
}
