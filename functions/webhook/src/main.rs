//! API Gateway: `HEAD|POST /webhooks/salesiq/{workspace}`.

mod handler;

use std::sync::Arc;
use std::time::Duration;

use lambda_http::{Error, Request, run, service_fn};
use shared::clock::Clock;
use shared::deployment::Deployment;
use shared::telemetry;

use handler::Webhook;

/// SalesIQ waits 5 s for an answer (api.md §5.2); half a second is left for the way and a cold start.
const ANSWER_WITHIN: Duration = Duration::from_millis(4_500);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let deployment = Deployment::from_env_answering_within(ANSWER_WITHIN)?;
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
