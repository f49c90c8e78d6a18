//! Finds lines that no webhook told of in SalesIQ's own list: before we close a chat, and after somebody else did.

use jiff::Timestamp;

use crate::agent::Agent;
use crate::domain::action::{Action, ActionId, ActionState};
use crate::domain::drain::LogEntry;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::message::{Message, Sender};
use crate::domain::reconcile::{HISTORY, ListedLine, known_lines, missing_lines};
use crate::domain::same_line::at_about;
use crate::salesiq::client::Sent;
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::Principal;
use crate::store::{LOAD_LIMIT, Store};

use super::effect::Effect;
use super::portal::{Outcome, outcome};
use super::session::Session;

/// After so many failures, which is most of an hour, nobody looks any more: the chat is over.
const LOOKED_OFTEN: u8 = 20;

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
        self.recognise_replies(&log, &listed);
        let us = self.workspace.settings.bot_operator.clone();
        for line in missing_lines(&known_lines(&log, &[]), listed, since, &us) {
            tracing::info!(workspace = %self.key.workspace, conversation = %id, "a line was found that no webhook told of");
            self.happened(Effect::Read(Box::new(line.into_event(&id, now))));
        }
        Ok(())
    }

    /// Replies that were given up while nobody knew whether they had arrived: those that stand in the list had, and what
    /// they answered waits no more.
    fn recognise_replies(&mut self, log: &[LogEntry], listed: &[ListedLine]) {
        let us = self.workspace.settings.bot_operator.clone();
        let is_ours = |message: &Message| matches!(&message.sender, Sender::Operator { id, .. } if *id == us);
        let says = |message: &Message, print: &Fingerprint| &message.content.print() == print;
        let given_up: Vec<(ActionId, Fingerprint)> = self
            .conversation
            .actions
            .iter()
            .filter(|action| matches!(action.state, ActionState::Cancelled { .. }) && !action.echoed)
            .filter_map(|action| Some((action.id, action.kind.print_of_line()?.clone())))
            .collect();
        for (id, print) in given_up {
            let known = log.iter().filter(|entry| match entry {
                LogEntry::Line { message, .. } => is_ours(message) && says(message, &print),
                _ => false,
            });
            // What was said before in the same words is in the log.
            let arrived = listed.iter().filter(|line| is_ours(&line.message) && says(&line.message, &print));
            let Some(line) = arrived.max_by_key(|line| line.message.time).filter(|line| {
                known.clone().all(|entry| !matches!(entry, LogEntry::Line { message, .. } if at_about(message.time, line.message.time)))
            }) else {
                continue;
            };
            let content = line.message.content.clone();
            let sent = Sent { message: Some(line.message.id.clone()), time: Some(line.message.time) };
            self.happened(Effect::Said { id, content, sent });
        }
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
                    _ if action.failures >= LOOKED_OFTEN => Effect::Done { id: action.id },
                    Outcome::DidNothing | Outcome::NobodyKnows => Effect::Failed { id: action.id, at_least },
                });
            }
        }
    }
}
