//! Words as the search compares them: without stop words, and reduced to their beginning.
//!
//! Stemmers know one language each, and short questions can't be told apart well enough to choose one. Cutting words
//! to their first letters does nearly as well in all European languages: "verify", "verified" and "verification" meet,
//! and so do "Auszahlung" and "auszahlen".

use std::collections::HashSet;
use std::sync::OnceLock;

use bm25::Tokenizer;

use crate::agent::understanding::{phrases, words};

/// How many letters of a word are compared.
const STEM_CHARS: usize = 6;

/// The shortest that a word is cut to.
const STEM_LEAST_CHARS: usize = 3;

/// Splits a text into search terms.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::agent) struct Terms;

impl Tokenizer for Terms {
    fn tokenize(&self, input_text: &str) -> Vec<String> {
        of(input_text)
    }
}

/// The search terms of a text, in its order, repeated as often as they occur.
pub(in crate::agent) fn of(text: &str) -> Vec<String> {
    let stop_words = stop_words();
    let mut terms = Vec::new();
    for word in words::words(text) {
        if word.chars().any(is_unspaced) {
            pairs(&word, &mut terms);
        } else if !stop_words.contains(word.as_str()) {
            terms.push(stem(&word));
        }
    }
    terms
}

fn stop_words() -> &'static HashSet<&'static str> {
    static STOP_WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    STOP_WORDS.get_or_init(|| {
        phrases::languages().iter().flat_map(|language| language.stop_words.iter().map(String::as_str)).collect()
    })
}

fn stem(word: &str) -> String {
    if word.chars().any(char::is_numeric) {
        return word.to_owned();
    }
    let chars: Vec<char> = word.chars().collect();
    let mut end = chars.len();
    for ending in ["ings", "ing", "ments", "ment", "ed", "es", "s"] {
        if word.ends_with(ending) && end >= ending.len() + STEM_LEAST_CHARS {
            end -= ending.len();
            break;
        }
    }
    end = end.min(STEM_CHARS);
    while end > STEM_LEAST_CHARS && matches!(chars[end - 1], 'a' | 'e' | 'i' | 'o' | 'u' | 'y') {
        end -= 1;
    }
    chars[..end].iter().collect()
}

/// Scripts that put no spaces between words are compared by pairs of letters.
fn pairs(word: &str, terms: &mut Vec<String>) {
    let chars: Vec<char> = word.chars().collect();
    if chars.len() == 1 {
        terms.push(word.to_owned());
    }
    terms.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        for (one, other) in [
            ("verification", "verify"),
            ("withdrawals", "withdraw"),
            ("deposits", "depositing"),
            ("closing", "close"),
            ("limits", "limit"),
            ("payment", "pay"),
            ("Auszahlung", "auszahlen"),
            ("Boni", "bon"),
            ("retirada", "retirar"),
            ("contraseñas", "contrasena"),
        ] {
            assert_eq!(of(one), of(other), "{one} and {other}");
        }
    }

    #[test]
    fn different_words_stay_apart() {
        assert_ne!(of("deposit"), of("department"));
        assert_ne!(of("2026"), of("2025"));
    }

    #[test]
    fn stop_words_of_all_languages_carry_nothing() {
        assert_eq!(of("how do I get the a"), Vec::<String>::new());
        assert_eq!(of("wie kann ich das"), Vec::<String>::new());
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_pairs() {
        assert_eq!(of("提款时间"), ["提款", "款时", "时间"]);
    }
}
