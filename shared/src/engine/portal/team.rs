//! What SalesIQ tells and does about the team: who is there, how busy they are, and ringing them.

use std::collections::BTreeSet;

use super::Portal;
use crate::domain::id::{ConversationId, DepartmentId, OperatorId};
use crate::domain::router::{Loads, Target};
use crate::salesiq::client::{Conversation, ConversationFilter, Operator, StatusFilter};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::Principal;
use crate::store::Store;

/// How many pages of 99 open chats are read of one department.
const OPEN_CHAT_PAGES: u32 = 20;

/// How many operators are read one by one, where the list does not tell their departments.
const OPERATORS_READ_SINGLY: usize = 60;

impl<S: Store> Portal<S> {
    /// Rings a department, or one operator of it.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn transfer(
        &self,
        conversation: &ConversationId,
        target: &Target,
        note: &str,
    ) -> Result<(), SalesiqError> {
        let note = Some(note).filter(|note| !note.is_empty());
        self.0.client.transfer(Principal::Bot, conversation, &target.department, target.operator.as_ref(), note).await
    }

    /// Turns a transfer down in the name of the operator whom it rings.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn reject_transfer(
        &self,
        conversation: &ConversationId,
        operator: &OperatorId,
    ) -> Result<(), SalesiqError> {
        self.0.client.reject_transfer(Principal::Bot, conversation, operator).await
    }

    /// Puts a note for the team on the chat.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn add_note(&self, conversation: &ConversationId, text: &str) -> Result<(), SalesiqError> {
        self.0.client.add_note(Principal::Bot, conversation, text).await.map(drop)
    }

    /// All operators, with their departments.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn colleagues(&self) -> Result<Vec<Operator>, SalesiqError> {
        let mut rows = self.0.client.operators(Principal::Bot).await?;
        // The list's rows are not documented (api.md §4.1): the single operator's are seen to have departments.
        if rows.iter().all(|row| row.departments.is_empty()) {
            for row in rows.iter_mut().take(OPERATORS_READ_SINGLY) {
                let read = self.0.client.operator(Principal::Bot, &row.id).await?;
                row.departments = read.departments;
            }
        }
        Ok(rows)
    }

    /// Departments that take no transfers: switched off, or among those that are `named` and not on SalesIQ's list.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn closed_departments(&self, named: &BTreeSet<DepartmentId>) -> Result<Vec<DepartmentId>, SalesiqError> {
        let rows = self.0.client.departments(Principal::Bot).await?;
        // An empty list tells rather that the AI's operator may see none.
        let gone = named.iter().filter(|id| !rows.is_empty() && rows.iter().all(|row| row.id != **id)).cloned();
        let off = rows.iter().filter(|row| row.enabled == Some(false)).map(|row| row.id.clone());
        Ok(gone.chain(off).collect())
    }

    /// The chats that somebody attends now, seen with the facilitator's token, else as far as the AI's operator sees.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn open_chats(
        &self,
        departments: &BTreeSet<DepartmentId>,
    ) -> Result<(Vec<Conversation>, Loads), SalesiqError> {
        let (principal, loads) = match self.0.settings.escalation.facilitator {
            Some(_) => (Principal::Facilitator, Loads::Full),
            None => (Principal::Bot, Loads::Partial),
        };
        let mut chats = Vec::new();
        // Without a department only the operator's current one is listed (api.md §2.1).
        for department in departments {
            for page in 1..=OPEN_CHAT_PAGES {
                let filter = ConversationFilter {
                    page,
                    status: Some(StatusFilter::Connected),
                    department: Some(department.clone()),
                    ..ConversationFilter::default()
                };
                let listed = match self.0.client.conversations(principal, &filter).await {
                    Ok(listed) => listed,
                    // A department that the AI's operator may not see.
                    Err(SalesiqError::Forbidden { .. }) if principal == Principal::Bot => break,
                    Err(error) => return Err(error),
                };
                chats.extend(listed.rows);
                if !listed.more {
                    break;
                }
            }
        }
        Ok((chats, loads))
    }
}
