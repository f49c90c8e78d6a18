//! One request for a human.

use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::Value;
use shared::agent::Agent;
use shared::bus::WakeUp;
use shared::engine::{Engine, Nudge};
use shared::store::Store;
use shared::wake_up::wake;

/// `EscalationRequested` on the bus.
#[derive(Debug, Deserialize)]
pub(crate) struct Trigger {
    /// Which conversation.
    detail: WakeUp,
}

/// Takes the search for a human as far as it goes now.
pub(crate) async fn handle<S: Store + Clone, A: Agent>(
    engine: &Engine<S, A>,
    event: LambdaEvent<Trigger>,
) -> Result<Value, Error> {
    wake(engine, &event.payload.detail.key(), Nudge::News, &event.context.request_id).await?;
    Ok(Value::Null)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_conversation() {
        let trigger: Trigger = serde_json::from_str(include_str!("../../../events/escalation.requested.json")).unwrap();
        assert_eq!(trigger.detail.workspace.as_str(), "demo");
    }
}
