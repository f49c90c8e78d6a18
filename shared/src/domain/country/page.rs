//! What the parts of a page's address tell of a country. Hostile addresses tell none.

use icu_locale_core::LanguageIdentifier;
use isocountry::CountryCode;
use url::{Host, Url};

use super::codes::{alone, by_alpha2, by_any_name, is_language, speaks, together};
use crate::domain::settings::CountryRule;

/// How many of a path's first segments are looked at: what comes later belongs to the page.
const SEGMENTS: usize = 2;

/// Top-level domains of countries that are used by everybody: a start-up's `.io` tells nothing. `.eu` is no country's, and
/// `.ac` of no country in ISO 3166.
const GENERIC: [&str; 37] = [
    "ag", "ai", "am", "as", "bz", "cc", "cd", "cf", "co", "cx", "dj", "fm", "ga", "gg", "gl", "gq", "im", "io", "la",
    "ly", "me", "mg", "ml", "ms", "mu", "nu", "pw", "sc", "sh", "so", "st", "tk", "to", "tv", "vc", "vg", "ws",
];

/// What stands between a site's name and a country's top-level domain, as in `example.co.uk`.
const SECOND_LEVEL: [&str; 12] = ["ac", "bet", "co", "com", "edu", "gob", "gov", "net", "nom", "or", "org", "ltd"];

/// Where a query tells a country.
const COUNTRY_KEYS: [&str; 6] = ["country", "country_code", "countrycode", "market", "geo", "site_country"];

/// Regions in a query that are parts of the world: North America is not Namibia, South America not Saudi Arabia.
const CONTINENTS: [&str; 4] = ["as", "la", "na", "sa"];

/// Where a query tells a language, and often its country.
const LOCALE_KEYS: [&str; 7] = ["locale", "lang", "language", "hl", "culture", "lc", "ui_locale"];

/// The address, if it is one of a web page; without a scheme, too.
pub(super) fn parse(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = match (text.contains("://"), text.contains(':')) {
        (true, _) => Url::parse(text),
        (false, false) => Url::parse(&format!("https://{text}")),
        (false, true) => return None,
    };
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether a brand's rule is about this page. One that says nothing is about none.
pub(super) fn fits(rule: &CountryRule, url: &Url) -> bool {
    let given =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_lowercase);
    let (host, path) = (given(&rule.host), given(&rule.path));
    let fits_host = host.as_deref().is_none_or(|wanted| {
        let wanted = wanted.trim_matches('.');
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_lowercase();
        host == wanted || host.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('.'))
    });
    let fits_path = path.as_deref().is_none_or(|wanted| {
        // `/nordic` and `/nordic/` are both about `/nordic` and what is in it, and not about `/nordic-walking`.
        let path = url.path().to_lowercase();
        let rest = path.strip_prefix(&format!("/{}", wanted.trim_matches('/')));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || wanted.trim_matches('/').is_empty())
    });
    (host.is_some() || path.is_some()) && fits_host && fits_path
}

/// By the first segments of the path: `/en-gb/`, `/de/`, `/us/en/`, `/fr/ca/`, `/casino/en-gb/`.
pub(super) fn by_path(url: &Url) -> Option<CountryCode> {
    let segments: Vec<String> =
        url.path_segments()?.filter(|segment| !segment.is_empty()).take(SEGMENTS).map(str::to_lowercase).collect();
    let mut segments = segments.iter().map(String::as_str);
    let (first, second) = (segments.next()?, segments.next());
    locale(first).or_else(|| together(first, second?)).or_else(|| alone(first)).or_else(|| locale(second?))
}

/// By what stands before the site's name: `uk.example.com`, `en-gb.example.com`.
pub(super) fn by_subdomain(url: &Url) -> Option<CountryCode> {
    let labels = labels(url)?;
    let country = labels.last().is_some_and(|last| last.len() == 2);
    let second_level = country && labels.len() > 2 && SECOND_LEVEL.contains(&labels[labels.len() - 2].as_str());
    let own = if second_level { 3 } else { 2 };
    let before = labels.get(..labels.len().checked_sub(own)?)?;
    before.iter().find_map(|label| locale(label).or_else(|| alone(label)))
}

/// By `.de`, `.co.uk` and the like.
pub(super) fn by_top_level_domain(url: &Url) -> Option<CountryCode> {
    let labels = labels(url)?;
    let last = labels.last().filter(|last| labels.len() > 1 && last.len() == 2)?;
    if GENERIC.contains(&last.as_str()) && !SECOND_LEVEL.contains(&labels[labels.len() - 2].as_str()) {
        return None;
    }
    // What is the European Union's for Greece is nobody's domain.
    by_alpha2(last).filter(|_| last != "el")
}

/// By `?country=DE`, else by `?lang=pt-BR`.
pub(super) fn by_query(url: &Url) -> Option<CountryCode> {
    let told = |keys: &[&str], read: &dyn Fn(&str) -> Option<CountryCode>| {
        url.query_pairs().find_map(|(key, value)| {
            let wanted = keys.contains(&key.to_ascii_lowercase().as_str());
            wanted.then(|| read(value.trim())).flatten()
        })
    };
    let country = |value: &str| locale(&value.to_lowercase()).or_else(|| by_any_name(value));
    told(&COUNTRY_KEYS, &country)
        .or_else(|| {
            told(&["region"], &|value| country(value).filter(|_| !CONTINENTS.contains(&value.to_lowercase().as_str())))
        })
        .or_else(|| told(&LOCALE_KEYS, &|value| locale(&value.to_lowercase())))
}

/// The host's labels in lower case; none of an address of numbers.
fn labels(url: &Url) -> Option<Vec<String>> {
    match url.host()? {
        Host::Domain(host) => Some(host.trim_end_matches('.').split('.').map(str::to_lowercase).collect()),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// The country of a locale in lower case: `en-gb`, `pt_br`, `zh-hant-tw`, `en_gb.utf-8`; also turned round, as in `be-fr`. A language alone
/// tells none.
fn locale(text: &str) -> Option<CountryCode> {
    let text = text.split(['.', '@']).next()?.replace('_', "-");
    if let Some((first, second)) = text.split_once('-').filter(|(first, second)| first.len() == 2 && second.len() == 2)
    {
        let read = is_language(first) && by_alpha2(second).is_some();
        let turned = by_alpha2(first).is_some() && is_language(second);
        return match (read, turned) {
            // Could be Belarusian of France, and is French of Belgium.
            (true, true) if speaks(first, second) && !speaks(second, first) => by_alpha2(first),
            (true, _) => by_alpha2(second).filter(|_| text != "to-do"),
            (false, true) => by_alpha2(first),
            (false, false) => None,
        };
    }
    let tag = LanguageIdentifier::try_from_str(&text).ok()?;
    // "about-us" is a well-formed tag, and no language.
    is_language(tag.language.as_str()).then(|| by_alpha2(tag.region?.as_str())).flatten()
}
