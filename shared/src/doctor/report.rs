//! What was found, for people and for machines.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// What a check is about; the report has this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// The settings themselves.
    Settings,
    /// Servers, secrets, tokens, scopes.
    Access,
    /// Data centre, screen name, brands.
    Portal,
    /// The AI's operator.
    Operator,
    /// Departments and humans.
    Team,
    /// The webhook.
    Webhook,
    /// SES and addresses.
    Mail,
    /// What is assumed of SalesIQ.
    Assumptions,
}

impl Section {
    /// As a heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Access => "Access",
            Self::Portal => "Portal",
            Self::Operator => "The AI's operator",
            Self::Team => "Team",
            Self::Webhook => "Webhook",
            Self::Mail => "Mail",
            Self::Assumptions => "What is assumed of SalesIQ",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it must be.
    Ok,
    /// It works, and not for everybody or not for long.
    Warn,
    /// Something does not work.
    Fail,
    /// Not checked; what was seen says why.
    Skipped,
}

impl Outcome {
    /// As it stands in the report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
            Self::Skipped => "skipped",
        }
    }
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was checked.
    #[serde(rename = "check")]
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen, or why nothing was.
    pub seen: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// What it is about.
    pub section: Section,
}

/// Collects the checks of one section.
#[derive(Debug)]
pub(super) struct Checks {
    section: Section,
    pub(super) list: Vec<Check>,
}

impl Checks {
    pub(super) fn of(section: Section) -> Self {
        Self { section, list: Vec::new() }
    }

    pub(super) fn ok(&mut self, check: impl Into<String>, seen: impl Into<String>) {
        self.add(check.into(), Outcome::Ok, seen.into(), None);
    }

    pub(super) fn warn(&mut self, check: impl Into<String>, seen: impl Into<String>, fix: impl Into<String>) {
        self.add(check.into(), Outcome::Warn, seen.into(), Some(fix.into()));
    }

    pub(super) fn fail(&mut self, check: impl Into<String>, seen: impl Into<String>, fix: impl Into<String>) {
        self.add(check.into(), Outcome::Fail, seen.into(), Some(fix.into()));
    }

    pub(super) fn skipped(&mut self, check: impl Into<String>, why: impl Into<String>) {
        self.add(check.into(), Outcome::Skipped, why.into(), None);
    }

    fn add(&mut self, check: String, outcome: Outcome, seen: String, fix: Option<String>) {
        self.list.push(Check { name: check, outcome, seen, fix, section: self.section });
    }
}

/// How many checks ended so.
#[must_use]
pub fn count(checks: &[Check], outcome: Outcome) -> usize {
    checks.iter().filter(|check| check.outcome == outcome).count()
}

/// The widest that the first column becomes; what is longer has a line of its own.
const WIDEST: usize = 48;

/// The report for people: a table per section, and a summary. `checks` are sorted by section.
#[must_use]
pub fn table(checks: &[Check]) -> String {
    let mut text = String::new();
    for checks in checks.chunk_by(|a, b| a.section == b.section) {
        let length = |check: &Check| check.name.chars().count();
        let width = checks.iter().map(length).filter(|length| *length <= WIDEST).max().unwrap_or(0);
        if let Some(first) = checks.first() {
            let _ = writeln!(text, "{}", first.section.title());
        }
        for check in checks {
            let word = check.outcome.word();
            if length(check) > WIDEST {
                let _ = writeln!(text, "  {word:<7}  {}\n  {:<7}  {:<width$}  {}", check.name, "", "", check.seen);
            } else {
                let _ = writeln!(text, "  {word:<7}  {:<width$}  {}", check.name, check.seen);
            }
            if let Some(fix) = &check.fix {
                let _ = writeln!(text, "  {:<7}  {:<width$}  -> {fix}", "", "");
            }
        }
        text.push('\n');
    }
    let _ = write!(
        text,
        "{} ok, {} to be looked at, {} failed, {} not checked",
        count(checks, Outcome::Ok),
        count(checks, Outcome::Warn),
        count(checks, Outcome::Fail),
        count(checks, Outcome::Skipped)
    );
    text
}
