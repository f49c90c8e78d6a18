//! Who is rung: from settings, roster and reservations to a plan, with a record of everyone who was considered.
//!
//! Pure: the same inquiry always gets the same decision.

mod decision;
mod roster;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::escalation::Attempt;
use super::id::{ConversationId, OperatorId};
use super::settings::{BrandSettings, WorkspaceSettings};
use super::verdict::EscalationReason;

pub use decision::{
    Considered, Decision, DepartmentSource, Hours, Judgement, NobodyWhy, Outcome, Skipped, Target, TriedDepartment,
};
pub use roster::{ChatLimit, Colleague, Loads, Presence, Reserved, Roster};

/// What routing needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Inquiry<'a> {
    /// The conversation that needs a human.
    pub conversation: &'a ConversationId,
    /// The workspace's settings.
    pub settings: &'a WorkspaceSettings,
    /// The brand's, if the brand is known.
    pub brand: Option<&'a BrandSettings>,
    /// Why a human is needed.
    pub reason: &'a EscalationReason,
    /// The operators and how busy they are.
    pub roster: &'a Roster,
    /// The chats that operators are being rung for right now, this conversation's own included.
    pub reservations: &'a BTreeMap<OperatorId, Reserved>,
    /// What was tried for this escalation before, oldest first.
    pub attempts: &'a [Attempt],
    /// Now.
    pub now: Timestamp,
}

/// Decides whom to ring next, and after that, and records why.
#[must_use]
pub fn route(inquiry: &Inquiry<'_>) -> Decision {
    let _ = inquiry;
    Decision::nobody(inquiry.now, NobodyWhy::NoDepartment)
}
