//! The words of a note: one file per language in `words/`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The words of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Before why.
    pub(super) reason: String,
    /// Why, by code; `{name}` stands for a rule's name.
    pub(super) reasons: BTreeMap<String, String>,
    /// Before what the visitor wants.
    pub(super) wants: String,
    /// The visitor has not said it.
    pub(super) wants_unknown: String,
    /// Before what was tried.
    pub(super) tried: String,
    /// Before a number of answers.
    pub(super) answers: String,
    /// Before a number of questions.
    pub(super) clarifications: String,
    /// Before a call that changed something, or may have.
    pub(super) called: String,
    /// What became of it: `done`, `unknown`, `refused`.
    pub(super) calls: BTreeMap<String, String>,
    /// Before what was verified.
    pub(super) verified: String,
    /// Nothing was.
    pub(super) nothing: String,
    /// Before what is claimed of the player.
    pub(super) claimed: String,
    /// Before the player's id.
    pub(super) player: String,
    /// How it is known, by code.
    pub(super) how: BTreeMap<String, String>,
    /// Before a time.
    pub(super) since: String,
    /// Before whether it is an important customer.
    pub(super) vip: String,
    /// It is.
    pub(super) yes: String,
    /// Behind what nobody proved.
    pub(super) unverified: String,
    /// Before what the company's systems tell of a claimed player.
    pub(super) told: String,
    /// Before why a proof was refused.
    pub(super) refused: String,
    /// Why, by code.
    pub(super) refusals: BTreeMap<String, String>,
    /// Before the visitor's country.
    pub(super) country: String,
    /// How the country is known, by code.
    pub(super) country_from: BTreeMap<String, String>,
    /// Before an article.
    pub(super) sources: String,
    /// Before the visitor's name.
    pub(super) visitor: String,
    /// Before the visitor's language.
    pub(super) language: String,
    /// Before a page's address.
    pub(super) page: String,
    /// Nobody needs to come any more.
    pub(super) withdrawn: String,
}

/// The languages with words.
pub(super) const FILES: [(&str, &str); 8] = [
    ("en", include_str!("words/en.json")),
    ("de", include_str!("words/de.json")),
    ("es", include_str!("words/es.json")),
    ("fr", include_str!("words/fr.json")),
    ("pt", include_str!("words/pt.json")),
    ("it", include_str!("words/it.json")),
    ("tr", include_str!("words/tr.json")),
    ("vi", include_str!("words/vi.json")),
];

/// The words in `language`, else in English.
pub(super) fn of(language: &str) -> &'static Words {
    static ALL: OnceLock<BTreeMap<&'static str, Words>> = OnceLock::new();
    static NONE: OnceLock<Words> = OnceLock::new();
    // That each file can be read is a test; in operation a broken one would only be missing.
    let all = ALL.get_or_init(|| {
        FILES.iter().filter_map(|(code, json)| serde_json::from_str(json).ok().map(|words| (*code, words))).collect()
    });
    let primary = language.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
    all.get(primary.as_str()).or_else(|| all.get("en")).unwrap_or_else(|| NONE.get_or_init(Words::default))
}
