//! What visitors say that has to be understood without knowledge: one file per language in `phrases/`.
//!
//! All languages are always looked at: short lines can't be told apart, and "agent" or "ok" belong to many.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use serde::Deserialize;

use super::pattern::Phrases;
use super::words;

/// The phrases of one language.
#[derive(Debug)]
pub(in crate::agent) struct Language {
    /// BCP 47.
    pub(in crate::agent) code: &'static str,
    /// "Hi", "how are you".
    pub(in crate::agent) greeting: Phrases,
    /// "Thank you".
    pub(in crate::agent) thanks: Phrases,
    /// "Bye".
    pub(in crate::agent) bye: Phrases,
    /// "Ok", "got it".
    pub(in crate::agent) okay: Phrases,
    /// Words that carry no wish of their own beside the others: "please", "there".
    pub(in crate::agent) filler: Phrases,
    /// Wishes for a human, anywhere in a text.
    pub(in crate::agent) human: Phrases,
    /// Wishes for a human when a line says nothing else: "agent".
    pub(in crate::agent) human_alone: Phrases,
    /// Look like a wish for a human, and are none.
    pub(in crate::agent) no_human: Phrases,
    /// Ask whether we are human.
    pub(in crate::agent) about_us: Phrases,
    /// The visitor may harm themselves.
    pub(in crate::agent) self_harm: Phrases,
    /// A minor plays, or is in danger.
    pub(in crate::agent) child_safety: Phrases,
    /// Gambling harm.
    pub(in crate::agent) responsible_gaming: Phrases,
    /// Fraud or a stolen account.
    pub(in crate::agent) fraud: Phrases,
    /// Lawyers, regulators, courts.
    pub(in crate::agent) legal: Phrases,
    /// Look like something grave, and are not: "I lost my password".
    pub(in crate::agent) harmless: Phrases,
    /// The visitor is upset.
    pub(in crate::agent) frustrated: Phrases,
    /// The visitor may be getting upset: "still not working".
    pub(in crate::agent) annoyed: Phrases,
    /// Nothing more is needed, anywhere in a text: "never mind", "it works now".
    pub(in crate::agent) solved: Phrases,
    /// The same when a clause says nothing else: "solved".
    pub(in crate::agent) solved_alone: Phrases,
    /// Look like that, and mean the opposite: "not solved", "until it works".
    pub(in crate::agent) unsolved: Phrases,
    /// After these something else follows: "but", "another".
    pub(in crate::agent) but: Phrases,
    /// Words that are in nearly every sentence.
    pub(in crate::agent) stop_words: HashSet<String>,
    /// How words begin that are frequent in these chats and tell the language.
    signs: Vec<String>,
}

impl Language {
    /// Whether the word hints at this language.
    pub(in crate::agent) fn is_sign(&self, word: &str) -> bool {
        self.stop_words.contains(word) || self.signs.iter().any(|sign| word.starts_with(sign.as_str()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sets: BTreeMap<String, String>,
    greeting: Vec<String>,
    thanks: Vec<String>,
    bye: Vec<String>,
    okay: Vec<String>,
    filler: Vec<String>,
    human: Vec<String>,
    human_alone: Vec<String>,
    no_human: Vec<String>,
    about_us: Vec<String>,
    self_harm: Vec<String>,
    child_safety: Vec<String>,
    responsible_gaming: Vec<String>,
    fraud: Vec<String>,
    legal: Vec<String>,
    harmless: Vec<String>,
    frustrated: Vec<String>,
    annoyed: Vec<String>,
    solved: Vec<String>,
    solved_alone: Vec<String>,
    unsolved: Vec<String>,
    but: Vec<String>,
    stop_words: String,
    signs: String,
}

/// The languages, in the order in which a tie is decided.
const FILES: [(&str, &str); 8] = [
    ("en", include_str!("phrases/en.json")),
    ("de", include_str!("phrases/de.json")),
    ("es", include_str!("phrases/es.json")),
    ("fr", include_str!("phrases/fr.json")),
    ("pt", include_str!("phrases/pt.json")),
    ("it", include_str!("phrases/it.json")),
    ("tr", include_str!("phrases/tr.json")),
    ("vi", include_str!("phrases/vi.json")),
];

/// The phrases of all languages, read at first use.
pub(in crate::agent) fn languages() -> &'static [Language] {
    static LANGUAGES: OnceLock<Vec<Language>> = OnceLock::new();
    // That each file can be read is a test; in operation a broken one would only be missing.
    LANGUAGES.get_or_init(|| FILES.iter().filter_map(|(code, json)| read(code, json).ok()).collect())
}

fn read(code: &'static str, json: &str) -> Result<Language, serde_json::Error> {
    let file: File = serde_json::from_str(json)?;
    let phrases = |patterns: &[String]| Phrases::read(patterns, &file.sets);
    let grave = |patterns: &[String]| Phrases::read_leniently(patterns, &file.sets);
    Ok(Language {
        code,
        greeting: phrases(&file.greeting),
        thanks: phrases(&file.thanks),
        bye: phrases(&file.bye),
        okay: phrases(&file.okay),
        filler: phrases(&file.filler),
        human: grave(&file.human),
        human_alone: phrases(&file.human_alone),
        no_human: phrases(&file.no_human),
        about_us: phrases(&file.about_us),
        self_harm: grave(&file.self_harm),
        child_safety: grave(&file.child_safety),
        responsible_gaming: grave(&file.responsible_gaming),
        fraud: grave(&file.fraud),
        legal: grave(&file.legal),
        harmless: phrases(&file.harmless),
        frustrated: phrases(&file.frustrated),
        annoyed: phrases(&file.annoyed),
        solved: phrases(&file.solved),
        solved_alone: phrases(&file.solved_alone),
        unsolved: phrases(&file.unsolved),
        but: phrases(&file.but),
        stop_words: words::words(&file.stop_words).into_iter().collect(),
        signs: words::words(&file.signs),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_file_can_be_read() {
        for (code, json) in FILES {
            let language = read(code, json);
            assert!(language.is_ok(), "{code}: {}", language.unwrap_err());
        }
        assert_eq!(languages().len(), FILES.len());
    }

    #[test]
    fn every_slot_is_well_formed_and_begins_with_a_word() {
        for (code, json) in FILES {
            let file: serde_json::Value = serde_json::from_str(json).unwrap();
            let sets = file["sets"].as_object().unwrap();
            for pattern in file.as_object().unwrap().values().filter_map(|list| list.as_array()).flatten() {
                let pattern = pattern.as_str().unwrap();
                assert!(
                    pattern.split_whitespace().any(|slot| !slot.ends_with('?') && !["...", "~"].contains(&slot)),
                    "{code}: {pattern}"
                );
                assert!(!pattern.starts_with(['.', '~']) && !pattern.ends_with('~'), "{code}: {pattern}");
                for slot in pattern.split_whitespace().filter(|slot| !["...", "~"].contains(slot)) {
                    let slot = slot.strip_suffix('?').unwrap_or(slot);
                    if let Some(name) = slot.strip_prefix('<') {
                        assert!(sets.contains_key(name.trim_end_matches('>')), "{code}: {pattern}");
                    } else {
                        let inner = slot.strip_prefix('(').and_then(|slot| slot.strip_suffix(')'));
                        assert!(inner.is_some() || !slot.contains(['|', '_']), "{code}: {pattern}");
                        assert!(!inner.unwrap_or(slot).contains(['(', ')', '?', '<', '>', '.']), "{code}: {pattern}");
                    }
                }
            }
        }
    }
}
