//! Which operators may be rung, and in which order.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::{ChatLimit, Colleague, Considered, Inquiry, Judgement, Loads, Presence, Skipped};
use crate::domain::escalation::{Attempt, AttemptEnd};
use crate::domain::id::{DepartmentId, OperatorId};

/// The limit of an operator for whom SalesIQ gives none.
const USUAL_LIMIT: u32 = 5;

/// An operator, with what decides.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    colleague: &'a Colleague,
    load: u32,
    limit: Option<u32>,
    idle_since: Option<Timestamp>,
    skipped: Option<Skipped>,
}

/// All operators, each once: those that can be rung first, the least busy of them leading; then the others by id.
pub(super) fn candidates<'a>(inquiry: &Inquiry<'a>, department: Option<&DepartmentId>) -> Vec<Candidate<'a>> {
    let mut colleagues: Vec<&Colleague> = inquiry.roster.operators.iter().collect();
    // A row that came twice counts once, with the more chats.
    colleagues.sort_by(|a, b| a.id.cmp(&b.id).then(b.open_chats.cmp(&a.open_chats)));
    colleagues.dedup_by(|again, kept| again.id == kept.id);
    let judge = |colleague| Candidate::judge(inquiry, department, colleague);
    let mut candidates: Vec<Candidate<'_>> = colleagues.into_iter().map(judge).collect();
    candidates.sort_by(Candidate::order);
    candidates
}

impl<'a> Candidate<'a> {
    fn judge(inquiry: &Inquiry<'a>, department: Option<&DepartmentId>, colleague: &'a Colleague) -> Self {
        let reserved = inquiry.reservations.get(&colleague.id);
        let being_rung = reserved.map_or(0, |reserved| {
            let counts = |conversation| {
                conversation != inquiry.conversation
                    && !colleague.open_and_reserved.contains(conversation)
                    && reserved.holds(conversation, inquiry.now)
            };
            reserved.until.keys().filter(|conversation| counts(conversation)).count()
        });
        let load = colleague.open_chats.saturating_add(u32::try_from(being_rung).unwrap_or(u32::MAX));
        let limit = match colleague.limit {
            Some(ChatLimit::AtMost(limit)) => Some(limit),
            Some(ChatLimit::Unlimited) => None,
            None => Some(USUAL_LIMIT),
        };
        let idle_since = colleague.took_last_at.max(reserved.and_then(|reserved| reserved.last_at));
        let full = limit.is_some_and(|limit| load >= limit);
        let skipped = skipped(inquiry, department, colleague, full);
        Self { colleague, load, limit, idle_since, skipped }
    }

    /// Fewest chats, then longest without a new one, then the id, so that the order is always the same.
    fn order(&self, other: &Self) -> Ordering {
        let by_id = || self.id().cmp(other.id());
        match (self.can_be_rung(), other.can_be_rung()) {
            (true, true) => (self.load, self.idle_since).cmp(&(other.load, other.idle_since)).then_with(by_id),
            (false, false) => by_id(),
            (one, another) => another.cmp(&one),
        }
    }

    pub(super) fn id(&self) -> &'a OperatorId {
        &self.colleague.id
    }

    pub(super) fn can_be_rung(&self) -> bool {
        self.skipped.is_none()
    }

    /// A human of the department who takes chats now, if not this one or not one more.
    pub(super) fn is_there(&self) -> bool {
        matches!(self.skipped, None | Some(Skipped::AlreadyTried | Skipped::AtLimit))
    }

    /// For the record. The rank is that of the ring; none if it won't be rung.
    pub(super) fn into_considered(self, rank: Option<u32>) -> Considered {
        let judgement = match (self.skipped, rank) {
            (Some(why), _) => Judgement::Skipped { why },
            (None, Some(rank)) => Judgement::Picked { rank },
            (None, None) => Judgement::Eligible,
        };
        Considered {
            operator: self.colleague.id.clone(),
            name: self.colleague.name.clone(),
            load: self.load,
            limit: self.limit,
            idle_since: self.idle_since,
            judgement,
        }
    }
}

/// The first thing that speaks against an operator. What SalesIQ did not tell speaks against nobody.
fn skipped(
    inquiry: &Inquiry<'_>,
    department: Option<&DepartmentId>,
    colleague: &Colleague,
    full: bool,
) -> Option<Skipped> {
    // Who is there and who is full is not known then.
    let told = inquiry.roster.loads != Loads::Unknown;
    let rang = |attempt: &&Attempt| attempt.end != AttemptEnd::TakenBack;
    let mut attempts = inquiry.attempts.iter().filter(rang);
    let mut tried = || attempts.any(|attempt| attempt.target.operator.as_ref() == Some(&colleague.id));
    let serves = || department.is_some_and(|department| colleague.departments.contains(department));
    if colleague.id == inquiry.settings.bot_operator {
        Some(Skipped::Ours)
    } else if colleague.bot {
        Some(Skipped::Bot)
    } else if colleague.deleted == Some(true) {
        Some(Skipped::Deleted)
    } else if colleague.enabled == Some(false) {
        Some(Skipped::Disabled)
    } else if colleague.confirmed == Some(false) {
        Some(Skipped::Unconfirmed)
    } else if colleague.chat_enabled == Some(false) {
        Some(Skipped::ChatDisabled)
    } else if !serves() {
        Some(Skipped::OtherDepartment)
    } else if told && let Some(said) = not_available(&colleague.presence) {
        Some(Skipped::NotAvailable { said: Some(said) })
    } else if tried() {
        Some(Skipped::AlreadyTried)
    } else if told && full {
        Some(Skipped::AtLimit)
    } else {
        None
    }
}

/// SalesIQ's word, if an operator takes no chats now.
fn not_available(presence: &Presence) -> Option<String> {
    match presence {
        Presence::Available | Presence::Untold => None,
        Presence::Busy => Some("Busy".to_owned()),
        Presence::Other(word) => Some(word.clone()),
    }
}
