//! Compares the messages of a chat with what we heard of it.

use jiff::{SignedDuration, Timestamp};

use super::{Run, Stop, is_refusal, is_unseen};
use crate::domain::drain::LogEntry;
use crate::domain::id::ConversationId;
use crate::domain::message::Sender;
use crate::domain::reconcile::{HISTORY, ListedLine, known_lines, missing_lines};
use crate::engine::item;
use crate::salesiq::error::SalesiqError;
use crate::store::{LOAD_LIMIT, Store};

/// How far before the last comparison the list is read again: what was written then may have been listed later.
const OVERLAP: SignedDuration = SignedDuration::from_mins(2);

impl<S: Store + Clone> Run<'_, S> {
    /// Compares the messages of the chats that are marked, the most pressing first.
    pub(super) async fn compare_messages(&mut self) -> Result<(), Stop> {
        while let Some(wanted) = self.wanted.pop_first() {
            self.may_call(0)?;
            self.find_lines(&wanted.conversation, Some(wanted.changed_at)).await?;
        }
        Ok(())
    }

    /// Puts lines that no webhook told of into the inbox; tells when the visitor wrote those. `changed_at` is how the chat
    /// stands now, and is remembered.
    pub(super) async fn find_lines(
        &mut self,
        conversation: &ConversationId,
        changed_at: Option<Timestamp>,
    ) -> Result<Vec<Timestamp>, Stop> {
        let now = self.now();
        let loaded = self.sentinel.store.load(&self.key(conversation)).await?;
        let mut log = Vec::new();
        let mut since = now - HISTORY;
        for line in &loaded.log {
            if let Ok(entry) = serde_json::from_str::<LogEntry>(&line.body) {
                log.push(entry);
            }
        }
        let state = loaded.state.as_ref().and_then(|state| item::read(conversation, state).ok());
        if let Some(ended_at) = state.as_ref().and_then(|state| state.facts.ended.time()) {
            since = since.max(ended_at);
        }
        if let Some(compared) = self.compared.get(conversation) {
            since = since.max(*compared - OVERLAP);
        }
        let items = loaded.unread.len() + 1 + loaded.log.len();
        if usize::try_from(LOAD_LIMIT).is_ok_and(|limit| items >= limit) {
            // Older lines than those that a load gives are known, but not here.
            since = since.max(loaded.log.first().map_or(now, |line| line.time));
        }
        let Some(listed) = self.listed(conversation, since, changed_at.unwrap_or(now)).await? else {
            // Not told now: looked for again in the next run.
            return Ok(Vec::new());
        };
        let us = &self.watch.workspace.settings.bot_operator;
        let missing = missing_lines(&known_lines(&log, &loaded.unread), listed, since, us);
        let mut written_at = Vec::new();
        for missing in missing {
            let message = &missing.line.message;
            if matches!(message.sender, Sender::Visitor { .. }) {
                written_at.push(message.time);
            }
            let event = missing.into_event(conversation, now);
            self.report.lines += usize::from(self.record(&event).await?);
        }
        self.report.compared += 1;
        if let Some(changed_at) = changed_at {
            self.remember_compared(conversation, changed_at).await?;
        }
        Ok(written_at)
    }

    /// The lines as SalesIQ lists them: no lines where it shows them to nobody here, none at all where it did not tell now.
    async fn listed(
        &self,
        conversation: &ConversationId,
        since: Timestamp,
        otherwise: Timestamp,
    ) -> Result<Option<Vec<ListedLine>>, Stop> {
        let mut may_tell_later = false;
        for asked_by in self.eyes() {
            match self.watch.portal.listed_lines(conversation, since, otherwise, asked_by).await {
                Ok(lines) => return Ok(Some(lines)),
                Err(error) if is_unseen(asked_by, &error) => {
                    may_tell_later |= is_refusal(&error) || matches!(error, SalesiqError::Unreadable { .. });
                    tracing::info!(workspace = %self.watch.workspace.settings.workspace, %conversation, %error, "messages are not shown");
                }
                Err(error) => return Err(Stop::Salesiq(error)),
            }
        }
        Ok((!may_tell_later).then(Vec::new))
    }
}
