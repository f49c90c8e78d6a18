//! What is masked, against what is asked for.

use super::Problems;
use crate::domain::settings::{Asks, IdentitySettings, WorkspaceSettings};

/// What a visitor is asked for has to reach the log: the AI reads the answer there.
pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    let brands = settings.brands.iter().filter_map(|brand| brand.identity.as_ref());
    let asks = |what: Asks| {
        let asked = |identity: &IdentitySettings| {
            identity.conversational.as_ref().is_some_and(|check| check.ask.contains(&what))
        };
        asked(&settings.identity) || brands.clone().any(asked)
    };
    let redaction = &settings.redaction;
    for (field, masked, what) in [
        ("redaction.email.log", redaction.email.log, Asks::Email),
        ("redaction.phone.log", redaction.phone.log, Asks::Phone),
    ] {
        if masked && asks(what) {
            let problem = "it is masked before the AI reads it, and identity.conversational asks for it";
            problems.add(field, problem, "leave it in the log, or don't ask for it");
        }
    }
}
