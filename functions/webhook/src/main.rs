//! API Gateway: `HEAD|POST /webhooks/salesiq/{workspace}`.

mod handler;

use std::sync::Arc;

use lambda_http::{Error, Request, run, service_fn};
use shared::clock::Clock;
use shared::deployment::Deployment;
use shared::telemetry;

use handler::Webhook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let deployment = Deployment::from_env()?;
    let webhook = Arc::new(Webhook {
        store: deployment.store(),
        workspaces: deployment.workspaces(),
        bus: deployment.bus(),
        clock: Clock::system(),
    });
    run(service_fn(move |request: Request| {
        let webhook = Arc::clone(&webhook);
        async move { Ok::<_, Error>(webhook.handle(request).await) }
    }))
    .await
}
