//! How the AI learns who writes.

use serde::{Deserialize, Serialize};

use super::WorkspaceSettings;
#[cfg(feature = "schema")]
use super::check::numbers;
use crate::domain::id::{SecretName, ToolName};

/// How players are told apart from those who say they are one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct IdentitySettings {
    /// The site signs who is logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<SignedIdentity>,
    /// What the page tells is looked up. It makes nobody more than `claimed`: anyone can change what a page tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passive: Option<PassiveLookup>,
    /// The visitor is asked for what only the player knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversational: Option<ConversationalCheck>,
}

/// A token by which the site vouches for who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedIdentity {
    /// The key of the widget's custom information that holds the token.
    #[serde(default = "defaults::field")]
    pub field: String,
    /// The secret that tokens are signed with, at least 32 bytes; a second one may be named while it is changed.
    pub secrets: Vec<SecretName>,
    /// The longest time from now to a token's expiry, in seconds.
    #[serde(default = "defaults::longest_s")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TOKEN_S.0, max = numbers::TOKEN_S.1)))]
    pub longest_s: u32,
    /// Who a JWT must be for (`aud`), if it has to say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
}

/// Looks up who the page says is writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PassiveLookup {
    /// The tool that looks players up; it only reads, and its arguments are named like the fields. Its answer has `id`, and
    /// may have `vip` and whatever the team is to see.
    pub tool: ToolName,
    /// The keys of the widget's custom information that are passed on; `email`, `phone` and `name` are also what SalesIQ
    /// tells of the visitor.
    pub fields: Vec<String>,
}

/// Asks for what only the player knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConversationalCheck {
    /// The tool that checks; it only reads, its arguments are named like what is asked. Its answer has `verified: true` and
    /// `id` when all of it fits.
    pub tool: ToolName,
    /// What is asked for.
    pub ask: Vec<Asks>,
    /// How often it may be tried in a conversation.
    #[serde(default = "defaults::tries")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::TRIES.0, max = numbers::TRIES.1)))]
    pub tries: u8,
}

/// What a player can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// E-mail address.
    Email,
    /// Date of birth.
    DateOfBirth,
    /// Name in the account.
    Username,
    /// Phone number.
    Phone,
    /// Postal code.
    PostalCode,
}

impl Asks {
    /// The argument's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::DateOfBirth => "date_of_birth",
            Self::Username => "username",
            Self::Phone => "phone",
            Self::PostalCode => "postal_code",
        }
    }
}

impl WorkspaceSettings {
    /// The keys of custom information that hold tokens, in any brand.
    pub fn token_fields(&self) -> impl Iterator<Item = &str> {
        let of_brands = self.brands.iter().filter_map(|brand| brand.identity.as_ref());
        let all = std::iter::once(&self.identity).chain(of_brands);
        all.filter_map(|identity| identity.signed.as_ref()).map(|signed| signed.field.as_str())
    }
}

mod defaults {
    pub(super) fn field() -> String {
        "player_token".to_owned()
    }
    pub(super) fn longest_s() -> u32 {
        900
    }
    pub(super) fn tries() -> u8 {
        3
    }
}
