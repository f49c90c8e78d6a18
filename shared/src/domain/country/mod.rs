//! Where a visitor is: what the page's address tells, else SalesIQ.
//!
//! The first that tells a country counts: a rule of the brand, the page's path, its subdomain, its top-level domain, its
//! query, and at last what SalesIQ made of the IP address. A visitor on the British pages is served as a British one
//! wherever they sit: which offers and rules hold depends on the site's country.

mod codes;
mod page;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use url::Url;

use super::conversation::Conversation;
use super::settings::{CountryRule, WorkspaceSettings};

pub(in crate::domain) use codes::by_alpha2;

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

/// Where a visitor is, by the page that the chat was started on, what SalesIQ told (a code of two or three letters, or an
/// English name) and the brand's rules.
#[must_use]
pub fn detect(page_url: Option<&str>, salesiq_country: Option<&str>, rules: &[CountryRule]) -> Option<Country> {
    let by_page = page_url.and_then(page::parse).and_then(|url| by_page(&url, rules));
    by_page.or_else(|| {
        let country = salesiq_country.and_then(codes::by_any_name)?;
        Some(Country::of(country, CountrySource::Salesiq))
    })
}

fn by_page(url: &Url, rules: &[CountryRule]) -> Option<Country> {
    if let Some(rule) = rules.iter().find(|rule| page::fits(rule, url)) {
        // Without a country, or with one that there is not, the page tells nothing at all.
        let country = rule.country.as_deref().and_then(codes::by_alpha2)?;
        return Some(Country::of(country, CountrySource::Rule));
    }
    let sources = [
        (CountrySource::Path, page::by_path(url)),
        (CountrySource::Subdomain, page::by_subdomain(url)),
        (CountrySource::TopLevelDomain, page::by_top_level_domain(url)),
        (CountrySource::Query, page::by_query(url)),
    ];
    sources.into_iter().find_map(|(from, country)| Some(Country::of(country?, from)))
}

impl Country {
    fn of(country: isocountry::CountryCode, from: CountrySource) -> Self {
        Self { code: country.alpha2().to_owned(), name: country.name().to_owned(), from }
    }
}

impl Conversation {
    /// Where the visitor is, as far as it was told.
    #[must_use]
    pub fn country(&self, settings: &WorkspaceSettings) -> Option<Country> {
        let visitor = &self.facts.visitor;
        let rules = self.brand(settings).map_or(&[][..], |brand| &brand.countries);
        detect(visitor.page_url(), visitor.country(), rules)
    }
}
