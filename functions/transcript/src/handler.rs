//! One request for a transcript, or what became of a mail.

use std::collections::BTreeMap;

use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::Value;
use shared::agent::Agent;
use shared::bus::WakeUp;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::engine::{Engine, Nudge};
use shared::store::{ConversationKey, Store};
use shared::wake_up::wake;

/// What wakes the function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Trigger {
    /// SES tells what became of a mail.
    MailEvent {
        /// What.
        detail: MailEvent,
    },
    /// `TranscriptRequested` on the bus.
    Requested {
        /// Which conversation.
        detail: WakeUp,
    },
}

/// An event of SES, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(crate) struct MailEvent {
    #[serde(rename = "eventType")]
    event_type: String,
    mail: SentMail,
}

#[derive(Debug, Deserialize)]
struct SentMail {
    #[serde(rename = "messageId")]
    message_id: String,
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
}

/// Mails what is to be mailed, then closes. Or takes in that a mail came back.
pub(crate) async fn handle<S: Store + Clone, A: Agent>(
    engine: &Engine<S, A>,
    event: LambdaEvent<Trigger>,
) -> Result<Value, Error> {
    let request_id = &event.context.request_id;
    match event.payload {
        Trigger::Requested { detail } => {
            let nudge = if detail.redrive { Nudge::Redrive } else { Nudge::News };
            wake(engine, &detail.key(), nudge, request_id).await?;
        }
        Trigger::MailEvent { detail } => {
            if let Some((key, nudge)) = about(&detail) {
                wake(engine, &key, nudge, request_id).await?;
            } else {
                tracing::warn!(request_id, event_type = detail.event_type, "SES told of a mail that is not ours");
            }
        }
    }
    Ok(Value::Null)
}

/// Which conversation the mail was about, by the tags that it was sent with.
fn about(event: &MailEvent) -> Option<(ConversationKey, Nudge)> {
    let tag = |name: &str| event.mail.tags.get(name).and_then(|values| values.first());
    let key = ConversationKey {
        workspace: WorkspaceId::parse(tag("workspace")?).ok()?,
        conversation: ConversationId::parse(tag("conversation")?).ok()?,
    };
    let complaint = event.event_type.eq_ignore_ascii_case("complaint");
    // Neither one to the last resort nor one that a person had sent is followed by another mail.
    let to_last_resort = tag("to").is_some_and(|to| to == "last_resort" || to == "copy");
    Some((key, Nudge::Returned { message_id: event.mail.message_id.clone(), complaint, to_last_resort }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn returned(sample: &str) -> (String, bool) {
        let Trigger::MailEvent { detail } = serde_json::from_str(sample).unwrap() else { panic!("not read as SES'") };
        let (key, nudge) = about(&detail).unwrap();
        let Nudge::Returned { complaint, .. } = nudge else { panic!("not read as returned") };
        (key.workspace.as_str().to_owned(), complaint)
    }

    fn requested(sample: &str) -> WakeUp {
        let Trigger::Requested { detail } = serde_json::from_str(sample).unwrap() else { panic!("not a request") };
        detail
    }

    #[test]
    fn a_request_names_the_conversation_and_whether_a_person_asked() {
        let request = requested(include_str!("../../../events/transcript.requested.json"));
        assert_eq!((request.workspace.as_str(), request.redrive), ("demo", false));
        assert!(requested(include_str!("../../../events/transcript.redrive.json")).redrive);
    }

    #[test]
    fn a_mail_that_came_back_names_the_conversation_by_its_tags() {
        let bounced = returned(include_str!("../../../events/transcript.bounced.json"));
        assert_eq!(bounced, ("demo".to_owned(), false));
        let complaint = returned(include_str!("../../../events/transcript.complaint.json"));
        assert_eq!(complaint, ("demo".to_owned(), true));
    }
}
