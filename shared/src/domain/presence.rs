//! Whether the AI's operator takes chats: what was seen, what is to be done about it, and what is recorded.
//!
//! A run looks at the operator ([`step`]), sets the status where that helps, looks again, and [`conclude`]s. An outage begins
//! with a run that ends without an available operator and ends with one that reads it available; a `Busy` that somebody else
//! set and that is mended in the same run is an outage too, of that moment. What is wanted in maintenance is no outage.

mod cause;
mod conclude;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::WorkspaceId;
use super::settings::WorkspaceSettings;

pub use cause::{Cause, Trouble};
pub use conclude::conclude;

/// After how many failed runs in a row a person is told, whatever the cause.
pub const FAILURES_TOLD: u32 = 3;
/// The longest word of SalesIQ's for a status that is kept.
const LONGEST_STATUS: usize = 40;

/// The document with the current state, in the [`partition`].
pub const NOW: &str = "NOW";

/// The partition of a workspace's presence.
#[must_use]
pub fn partition(workspace: &WorkspaceId) -> String {
    format!("PRESENCE#{workspace}")
}

/// Whether an operator takes chats now. SalesIQ's API sets the first two only (api.md §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Availability {
    /// `Available`.
    Available,
    /// `Busy`.
    Busy,
    /// Another word of SalesIQ's (api.md §9: none is documented).
    Other(String),
}

impl Availability {
    /// SalesIQ's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Available => "Available",
            Self::Busy => "Busy",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for Availability {
    fn from(word: String) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "available" => Self::Available,
            "busy" => Self::Busy,
            _ => Self::Other(word),
        }
    }
}

impl From<Availability> for String {
    fn from(availability: Availability) -> Self {
        availability.as_str().to_owned()
    }
}

/// What SalesIQ shows of the operator; what it does not show is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The status.
    pub availability: Option<Availability>,
    /// The account is switched on.
    pub enabled: Option<bool>,
    /// The invitation was accepted. The documented sample is Available without it, so alone it is no obstacle (api.md §4.1).
    pub confirmed: Option<bool>,
    /// The operator takes chats at all.
    pub chat_enabled: Option<bool>,
    /// The account was deleted.
    pub deleted: Option<bool>,
}

/// A look at the operator, or why there was none.
pub type Reading = Result<Seen, Cause>;

/// What the operator shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Taking chats.
    Available,
    /// In maintenance.
    Busy,
}

/// What to do after the first look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: all is as wanted, or setting the status can't help.
    Nothing,
    /// Set this status, and look again.
    Set(Wanted),
}

/// What came of setting the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Second {
    /// Whether SalesIQ took it.
    pub set: Result<(), Cause>,
    /// What it shows then; none if it surely changed nothing.
    pub reading: Option<Reading>,
}

/// One run, from the first look to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What was wanted.
    pub wanted: Wanted,
    /// The first look.
    pub first: Reading,
    /// The second one, if something was set.
    pub second: Option<Second>,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

/// The current state: the document `NOW`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// What is wanted.
    pub wanted: Wanted,
    /// The last status that was read in this run.
    pub seen: Option<Availability>,
    /// Whether the invitation was accepted, when that was last told.
    #[serde(default)]
    pub confirmed: Option<bool>,
    /// Since when it is as it is: as wanted, or not.
    pub since: Timestamp,
    /// How many runs in a row ended without an available operator; none in maintenance.
    pub failures: u32,
    /// Why it is not as wanted.
    pub cause: Option<Cause>,
    /// When the last run ended.
    pub checked_at: Timestamp,
    /// The outage that goes on.
    #[serde(default)]
    pub outage: Option<Outage>,
    /// The period of maintenance that goes on.
    #[serde(default)]
    pub maintenance: Option<Maintenance>,
}

/// A time without an available operator: the documents `OUTAGE#{start in ms, 13 digits}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// When it was first seen.
    pub start: Timestamp,
    /// When the operator was seen available again.
    pub end: Option<Timestamp>,
    /// What it began with.
    pub cause: Cause,
    /// Other causes that followed, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Cause>,
    /// How many runs met it.
    pub runs: u32,
}

/// A time in which the operator was to be `Busy`: the documents `MAINTENANCE#{start in ms, 13 digits}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Option<Timestamp>,
}

/// What is to be recorded beside [`NOW`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An outage that began, goes on, or ended.
    Outage(Outage),
    /// Maintenance that began or ended.
    Maintenance(Maintenance),
}

impl Record {
    /// The document's name in the [`partition`].
    #[must_use]
    pub fn name(&self) -> String {
        let (kind, start) = match self {
            Self::Outage(outage) => ("OUTAGE", outage.start),
            Self::Maintenance(maintenance) => ("MAINTENANCE", maintenance.start),
        };
        format!("{kind}#{:013}", start.as_millisecond())
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concluded {
    /// The new state.
    pub presence: Presence,
    /// What else is to be recorded.
    pub records: Vec<Record>,
    /// The operator takes chats now, as far as was seen.
    pub available: bool,
    /// This run set it available again; why it was not.
    pub restored: Option<Cause>,
    /// Somebody should be told that there is no available operator.
    pub tell_unavailable: bool,
    /// Somebody should be told that the operator is not confirmed.
    pub tell_unconfirmed: bool,
}

impl Wanted {
    /// What the settings want.
    #[must_use]
    pub fn of(settings: &WorkspaceSettings) -> Self {
        if settings.sentinel.maintenance { Self::Busy } else { Self::Available }
    }

    /// The status.
    #[must_use]
    pub fn availability(self) -> Availability {
        match self {
            Self::Available => Availability::Available,
            Self::Busy => Availability::Busy,
        }
    }
}

impl Seen {
    /// What no status helps against.
    fn obstacle(&self) -> Option<Cause> {
        match self {
            Self { deleted: Some(true), .. } => Some(Cause::OperatorDeleted),
            Self { enabled: Some(false), .. } => Some(Cause::OperatorDisabled),
            Self { chat_enabled: Some(false), .. } => Some(Cause::ChatsSwitchedOff),
            _ => None,
        }
    }

    /// Why it is not as wanted.
    fn fault(&self, wanted: Wanted) -> Option<Cause> {
        self.obstacle().or_else(|| match &self.availability {
            Some(availability) if *availability == wanted.availability() => None,
            Some(Availability::Busy) => Some(Cause::SetBusy),
            Some(other) => Some(Cause::SetOtherwise { status: other.as_str().chars().take(LONGEST_STATUS).collect() }),
            None => Some(Cause::StatusNotShown),
        })
    }
}

/// What to do after the first look.
#[must_use]
pub fn step(first: &Reading, wanted: Wanted) -> Step {
    match first {
        Ok(seen) if seen.obstacle().is_none() && seen.fault(wanted).is_some() => Step::Set(wanted),
        _ => Step::Nothing,
    }
}
