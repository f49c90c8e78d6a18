//! What an operations person should know: kept per workspace, counted, and logged. Never more than a hint may be lost.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::drain::Finding;
use crate::domain::id::{ConversationId, WorkspaceId};
use crate::store::{DocumentWrite, Expected, Store};

/// A finding as it is kept: the last time it was seen. How often is the document's version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What.
    pub finding: Finding,
    /// The conversation it was last seen in; none for what concerns the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// When.
    pub seen_at: Timestamp,
}

/// The partition of a workspace's findings.
#[must_use]
pub fn partition(workspace: &WorkspaceId) -> String {
    format!("FINDINGS#{workspace}")
}

/// The document that keeps a finding.
///
/// # Errors
/// It can't be written as JSON, which can't happen.
pub fn document(
    workspace: &WorkspaceId,
    conversation: Option<&ConversationId>,
    finding: Finding,
    now: Timestamp,
) -> Result<DocumentWrite, serde_json::Error> {
    let name = serde_json::to_value(finding)?.as_str().unwrap_or("unnamed").to_owned();
    let kept = Kept { finding, conversation: conversation.cloned(), seen_at: now };
    Ok(DocumentWrite {
        partition: partition(workspace),
        name,
        expected: Expected::Anything,
        body: serde_json::to_string(&kept)?,
        expires_at: None,
    })
}

/// Keeps a finding and logs it. Failing to keep it is logged too and does no harm to the conversation.
pub async fn report(
    store: &impl Store,
    workspace: &WorkspaceId,
    conversation: Option<&ConversationId>,
    finding: Finding,
    now: Timestamp,
) {
    let conversation_id = conversation.map(ConversationId::as_str);
    tracing::warn!(%workspace, conversation = conversation_id, ?finding, "finding");
    // Alarms stand on these metrics (template.yaml).
    crate::telemetry::count(&format!("{finding:?}"), workspace.as_str(), 1, now);
    match document(workspace, conversation, finding, now) {
        Ok(write) => {
            if let Err(error) = store.put_document(&write).await {
                tracing::warn!(%workspace, conversation = conversation_id, ?finding, %error, "finding could not be kept");
            }
        }
        Err(error) => tracing::warn!(%workspace, %error, "finding could not be written"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_finding_of_a_workspace_names_no_conversation_and_older_ones_are_read() {
        let workspace = WorkspaceId::parse("demo").unwrap();
        let write = document(&workspace, None, Finding::WebhookOff, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((write.name.as_str(), write.body.contains("conversation")), ("webhook_off", false));
        let old = r#"{"finding":"mail_failed","conversation":"9001","seen_at":"1970-01-01T00:00:00Z"}"#;
        let kept: Kept = serde_json::from_str(old).unwrap();
        assert_eq!(kept.conversation, ConversationId::parse("9001").ok());
    }
}
