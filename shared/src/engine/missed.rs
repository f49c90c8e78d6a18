//! Finds lines that no webhook told of in SalesIQ's own list: before we close a chat, and after somebody else did.

use jiff::Timestamp;

use crate::agent::Agent;
use crate::domain::action::Action;
use crate::domain::drain::LogEntry;
use crate::domain::reconcile::{HISTORY, known_lines, missing_lines};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::Principal;
use crate::store::{LOAD_LIMIT, Store};

use super::effect::Effect;
use super::portal::{Outcome, outcome};
use super::session::Session;

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Takes in what was written in the chat, in this thread or an earlier one, and never told of. The inbox must have been
    /// drained.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub(super) async fn find_missed_lines(&mut self) -> Result<(), SalesiqError> {
        let now = self.now();
        let log: Vec<(Timestamp, LogEntry)> = self.log().map(|(time, entry)| (time, entry.clone())).collect();
        let mut since = now - HISTORY;
        if usize::try_from(LOAD_LIMIT).is_ok_and(|limit| log.len() + 1 >= limit) {
            // Older lines than those that a load gives are known, but not here.
            since = since.max(log.iter().map(|(time, _)| *time).min().unwrap_or(now));
        }
        let id = self.key.conversation.clone();
        let listed = self.portal.listed_lines(&id, since, now, Principal::Bot).await?;
        let log: Vec<LogEntry> = log.into_iter().map(|(_, entry)| entry).collect();
        let us = self.workspace.settings.bot_operator.clone();
        for line in missing_lines(&known_lines(&log, &[]), listed, since, &us) {
            tracing::info!(workspace = %self.key.workspace, conversation = %id, "a line was found that no webhook told of");
            self.happened(Effect::Read(Box::new(line.into_event(&id, now))));
        }
        Ok(())
    }

    /// The chat was ended by somebody else: what the visitor wrote before, and no webhook told of, is not lost with it.
    pub(super) async fn look_back(&mut self, action: &Action) {
        match self.find_missed_lines().await {
            Ok(()) => self.happened(Effect::Done { id: action.id }),
            Err(error) => {
                let at_least = self.note_failure(&error, "list messages");
                self.happened(match outcome(&error) {
                    // Shown to nobody here: asking again would not help.
                    Outcome::WrongState => Effect::Done { id: action.id },
                    Outcome::DidNothing | Outcome::NobodyKnows => Effect::Failed { id: action.id, at_least },
                });
            }
        }
    }
}
