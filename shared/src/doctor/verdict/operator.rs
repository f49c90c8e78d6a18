//! The operator account that the AI speaks as.

use crate::domain::id::{DepartmentId, OperatorId};
use crate::domain::settings::WorkspaceSettings;
use crate::salesiq::client::{Availability, ChatLimit, Operator};
use crate::salesiq::oauth::Principal;

use super::{counted, unread};
use crate::doctor::report::{Checks, Section};
use crate::doctor::seen::{Because, Failed, Read, Seen};

const IN_SALESIQ: &str = "in SalesIQ under Settings > Operators";

/// The operators, by the token that sees most of them.
pub(super) fn operators(seen: &Seen) -> Result<&[Operator], String> {
    let of = |principal| seen.principal(principal).map(|seen| &seen.reads.operators);
    for read in [of(Principal::Facilitator), of(Principal::Bot)].into_iter().flatten() {
        if let Some(operators) = read.got() {
            return Ok(operators);
        }
    }
    Err(of(Principal::Bot).map_or_else(String::new, unread))
}

pub(super) fn judge(settings: &WorkspaceSettings, seen: &Seen) -> Checks {
    let mut checks = Checks::of(Section::Operator);
    let id = &settings.bot_operator;
    let operators = match operators(seen) {
        Ok(operators) => operators,
        Err(why) => {
            checks.skipped("operator", why);
            return checks;
        }
    };
    let Some(operator) = operators.iter().find(|operator| &operator.id == id) else {
        let fix = "set bot_operator to the id of the AI's operator account";
        checks.fail("operator", format!("the portal has no operator {id}"), fix);
        return checks;
    };
    checks.ok("operator", format!("{}, {id}", name(operator)));
    account(&mut checks, operator);
    departments(&mut checks, settings.default_department.as_ref(), operator);
    availability(&mut checks, settings, operator);
    limit(&mut checks, operator);
    own_token(&mut checks, id, seen);
    checks
}

/// An account alone: what would keep it from serving chats.
pub(super) fn of_account(operator: &Operator, home: Option<&DepartmentId>) -> Checks {
    let mut checks = Checks::of(Section::Operator);
    account(&mut checks, operator);
    departments(&mut checks, home, operator);
    limit(&mut checks, operator);
    checks
}

pub(super) fn name(operator: &Operator) -> &str {
    operator.name.as_deref().unwrap_or(operator.id.as_str())
}

fn account(checks: &mut Checks, operator: &Operator) {
    let yes = |checks: &mut Checks, check: &str, told: Option<bool>, fix: &str| match told {
        Some(true) => checks.ok(check, "yes"),
        Some(false) => checks.fail(check, "no", format!("{fix} {IN_SALESIQ}")),
        None => checks.skipped(check, "SalesIQ does not tell"),
    };
    if operator.deleted == Some(true) {
        checks.fail("account", "it is deleted", "make another operator account for the AI, and connect that");
    }
    yes(checks, "account enabled", operator.enabled, "enable it");
    yes(checks, "takes chats at all", operator.chat_enabled, "switch \"Available to take chats\" on");
    match operator.confirmed {
        // The documented sample shows "false" beside Available (api.md §4.1).
        Some(false) => checks.warn(
            "invitation accepted",
            "is_confirmed is false",
            "accept the invitation, if there is one: the router leaves operators out who have not",
        ),
        Some(true) => checks.ok("invitation accepted", "yes"),
        None => checks.skipped("invitation accepted", "SalesIQ does not tell"),
    }
}

fn departments(checks: &mut Checks, home: Option<&DepartmentId>, operator: &Operator) {
    let check = "departments";
    if operator.departments.is_empty() {
        let fix = format!("add it to each department whose chats the AI shall serve, {IN_SALESIQ}");
        return checks.fail(check, "it is in none, or the list of operators does not tell", fix);
    }
    let missing = home.filter(|department| !operator.departments.contains(department));
    match missing {
        Some(department) => checks.warn(
            check,
            format!("it is not in the default department {department}"),
            format!("add it there if chats begin in that department, {IN_SALESIQ}: others' chats it may not see"),
        ),
        None => checks.ok(check, counted(operator.departments.len(), "department")),
    }
}

fn availability(checks: &mut Checks, settings: &WorkspaceSettings, operator: &Operator) {
    let check = "availability";
    let wanted = if settings.sentinel.maintenance { Availability::Busy } else { Availability::Available };
    match &operator.availability {
        None => checks.skipped(check, "SalesIQ does not tell"),
        Some(is) if *is == wanted => checks.ok(check, is.as_str()),
        Some(is) => {
            let fix =
                format!("the sentinel sets {} within a minute or two; if it does not, see its log", wanted.as_str());
            checks.warn(check, format!("{}, and should be {}", is.as_str(), wanted.as_str()), fix);
        }
    }
}

fn limit(checks: &mut Checks, operator: &Operator) {
    let check = "chats at a time";
    let fix = format!("set \"Maximum concurrent chats\" to unlimited, {IN_SALESIQ}");
    match operator.chat_limit {
        None => checks.skipped(check, "SalesIQ does not tell"),
        Some(ChatLimit::Unlimited) => checks.ok(check, "unlimited"),
        Some(ChatLimit::AtMost(0)) => checks.fail(check, "none", fix),
        Some(ChatLimit::AtMost(most)) => {
            checks.warn(check, format!("{most}; a further one would not be answered (finding operator_full)"), fix);
        }
    }
}

/// Only the account itself can set its availability: that tells whose token it is.
fn own_token(checks: &mut Checks, id: &OperatorId, seen: &Seen) {
    let check = "availability can be set";
    let Some(writes) = &seen.writes else {
        return checks.skipped(check, "run this with --write: sets what is set, which also proves whose token it is");
    };
    match &writes.status {
        Read::NotAsked => {
            checks.skipped(check, "it is neither Available nor Busy, or could not be read: nothing to set it to");
        }
        Read::Got((before, Some(after))) if before == after => {
            checks.ok(
                check,
                format!("set to {} as before, and read back: the token is this operator's", before.as_str()),
            );
        }
        Read::Got((before, after)) => checks.warn(
            check,
            format!("set to {}, read back {}", before.as_str(), after.as_ref().map_or("nothing", Availability::as_str)),
            "run this again; if it stays so, SalesIQ keeps an API's operator in another state",
        ),
        Read::Failed(Failed { because: Because::Forbidden | Because::NotFound, said }) => {
            checks.fail(check, said.clone(), format!("connect the account of operator {id}: the token is another's"));
        }
        Read::Failed(failed) => checks.fail(check, failed.said.clone(), "put right what is named, and run this again"),
    }
}
