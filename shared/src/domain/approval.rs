//! Calls that wait for a person's approval (ARCHITECTURE.md, "Approval").
//!
//! They wait only while the AI serves the visitor: whoever takes the chat over decides by acting, and who closes it needs
//! nothing of it any more. What was decided is told to the visitor in a turn of its own ([`Covers::calls`]): such a call is
//! a thing that waits for an answer, like a line of the visitor.
//!
//! [`Covers::calls`]: super::action::Covers::calls

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ask::Person;
use super::conversation::{Conversation, Phase};
use super::drain::Drained;
use super::id::ToolName;
use super::tool::{IdempotencyKey, WRITES_IN_FULL, WriteState};

/// For how many calls of a thread people are asked at the most: who is asked for everything soon approves everything.
pub const APPROVALS_REMEMBERED: usize = 8;

/// How many of them wait at once at the most.
pub const APPROVALS_AT_ONCE: usize = 3;

/// The longest arguments of a call that waits, in bytes of JSON: they are kept whole, since that very call is made.
pub const APPROVAL_ARGUMENTS_BYTES: usize = 1_500;

/// A call for which a person was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Which call.
    pub key: IdempotencyKey,
    /// The tool.
    pub tool: ToolName,
    /// Its arguments as JSON: exactly those that the call is made with. What the settings keep from the table is not among
    /// them, since such a call can't wait (`tools::decide`), so they may be shown as well. Dropped of all but the newest
    /// that are settled.
    #[serde(default)]
    pub arguments: String,
    /// What the visitor wants, in their words, clipped: for who decides.
    #[serde(default)]
    pub summary: String,
    /// Since when it waits.
    pub at: Timestamp,
    /// Until when it waits.
    pub deadline: Timestamp,
    /// What was decided.
    pub state: ApprovalState,
}

impl Approval {
    /// It waits for a person.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.state == ApprovalState::Waiting
    }
}

/// What was decided about a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ApprovalState {
    /// Nothing yet.
    Waiting,
    /// It is to be made, or was: what became of it stands among the writes, under its key.
    Approved {
        /// Who decided.
        by: Person,
        /// When.
        at: Timestamp,
    },
    /// It is not made.
    Denied {
        /// Who decided.
        by: Person,
        /// When.
        at: Timestamp,
    },
    /// Nobody decided in time. It is not made.
    Expired {
        /// When that was found.
        at: Timestamp,
    },
    /// It was approved, and certainly nothing was done: it may not be made any more, or the company's system failed.
    NotMade {
        /// Who had decided.
        by: Person,
        /// When.
        at: Timestamp,
        /// Why, for the agent.
        why: String,
    },
    /// The AI had the chat no more before it was decided, or made. It may be asked for anew.
    Void {
        /// Since when.
        at: Timestamp,
    },
}

impl Conversation {
    /// A call waits for a person's approval.
    #[must_use]
    pub fn awaits_approval(&self) -> bool {
        self.approvals.iter().any(Approval::is_waiting)
    }

    /// Until when the next of them waits.
    #[must_use]
    pub fn approval_deadline(&self) -> Option<Timestamp> {
        let waiting = self.approvals.iter().filter(|approval| approval.is_waiting());
        waiting.map(|approval| approval.deadline).min()
    }

    /// What was decided about a call.
    #[must_use]
    pub fn approval(&self, key: &IdempotencyKey) -> Option<&Approval> {
        self.approvals.iter().find(|approval| &approval.key == key)
    }

    /// Takes up that a call waits; one of the same key that was void waits anew.
    pub fn await_approval(&mut self, approval: Approval) {
        self.approvals.retain(|known| known.key != approval.key);
        self.approvals.push(approval);
        let settled = self.approvals.iter_mut().rev().filter(|approval| !approval.is_waiting());
        for approval in settled.skip(WRITES_IN_FULL) {
            approval.arguments.clear();
            approval.summary.clear();
        }
    }

    /// A person decided about a call. Only one that waits can be decided about, once, and before its deadline; whoever
    /// decides the same a second time changes nothing.
    pub(super) fn decide_call(
        &mut self,
        call: &IdempotencyKey,
        approve: bool,
        by: &Person,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Drained {
        let serves = self.phase == Phase::Assisting;
        let waiting =
            self.approvals.iter_mut().find(|approval| serves && &approval.key == call && approval.is_waiting());
        if let Some(approval) = waiting {
            let by = by.clone();
            approval.state = match approve {
                _ if asked_at >= approval.deadline => ApprovalState::Expired { at: now },
                true => ApprovalState::Approved { by, at: asked_at },
                false => ApprovalState::Denied { by, at: asked_at },
            };
            self.is_to_be_told(call.clone(), now);
        }
        Drained::default()
    }

    /// Whoever waited in vain waits no longer: a human is to be asked for.
    pub(super) fn expire_approvals(&mut self, now: Timestamp) {
        if self.phase != Phase::Assisting {
            return;
        }
        let mut expired = Vec::new();
        for approval in self.approvals.iter_mut().filter(|approval| approval.is_waiting() && approval.deadline <= now) {
            approval.state = ApprovalState::Expired { at: now };
            expired.push(approval.key.clone());
        }
        for key in expired {
            self.is_to_be_told(key, now);
        }
    }

    fn is_to_be_told(&mut self, call: IdempotencyKey, now: Timestamp) {
        self.epoch += 1;
        self.waiting_since.get_or_insert(now);
        if !self.unanswered.calls.contains(&call) {
            self.unanswered.calls.push(call);
        }
    }

    /// The AI has the chat no more: nothing that was not begun is made.
    pub(super) fn void_approvals(&mut self, now: Timestamp) {
        for index in self.unmade() {
            self.approvals[index].state = ApprovalState::Void { at: now };
        }
        if !self.unanswered.calls.is_empty() {
            self.unanswered.calls.clear();
            if self.unanswered.is_empty() {
                self.waiting_since = None;
            }
        }
    }

    /// Something that the visitor wants is undecided, or was approved and not begun.
    pub(super) fn leaves_a_call_open(&self) -> bool {
        !self.unmade().is_empty()
    }

    fn unmade(&self) -> Vec<usize> {
        let begun = |approval: &Approval| self.writes.iter().any(|write| write.key == approval.key);
        let open = |approval: &Approval| match approval.state {
            ApprovalState::Waiting => true,
            ApprovalState::Approved { .. } => !begun(approval),
            _ => false,
        };
        let all = self.approvals.iter().enumerate();
        all.filter(|(_, approval)| open(approval)).map(|(index, _)| index).collect()
    }

    /// An approved call was not made, and nothing was done.
    pub fn approved_not_made(&mut self, key: &IdempotencyKey, why: &str) {
        for approval in self.approvals.iter_mut().filter(|approval| &approval.key == key) {
            if let ApprovalState::Approved { by, at } = &approval.state {
                approval.state = ApprovalState::NotMade { by: by.clone(), at: *at, why: why.to_owned() };
            }
        }
    }

    /// The calls that this turn is to tell of, as they were decided.
    #[must_use]
    pub fn calls_to_tell_of(&self) -> Vec<Approval> {
        let calls = self.turn.as_ref().map_or(&[][..], |turn| &turn.covers.calls);
        calls.iter().filter_map(|key| self.approval(key)).cloned().collect()
    }

    /// What became of a call that writes, if it was ever begun.
    #[must_use]
    pub fn write_of(&self, key: &IdempotencyKey) -> Option<&WriteState> {
        self.writes.iter().find(|write| &write.key == key).map(|write| &write.state)
    }
}
