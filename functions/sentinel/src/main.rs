//! EventBridge Scheduler, every minute, and the table's stream.

mod handler;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::clock::Clock;
use shared::deployment::Deployment;
use shared::telemetry;

use handler::{Sentinel, Trigger};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let deployment = Deployment::from_env()?;
    let sentinel = &Sentinel {
        store: deployment.store(),
        workspaces: deployment.workspaces(),
        bus: deployment.bus(),
        clock: Clock::system(),
    };
    run(service_fn(async |event: LambdaEvent<Trigger>| sentinel.handle(event).await)).await
}
