//! Who writes, asked of the company's system: by what the visitor tells, and by what the page tells.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use thiserror::Error;

use super::decide::{NotMade, fits};
use super::performed::Performed;
use super::request::{RequestError, ToolRequest};
use crate::agent::ToolOutcome;
use crate::domain::birth_date;
use crate::domain::email::EmailAddress;
use crate::domain::id::{PlayerId, ToolName};
use crate::domain::message::clip;
use crate::domain::settings::{Access, Asks, BrandSettings, ConversationalCheck, HttpTool, WorkspaceSettings};

/// How many details of a player are kept.
const DETAILS: usize = 10;
/// The longest detail and the longest name of one, in bytes.
const DETAIL_LIMIT_BYTES: usize = 100;
/// The longest thing that a visitor tells, in characters.
const TOLD_LIMIT: usize = 200;

/// A player, as the company's system tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub id: PlayerId,
    /// An important customer.
    pub vip: bool,
    /// What else it tells, for the team: at most 10, each of at most 100 bytes.
    pub details: BTreeMap<String, String>,
}

/// What checking a visitor came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedUp {
    /// It is the player.
    Verified(Account),
    /// What the visitor told does not fit.
    Mismatch,
    /// It could not be checked.
    Failed {
        /// Why, without what was told or answered.
        why: String,
        /// The system did answer, so that it might have told something: it counts as a try.
        counts: bool,
    },
}

impl LookedUp {
    /// Whether it counts against the tries. What merely did not reach the system does not.
    #[must_use]
    pub fn is_a_failed_try(&self) -> bool {
        match self {
            Self::Verified(_) => false,
            Self::Mismatch => true,
            Self::Failed { counts, .. } => *counts,
        }
    }

    /// What the agent is told: never which of the answers was wrong, and nothing of the account.
    #[must_use]
    pub fn outcome(&self) -> ToolOutcome {
        match self {
            Self::Verified(_) => ToolOutcome::Answered { answer: serde_json::json!({"verified": true}) },
            Self::Mismatch => ToolOutcome::Answered {
                answer: serde_json::json!({
                    "verified": false,
                    "hint": "what the visitor told does not fit an account; which part is not known",
                }),
            },
            Self::Failed { why, .. } => ToolOutcome::Failed { why: format!("the visitor could not be checked: {why}") },
        }
    }
}

/// What looking up the page's information came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Somebody whom the company knows. They are `claimed`: anyone can change what a page tells.
    Account(Account),
    /// Nobody.
    Nobody,
    /// It could not be looked up.
    Failed {
        /// Why, without what was told or answered.
        why: String,
    },
}

/// Why a visitor can't be checked with what was told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum LookupError {
    /// What was told is not enough, or not readable.
    #[error("{0}")]
    Told(String),
    /// The settings are wrong.
    #[error("{0}")]
    SetUp(String),
}

/// The call that checks what a visitor told.
pub(super) fn request(
    settings: &WorkspaceSettings,
    brand: &BrandSettings,
    check: &ConversationalCheck,
    told: &Map<String, Value>,
) -> Result<ToolRequest, LookupError> {
    if let Some(other) = told.keys().find(|name| !check.ask.iter().any(|asks| asks.name() == name.as_str())) {
        let names: Vec<&str> = check.ask.iter().map(|asks| asks.name()).collect();
        let other: String = other.chars().take(40).collect();
        return Err(LookupError::Told(format!("/{other}: it is not asked for; pass on {}", names.join(", "))));
    }
    let mut arguments = Map::new();
    for asks in &check.ask {
        let value = told.get(asks.name()).map_or(Err("it is missing; ask the visitor".to_owned()), |v| read(*asks, v));
        let value = value.map_err(|why| LookupError::Told(format!("/{}: {why}", asks.name())))?;
        arguments.insert(asks.name().to_owned(), Value::String(value));
    }
    let tool = reading_tool(settings, brand, &check.tool).map_err(LookupError::SetUp)?;
    prepared(tool, &arguments).map_err(|error| match error {
        NotMade::Misfit(why) => LookupError::Told(why),
        error => LookupError::SetUp(error.to_string()),
    })
}

/// What the visitor told, as the company's system is asked.
fn read(asks: Asks, value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err("it must be a text".to_owned()),
    };
    if text.is_empty() {
        return Err("it is empty; ask the visitor".to_owned());
    }
    if text.chars().count() > TOLD_LIMIT || text.chars().any(char::is_control) {
        return Err("it is too long, or has a control character".to_owned());
    }
    match asks {
        Asks::Email => EmailAddress::parse(&text).map(String::from).map_err(|error| error.to_string()),
        Asks::DateOfBirth => birth_date::parse(&text).map(|date| date.to_string()).map_err(|error| error.to_string()),
        Asks::Username | Asks::Phone | Asks::PostalCode => Ok(text),
    }
}

