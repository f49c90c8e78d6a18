//! What people tell of themselves: `told.json` has, by language, sentences that need a human and why, and sentences that
//! use the same words and need none.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::intent::read;

type Told = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn told() -> Told {
    serde_json::from_str(include_str!("told.json")).unwrap()
}

/// What each sentence was taken for, where that is not what `wanted` says.
fn taken_wrongly(kinds: impl Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for (language, kinds_of_it) in told() {
        for (kind, sentences) in kinds_of_it.into_iter().filter(|(kind, _)| kinds(kind)) {
            for sentence in sentences {
                let code = read(&sentence).reason.map_or_else(|| "none".to_owned(), |reason| reason.code().to_owned());
                if code != kind {
                    wrong.push(format!("{language} {kind}, got {code}: {sentence}"));
                }
            }
        }
    }
    wrong
}

#[test]
fn danger_is_heard_in_what_people_tell() {
    assert_eq!(taken_wrongly(|kind| kind != "none"), Vec::<String>::new());
}

#[test]
fn the_same_words_without_danger_call_nobody() {
    assert_eq!(taken_wrongly(|kind| kind == "none"), Vec::<String>::new());
}

#[test]
fn each_language_has_both_kinds_of_sentences() {
    let told = told();
    assert_eq!(told.len(), 8);
    for (language, kinds) in told {
        let calm = kinds.get("none").map_or(0, Vec::len);
        let grave = kinds.values().map(Vec::len).sum::<usize>() - calm;
        assert!(grave >= 6 && calm >= 4, "{language}");
    }
}
