//! One request for a transcript, or a mail that came back.

use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use shared::agent::Agent;
use shared::bus::WakeUp;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::engine::Engine;
use shared::store::{ConversationKey, Store};

/// What wakes the function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Trigger {
    /// `TranscriptRequested` on our bus.
    Requested {
        /// Which conversation.
        detail: WakeUp,
    },
    /// SES on the account's default bus.
    Returned {
        /// What happened to which mail.
        detail: Returned,
    },
}

/// A mail that came back.
#[derive(Debug, Deserialize)]
pub(crate) struct Returned {
    mail: Mail,
}

#[derive(Debug, Deserialize)]
struct Mail {
    tags: Tags,
}

/// The tags that the mail was sent with; SES gives each as a list.
#[derive(Debug, Deserialize)]
struct Tags {
    workspace: [WorkspaceId; 1],
    conversation: [ConversationId; 1],
}

impl Trigger {
    fn key(&self) -> ConversationKey {
        match self {
            Self::Requested { detail } => detail.key(),
            Self::Returned { detail: Returned { mail: Mail { tags } } } => {
                ConversationKey { workspace: tags.workspace[0].clone(), conversation: tags.conversation[0].clone() }
            }
        }
    }
}

/// Wakes the conversation.
pub(crate) async fn handle<S: Store + Clone, A: Agent>(
    engine: &Engine<S, A>,
    event: LambdaEvent<Trigger>,
) -> Result<(), Error> {
    let request_id = &event.context.request_id;
    let returned = matches!(event.payload, Trigger::Returned { .. });
    let key = event.payload.key();
    engine.wake(&key).await?;
    tracing::info!(workspace = %key.workspace, conversation = %key.conversation, request_id, returned, "woken");
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn read(sample: &str) -> Trigger {
        serde_json::from_str(sample).unwrap()
    }

    #[test]
    fn every_sample_names_the_conversation() {
        for sample in [
            include_str!("../../../events/transcript.requested.json"),
            include_str!("../../../events/transcript.redrive.json"),
            include_str!("../../../events/transcript.bounced.json"),
            include_str!("../../../events/transcript.complaint.json"),
        ] {
            assert_eq!(read(sample).key().conversation.as_str(), "19367000000130079");
        }
    }

    #[test]
    fn a_redrive_says_so() {
        let trigger = read(include_str!("../../../events/transcript.redrive.json"));
        assert!(matches!(trigger, Trigger::Requested { detail } if detail.redrive));
    }
}
