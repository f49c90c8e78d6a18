//! Articles cut into passages, and the search among them. The score is defined in the documentation of [`super`].

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use bm25::{EmbedderBuilder, Embedding, Scorer, TokenEmbedder, TokenEmbedding};

use super::markdown;
use super::terms::{self, Terms};
use crate::agent::understanding::language::primary;
use crate::agent::understanding::words::clip_sentence;
use crate::domain::id::{ArticleId, BrandId};
use crate::domain::settings::Article;

/// The most characters of a passage.
pub(in crate::agent) const PASSAGE_LIMIT: usize = 900;

/// How many indexes are kept: the brands of a few workspaces. What is dropped is only built again.
const KEPT: usize = 32;

/// How many different words of a question are searched for.
const QUESTION_TERMS: usize = 64;

/// BM25's `k1`: how fast repeating a word stops to count.
const K1: f32 = 1.2;

/// What is left of the score where the words occur as weakly as can be.
const WEAKEST: f32 = 0.6;

/// What a word weighs that the knowledge does not have, against one that is in a single section.
const UNKNOWN_SHARE: f32 = 0.8;

/// The indexes of the knowledge sets seen so far, by content.
#[derive(Default)]
pub(crate) struct Indexes(Mutex<HashMap<u64, Arc<Index>>>);

impl fmt::Debug for Indexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Indexes")
    }
}

impl Indexes {
    /// The index of what the brand may use of `knowledge`: built once for the same content.
    pub(crate) fn of(&self, knowledge: &[Article], brand: &BrandId) -> Arc<Index> {
        let articles: Vec<&Article> =
            knowledge.iter().filter(|article| article.brands.is_empty() || article.brands.contains(brand)).collect();
        let key = key_of(&articles);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = kept.get(&key) {
            return Arc::clone(index);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        let index = Arc::new(Index::build(&articles));
        kept.insert(key, Arc::clone(&index));
        index
    }
}

fn key_of(articles: &[&Article]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for article in articles {
        (&article.id, &article.title, &article.language, &article.markdown).hash(&mut hasher);
    }
    hasher.finish()
}

/// A piece of an article that can be said in one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passage {
    /// The article.
    pub(crate) article: ArticleId,
    /// The article's title.
    pub(crate) title: String,
    /// Primary subtag of its language.
    language: String,
    /// What it says, as plain text.
    pub(crate) text: String,
}

/// Passages that can be searched.
pub(crate) struct Index {
    passages: Vec<Passage>,
    terms: Vec<BTreeSet<String>>,
    /// How many passages have a term.
    frequency: HashMap<String, usize>,
    scorer: Scorer<usize, u64>,
}

impl Index {
    fn build(articles: &[&Article]) -> Self {
        let mut passages = Vec::new();
        let mut documents = Vec::new();
        for article in articles {
            for section in markdown::sections(&article.markdown) {
                for text in pack(&section.blocks) {
                    let own = section.headings.last().map_or("", String::as_str);
                    documents.push(format!("{}\n{}\n{own}\n{own}\n{text}", article.title, section.headings.join("\n")));
                    passages.push(Passage {
                        article: article.id.clone(),
                        title: article.title.clone(),
                        language: primary(&article.language),
                        text,
                    });
                }
            }
        }
        let corpus: Vec<&str> = documents.iter().map(String::as_str).collect();
        let embedder = EmbedderBuilder::<u64, Terms>::with_tokenizer_and_fit_to_corpus(Terms, &corpus).k1(K1).build();
        let mut scorer = Scorer::new();
        let mut frequency = HashMap::new();
        let mut terms = Vec::with_capacity(documents.len());
        for (id, document) in documents.iter().enumerate() {
            scorer.upsert(&id, embedder.embed(document));
            let own: BTreeSet<String> = terms::of(document).into_iter().collect();
            for term in &own {
                *frequency.entry(term.clone()).or_insert(0) += 1;
            }
            terms.push(own);
        }
        Self { passages, terms, frequency, scorer }
    }

    /// The passage that fits best, if one reaches the threshold. One in the visitor's language is preferred to all
    /// others that do.
    pub(in crate::agent) fn best(&self, question: &str, language: &str, threshold_permille: u32) -> Option<&Passage> {
        let language = primary(language);
        let scores = self.scores(question).into_iter().filter(|(_, permille)| *permille >= threshold_permille.max(1));
        let best = scores.max_by_key(|(id, permille)| {
            let own_language = self.passages.get(*id).is_some_and(|passage| passage.language == language);
            (own_language, *permille, std::cmp::Reverse(*id))
        });
        best.and_then(|(id, _)| self.passages.get(id))
    }

    /// The passages that fit best, at most so many, best first, with their scores. Those in the visitor's language go before
    /// others with the same score.
    pub(crate) fn search(&self, question: &str, language: &str, most: usize) -> Vec<(&Passage, u32)> {
        let language = primary(language);
        let found = self.scores(question).into_iter().filter(|(_, permille)| *permille > 0);
        let mut found: Vec<(&Passage, u32)> =
            found.filter_map(|(id, permille)| self.passages.get(id).map(|passage| (passage, permille))).collect();
        found.sort_by_key(|(passage, permille)| (std::cmp::Reverse(*permille), passage.language != language));
        found.truncate(most);
        found
    }

