//! Whether a human can be found, or else be written to.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::Problems;
use super::texts::{MOST_CHARACTERS, characters};
use crate::domain::email::{EmailAddress, Mailbox};
use crate::domain::id::DepartmentId;
use crate::domain::settings::WorkspaceSettings;
use crate::domain::verdict::EscalationReason;

/// What a subject may hold (see [`BrandEscalation::subject`](crate::domain::settings::BrandEscalation::subject)).
const PLACEHOLDERS: [&str; 4] = ["brand", "visitor", "reason", "reference"];

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    let escalation = &settings.escalation;
    if settings.default_department.is_none() {
        let problem = "there is none, and a chat that needs a human would go nowhere";
        problems.add("default_department", problem, "name the department that such chats go to");
    }
    let last_resort = "escalation.last_resort_email";
    if let Some(email) = &escalation.last_resort_email {
        address(last_resort, email, problems);
    } else {
        let problem = "there is none, and a request would be lost when nobody can be reached";
        problems.add(last_resort, problem, "give an address that is read day and night");
    }
    sender(settings, problems);
    reasons("escalation.departments", &escalation.departments, problems);
    for (index, brand) in settings.brands.iter().enumerate() {
        let place = format!("brands[{index}].escalation");
        if let Some(email) = &brand.escalation.email {
            address(format_args!("{place}.email"), email, problems);
        }
        if let Some(sender) = &brand.escalation.sender {
            mailbox(format_args!("{place}.sender"), sender, problems);
        }
        if let Some(text) = &brand.escalation.subject {
            subject(&format!("{place}.subject"), text, problems);
        }
        reasons(&format!("{place}.departments"), &brand.escalation.departments, problems);
    }
}

fn sender(settings: &WorkspaceSettings, problems: &mut Problems) {
    let field = "escalation.sender";
    if let Some(sender) = &settings.escalation.sender {
        return mailbox(field, sender, problems);
    }
    let without = settings.brands.iter().enumerate();
    let without = without.filter(|(_, brand)| brand.automated && brand.escalation.sender.is_none());
    let without: Vec<String> = without.map(|(index, _)| format!("brands[{index}]")).collect();
    if !without.is_empty() {
        let problem = format!("there is none, and {} would write to nobody", without.join(" and "));
        problems.add(field, problem, "give an address that SES may send as, here or in each automated brand");
    }
}

fn address(field: impl Display, text: &str, problems: &mut Problems) {
    if let Err(error) = EmailAddress::parse(text) {
        problems.add(field, error.to_string(), "write one address, such as support@example.com");
    }
}

fn mailbox(field: impl Display, text: &str, problems: &mut Problems) {
    if let Err(error) = Mailbox::parse(text) {
        let fix = "write one address, such as support@example.com or Support <support@example.com>";
        problems.add(field, error.to_string(), fix);
    }
}

fn reasons(field: &str, departments: &BTreeMap<String, DepartmentId>, problems: &mut Problems) {
    for code in departments.keys() {
        reason(field, code, problems);
    }
}

/// A key that must be a reason's code.
pub(super) fn reason(field: &str, code: &str, problems: &mut Problems) {
    if !EscalationReason::CODES.contains(&code) {
        let fix = format!("use {}", EscalationReason::CODES.join(", "));
        problems.add(format_args!("{field}.{code}"), "there is no such reason", fix);
    }
}

fn subject(field: &str, text: &str, problems: &mut Problems) {
    if text.trim().is_empty() {
        problems.add(field, "it is blank", "write a subject, or leave it out");
    }
    characters(field, text, MOST_CHARACTERS, "", problems);
    for part in text.split('{').skip(1) {
        let name = part.split_once('}').map(|(name, _)| name);
        if name.is_none_or(|name| !PLACEHOLDERS.contains(&name)) {
            let problem = match name {
                Some(name) => format!("nothing is filled in for {{{}}}", name.escape_debug()),
                None => "a placeholder has no end".to_owned(),
            };
            problems.add(field, problem, "use {brand}, {visitor}, {reason} and {reference}");
        }
    }
}
