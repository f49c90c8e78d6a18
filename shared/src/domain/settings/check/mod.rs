//! What settings must be: each problem names the field, what is wrong, and what to do.
//!
//! Three questions, asked at three times. What would do harm if it were obeyed ([`WorkspaceSettings::harmful`]) is refused
//! whenever settings are read. All that is wrong ([`WorkspaceSettings::check`]) is refused when they are written: a
//! workspace that lost its last-resort address goes on serving, and says so. What is allowed but unlikely to be meant
//! ([`WorkspaceSettings::warnings`]) is only told.

mod agent;
mod called;
mod escalation;
mod hours;
mod identity;
pub(super) mod numbers;
mod procedures;
mod redaction;
mod sentinel;
#[cfg(test)]
mod tests;
mod texts;
mod tools;
mod warnings;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::WorkspaceSettings;

/// A setting is not usable.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[error("{field}: {problem}; {fix}")]
pub struct SettingsProblem {
    /// Which: a path such as `brands[1].escalation.email`.
    pub field: String,
    /// What is wrong with it. Addresses and texts are not repeated.
    pub problem: String,
    /// What to do.
    pub fix: String,
}

impl WorkspaceSettings {
    /// What would do harm if it were obeyed: numbers out of their bounds.
    #[must_use]
    pub fn harmful(&self) -> Vec<SettingsProblem> {
        let mut problems = Problems::default();
        numbers::check(self, &mut problems);
        identity::bounds(self, &mut problems);
        problems.0
    }

    /// All that is wrong, everything at once.
    #[must_use]
    pub fn check(&self) -> Vec<SettingsProblem> {
        let mut problems = Problems::default();
        escalation::check(self, &mut problems);
        agent::check(self, &mut problems);
        numbers::check(self, &mut problems);
        identity::bounds(self, &mut problems);
        identity::check(self, &mut problems);
        hours::check(self, &mut problems);
        texts::check(self, &mut problems);
        sentinel::check(self, &mut problems);
        tools::check(self, &mut problems);
        called::check(self, &mut problems);
        procedures::check(self, &mut problems);
        redaction::check(self, &mut problems);
        brands(self, &mut problems);
        problems.0
    }

    /// What is allowed but unlikely to be meant.
    #[must_use]
    pub fn warnings(&self) -> Vec<SettingsProblem> {
        let mut problems = Problems::default();
        warnings::find(self, &mut problems);
        agent::warn(self, &mut problems);
        problems.0
    }
}

/// What was found so far.
#[derive(Default)]
struct Problems(Vec<SettingsProblem>);

impl Problems {
    fn add(&mut self, field: impl fmt::Display, problem: impl Into<String>, fix: impl Into<String>) {
        self.0.push(SettingsProblem { field: field.to_string(), problem: problem.into(), fix: fix.into() });
    }
}

fn brands(settings: &WorkspaceSettings, problems: &mut Problems) {
    let mut first = BTreeMap::new();
    for (index, brand) in settings.brands.iter().enumerate() {
        if let Some(earlier) = first.get(&brand.id) {
            let problem = format!("brands[{earlier}] has the same id");
            problems.add(format_args!("brands[{index}].id"), problem, "list each brand once");
        } else {
            first.insert(&brand.id, index);
        }
    }
}
