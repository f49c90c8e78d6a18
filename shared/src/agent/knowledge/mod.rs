//! The knowledge of a brand, searched without a network: what the playbook answers from and what models look up.
//!
//! # The score
//!
//! In thousandths, from 0 (no word in common) to 1000. Each word of the question that is not a stop word weighs its
//! inverse document frequency (BM25's formula) over the sections that the brand may use; a word that occurs in none of
//! them weighs 0.8 of one that occurs in a single section.
//!
//! ```text
//! coverage = weight of the question's words that the section has / weight of all words of the question
//! strength = BM25 of the section / the most that BM25 can come to for these words (weight * (k1 + 1))
//! score    = 1000 * coverage * (0.6 + 0.4 * strength)
//! ```
//!
//! The title of the article and the headings above a section count as its words, its own heading three times. A usual
//! strength is a half, so 350, the default, reads: somewhat less than half of what the visitor said, weighed, is in the
//! section. From 700 on nearly all of it is.

mod index;
mod library;
mod markdown;
pub(in crate::agent) mod terms;

pub(in crate::agent) use index::{Index, Indexes, PASSAGE_LIMIT, Passage};
pub use library::Library;
