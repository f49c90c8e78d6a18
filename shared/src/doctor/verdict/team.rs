//! The humans and their departments, and who sees which chats.

use std::collections::BTreeSet;

use crate::domain::id::DepartmentId;
use crate::domain::settings::{EscalationMode, WorkspaceSettings};
use crate::salesiq::client::{Availability, Department, Operator};

use super::operator::{name, operators};
use super::{counted, unread};
use crate::doctor::report::{Checks, Section};
use crate::doctor::seen::{Because, Failed, Read, Seen};

pub(super) fn judge(settings: &WorkspaceSettings, seen: &Seen) -> Checks {
    let mut checks = Checks::of(Section::Team);
    let listed = seen.reader().map(|reader| &reader.reads.departments);
    let departments: Option<&[Department]> = match listed {
        Some(Read::Got(departments)) => Some(departments),
        Some(read) => {
            checks.skipped("departments", unread(read));
            None
        }
        None => None,
    };
    let humans = operators(seen).ok().map(|operators| humans(settings, operators));
    for id in settings.departments() {
        department(&mut checks, &id, departments, humans.as_deref());
    }
    if let Some(humans) = &humans {
        of_humans(&mut checks, humans);
    }
    facilitator(&mut checks, settings, seen);
    checks
}

fn humans<'a>(settings: &WorkspaceSettings, operators: &'a [Operator]) -> Vec<&'a Operator> {
    let is_human =
        |operator: &&Operator| operator.id != settings.bot_operator && !operator.bot && operator.deleted != Some(true);
    operators.iter().filter(is_human).collect()
}

/// Whether the router would ever ring them (api.md §4.1).
fn can_be_rung(operator: &Operator) -> bool {
    operator.enabled != Some(false) && operator.confirmed != Some(false) && operator.chat_enabled != Some(false)
}

fn department(
    checks: &mut Checks,
    id: &DepartmentId,
    departments: Option<&[Department]>,
    humans: Option<&[&Operator]>,
) {
    let mut label = id.to_string();
    if let Some(departments) = departments {
        let Some(found) = departments.iter().find(|department| &department.id == id) else {
            let fix =
                "take the id from the console's URL .../settings/departments/edit/ID, or take it out of the settings";
            return checks.fail(format!("department {id}"), "the portal has none with this id", fix);
        };
        label = found.name.clone().unwrap_or(label);
        if found.enabled == Some(false) {
            let fix = "enable it in SalesIQ under Settings > Departments, or name another in the settings";
            return checks.fail(format!("department {label}"), "it is switched off", fix);
        }
    }
    let check = format!("department {label}");
    let Some(humans) = humans else { return checks.skipped(check, "the operators could not be read") };
    if humans.iter().all(|human| human.departments.is_empty()) {
        return checks.skipped(check, "the list of operators does not tell their departments");
    }
    let there: Vec<_> = humans.iter().filter(|human| human.departments.contains(id)).collect();
    let rung: Vec<_> = there.iter().filter(|human| can_be_rung(human)).collect();
    let available = rung.iter().filter(|human| human.availability == Some(Availability::Available)).count();
    if rung.is_empty() {
        let seen = format!("{} in it, none of whom can be rung", counted(there.len(), "human"));
        return checks.warn(check, seen, "add somebody: until then each request is mailed");
    }
    checks.ok(check, format!("{} can be rung, {available} available now", counted(rung.len(), "human")));
}

fn of_humans(checks: &mut Checks, humans: &[&Operator]) {
    let named = |list: Vec<&&Operator>| list.into_iter().map(|human| name(human)).collect::<Vec<_>>().join(", ");
    let unconfirmed: Vec<_> =
        humans.iter().filter(|human| human.confirmed == Some(false) && human.enabled != Some(false)).collect();
    if !unconfirmed.is_empty() {
        let fix =
            "they accept their invitation; who did, and is shown so all the same, is left out by mistake (api.md 4.1)";
        checks.warn("humans confirmed", format!("left out by the router: {}", named(unconfirmed)), fix);
    }
    let unknown: Vec<_> = humans.iter().filter(|human| human.chat_limit.is_none()).collect();
    if unknown.is_empty() {
        checks.ok("humans' limits", format!("read for {}", counted(humans.len(), "human")));
    } else {
        let fix = "set their \"Maximum concurrent chats\" in SalesIQ under Settings > Operators";
        checks.warn("humans' limits", format!("not told for {}", named(unknown)), fix);
    }
}

fn facilitator(checks: &mut Checks, settings: &WorkspaceSettings, seen: &Seen) {
    let check = "facilitator";
    let Some(id) = &settings.escalation.facilitator else {
        let direct = |mode: Option<EscalationMode>| mode == Some(EscalationMode::Direct);
        let rings_directly =
            direct(Some(settings.escalation.mode)) || settings.brands.iter().any(|brand| direct(brand.escalation.mode));
        if rings_directly {
            let fix = "set escalation.facilitator to an administrator, and connect that account";
            checks.warn(check, "none: mode direct knows only the load that the AI's operator sees", fix);
        } else {
            checks.skipped(check, "none, and no brand rings single operators");
        }
        return;
    };
    if let Ok(operators) = operators(seen) {
        let role = operators.iter().find(|operator| &operator.id == id).map(|operator| operator.role.as_deref());
        match role {
            None => checks.fail(check, format!("the portal has no operator {id}"), "correct escalation.facilitator"),
            Some(Some("Administrator") | None) => checks.ok(check, id.to_string()),
            Some(Some(role)) => {
                let fix = "name an Administrator: only they see the chats of all departments";
                checks.warn(check, format!("{id} is a {role}"), fix);
            }
        }
    }
    let mut others = 0;
    let mut only_facilitator = BTreeSet::new();
    for (department, (bot, facilitator)) in &seen.chats {
        let check = format!("facilitator sees {department}");
        if Some(department) != settings.default_department.as_ref() {
            others += 1;
        }
        match facilitator {
            Read::NotAsked => {}
            Read::Got(()) => {
                if matches!(bot, Read::Failed(Failed { because: Because::Forbidden, .. })) {
                    only_facilitator.insert(department);
                    checks.ok(check, "its chats; the AI's operator may not see them");
                } else {
                    checks.ok(check, "its chats");
                }
            }
            Read::Failed(failed) => checks.fail(check, failed.said.clone(), "name an Administrator as facilitator"),
        }
    }
    if others == 0 {
        checks.skipped("facilitator sees another department", "there is no other department");
    } else if only_facilitator.is_empty() {
        let why = "the AI's operator sees each department itself: nothing tells them apart";
        checks.skipped("facilitator sees more", why);
    }
}
