//! Tags of a chat, by their names as the settings have them.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

use super::Portal;
use crate::domain::id::ConversationId;
use crate::salesiq::client::Tag;
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::Principal;
use crate::store::Store;

/// How long the portal's list of tags is kept.
const KEPT: SignedDuration = SignedDuration::from_mins(5);

impl<S: Store> Portal<S> {
    /// Puts those of the tags on a chat that the portal has; the others are given back. One that is on it already stays
    /// there, so repeating does no harm.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn put_tags(
        &self,
        conversation: &ConversationId,
        names: &[String],
        now: Timestamp,
    ) -> Result<Vec<String>, SalesiqError> {
        let known = self.known_tags(now).await?;
        let id_of = |name: &String| known.iter().find(|tag| same(&tag.name, name)).map(|tag| tag.id.clone());
        let ids: Vec<String> = names.iter().filter_map(id_of).collect();
        if !ids.is_empty() {
            self.0.client.add_tags(Principal::Bot, conversation, &ids).await?;
        }
        Ok(names.iter().filter(|name| id_of(name).is_none()).cloned().collect())
    }

    /// The names of the portal's tags, not older than a few minutes.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn tag_names(&self, now: Timestamp) -> Result<Vec<String>, SalesiqError> {
        Ok(self.known_tags(now).await?.into_iter().map(|tag| tag.name).collect())
    }

    async fn known_tags(&self, now: Timestamp) -> Result<Vec<Tag>, SalesiqError> {
        let kept = self.0.tags.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, tags)) = kept.filter(|(read_at, _)| *read_at + KEPT > now) {
            return Ok(tags);
        }
        let tags = self.0.client.tags(Principal::Bot).await?;
        *self.0.tags.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, tags.clone()));
        Ok(tags)
    }

    /// A file that the visitor sent, at most 8 MB of it.
    ///
    /// # Errors
    /// SalesIQ did not give it.
    pub async fn attachment(&self, conversation: &ConversationId, attachment: &str) -> Result<Vec<u8>, SalesiqError> {
        self.0.client.attachment(Principal::Bot, conversation, attachment).await
    }
}

fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
