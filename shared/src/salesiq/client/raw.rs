//! Rows as SalesIQ wrote them, for looking at their shape: what the typed calls read leniently.

use serde_json::Value;

use super::Client;
use super::request::Request;
use crate::domain::id::{ConversationId, DepartmentId};
use crate::salesiq::assumptions::{MESSAGES_NEWEST_FIRST, TAGS_PATH};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::{Principal, Tokens};

/// A list that can be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawList {
    /// `/operators` (api.md §4.1).
    Operators,
    /// `/departments` (api.md §4.2).
    Departments,
    /// `/tags` (api.md §2.12).
    Tags,
    /// `/conversations` (api.md §2.1).
    Conversations {
        /// Without one, the operator's own.
        department: Option<DepartmentId>,
        /// From 1.
        page: u32,
        /// Rows a page.
        limit: u32,
    },
    /// `/conversations/{id}/messages`, the newest first (api.md §2.5).
    Messages(ConversationId),
}

impl<T: Tokens> Client<T> {
    /// The rows of a list, unread.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn raw_rows(&self, principal: Principal, list: &RawList) -> Result<Vec<Value>, SalesiqError> {
        let request = match list {
            RawList::Operators => Request::get("list_operators", principal, "/api/v2/{screen}/operators"),
            RawList::Departments => Request::get("list_departments", principal, "/api/v2/{screen}/departments"),
            RawList::Tags => Request::get("list_tags", principal, TAGS_PATH),
            RawList::Conversations { department, page, limit } => {
                Request::get("list_conversations", principal, "/api/v2/{screen}/conversations")
                    .query("page", Some(page))
                    .query("limit", Some(limit))
                    .query("department_id", department.as_ref())
            }
            RawList::Messages(conversation) => {
                Request::get("list_messages", principal, "/api/v2/{screen}/conversations/{id}/messages")
                    .of(conversation)
                    .query("sort_order", Some(MESSAGES_NEWEST_FIRST))
            }
        };
        let mut answer = self.send(request).await?;
        match answer.get_mut("data").map(Value::take) {
            Some(Value::Array(rows)) => Ok(rows),
            Some(Value::Null) | None => Ok(Vec::new()),
            Some(row) => Ok(vec![row]),
        }
    }
}
