//! A reply that was on its way when somebody else ended the chat: it may still arrive, also in the next thread.

use jiff::Timestamp;

use super::action::{ActionId, ActionKind, ActionState};
use super::conversation::Conversation;

/// After so many failed looks for a reply that may have arrived the visitor waits for it no more.
const LOOKS_BACK: u8 = 3;

impl Conversation {
    /// A reply that is on its way, as far as is known, and until when it may arrive.
    pub(super) fn reply_that_may_land(&self) -> Option<(ActionId, Timestamp)> {
        let action = self.open_action(|kind| matches!(kind, ActionKind::Reply { .. }))?;
        match action.state {
            ActionState::Claimed { until, .. } => Some((action.id, until)),
            _ => None,
        }
    }

    /// A reply of an earlier thread may still arrive: what it answers is not answered anew until that is known.
    #[must_use]
    pub fn awaits_an_earlier_reply(&self) -> bool {
        let unknown = |id: ActionId| {
            self.action(id).is_some_and(|reply| matches!(reply.state, ActionState::Cancelled { .. }) && !reply.echoed)
        };
        let after = self.actions.iter().filter(|action| action.is_open() && action.failures < LOOKS_BACK);
        let mut after = after.filter_map(|action| match &action.kind {
            ActionKind::LookBack { after } => *after,
            _ => None,
        });
        after.any(unknown)
    }
}
