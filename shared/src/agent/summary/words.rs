//! The words of a summary: one file per language in `words/`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::agent::understanding::language::primary;

/// The words of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Heading: what the visitor wants.
    pub(super) wants: String,
    /// Heading: what was done.
    pub(super) done: String,
    /// Heading: what is open.
    pub(super) open: String,
    /// Heading: how the visitor feels.
    pub(super) mood: String,
    /// Heading: what else is known.
    pub(super) facts: String,
    /// The visitor has said nothing that tells.
    pub(super) not_said: String,
    /// What became of a call: `{tool}`; by `done`, `unknown`, `refused`, `waiting`, `declined`, `unapproved`.
    pub(super) calls: BTreeMap<String, String>,
    /// `{answers}` lines of the AI, `{human}` of humans.
    pub(super) said: String,
    /// A human was asked for: `{reason}`.
    pub(super) escalated: String,
    /// Desks that were rung in vain: `{number}`.
    pub(super) rung: String,
    /// A human has the chat.
    pub(super) with_human: String,
    /// The visitor has waited for `{minutes}`.
    pub(super) waiting: String,
    /// Nothing waits.
    pub(super) nothing_open: String,
    /// The visitor is upset.
    pub(super) upset: String,
    /// A verified player: `{player}`.
    pub(super) verified: String,
    /// Somebody who says who they are.
    pub(super) claimed: String,
    /// Nobody knows who it is.
    pub(super) anonymous: String,
    /// `{country}`.
    pub(super) country: String,
    /// `{language}`.
    pub(super) writes: String,
    /// `{tags}`.
    pub(super) tags: String,
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
    all.get(primary(language).as_str()).or_else(|| all.get("en")).unwrap_or_else(|| NONE.get_or_init(Words::default))
}
