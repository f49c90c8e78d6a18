//! One request for a human.

use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use shared::agent::Agent;
use shared::bus::WakeUp;
use shared::engine::Engine;
use shared::store::Store;

/// What wakes the function.
#[derive(Debug, Deserialize)]
pub(crate) struct Trigger {
    /// Which conversation.
    detail: WakeUp,
}

/// Wakes the conversation.
pub(crate) async fn handle<S: Store + Clone, A: Agent>(
    engine: &Engine<S, A>,
    event: LambdaEvent<Trigger>,
) -> Result<(), Error> {
    let request_id = &event.context.request_id;
    let wake_up = &event.payload.detail;
    engine.wake(&wake_up.key()).await?;
    tracing::info!(workspace = %wake_up.workspace, conversation = %wake_up.conversation, request_id, "woken");
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_conversation() {
        let trigger: Trigger = serde_json::from_str(include_str!("../../../events/escalation.requested.json")).unwrap();
        assert_eq!(trigger.detail.conversation.as_str(), "19367000000130079");
    }
}
