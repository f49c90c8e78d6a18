//! Where a visitor is.

use serde::{Deserialize, Serialize};

/// A country, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Country {
    /// ISO 3166-1 alpha-2, upper-case.
    pub code: String,
    /// English name.
    pub name: String,
    /// What told it.
    pub from: CountrySource,
}

/// What told a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountrySource {
    /// A rule of the brand.
    Rule,
    /// The page's path, such as `/en-gb/`.
    Path,
    /// The page's subdomain, such as `uk.example.com`.
    Subdomain,
    /// The page's top-level domain, such as `example.co.uk`.
    TopLevelDomain,
    /// The page's query, such as `?lang=pt-BR`.
    Query,
    /// SalesIQ, by the IP address.
    Salesiq,
}
