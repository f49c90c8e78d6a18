//! From what was seen to what is to be said of it. Nothing here calls anybody.

mod access;
mod assumed;
mod mail;
mod operator;
mod portal;
mod shape;
mod team;
#[cfg(test)]
mod tests;
mod webhook;

pub use portal::data_centre_of;

use std::collections::BTreeSet;

use crate::domain::id::DepartmentId;
use crate::domain::settings::WorkspaceSettings;
use crate::salesiq::client::Operator;

use super::report::{Check, Checks, Section};
use super::seen::{Failed, Read, Seen};

/// All that SES might know the senders of a workspace by.
pub(super) fn sender_identities(settings: &WorkspaceSettings) -> BTreeSet<String> {
    mail::senders(settings).iter().flat_map(mail::identities_of).collect()
}

/// All checks, by section.
pub(super) fn judge(settings: &WorkspaceSettings, seen: &Seen) -> Vec<Check> {
    let sections = [
        of_settings(settings),
        access::judge(settings, seen),
        portal::judge(settings, seen),
        operator::judge(settings, seen),
        team::judge(settings, seen),
        webhook::judge(settings, seen),
        mail::judge(settings, seen),
        assumed::judge(settings, seen),
    ];
    sections.into_iter().flat_map(|checks| checks.list).collect()
}

/// What is to be said of an operator whom the AI shall speak as, before there are settings.
pub(super) fn of_operator(operator: &Operator, home: Option<&DepartmentId>) -> Vec<Check> {
    operator::of_account(operator, home).list
}

fn of_settings(settings: &WorkspaceSettings) -> Checks {
    let mut checks = Checks::of(Section::Settings);
    let (problems, warnings) = (settings.check(), settings.warnings());
    for found in &problems {
        checks.fail(format!("settings: {}", found.field), found.problem.clone(), found.fix.clone());
    }
    for found in &warnings {
        checks.warn(format!("settings: {}", found.field), found.problem.clone(), found.fix.clone());
    }
    if problems.is_empty() && warnings.is_empty() {
        checks.ok("settings", format!("complete, {}", counted(settings.brands.len(), "brand")));
    }
    checks
}

/// Why something was not read, for a check that needs it.
fn unread<T>(read: &Read<T>) -> String {
    match read {
        Read::Failed(Failed { said, .. }) => said.clone(),
        Read::NotAsked | Read::Got(_) => "nothing was read: see the access above".to_owned(),
    }
}

/// `1 thing`, `2 things`.
fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
