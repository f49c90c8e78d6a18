//! What is said to a visitor who says nothing: check-in, countdown, last word (ARCHITECTURE.md, "Silence and countdown").

use crate::agent::Agent;
use crate::agent::playbook::{check_in, countdown, last_word};
use crate::domain::idle::Reminder;
use crate::domain::plan::Claimed;
use crate::store::Store;

use super::session::{Committed, Session};
use super::{EngineError, fault_point};

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Says it. Committed as claimed before: of two who are woken for it one loses, and finds it said.
    pub(super) async fn remind(&mut self, reminder: Reminder) -> Result<(), EngineError> {
        let Some(brand) = self.conversation.brand(&self.workspace.settings) else { return Ok(()) };
        let language = self.conversation.language.as_deref().unwrap_or(&brand.language);
        let text = match reminder {
            Reminder::CheckIn => check_in(brand, language),
            Reminder::Countdown { seconds } => countdown(brand, language, seconds),
            Reminder::LastWord => last_word(brand, language),
        };
        let now = self.now();
        let actions = self.conversation.remind(reminder, text, &self.holder, &self.engine.terms, now);
        if self.commit_if_changed().await? == Committed::Yes {
            self.reached(fault_point::Step::Concluded).await;
            let claimed: Vec<Claimed> = actions.iter().map(|id| Claimed { id: *id, unsure_since: None }).collect();
            self.carry_out(&claimed).await;
            self.reached(fault_point::Step::Said).await;
        }
        Ok(())
    }
}
