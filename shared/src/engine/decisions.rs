//! Routing decisions, kept beside their conversation: the state stays small however many operators were considered.

use jiff::Timestamp;

use crate::domain::router::Decision;
use crate::store::{ConversationKey, DocumentWrite, Expected, Store, StoreError};

/// The partition of a conversation's decisions, one document each, by time.
#[must_use]
pub fn partition(key: &ConversationKey) -> String {
    format!("ROUTE#{}#{}", key.workspace, key.conversation)
}

/// A decision as a document.
///
/// # Errors
/// It can't be written as JSON, which can't happen.
pub fn document(
    key: &ConversationKey,
    decision: &Decision,
    expires_at: Timestamp,
) -> Result<DocumentWrite, serde_json::Error> {
    Ok(DocumentWrite {
        partition: partition(key),
        name: format!("{:013}", decision.at.as_millisecond()),
        expected: Expected::Anything,
        body: serde_json::to_string(decision)?,
        expires_at: Some(expires_at),
    })
}

/// All decisions of a conversation, oldest first. One that can't be read is left out, and logged.
///
/// # Errors
/// The table can't be reached.
pub async fn read(store: &impl Store, key: &ConversationKey) -> Result<Vec<Decision>, StoreError> {
    let documents = store.documents(&partition(key), "").await?;
    let parsed = documents.iter().filter_map(|document| match serde_json::from_str(&document.body) {
        Ok(decision) => Some(decision),
        Err(error) => {
            tracing::error!(workspace = %key.workspace, conversation = %key.conversation, decision = document.name, %error, "a routing decision is not readable");
            None
        }
    });
    Ok(parsed.collect())
}
