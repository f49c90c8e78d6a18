//! A phrase with slots, and finding it in a text.
//!
//! Phrase files would be endless if each wording had to be listed. A pattern is a row of slots parted by spaces:
//!
//! | slot | matches |
//! |---|---|
//! | `human` | that word |
//! | `mensch*` | each word that begins so |
//! | `(talk\|speak)` | one of them; `would_like` stands for two words |
//! | `<person>` | one of the set of that name in the same file |
//! | `...` | up to three words of the clause |
//! | `~` | up to twelve words, of other clauses too: what people tell as a story |
//! | `$` | the end of the clause |
//! | `a?`, `(a\|an)?`, `<person>?` | the same, or nothing |
//!
//! Patterns are folded like the text (see [`super::words`]), so files are written with all accents. Phrases that must not be
//! missed are read leniently: then a word may have a slip of the keys in it ([`super::typo`]).

use std::collections::{BTreeMap, HashMap};

use super::typo;
use super::words::{self, BORDER};

/// How many words `...` may stand for.
const GAP: usize = 3;

/// How many words `~` may stand for. Two short sentences are about that long.
const FAR: usize = 12;

/// Phrases that mean the same.
#[derive(Debug, Default)]
pub(in crate::agent) struct Phrases {
    patterns: Vec<Vec<Slot>>,
    /// Patterns by a word that they may begin with.
    by_word: HashMap<String, Vec<usize>>,
    /// Patterns by what their first word may begin with.
    by_prefix: Vec<(String, usize)>,
    /// Slips of the keys are overlooked.
    lenient: bool,
    /// Patterns by the first character of a word that they may begin with, if slips are overlooked.
    by_initial: HashMap<char, Vec<(String, usize)>>,
}

#[derive(Debug)]
struct Slot {
    alternatives: Vec<Vec<Word>>,
    optional: bool,
    gap: Option<Gap>,
    border: bool,
}

#[derive(Debug, Clone, Copy)]
enum Gap {
    Near,
    Far,
}

#[derive(Debug)]
enum Word {
    Whole(String),
    Prefix(String),
}

impl Word {
    fn matches(&self, word: &str, lenient: bool) -> bool {
        match self {
            Self::Whole(whole) => word == whole || (lenient && typo::is_of(whole, word)),
            Self::Prefix(prefix) => word.starts_with(prefix.as_str()),
        }
    }
}

impl Phrases {
    /// Reads patterns; `sets` are the alternatives that `<name>` stands for.
    pub(in crate::agent) fn read(patterns: &[String], sets: &BTreeMap<String, String>) -> Self {
        Self::default().reading(patterns, sets)
    }

    /// The same, and a slip of the keys is overlooked.
    pub(in crate::agent) fn read_leniently(patterns: &[String], sets: &BTreeMap<String, String>) -> Self {
        Self { lenient: true, ..Self::default() }.reading(patterns, sets)
    }

    fn reading(mut self, patterns: &[String], sets: &BTreeMap<String, String>) -> Self {
        for pattern in patterns {
            let slots: Vec<Slot> = pattern.split_whitespace().map(|slot| Slot::read(slot, sets)).collect();
            self.add(slots);
        }
        self
    }

    fn add(&mut self, slots: Vec<Slot>) {
        let id = self.patterns.len();
        // An optional first slot means that the pattern may begin with the next one.
        for slot in &slots {
            for alternative in &slot.alternatives {
                match alternative.first() {
                    Some(Word::Whole(word)) => {
                        self.by_word.entry(word.clone()).or_default().push(id);
                        if let Some(initial) = word.chars().next().filter(|_| self.lenient && typo::may_be_of(word)) {
                            self.by_initial.entry(initial).or_default().push((word.clone(), id));
                        }
                    }
                    Some(Word::Prefix(prefix)) => self.by_prefix.push((prefix.clone(), id)),
                    None => {}
                }
            }
            if !slot.optional {
                break;
            }
        }
        self.patterns.push(slots);
    }

    /// Where the longest phrase that begins at `start` ends.
    pub(in crate::agent) fn end_at(&self, words: &[String], start: usize) -> Option<usize> {
        let first = words.get(start).filter(|word| *word != BORDER)?;
        let by_word = self.by_word.get(first).into_iter().flatten();
        let by_prefix =
            self.by_prefix.iter().filter(|(prefix, _)| first.starts_with(prefix.as_str())).map(|(_, id)| id);
        let nearly = first.chars().next().and_then(|initial| self.by_initial.get(&initial)).into_iter().flatten();
        let nearly = nearly.filter(|(word, _)| typo::is_of(word, first)).map(|(_, id)| id);
        let ids = by_word.chain(by_prefix).chain(nearly);
        ids.filter_map(|id| end(self.patterns.get(*id)?, words, start, self.lenient)).max()
    }

    /// Whether one of the phrases occurs.
    pub(in crate::agent) fn occur_in(&self, words: &[String]) -> bool {
        (0..words.len()).any(|start| self.end_at(words, start).is_some())
    }

    /// Marks the words that belong to one of the phrases, and tells how many they are.
    pub(in crate::agent) fn mark(&self, words: &[String], marks: &mut [bool]) -> usize {
        let mut marked_to = 0;
        let mut hits = 0;
        for start in 0..words.len() {
            if let Some(end) = self.end_at(words, start).filter(|end| *end > marked_to) {
                hits += end - start.max(marked_to);
                marks.iter_mut().take(end).skip(start).for_each(|mark| *mark = true);
                marked_to = end;
            }
        }
        hits
    }
}

