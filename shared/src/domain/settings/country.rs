//! What a brand's own URLs tell of the country.

use serde::{Deserialize, Serialize};

/// A rule: pages whose address fits are of a country, whatever else they look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CountryRule {
    /// The host, such as `casino.example`; also what ends in it behind a dot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What the path begins with, such as `/nordic/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The country, ISO 3166-1 alpha-2; none: these pages tell no country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}
