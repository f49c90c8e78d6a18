//! EventBridge `EscalationRequested`: this conversation needs a human.

// The futures of the SDK within those of the engine are deeper than the default of 128.
#![recursion_limit = "256"]

mod handler;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::agent::playbook::Playbook;
use shared::deployment::Deployment;
use shared::telemetry;

use handler::{Trigger, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let deployment = Deployment::from_env()?;
    let engine = &deployment.engine(Playbook::default())?;
    run(service_fn(async |event: LambdaEvent<Trigger>| handle(engine, event).await)).await
}
