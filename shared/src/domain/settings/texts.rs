//! A brand's own words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What stands in [`Texts::countdown`] for the seconds that are left.
pub const SECONDS: &str = "{seconds}";

/// Fixed texts of a brand in one language. Each may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Put before the first answer of a conversation, such as "Hi, Nova here!".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// Asks the visitor to say more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clarify: Option<String>,
    /// Tells that a colleague is being looked for. Must not claim that one was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looking_for_colleague: Option<String>,
    /// Names the article that an answer rests on; `{title}` stands for its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Put after an answer, such as an invitation to ask on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<String>,
    /// Tells that a colleague is being looked for, by the reason's code; goes before `looking_for_colleague`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(transform = super::schema::by_reason))]
    pub looking_by_reason: BTreeMap<String, String>,
    /// Said while a colleague is being looked for, when the visitor writes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
    /// Tells that nobody is there now and that the request was passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nobody_available: Option<String>,
    /// The same outside of business hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_hours: Option<String>,
    /// Asks a silent visitor whether they are still there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_in: Option<String>,
    /// Tells that the chat ends in `{seconds}` seconds unless the visitor writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countdown: Option<String>,
    /// Said right before a chat is ended for silence, or on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_word: Option<String>,
}
