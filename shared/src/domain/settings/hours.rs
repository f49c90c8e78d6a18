//! When a team works.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Business hours in one time zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BusinessHours {
    /// IANA, such as `Europe/Malta`; else the brand's, else the workspace's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The ordinary week.
    pub week: Week,
    /// Days that are not ordinary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Holiday>,
}

/// The hours of each weekday; a day without any is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the names of the days")]
pub struct Week {
    pub monday: Vec<Span>,
    pub tuesday: Vec<Span>,
    pub wednesday: Vec<Span>,
    pub thursday: Vec<Span>,
    pub friday: Vec<Span>,
    pub saturday: Vec<Span>,
    pub sunday: Vec<Span>,
}

/// A day with hours of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Which day.
    pub date: Date,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When the team works all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Span>,
}

/// From a time of day to another, written `09:00-17:30`. `24:00` ends the day; an end before the start is on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    /// Included.
    pub from: Time,
    /// Excluded; none is the end of the day.
    pub to: Option<Time>,
}

/// A span can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no span of hours; write it as 09:00-17:30, with 24:00 for the end of the day")]
pub struct SpanError {
    /// What was given.
    pub text: String,
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let no_span = || SpanError { text: text.chars().take(40).collect() };
        let time = |part: &str| Time::strptime("%H:%M", part.trim()).map_err(|_| no_span());
        let (from, to) = text.split_once('-').ok_or_else(no_span)?;
        let from = time(from)?;
        let to = if to.trim() == "24:00" { None } else { Some(time(to)?) };
        if to == Some(from) {
            return Err(no_span());
        }
        Ok(Self { from, to })
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;

    fn try_from(text: String) -> Result<Self, SpanError> {
        text.parse()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.from.strftime("%H:%M"))?;
        match self.to {
            Some(to) => write!(f, "{}", to.strftime("%H:%M")),
            None => f.write_str("24:00"),
        }
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}
