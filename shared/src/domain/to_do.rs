//! The actions of a conversation: added, looked up, given up, forgotten.

use jiff::Timestamp;

use super::action::{Action, ActionId, ActionKind, ActionState};
use super::conversation::Conversation;

/// How many settled messages of ours are remembered to recognise a late echo: a countdown alone has up to eight.
const SETTLED_REMEMBERED: usize = 12;

impl Conversation {
    /// Adds an action.
    pub fn add_action(&mut self, kind: ActionKind, state: ActionState) -> ActionId {
        self.last_action += 1;
        let id = ActionId(self.last_action);
        self.actions.push(Action {
            id,
            kind,
            state,
            epoch: self.epoch,
            failures: 0,
            unsure: false,
            may_have_landed: false,
            echoed: false,
        });
        id
    }

    /// An action by number.
    #[must_use]
    pub fn action(&self, id: ActionId) -> Option<&Action> {
        self.actions.iter().find(|action| action.id == id)
    }

    /// An action by number, to change it.
    pub fn action_mut(&mut self, id: ActionId) -> Option<&mut Action> {
        self.actions.iter_mut().find(|action| action.id == id)
    }

    /// The open action of one kind.
    #[must_use]
    pub fn open_action(&self, is: impl Fn(&ActionKind) -> bool) -> Option<&Action> {
        self.actions.iter().find(|action| action.is_open() && is(&action.kind))
    }

    /// A reply is claimed: it may be on its way.
    #[must_use]
    pub fn reply_on_its_way(&self) -> bool {
        self.open_action(|kind| matches!(kind, ActionKind::Reply { .. })).is_some()
    }

    /// Gives an action up; the lines that it covered wait again.
    pub fn cancel(&mut self, id: ActionId, now: Timestamp) {
        let Some(action) = self.action_mut(id) else { return };
        let covered = match &action.kind {
            ActionKind::Reply { covers, .. } => Some(covers.clone()),
            _ => None,
        };
        action.settle(ActionState::Cancelled { at: now });
        if let Some(covers) = covered {
            if !covers.is_empty() {
                self.unanswered.put_back(covers);
                self.waiting_since.get_or_insert(now);
            }
            // The goodbye that a countdown was to follow.
            self.call_off_ending(now);
        }
    }

    /// Takes back an action that certainly was not carried out; the lines that it covered wait again.
    pub fn withdraw(&mut self, id: ActionId, now: Timestamp) {
        self.cancel(id, now);
        // No echo can be expected of it, and its text may be said again by another action.
        self.actions.retain(|action| action.id != id);
    }

    /// Gives up open actions; those that may have been carried out are left to be told apart by their echoes.
    pub(super) fn give_up(&mut self, which: impl Fn(&Action) -> bool, now: Timestamp) {
        let open = self.actions.iter().filter(|action| action.is_open() && which(action));
        let open: Vec<(ActionId, bool)> = open.map(|action| (action.id, action.may_have_happened())).collect();
        for (id, may_have_happened) in open {
            if may_have_happened {
                self.cancel(id, now);
            } else {
                self.withdraw(id, now);
            }
        }
    }

    /// Forgets settled actions that no echo can be expected of any more.
    pub fn prune_actions(&mut self) {
        self.settle_asks();
        self.actions.retain(|action| {
            let may_echo = !action.echoed || matches!(action.kind, ActionKind::Notice { .. });
            action.is_open() || (action.kind.speaks() && may_echo)
        });
        let settled = self.actions.iter().filter(|action| !action.is_open()).count();
        let mut surplus = settled.saturating_sub(SETTLED_REMEMBERED);
        self.actions.retain(|action| {
            let drop = surplus > 0 && !action.is_open();
            surplus -= usize::from(drop);
            !drop
        });
    }
}
