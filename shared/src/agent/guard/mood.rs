//! Whether the visitor is getting upset, or asks the same again and again.
//!
//! What one mild word does not tell, its return after an answer does. Swearing alone is no sign: many swear at the game.

use std::collections::BTreeSet;

use crate::agent::Line;
use crate::agent::understanding::{intent, phrases, words};
use crate::domain::message::Author;

/// From which score on one turn is enough: several annoyed lines, or one that is shouted besides another.
const UPSET: usize = 3;

/// How often the same is asked before a human has to look at it.
const TIMES: usize = 3;

/// From how many thousandths of shared words on two questions are the same, counted on the shorter one.
const SAME_PERMILLE: usize = 600;

/// How many words two questions share at least to be the same.
const SHARED: usize = 2;

/// How many letters a line has at least to be shouted.
const SHOUTED_LETTERS: usize = 10;

/// What the visitor said between two answers.
#[derive(Debug, Default)]
struct Part<'a> {
    lines: Vec<&'a str>,
    /// We said something after it.
    answered: bool,
}

/// Whether the visitor's patience is going: mildly annoyed before our last answer and still so now, or plainly so now.
pub(super) fn is_rising(lines: &[Line]) -> bool {
    let parts = parts(lines);
    let Some((now, before)) = parts.split_last() else { return false };
    let score = now.score();
    // The very first thing that somebody says is what they come with.
    let Some(last) = before.last() else { return false };
    score > 0 && (score >= UPSET || last.score() > 0)
}

/// Whether the visitor asks about the same thing for the third time although we answered.
pub(super) fn repeats(lines: &[Line]) -> bool {
    let parts = parts(lines);
    let Some((now, before)) = parts.split_last() else { return false };
    let question = now.telling();
    before.iter().filter(|part| part.answered && is_same(&question, &part.telling())).count() + 1 >= TIMES
}

fn parts(lines: &[Line]) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for line in lines {
        match line.author {
            Author::Visitor => match parts.last_mut().filter(|part| !part.answered) {
                Some(part) => part.lines.push(line.content.readable()),
                None => parts.push(Part { lines: vec![line.content.readable()], answered: false }),
            },
            Author::Ours => {
                if let Some(part) = parts.last_mut() {
                    part.answered = true;
                }
            }
            Author::Zobot | Author::Human => {}
        }
    }
    // Everything is answered: there is no question.
    if parts.last().is_some_and(|part| part.answered) { Vec::new() } else { parts }
}

impl Part<'_> {
    /// How annoyed it sounds. Shouting counts only beside annoyed words.
    fn score(&self) -> usize {
        let annoyed = self.lines.iter().filter(|line| is_annoyed(line)).count();
        let shouted = self.lines.iter().filter(|line| is_shouted(line)).count();
        if annoyed == 0 { 0 } else { annoyed + shouted }
    }

    /// The words that tell what it is about.
    fn telling(&self) -> BTreeSet<String> {
        let rest = intent::read(&self.lines.join("\n")).rest;
        let is_telling = |word: &&str| {
            word.chars().count() > 2 && !phrases::languages().iter().any(|language| language.stop_words.contains(*word))
        };
        rest.split_whitespace().filter(is_telling).map(str::to_owned).collect()
    }
}

fn is_annoyed(line: &str) -> bool {
    let words = words::clauses(line);
    phrases::languages().iter().any(|language| language.annoyed.occur_in(&words))
}

fn is_shouted(line: &str) -> bool {
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = line.chars().filter(|c| c.is_uppercase()).count();
    let signs = ["!!", "??", "?!", "!?"].iter().any(|signs| line.contains(signs));
    signs || (letters >= SHOUTED_LETTERS && capitals * 10 >= letters * 8)
}

fn is_same(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let shared = one.intersection(other).count();
    let shorter = one.len().min(other.len());
    (shared >= SHARED && shared * 1_000 >= shorter * SAME_PERMILLE) || (shorter > 0 && one == other)
}

#[cfg(test)]
#[path = "mood_tests.rs"]
mod tests;
