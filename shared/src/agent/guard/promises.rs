//! What a draft claims to have been done.
//!
//! A model likes to say "I have transferred you" or "I'll get back to you" when nothing of the kind has happened or ever
//! will. Claims are told by phrases, one file per language in `promises/`; all languages are looked at. What is only
//! described or conditional is no claim: "once your documents are approved, your account is updated". So a claim does not
//! count when a condition stands before it in its sentence or anywhere in its clause, when a "can" or a "not" stands before
//! it in its clause, or when its clause is a question.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::agent::understanding::pattern::Phrases;
use crate::agent::understanding::words::{self, BORDER};
use crate::domain::promise::Claim;

/// The phrases of one language.
#[derive(Debug)]
struct Language {
    claims: [(Claim, Phrases); 5],
    /// "It is done."
    done: Phrases,
    /// The same, where it is all that a clause says.
    done_alone: Phrases,
    /// "I'm a human."
    claims_human: Phrases,
    /// "My instructions are".
    reveals: Phrases,
    /// "If", "once".
    conditions: Phrases,
    /// "Can", "not".
    hedges: Phrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sets: BTreeMap<String, String>,
    handed_over: Vec<String>,
    refunded: Vec<String>,
    mailed: Vec<String>,
    will_return: Vec<String>,
    account_changed: Vec<String>,
    done: Vec<String>,
    done_alone: Vec<String>,
    claims_human: Vec<String>,
    reveals: Vec<String>,
    conditions: Vec<String>,
    hedges: Vec<String>,
}

/// `other` has the plainest phrases of some languages that we have no texts in.
const FILES: [(&str, &str); 9] = [
    ("en", include_str!("promises/en.json")),
    ("de", include_str!("promises/de.json")),
    ("es", include_str!("promises/es.json")),
    ("fr", include_str!("promises/fr.json")),
    ("pt", include_str!("promises/pt.json")),
    ("it", include_str!("promises/it.json")),
    ("tr", include_str!("promises/tr.json")),
    ("vi", include_str!("promises/vi.json")),
    ("other", include_str!("promises/other.json")),
];

/// What a text claims to have happened, in the order of [`Claim::ALL`].
pub(super) fn claims(text: &str) -> Vec<Claim> {
    let sentences = sentences(text);
    let is_claimed = |claim: &Claim| {
        sentences.iter().any(|sentence| {
            languages().iter().any(|language| {
                let mut phrases = language.claims.iter().filter(|(of, _)| of == claim);
                phrases.any(|(_, phrases)| sentence.asserts(phrases, language))
            })
        })
    };
    Claim::ALL.into_iter().filter(is_claimed).collect()
}

/// Whether a text says that what was asked for is done, whatever it is.
pub(super) fn says_done(text: &str) -> bool {
    sentences(text).iter().any(|sentence| {
        languages()
            .iter()
            .any(|language| sentence.asserts(&language.done, language) || sentence.has_clause(&language.done_alone))
    })
}

/// Whether a text says that a human writes it.
pub(super) fn claims_human(text: &str) -> bool {
    says(text, |language| &language.claims_human)
}

/// Whether a text tells what we were instructed to do.
pub(super) fn reveals(text: &str) -> bool {
    says(text, |language| &language.reveals)
}

fn says(text: &str, phrases: fn(&Language) -> &Phrases) -> bool {
    let words = words::clauses(text);
    languages().iter().any(|language| phrases(language).occur_in(&words))
}

/// A sentence's words, and whether it asks.
struct Sentence {
    words: Vec<String>,
    asks: bool,
}

impl Sentence {
    fn asserts(&self, phrases: &Phrases, language: &Language) -> bool {
        (0..self.words.len())
            .any(|start| phrases.end_at(&self.words, start).is_some_and(|end| !self.is_hedged(start, end, language)))
    }

    /// Whether one of its clauses is nothing but such a phrase, and it asks nothing.
    fn has_clause(&self, phrases: &Phrases) -> bool {
        let ends = |at: usize| self.words.get(at).is_none_or(|word| word == BORDER);
        let begins = |at: usize| at == 0 || self.words[at - 1] == BORDER;
        let mut starts = (0..self.words.len()).filter(|start| begins(*start));
        !self.asks && starts.any(|start| phrases.end_at(&self.words, start).is_some_and(ends))
    }

    fn is_hedged(&self, start: usize, end: usize, language: &Language) -> bool {
        let is_border = |index: &usize| self.words.get(*index).is_some_and(|word| word == BORDER);
        let clause = (0..start).rev().find(is_border).map_or(0, |border| border + 1);
        let clause_end = (end..self.words.len()).find(is_border).unwrap_or(self.words.len());
        // A border at the very end is the full stop.
        let asks = self.asks && self.words[clause_end..].iter().all(|word| word == BORDER);
        asks || language.conditions.occur_in(&self.words[..clause_end])
            || language.hedges.occur_in(&self.words[clause..end.min(clause_end)])
    }
}

/// The text's sentences. A full stop within a number or an address ends none.
fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut from = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match c {
            '。' | '！' | '？' => true,
            // A line's end within a sentence is only where it was folded.
            '\n' => next.is_none_or(|next| !next.is_lowercase()),
            '.' | '!' | '?' | '…' | ';' => next.is_none_or(|next| !next.is_alphanumeric() && next != '.'),
            _ => false,
        };
        if ends {
            let end = at + c.len_utf8();
            sentences.push(Sentence { words: words::clauses(&text[from..end]), asks: matches!(c, '?' | '？') });
            from = end;
        }
    }
    sentences.push(Sentence { words: words::clauses(&text[from..]), asks: false });
    sentences
}

fn languages() -> &'static [Language] {
    static LANGUAGES: OnceLock<Vec<Language>> = OnceLock::new();
    // That each file can be read is a test; in operation a broken one would only be missing.
    LANGUAGES.get_or_init(|| FILES.iter().filter_map(|(_, json)| read(json).ok()).collect())
}

fn read(json: &str) -> Result<Language, serde_json::Error> {
    let file: File = serde_json::from_str(json)?;
    let phrases = |patterns: &[String]| Phrases::read(patterns, &file.sets);
    Ok(Language {
        claims: [
            (Claim::HandedOver, phrases(&file.handed_over)),
            (Claim::Refunded, phrases(&file.refunded)),
            (Claim::Mailed, phrases(&file.mailed)),
            (Claim::WillReturn, phrases(&file.will_return)),
            (Claim::AccountChanged, phrases(&file.account_changed)),
        ],
        done: phrases(&file.done),
        done_alone: phrases(&file.done_alone),
        claims_human: phrases(&file.claims_human),
        reveals: phrases(&file.reveals),
        conditions: phrases(&file.conditions),
        hedges: phrases(&file.hedges),
    })
}

#[cfg(test)]
#[path = "promises_tests.rs"]
mod tests;
