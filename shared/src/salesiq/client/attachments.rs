//! Files of a conversation (api.md §2.5).

use std::time::Duration;

use reqwest::StatusCode;

use super::Client;
use super::request::Request;
use crate::domain::id::ConversationId;
use crate::salesiq::error::{FailedCall, SalesiqError, read_answer};
use crate::salesiq::oauth::{Principal, Tokens};

impl<T: Tokens> Client<T> {
    /// Reads a file that somebody sent, at most 8 MB of it (api.md §2.5, seen in code).
    ///
    /// # Errors
    /// See [`SalesiqError`]; a longer one is none that can be had.
    pub async fn attachment(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        attachment: &str,
    ) -> Result<Vec<u8>, SalesiqError> {
        let path = "/api/v2/{screen}/conversations/{id}/attachments/{attachment}";
        let request = Request::get("get_attachment", principal, path).of(conversation).part(attachment);
        self.send_and_read(request, read).await
    }
}

/// An error comes with status 200 too, but as JSON; no picture looks like that.
fn read(
    call: FailedCall,
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
) -> Result<Vec<u8>, SalesiqError> {
    if status.is_success() && body.first() != Some(&b'{') {
        return Ok(body.to_vec());
    }
    let unreadable = SalesiqError::Unreadable { call: Box::new(call.clone()), source: None };
    Err(read_answer(call, status, retry_after, body).err().unwrap_or(unreadable))
}
