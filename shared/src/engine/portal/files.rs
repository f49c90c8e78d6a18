//! Files that people send from the console.

use super::Portal;
use crate::domain::id::ConversationId;
use crate::salesiq::client::{Sent, Upload};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::Principal;
use crate::store::Store;

impl<S: Store> Portal<S> {
    /// Sends a file; gives what SalesIQ tells of the message.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn send_file(&self, conversation: &ConversationId, upload: Upload) -> Result<Sent, SalesiqError> {
        self.0.client.send_file(Principal::Bot, conversation, upload).await
    }
}
