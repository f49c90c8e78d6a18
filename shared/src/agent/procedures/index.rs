//! The procedures' words, and how well a question fits them. The score is defined in the documentation of [`super`].

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::agent::knowledge::terms;
use crate::agent::understanding::intent;
use crate::agent::understanding::words;
use crate::domain::settings::Procedure;

/// How many indexes are kept: the brands of a few workspaces. What is dropped is only built again.
const KEPT: usize = 32;

/// How many words of a phrase are looked at.
const PHRASE_TERMS: usize = 64;

/// What a stop word weighs against a word that is in one procedure only.
const STOP_SHARE: f32 = 0.15;

/// What a word weighs that is in no procedure.
const UNKNOWN_SHARE: f32 = 0.5;

/// How much it counts that the visitor does not say all of an example.
const EXAMPLE_ONLY: f32 = 0.5;

/// How much it counts that the visitor says more than an example. Less: people tell what happened.
const QUESTION_ONLY: f32 = 0.35;

/// The same for a word that is elsewhere in the procedure.
const SUPPORTED: f32 = 0.1;

/// The most that words come to which make up no example.
const WORDS_LIMIT: f32 = 0.55;

/// How much the question's other words count against them.
const WORDS_OTHER: f32 = 0.6;

/// A word as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Term {
    /// One that tells something.
    Telling(String),
    /// One that is in nearly every sentence.
    Stop(String),
}

/// What was read of one procedure.
struct Known {
    examples: Vec<BTreeSet<Term>>,
    /// All it says: name, when, examples.
    vocabulary: BTreeSet<Term>,
}

/// Procedures that can be searched.
pub(super) struct Index {
    procedures: Vec<Known>,
    /// How many procedures have a word.
    frequency: HashMap<Term, usize>,
}

/// The index of these procedures: built once in a process for the same content.
pub(super) fn of(procedures: &[&Procedure]) -> Arc<Index> {
    static INDEXES: OnceLock<Mutex<HashMap<u64, Arc<Index>>>> = OnceLock::new();
    let mut hasher = DefaultHasher::new();
    for procedure in procedures {
        (procedure.name.as_str(), &procedure.when, &procedure.examples).hash(&mut hasher);
    }
    let key = hasher.finish();
    let mut kept = INDEXES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(index) = kept.get(&key) {
        return Arc::clone(index);
    }
    if kept.len() >= KEPT {
        kept.clear();
    }
    let index = Arc::new(Index::build(procedures));
    kept.insert(key, Arc::clone(&index));
    index
}

impl Index {
    fn build(procedures: &[&Procedure]) -> Self {
        let procedures: Vec<Known> = procedures.iter().map(|procedure| Known::read(procedure)).collect();
        let mut frequency = HashMap::new();
        for term in procedures.iter().flat_map(|known| &known.vocabulary) {
            *frequency.entry(term.clone()).or_insert(0) += 1;
        }
        Self { procedures, frequency }
    }

    /// How well the question fits each procedure, in their order.
    pub(super) fn scores(&self, question: &str) -> Vec<u32> {
        let asked = terms_of(question);
        self.procedures.iter().map(|known| permille(self.score(known, &asked))).collect()
    }

    fn score(&self, known: &Known, asked: &BTreeSet<Term>) -> f32 {
        let phrase = known.examples.iter().map(|example| self.phrase(known, example, asked)).fold(0.0, f32::max);
        phrase.max(self.words(known, asked))
    }

    fn phrase(&self, known: &Known, example: &BTreeSet<Term>, asked: &BTreeSet<Term>) -> f32 {
        if asked == example && !asked.is_empty() {
            return 1.0;
        }
        // Stop words alone are no subject.
        if !asked.intersection(example).any(Term::tells) {
            return 0.0;
        }
        let shared = self.weights(asked.intersection(example));
        let example_only = self.weights(example.difference(asked));
        let (supported, other): (Vec<&Term>, Vec<&Term>) =
            asked.difference(example).partition(|term| term.tells() && known.vocabulary.contains(term));
        let question_only = SUPPORTED * self.weights(supported) + QUESTION_ONLY * self.weights(other);
        shared / (shared + EXAMPLE_ONLY * example_only + question_only)
    }

    fn words(&self, known: &Known, asked: &BTreeSet<Term>) -> f32 {
        let (shared, other): (Vec<&Term>, Vec<&Term>) =
            asked.iter().filter(|term| term.tells()).partition(|term| known.vocabulary.contains(term));
        let (shared, other) = (self.weights(shared), self.weights(other));
        if shared > 0.0 { WORDS_LIMIT * shared / (shared + WORDS_OTHER * other) } else { 0.0 }
    }

    fn weights<'a>(&self, terms: impl IntoIterator<Item = &'a Term>) -> f32 {
        terms.into_iter().map(|term| self.weight(term)).sum()
    }

    /// Never nothing: a single procedure has all its words to itself.
    #[allow(clippy::cast_precision_loss)] // Counts of procedures are far below 2^23.
    fn weight(&self, term: &Term) -> f32 {
        let all = self.procedures.len() as f32;
        let idf = |with: f32| (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
        let stop = STOP_SHARE * idf(1.0);
        match term {
            Term::Stop(_) => stop,
            Term::Telling(_) => {
                self.frequency.get(term).map_or_else(|| UNKNOWN_SHARE * idf(1.0), |with| idf(*with as f32).max(stop))
            }
        }
    }
}

impl Known {
    fn read(procedure: &Procedure) -> Self {
        let examples: Vec<BTreeSet<Term>> = procedure.examples.iter().map(|example| terms_of(example)).collect();
        let mut vocabulary: BTreeSet<Term> = examples.iter().flatten().cloned().collect();
        let name = procedure.name.as_str().replace(['-', '_'], " ");
        for text in [&name, &procedure.when] {
            vocabulary.extend(read(text));
        }
        Self { examples, vocabulary }
    }
}

impl Term {
    fn tells(&self) -> bool {
        matches!(self, Self::Telling(_))
    }
}

/// The words of a phrase without the small talk around it, unless it is nothing else.
fn terms_of(text: &str) -> BTreeSet<Term> {
    let rest = intent::read(text).rest;
    let text = if rest.is_empty() { text } else { &rest };
    read(text).take(PHRASE_TERMS).collect()
}

fn read(text: &str) -> impl Iterator<Item = Term> {
    words::words(text).into_iter().flat_map(|word| {
        let telling: Vec<Term> = terms::of(&word).into_iter().map(Term::Telling).collect();
        if telling.is_empty() { vec![Term::Stop(word)] } else { telling }
    })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped to what fits.
fn permille(share: f32) -> u32 {
    (share * 1000.0).round().clamp(0.0, 1000.0) as u32
}