    /// The passages that have a word in common with the question, with their scores in thousandths.
    fn scores(&self, question: &str) -> BTreeMap<usize, u32> {
        let mut seen = BTreeSet::new();
        let asked: Vec<String> =
            terms::of(question).into_iter().filter(|term| seen.insert(term.clone())).take(QUESTION_TERMS).collect();
        let weights: Vec<(&String, f32)> = asked.iter().map(|term| (term, self.weight(term))).collect();
        let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
        if total <= 0.0 {
            return BTreeMap::new();
        }
        let embedding =
            Embedding(asked.iter().map(|term| TokenEmbedding { index: u64::embed(term), value: 1.0 }).collect());
        let mut scores = BTreeMap::new();
        for (id, own) in self.terms.iter().enumerate() {
            let matched: f32 = weights.iter().filter(|(term, _)| own.contains(*term)).map(|(_, weight)| weight).sum();
            if matched > 0.0 {
                let strength = self.scorer.score(&id, &embedding).unwrap_or(0.0) / (total * (K1 + 1.0));
                let share = matched / total * (WEAKEST + (1.0 - WEAKEST) * strength.clamp(0.0, 1.0));
                scores.insert(id, permille(share));
            }
        }
        scores
    }

    #[allow(clippy::cast_precision_loss)] // Counts of passages are far below 2^23.
    fn weight(&self, term: &str) -> f32 {
        let all = self.passages.len() as f32;
        let idf = |with: f32| (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
        self.frequency.get(term).map_or_else(|| UNKNOWN_SHARE * idf(1.0), |with| idf(*with as f32))
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped to what fits.
fn permille(share: f32) -> u32 {
    (share * 1000.0).round().clamp(0.0, 1000.0) as u32
}

/// Puts blocks together to passages that can be said whole, so that no answer loses the part that was found.
fn pack(blocks: &[String]) -> Vec<String> {
    let mut packed: Vec<String> = Vec::new();
    for block in blocks {
        let block = clip_sentence(block, PASSAGE_LIMIT);
        match packed.last_mut() {
            Some(last) if last.chars().count() + block.chars().count() + 2 <= PASSAGE_LIMIT => {
                last.push_str("\n\n");
                last.push_str(&block);
            }
            _ => packed.push(block),
        }
    }
    packed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn article(id: &str, language: &str, markdown: &str) -> Article {
        Article {
            id: ArticleId::parse(id).unwrap(),
            title: id.to_owned(),
            brands: Vec::new(),
            language: language.to_owned(),
            url: None,
            markdown: markdown.to_owned(),
        }
    }

    fn index(articles: &[Article]) -> Index {
        Index::build(&articles.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_score_is_the_share_of_the_question_that_is_found() {
        let index = index(&[
            article("payout", "en", "Withdrawals take one day."),
            article("login", "en", "Reset your password."),
            article("limits", "en", "Set a deposit limit."),
        ]);
        let score = |question: &str| index.scores(question).get(&0).copied().unwrap_or(0);
        assert!(score("withdrawal day") > 750);
        assert!((350..650).contains(&score("withdrawal elephant")));
        assert!(score("withdrawal elephant giraffe") < 350);
        assert_eq!(score("elephant"), 0);
        assert_eq!(score(""), 0);
    }

    #[test]
    fn an_article_in_the_visitors_language_is_preferred() {
        let index = index(&[
            article("bonus-en", "en", "The bonus is 100 EUR. Bonus bonus."),
            article("bonus-de", "de-AT", "Der Bonus beträgt 100 EUR."),
        ]);
        assert_eq!(index.best("bonus", "de", 350).unwrap().article.as_str(), "bonus-de");
        assert_eq!(index.best("bonus", "en-GB", 350).unwrap().article.as_str(), "bonus-en");
        assert!(index.best("bonus", "fr", 350).is_some());
    }

    #[test]
    fn an_index_is_built_once_for_the_same_content() {
        let indexes = Indexes::default();
        let brand = BrandId::parse("1").unwrap();
        let mut articles = vec![article("a", "en", "One.")];
        let first = indexes.of(&articles, &brand);
        assert!(Arc::ptr_eq(&first, &indexes.of(&articles.clone(), &brand)));
        articles[0].markdown.push_str(" Two.");
        assert!(!Arc::ptr_eq(&first, &indexes.of(&articles, &brand)));
    }

    #[test]
    fn a_brand_sees_only_its_own_and_common_articles() {
        let brand = BrandId::parse("1").unwrap();
        let other = BrandId::parse("2").unwrap();
        let articles = [Article { brands: vec![other.clone()], ..article("a", "en", "Jackpot rules.") }];
        let indexes = Indexes::default();
        assert!(indexes.of(&articles, &brand).best("jackpot", "en", 350).is_none());
        assert!(indexes.of(&articles, &other).best("jackpot", "en", 350).is_some());
    }

    #[test]
    fn a_long_section_is_found_where_the_words_are() {
        let filler = "Nothing of interest is said in this long paragraph.\n".repeat(15);
        let index = index(&[article("long", "en", &format!("{filler}\n\n{filler}\n\nThe jackpot is paid monthly."))]);
        let passage = index.best("jackpot", "en", 350).unwrap();
        assert!(passage.text.ends_with("The jackpot is paid monthly."));
        assert!(passage.text.chars().count() <= PASSAGE_LIMIT);
    }
}
