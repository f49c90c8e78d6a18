//! Who is rung: from settings, roster and reservations to a plan, with a record of everyone who was considered.
//!
//! Pure: the same inquiry always gets the same decision.

mod candidates;
mod decision;
mod departments;
mod roster;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::escalation::{Attempt, AttemptEnd, Chosen};
use super::hours::hours_at;
use super::id::{ConversationId, DepartmentId, OperatorId};
use super::settings::{BrandSettings, EscalationMode, WhenNobody, WorkspaceSettings};
use super::verdict::EscalationReason;
use candidates::Candidate;

pub use decision::{
    Considered, Decision, DepartmentSource, Hours, Judgement, NobodyWhy, Outcome, Skipped, Target, TriedDepartment,
};
pub use departments::DEPARTMENT_GONE;
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
    let chain = departments::chain(inquiry);
    let in_vain = departments::rung_in_vain(inquiry.attempts);
    let open = chain.iter().find(|tried| !tried.closed).map(|tried| &tried.department);
    let candidates = candidates::candidates(inquiry, in_vain.or(open));
    let hours = hours_at(inquiry.settings, inquiry.brand, inquiry.now);
    let outcome = match open {
        _ if in_vain.is_some() => Outcome::Nobody { why: NobodyWhy::AllTried },
        None if inquiry.attempts.is_empty() => Outcome::Nobody { why: NobodyWhy::NoDepartment },
        None => Outcome::Nobody { why: NobodyWhy::AllTried },
        Some(department) => match nobody(inquiry, hours, &candidates) {
            Some(why) => Outcome::Nobody { why },
            None => Outcome::Ring { targets: targets(inquiry, department, &candidates) },
        },
    };
    let rung = match &outcome {
        Outcome::Ring { targets } => targets.iter().filter(|target| target.operator.is_some()).count(),
        Outcome::Nobody { .. } => 0,
    };
    // Those who are rung lead the candidates.
    let ranks = (1..).map(Some).take(rung).chain(std::iter::repeat(None));
    let considered = candidates.into_iter().zip(ranks).map(|(one, rank)| one.into_considered(rank)).collect();
    Decision {
        at: inquiry.now,
        reason: inquiry.reason.code().to_owned(),
        mode: mode(inquiry),
        hours,
        loads: inquiry.roster.loads,
        departments: chain,
        considered,
        outcome,
        chosen_by: None,
    }
}

/// The record of a ring that a person chose: nothing was weighed.
#[must_use]
pub fn chosen(
    chosen: &Chosen,
    reason: &EscalationReason,
    settings: &WorkspaceSettings,
    brand: Option<&BrandSettings>,
    now: Timestamp,
) -> Decision {
    Decision {
        reason: reason.code().to_owned(),
        mode: if chosen.target.operator.is_some() { EscalationMode::Direct } else { EscalationMode::Department },
        hours: hours_at(settings, brand, now),
        outcome: Outcome::Ring { targets: vec![chosen.target.clone()] },
        chosen_by: Some(chosen.by.clone()),
        ..Decision::nobody(now, NobodyWhy::NoDepartment)
    }
}

fn mode(inquiry: &Inquiry<'_>) -> EscalationMode {
    inquiry.brand.and_then(|brand| brand.escalation.mode).unwrap_or(inquiry.settings.escalation.mode)
}

/// Why an open department is not rung all the same. One whose operators are all at their limit has a queue.
fn nobody(inquiry: &Inquiry<'_>, hours: Hours, candidates: &[Candidate<'_>]) -> Option<NobodyWhy> {
    let escalation = &inquiry.settings.escalation;
    if matches!(hours, Hours::Closed { .. }) && escalation.when_closed == WhenNobody::Mail {
        return Some(NobodyWhy::OutOfHours);
    }
    // What SalesIQ did not tell is no reason to send a visitor away.
    let is_known = inquiry.roster.loads != Loads::Unknown;
    let deserted = is_known && !candidates.iter().any(Candidate::is_there);
    (deserted && escalation.when_nobody == WhenNobody::Mail).then_some(NobodyWhy::NobodyAvailable)
}

/// In direct mode the first candidates, as many as may still be rung; at last the department.
fn targets(inquiry: &Inquiry<'_>, department: &DepartmentId, candidates: &[Candidate<'_>]) -> Vec<Target> {
    let comparable = matches!(inquiry.roster.loads, Loads::Full | Loads::Partial);
    let by_rule = |attempt: &&Attempt| !attempt.chosen && attempt.end != AttemptEnd::TakenBack;
    let rung_before =
        inquiry.attempts.iter().filter(by_rule).filter(|attempt| attempt.target.operator.is_some()).count();
    let may_be_rung = match mode(inquiry) {
        EscalationMode::Direct if comparable => {
            usize::from(inquiry.settings.escalation.direct_attempts).saturating_sub(rung_before)
        }
        _ => 0,
    };
    let operators = candidates.iter().filter(|candidate| candidate.can_be_rung()).take(may_be_rung);
    operators
        .map(|candidate| Some(candidate.id().clone()))
        .chain([None])
        .map(|operator| Target { department: department.clone(), operator })
        .collect()
}
