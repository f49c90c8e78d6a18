//! Slips of the keys: "agnet", "adicted".
//!
//! Short words are too near to others to be guessed at, and the first letter is nearly always right.

/// From how many letters on two that changed places are overlooked.
const SWAPPED: usize = 5;

/// From how many letters on any one letter that is wrong, missing or too many is.
const ONE_WRONG: usize = 8;

/// Whether a word is long enough for its slips to be told.
pub(super) fn may_be_of(wanted: &str) -> bool {
    wanted.len() >= SWAPPED
}

/// Whether `word` is `wanted` with one slip.
pub(super) fn is_of(wanted: &str, word: &str) -> bool {
    if wanted.len() < SWAPPED
        || wanted.len().abs_diff(word.len()) > 1
        || wanted.as_bytes().first() != word.as_bytes().first()
    {
        return false;
    }
    // Phrases and texts are folded: nearly all are ASCII, and what is not may well be another word.
    if !wanted.is_ascii() || !word.is_ascii() {
        return false;
    }
    let (wanted, word) = (wanted.as_bytes(), word.as_bytes());
    let same = wanted.iter().zip(word).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&wanted[same..], &word[same..]);
    let swapped = match (rest, other) {
        ([a, b, tail @ ..], [c, d, others @ ..]) => a == d && b == c && tail == others,
        _ => false,
    };
    let one_wrong = match rest.len().cmp(&other.len()) {
        std::cmp::Ordering::Equal => rest.get(1..) == other.get(1..),
        std::cmp::Ordering::Less => other.get(1..) == Some(rest),
        std::cmp::Ordering::Greater => rest.get(1..) == Some(other),
    };
    swapped || (one_wrong && wanted.len() >= ONE_WRONG && word.len() >= ONE_WRONG - 1)
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn one_slip_in_a_long_word_is_overlooked_and_a_swap_in_a_shorter_one() {
        for (wanted, word) in [
            ("agent", "agnet"),
            ("human", "huamn"),
            ("addicted", "adicted"),
            ("gambling", "gambeling"),
            ("gambling", "ganbling"),
            ("mitarbeiter", "mitarbeitr"),
        ] {
            assert!(is_of(wanted, word), "{wanted} {word}");
        }
    }

    #[test]
    fn other_words_are_other_words() {
        for (wanted, word) in [
            ("agent", "argent"),
            ("human", "humane"),
            ("betting", "getting"),
            ("person", "pension"),
            ("playing", "paying"),
            ("form", "from"),
            ("addicted", "dedicated"),
        ] {
            assert!(!is_of(wanted, word), "{wanted} {word}");
        }
    }
}
