//! What people asked for in the console, carried out: their lines and files, their notes for the team, and what a search
//! that they began lacks.

use crate::agent::playbook::summary_of;
use crate::agent::{Agent, Line};
use crate::attachments;
use crate::domain::action::{Action, ActionId, ActionKind, ActionState};
use crate::domain::asked::Refused;
use crate::domain::conversation::Phase;
use crate::domain::drain::Finding;
use crate::domain::lines::standing_lines;
use crate::salesiq::client::{Sent, Upload};
use crate::salesiq::error::SalesiqError;
use crate::store::Store;
use crate::telemetry::Chain;

use super::effect::Effect;
use super::portal::{Outcome, outcome};
use super::session::Session;

/// After so many refusals a note is given up.
const NOTE_REFUSALS: u8 = 3;

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Sends a text, or a file that a person chose; none when there is no file to be sent, or it could not be read.
    pub(super) async fn send(&mut self, action: &Action, text: &str) -> Option<Result<Sent, SalesiqError>> {
        let conversation = &self.key.conversation;
        let ActionKind::Line { file: Some(file), .. } = &action.kind else {
            return Some(self.portal.send_text(conversation, text).await);
        };
        match attachments::read(&self.engine.store, &self.key.workspace, file).await {
            Ok(Some(bytes)) => {
                let comment = (!text.is_empty()).then(|| text.to_owned());
                let upload = Upload { name: file.name.clone(), mime: file.mime.clone(), bytes, comment };
                Some(self.portal.send_file(conversation, upload).await)
            }
            Ok(None) => {
                tracing::warn!(workspace = %self.key.workspace, %conversation, "a file to be sent is not kept any more");
                self.found(Finding::AskRefused);
                self.happened(Effect::AskRefused { id: action.id, why: Refused::FileGone });
                None
            }
            Err(error) => {
                tracing::warn!(workspace = %self.key.workspace, %conversation, error = %Chain(&error), "a file to be sent could not be read");
                self.happened(Effect::Failed { id: action.id, at_least: None });
                None
            }
        }
    }

    /// Puts a person's note on the chat, at least once.
    pub(super) async fn put_team_note(&mut self, action: &Action, text: &str) {
        if !self.is_valid(action) || text.is_empty() {
            self.happened(Effect::Cancel { id: action.id });
            return;
        }
        let Err(error) = self.portal.add_note(&self.key.conversation, text).await else {
            self.happened(Effect::Done { id: action.id });
            return;
        };
        let at_least = self.note_failure(&error, "note");
        let refused = outcome(&error) == Outcome::WrongState && action.failures >= NOTE_REFUSALS;
        self.happened(match outcome(&error) {
            Outcome::NobodyKnows => Effect::Unsure { id: action.id },
            _ if refused => Effect::AskRefused { id: action.id, why: Refused::NotDone },
            Outcome::WrongState | Outcome::DidNothing => Effect::Failed { id: action.id, at_least },
        });
        if refused {
            self.found(Finding::AskRefused);
        }
    }

    /// What the visitor wants, where no turn of the AI said it.
    pub(super) fn sum_up(&mut self) {
        if self.conversation.escalation().is_none_or(|search| !search.summary.is_empty()) {
            return;
        }
        let lines = standing_lines(self.log(), &self.conversation.unanswered);
        let lines: Vec<Line> = lines
            .into_iter()
            .map(|line| Line { author: line.author, content: line.message.content, unanswered: line.unanswered })
            .collect();
        let summary = summary_of(&lines);
        if let Phase::Escalating(search) = &mut self.conversation.phase {
            search.summary = summary;
        }
    }

    /// The visitor is told of a search that a person began, as of any other.
    pub(super) fn tell_of_search(&mut self) -> Option<ActionId> {
        let search = self.conversation.escalation().filter(|search| search.untold)?;
        let notice = self.notice(&search.reason.clone());
        let now = self.now();
        let until = now + self.engine.terms.claim();
        let claimed = ActionState::Claimed { by: self.holder.clone(), since: now, until };
        self.conversation.tell_of_search(notice, claimed)
    }
}
