//! Every minute: wake whatever waits. And, from the table's stream, the counters.

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::domain::conversation::Conversation;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::sentinel::Sentinel;
use shared::store::{ConversationKey, Store, StoreError, Tally};

/// What the function holds on to.
pub(crate) struct Minute<S> {
    pub(crate) sentinel: Sentinel<S>,
}

/// What wakes the function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Trigger {
    /// Changed states, from the table's stream.
    Changes {
        /// The changes.
        #[serde(rename = "Records")]
        records: Vec<Change>,
    },
    /// The schedule; its content does not matter.
    Tick(serde::de::IgnoredAny),
}

/// A change of the table.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    dynamodb: Changed,
}

#[derive(Debug, Deserialize)]
struct Changed {
    #[serde(rename = "SequenceNumber")]
    sequence_number: Option<String>,
    #[serde(rename = "NewImage")]
    new_image: Option<Image>,
}

#[derive(Debug, Deserialize)]
struct Image {
    pk: Text,
    sk: Text,
    version: Option<Number>,
    body: Option<Text>,
    expires_at: Option<Number>,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

#[derive(Debug, Deserialize)]
struct Number {
    #[serde(rename = "N")]
    number: String,
}

impl<S: Store + Clone> Minute<S> {
    /// Looks after everything, or counts, as the trigger says.
    pub(crate) async fn handle(&self, event: LambdaEvent<Trigger>) -> Result<Value, Error> {
        let request_id = &event.context.request_id;
        match event.payload {
            Trigger::Changes { records } => Ok(self.count(&records, request_id).await),
            Trigger::Tick(_) => Box::pin(self.tick(request_id)).await,
        }
    }

    async fn tick(&self, request_id: &str) -> Result<Value, Error> {
        let report = self.sentinel.tick().await?;
        let failed = report.failed;
        let report = json!(report);
        tracing::info!(request_id, %report, failed, "looked after all workspaces");
        if failed > 0 {
            return Err(format!("{failed} parts failed; the next minute tries again").into());
        }
        Ok(report)
    }

    /// Adds up what changed. From the first change that can't be counted the stream is delivered again.
    async fn count(&self, changes: &[Change], request_id: &str) -> Value {
        for change in changes {
            let Some((key, tally)) = change.dynamodb.new_image.as_ref().and_then(tally_of) else { continue };
            if let Err(error) = self.sentinel.store.tally(&tally).await {
                tracing::error!(workspace = %key.workspace, conversation = %key.conversation, request_id, error = %shared::telemetry::Chain(&error), "not counted");
                if !matches!(error, StoreError::Corrupt { .. } | StoreError::Refused { .. }) {
                    let from = change.dynamodb.sequence_number.clone().unwrap_or_default();
                    return json!({"batchItemFailures": [{"itemIdentifier": from}]});
                }
            }
        }
        json!({"batchItemFailures": []})
    }
}

/// What a changed item counts; none if it is no state, or not a readable one.
fn tally_of(image: &Image) -> Option<(ConversationKey, Tally)> {
    let key = key_of(&image.pk.text).filter(|_| image.sk.text == "S")?;
    let version = image.version.as_ref()?.number.parse().ok()?;
    let conversation: Conversation = serde_json::from_str(&image.body.as_ref()?.text).ok()?;
    let opened_at = conversation.facts.opened_at?;
    // Counted once the brand is known: what was counted under none could not be moved.
    let totals = conversation.counts.totals(opened_at, conversation.facts.brand.value()?);
    let expires_at = image.expires_at.as_ref().and_then(|seconds| seconds.number.parse().ok());
    let expires_at = expires_at.and_then(|seconds| Timestamp::from_second(seconds).ok());
    Some((key.clone(), Tally { key, version, totals, expires_at }))
}

fn key_of(pk: &str) -> Option<ConversationKey> {
    let (workspace, conversation) = pk.strip_prefix("C#")?.split_once('#')?;
    Some(ConversationKey {
        workspace: WorkspaceId::parse(workspace).ok()?,
        conversation: ConversationId::parse(conversation).ok()?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_schedules_event_is_a_tick() {
        let trigger: Trigger = serde_json::from_str(include_str!("../../../events/sentinel.tick.json")).unwrap();
        assert!(matches!(trigger, Trigger::Tick(_)));
    }

    #[test]
    fn a_changed_state_is_counted_under_its_day_and_brand() {
        let trigger: Trigger = serde_json::from_str(include_str!("../../../events/sentinel.changes.json")).unwrap();
        let Trigger::Changes { records } = trigger else { panic!("not read as changes") };
        let (key, tally) = tally_of(records[0].dynamodb.new_image.as_ref().unwrap()).unwrap();
        assert_eq!((key.conversation.as_str(), tally.version), ("19367000000130079", 3));
        assert_eq!(tally.totals["2019-08-26#19367000000002043#visitor_lines"], 2);
        assert!(!tally.totals.contains_key("2019-08-26#19367000000002043#missed"));
    }

    #[test]
    fn what_is_not_a_state_is_not_counted() {
        let image = |pk: &str, sk: &str| Image {
            pk: Text { text: pk.to_owned() },
            sk: Text { text: sk.to_owned() },
            version: Some(Number { number: "1".to_owned() }),
            body: Some(Text { text: "{}".to_owned() }),
            expires_at: None,
        };
        assert!(tally_of(&image("C#demo#1", "U#00")).is_none());
        assert!(tally_of(&image("W#demo", "S")).is_none());
    }
}
