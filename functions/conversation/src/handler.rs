//! One wake-up, from the bus or from the alarm clock.

use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::agent::Agent;
use shared::bus::WakeUp;
use shared::engine::{Engine, Nudge};
use shared::store::Store;
use shared::wake_up::wake;

/// What wakes the function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Trigger {
    /// `ConversationNews` on the bus.
    News {
        /// Which conversation.
        detail: WakeUp,
    },
    /// Alarms from the queue.
    Alarms {
        /// The messages.
        #[serde(rename = "Records")]
        records: Vec<Alarm>,
    },
}

/// A message of the alarm clock.
#[derive(Debug, Deserialize)]
pub(crate) struct Alarm {
    #[serde(rename = "messageId")]
    message_id: String,
    body: String,
}

/// Wakes what the trigger names. For alarms the answer names those that are to be delivered again.
pub(crate) async fn handle<S: Store + Clone, A: Agent>(
    engine: &Engine<S, A>,
    event: LambdaEvent<Trigger>,
) -> Result<Value, Error> {
    let request_id = &event.context.request_id;
    match event.payload {
        Trigger::News { detail } => {
            wake(engine, &detail.key(), Nudge::News, request_id).await?;
            Ok(Value::Null)
        }
        Trigger::Alarms { records } => {
            let mut failed = Vec::new();
            for alarm in records {
                if !ring(engine, &alarm, request_id).await {
                    failed.push(json!({"itemIdentifier": alarm.message_id}));
                }
            }
            Ok(json!({"batchItemFailures": failed}))
        }
    }
}

/// Whether the alarm is settled.
async fn ring<S: Store + Clone, A: Agent>(engine: &Engine<S, A>, alarm: &Alarm, request_id: &str) -> bool {
    let wake_up: WakeUp = match serde_json::from_str(&alarm.body) {
        Ok(wake_up) => wake_up,
        Err(error) => {
            // Delivering it again would not make it readable, and whatever waits stands on the index.
            tracing::error!(request_id, message_id = alarm.message_id, %error, "an alarm is not readable");
            return true;
        }
    };
    let now = engine.clock.now();
    if let Some(due_at) = wake_up.due_at.filter(|due_at| *due_at > now) {
        // Rung early: the queue delays by 15 minutes at the most.
        return engine.bus.set_alarm(&wake_up.key(), due_at, now).await.is_ok();
    }
    wake(engine, &wake_up.key(), Nudge::News, request_id).await.is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn news_names_the_conversation() {
        let trigger: Trigger = serde_json::from_str(include_str!("../../../events/conversation.news.json")).unwrap();
        let Trigger::News { detail } = trigger else { panic!("not read as news") };
        assert_eq!((detail.workspace.as_str(), detail.conversation.as_str()), ("demo", "19367000000130079"));
    }

    #[test]
    fn an_alarm_names_the_conversation_and_when_it_is_due() {
        let trigger: Trigger = serde_json::from_str(include_str!("../../../events/conversation.alarm.json")).unwrap();
        let Trigger::Alarms { records } = trigger else { panic!("not read as alarms") };
        let wake_up: WakeUp = serde_json::from_str(&records[0].body).unwrap();
        assert_eq!(wake_up.due_at.unwrap().to_string(), "2019-08-26T17:53:45Z");
    }
}
