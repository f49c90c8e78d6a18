//! Puts tags on a chat: helps the team, and holds nothing up.

use crate::agent::Agent;
use crate::domain::action::Action;
use crate::domain::drain::Finding;
use crate::store::Store;

use super::effect::Effect;
use super::session::Session;

/// After so many failures the tags are given up.
const FAILURES: u8 = 3;

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    pub(super) async fn tag(&mut self, action: &Action, tags: &[String]) {
        if !self.is_valid(action) {
            self.happened(Effect::Cancel { id: action.id });
            return;
        }
        match self.portal.put_tags(&self.key.conversation, tags, self.now()).await {
            Ok(unknown) => {
                if !unknown.is_empty() {
                    tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, ?unknown, "SalesIQ has no such tags");
                    self.found(Finding::TagUnknown);
                }
                self.happened(Effect::Done { id: action.id });
            }
            Err(error) => {
                let at_least = self.note_failure(&error, "tag");
                if action.failures >= FAILURES {
                    self.happened(Effect::Cancel { id: action.id });
                } else {
                    self.happened(Effect::Failed { id: action.id, at_least });
                }
            }
        }
    }
}
