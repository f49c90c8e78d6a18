//! Calls about tags (api.md §2.12).

use reqwest::Method;
use serde_json::json;

use super::request::Request;
use super::{Client, rows};
use crate::domain::id::ConversationId;
use crate::salesiq::assumptions::{TAG_PATH, TAGS_PATH, methods};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::lenient::{self, Object};
use crate::salesiq::oauth::{Principal, Tokens};

/// A tag of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// SalesIQ's id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl<T: Tokens> Client<T> {
    /// Lists the portal's tags (api.md §2.12; the path is an assumption).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn tags(&self, principal: Principal) -> Result<Vec<Tag>, SalesiqError> {
        let request = Request::new("list_tags", principal, Method::GET, TAGS_PATH);
        Ok(rows(&self.send(request).await?, Tag::read))
    }

    /// Puts existing tags on a conversation (api.md §2.12; path and body are assumptions).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn add_tags(
        &self,
        principal: Principal,
        conversation: &ConversationId,
        tags: &[String],
    ) -> Result<(), SalesiqError> {
        let request = Request::new("add_tags", principal, methods::TAG, TAG_PATH);
        self.send(request.of(conversation).json(json!({ "ids": tags }))).await.map(drop)
    }
}

impl Tag {
    fn read(from: &Object) -> Option<Self> {
        Some(Self { id: lenient::first_id(from, &["id"])?, name: lenient::label(from, "name")? })
    }
}