/// The tool of a lookup. It must only read: it is called without being sure of anybody.
fn reading_tool<'a>(
    settings: &'a WorkspaceSettings,
    brand: &BrandSettings,
    name: &ToolName,
) -> Result<&'a HttpTool, String> {
    let tool = settings.tool(name.as_str()).filter(|tool| tool.is_for(&brand.id));
    let tool = tool.ok_or_else(|| format!("the tool {name} that looks players up is not declared"))?;
    if tool.access == Access::Read { Ok(tool) } else { Err(format!("the tool {name} looks players up but writes")) }
}

fn prepared(tool: &HttpTool, arguments: &Map<String, Value>) -> Result<ToolRequest, NotMade> {
    fits(tool, arguments)?;
    // Nobody is known yet whose id could be filled in.
    ToolRequest::of(tool, arguments, None).map_err(|error| match error {
        RequestError::Fill(error) => NotMade::Misfit(error.to_string()),
        error => NotMade::SetUp(error.to_string()),
    })
}

/// The call that looks up what the page told, under the names of the settings; none if nothing is to be looked up, or what was
/// told is not enough for the tool.
#[must_use]
pub fn passive(
    settings: &WorkspaceSettings,
    brand: &BrandSettings,
    told: &BTreeMap<String, String>,
) -> Option<ToolRequest> {
    let lookup = settings.identity_of(brand).passive.as_ref()?;
    let told = lookup.fields.iter().filter_map(|field| {
        let value = told.get(field).map(|value| value.trim()).filter(|value| !value.is_empty())?;
        let short = value.chars().count() <= TOLD_LIMIT && !value.chars().any(char::is_control);
        short.then(|| (field.clone(), Value::String(value.to_owned())))
    });
    let arguments: Map<String, Value> = told.collect();
    if arguments.is_empty() {
        return None;
    }
    prepared(reading_tool(settings, brand, &lookup.tool).ok()?, &arguments).ok()
}

/// Reads the answer to a visitor's check. Verified is only who is said to be in so many words, with an id.
#[must_use]
pub fn checked(performed: &Performed) -> LookedUp {
    let failed = |why: &str, counts| LookedUp::Failed { why: why.to_owned(), counts };
    match performed {
        Performed::Answered { answer } => match (answer.get("verified").and_then(Value::as_bool), account(answer)) {
            (Some(true), Some(account)) => LookedUp::Verified(account),
            (Some(true), None) => failed("the answer has no id", true),
            (Some(false), _) => LookedUp::Mismatch,
            (None, _) => failed("the answer does not say whether it fits", true),
        },
        Performed::Refused { status: 400 | 404 | 422, .. } => LookedUp::Mismatch,
        Performed::Refused { status, .. } => failed(&format!("it was refused with status {status}"), true),
        Performed::Failed { why } | Performed::Unknown { why } => failed(why, false),
    }
}

/// Reads the answer to a lookup of what the page told.
#[must_use]
pub fn found(performed: &Performed) -> Found {
    match performed {
        Performed::Answered { answer: Value::Null } | Performed::Refused { status: 404, .. } => Found::Nobody,
        Performed::Answered { answer } => match (answer.get("id"), account(answer)) {
            (_, Some(account)) => Found::Account(account),
            (Some(Value::Null), None) => Found::Nobody,
            _ => Found::Failed { why: "the answer has no id".to_owned() },
        },
        Performed::Refused { status, .. } => Found::Failed { why: format!("it was refused with status {status}") },
        Performed::Failed { why } | Performed::Unknown { why } => Found::Failed { why: why.clone() },
    }
}

fn account(answer: &Value) -> Option<Account> {
    let fields = answer.as_object()?;
    let id = match fields.get("id")? {
        Value::String(id) => PlayerId::parse(id).ok()?,
        Value::Number(id) => PlayerId::parse(&id.to_string()).ok()?,
        _ => return None,
    };
    let vip = fields.get("vip").and_then(Value::as_bool).unwrap_or(false);
    let others = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "id" | "vip" | "verified"));
    let details = others.filter_map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let short = |text: &str| clip(text.trim(), DETAIL_LIMIT_BYTES).replace(char::is_control, " ");
        Some((short(name), short(&value)))
    });
    Some(Account { id, vip, details: details.take(DETAILS).collect() })
}

#[cfg(test)]
mod tests;