impl Gap {
    /// How many of the next words it may stand for, borders included.
    fn open(self, words: &[String]) -> usize {
        match self {
            Self::Near => words.iter().take(GAP).take_while(|word| *word != BORDER).count(),
            Self::Far => {
                let mut left = FAR;
                let fits = |word: &&String| {
                    let fits = *word == BORDER || left > 0;
                    left = left.saturating_sub(usize::from(*word != BORDER));
                    fits
                };
                words.iter().take_while(fits).count()
            }
        }
    }
}

impl Slot {
    fn read(text: &str, sets: &BTreeMap<String, String>) -> Self {
        let gap = match text {
            "..." => Some(Gap::Near),
            "~" => Some(Gap::Far),
            _ => None,
        };
        if gap.is_some() || text == "$" {
            return Self { alternatives: Vec::new(), optional: gap.is_some(), gap, border: gap.is_none() };
        }
        let (text, optional) = text.strip_suffix('?').map_or((text, false), |text| (text, true));
        let set = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
        let group = match set {
            Some(name) => sets.get(name).map_or("", String::as_str),
            None => text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text),
        };
        let alternatives = group.split('|').map(read_alternative).filter(|words| !words.is_empty()).collect();
        Self { alternatives, optional, gap: None, border: false }
    }
}

fn read_alternative(text: &str) -> Vec<Word> {
    let prefix = text.ends_with('*');
    let mut words: Vec<Word> = words::words(&text.replace('_', " ")).into_iter().map(Word::Whole).collect();
    if prefix && let Some(Word::Whole(last)) = words.pop() {
        words.push(Word::Prefix(last));
    }
    words
}

fn end(slots: &[Slot], words: &[String], at: usize, lenient: bool) -> Option<usize> {
    let Some((slot, rest)) = slots.split_first() else { return Some(at) };
    if let Some(gap) = slot.gap {
        let open = gap.open(&words[at..]);
        return (0..=open).filter_map(|skipped| end(rest, words, at + skipped, lenient)).max();
    }
    if slot.border {
        return match words.get(at) {
            None => end(rest, words, at, lenient),
            Some(word) if word == BORDER => end(rest, words, at + 1, lenient),
            Some(_) => None,
        };
    }
    let skipped = if slot.optional { end(rest, words, at, lenient) } else { None };
    let taken = slot.alternatives.iter().filter_map(|alternative| {
        let found = words.get(at..at + alternative.len())?;
        let matches = alternative.iter().zip(found).all(|(wanted, word)| wanted.matches(word, lenient));
        if matches { end(rest, words, at + alternative.len(), lenient) } else { None }
    });
    taken.chain(skipped).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurs(pattern: &str, text: &str) -> bool {
        let sets = BTreeMap::from([("person".to_owned(), "human|real_person".to_owned())]);
        Phrases::read(&[pattern.to_owned()], &sets).occur_in(&words::clauses(text))
    }

    #[test]
    fn a_phrase_is_found_on_word_borders_only() {
        assert!(occurs("agent", "an agent, please"));
        assert!(!occurs("agent", "the agents' agenda"));
        assert!(occurs("agent*", "the agents' agenda"));
    }

    #[test]
    fn slots_take_alternatives_sets_and_nothing() {
        for text in ["talk to a human", "speak to human", "SPEAK TO A REAL PERSON!"] {
            assert!(occurs("(talk|speak) to (a|an)? <person>", text), "{text}");
        }
        assert!(!occurs("(talk|speak) to (a|an)? <person>", "talk to a real friend"));
        assert!(occurs("i don't need", "I don’t need it"));
    }

    #[test]
    fn a_gap_takes_up_to_three_words_of_the_same_clause() {
        assert!(occurs("lost ... money", "I lost all of my money"));
        assert!(!occurs("lost ... money", "lost one two three four money"));
        assert!(!occurs("lost ... money", "I am lost. Where is my money?"));
    }

    #[test]
    fn a_far_gap_takes_up_to_twelve_words_and_passes_the_ends_of_clauses() {
        let between = |count: usize| format!("lost, {}. Money", "so ".repeat(count));
        assert!(occurs("lost ~ money", "lost money"));
        assert!(occurs("lost ~ money", &between(12)));
        assert!(!occurs("lost ~ money", &between(13)));
        assert!(occurs("lost ~ money $", "I lost it all... all of it! My money"));
    }

    #[test]
    fn a_clause_may_have_to_end() {
        assert!(occurs("can't stop $", "I can't stop. Help"));
        assert!(occurs("can't stop $", "I can't stop"));
        assert!(!occurs("can't stop $", "I can't stop the video"));
    }

    #[test]
    fn a_slip_of_the_keys_is_overlooked_where_it_is_asked_for() {
        let found = |lenient: bool, text: &str| {
            let read = if lenient { Phrases::read_leniently } else { Phrases::read };
            read(&["addicted to gambling".to_owned()], &BTreeMap::new()).occur_in(&words::clauses(text))
        };
        for text in ["adicted to gambling", "addicted to gambeling", "addicetd to gamblng"] {
            assert!(found(true, text) && !found(false, text), "{text}");
        }
        assert!(!found(true, "dedicated to gardening"));
    }

    #[test]
    fn the_longest_phrase_is_marked() {
        let phrases = Phrases::read(&["thank you".to_owned(), "you very? much?".to_owned()], &BTreeMap::new());
        let words = words::clauses("ok thank you very much");
        let mut marks = vec![false; words.len()];
        assert_eq!(phrases.mark(&words, &mut marks), 4);
        assert_eq!(marks, [false, true, true, true, true]);
    }
}
