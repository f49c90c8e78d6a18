//! Which departments may be rung, and in which order.

use super::{DepartmentSource, Inquiry, TriedDepartment};
use crate::domain::escalation::{Attempt, AttemptEnd};
use crate::domain::id::DepartmentId;

/// SalesIQ's error "Invalid Department IDs": the department was disabled or deleted (api.md §1.4).
pub const DEPARTMENT_GONE: i64 = 1025;

/// The departments in their order, each once: the brand's for the reason, the workspace's for the reason, the brand's,
/// the workspace's default.
pub(super) fn chain(inquiry: &Inquiry<'_>) -> Vec<TriedDepartment> {
    let reason = inquiry.reason.code();
    let brand = inquiry.brand.map(|brand| &brand.escalation);
    let links = [
        (DepartmentSource::BrandReason, brand.and_then(|brand| brand.departments.get(reason))),
        (DepartmentSource::Reason, inquiry.settings.escalation.departments.get(reason)),
        (DepartmentSource::Brand, brand.and_then(|brand| brand.department.as_ref())),
        (DepartmentSource::Default, inquiry.settings.default_department.as_ref()),
    ];
    let mut chain: Vec<TriedDepartment> = Vec::with_capacity(links.len());
    for (source, department) in links {
        let Some(department) = department else { continue };
        if chain.iter().all(|known| &known.department != department) {
            let closed = is_closed(inquiry, department);
            chain.push(TriedDepartment { department: department.clone(), source, closed });
        }
    }
    chain
}

/// The department that was rung and did not answer. Then the search is over: visitors are not sent round the house.
/// A department whose transfer SalesIQ refused was never rung; the next one is.
pub(super) fn rung_in_vain(attempts: &[Attempt]) -> Option<&DepartmentId> {
    let rang = |end: AttemptEnd| matches!(end, AttemptEnd::Rejected | AttemptEnd::NoAnswer);
    let by_rule = attempts.iter().rev().filter(|attempt| !attempt.chosen);
    let in_vain = by_rule.into_iter().find(|attempt| attempt.target.operator.is_none() && rang(attempt.end))?;
    Some(&in_vain.target.department)
}

fn is_closed(inquiry: &Inquiry<'_>, department: &DepartmentId) -> bool {
    let gone = AttemptEnd::Refused { code: Some(DEPARTMENT_GONE) };
    inquiry.roster.closed_departments.contains(department)
        || inquiry.attempts.iter().filter(|attempt| attempt.end != AttemptEnd::TakenBack).any(|attempt| {
            &attempt.target.department == department && (attempt.target.operator.is_none() || attempt.end == gone)
        })
}
