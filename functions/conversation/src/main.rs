//! EventBridge `ConversationNews` and the alarm clock: this conversation has news.

// The futures of the SDK within those of the engine are deeper than the default of 128.
#![recursion_limit = "256"]

mod handler;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::deployment::Deployment;
use shared::engine::Work;
use shared::telemetry;

use handler::{Trigger, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let deployment = Deployment::from_env()?;
    let engine = &deployment.engine(Work::Converse(deployment.mind()?))?;
    run(service_fn(async |event: LambdaEvent<Trigger>| handle(engine, event).await)).await
}
