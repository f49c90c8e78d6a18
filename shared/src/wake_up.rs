//! A wake-up as a function runs it: the engine, and one line in the log that tells what it cost.

use crate::agent::Agent;
use crate::engine::{Engine, EngineError, Nudge};
use crate::store::{ConversationKey, Store};
use crate::telemetry::{self, Chain};

/// Wakes a conversation and logs what came of it.
///
/// # Errors
/// Something outside failed; the wake-up may be repeated at any time.
pub async fn wake<S: Store + Clone, A: Agent>(
    engine: &Engine<S, A>,
    key: &ConversationKey,
    nudge: Nudge,
    request_id: &str,
) -> Result<(), EngineError> {
    let (aws_before, salesiq_before) = (telemetry::aws_calls(), engine.portals.calls());
    let result = Box::pin(engine.wake_for(key, nudge)).await;
    let (workspace, conversation) = (&key.workspace, &key.conversation);
    let aws_calls = telemetry::aws_calls() - aws_before;
    let salesiq_calls = engine.portals.calls() - salesiq_before;
    match result {
        Ok(woken) => {
            tracing::info!(
                %workspace, %conversation, request_id, aws_calls, salesiq_calls,
                events = woken.events, commits = woken.commits, conflicts = woken.conflicts, said = woken.said,
                "woken"
            );
            Ok(())
        }
        Err(error) => {
            let cause = Chain(&error).to_string();
            tracing::error!(%workspace, %conversation, request_id, aws_calls, salesiq_calls, error = cause, "the wake-up failed");
            Err(error)
        }
    }
}
