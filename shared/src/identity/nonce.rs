//! A token works in one conversation: who used it first is written down until it has expired.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{LEEWAY, SignedPlayer};
use crate::domain::fingerprint::hex;
use crate::domain::id::{ConversationId, WorkspaceId};
use crate::domain::player::Refusal;

/// Where a token was used first: the body of the document in [`Used::partition`] under [`Used::name`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// In which conversation.
    pub conversation: ConversationId,
    /// By which visitor, as SalesIQ numbers them, if that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
}

impl Used {
    /// The partition of a workspace's documents.
    #[must_use]
    pub fn partition(workspace: &WorkspaceId) -> String {
        format!("NONCE#{workspace}")
    }

    /// The name of a token's document: the same by whichever secret and in whichever form it was signed.
    #[must_use]
    pub fn name(signed: &SignedPlayer) -> String {
        // No player's id has the separator.
        hex(digest(&SHA256, format!("{}#{}", signed.player, signed.nonce).as_bytes()).as_ref())
    }

    /// Until when the document is needed.
    #[must_use]
    pub fn expires_at(signed: &SignedPlayer) -> Timestamp {
        // The table forgets at whole seconds, possibly right then.
        signed.expires_at + LEEWAY + LEEWAY
    }

    /// Whether a token that was used there may be used here. The information of a page comes with every event, so the
    /// same conversation may use it again and again.
    ///
    /// # Errors
    /// It was used in another conversation, by the same visitor as far as is known ([`Refusal::Replayed`]) or by another
    /// one ([`Refusal::OtherVisitor`]).
    pub fn again(&self, conversation: &ConversationId, visitor: Option<&str>) -> Result<(), Refusal> {
        if &self.conversation == conversation {
            return Ok(());
        }
        match (self.visitor.as_deref(), visitor) {
            (Some(first), Some(now)) if first != now => Err(Refusal::OtherVisitor),
            _ => Err(Refusal::Replayed),
        }
    }
}
