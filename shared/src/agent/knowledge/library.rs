//! What a search of the knowledge tells an agent that asks for one.

use serde_json::{Value, json};

use super::Indexes;
use crate::domain::id::BrandId;
use crate::domain::settings::Article;

/// How many passages are told.
const PASSAGES: usize = 4;

/// Searches articles. Keeps the indexes of the knowledge that it has seen.
#[derive(Debug, Default)]
pub struct Library {
    indexes: Indexes,
}

impl Library {
    /// The passages that fit a query best, best first, of the articles that the brand may use: `{"passages": [{"article",
    /// "title", "text", "url"}]}`. Those in `language` go before others that fit as well.
    #[must_use]
    pub fn search(&self, knowledge: &[Article], brand: &BrandId, language: &str, query: &str) -> Value {
        let index = self.indexes.of(knowledge, brand);
        let passages = index.search(query, language, PASSAGES).into_iter().map(|(passage, _)| {
            let mut told = json!({"article": passage.article, "title": passage.title, "text": passage.text});
            let article = knowledge.iter().find(|article| article.id == passage.article);
            if let Some(url) = article.and_then(|article| article.url.as_ref()) {
                told["url"] = json!(url);
            }
            told
        });
        json!({"passages": passages.collect::<Vec<Value>>()})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_passages_are_told_with_where_they_stand() {
        let article = |id: &str, markdown: &str| -> Article {
            serde_json::from_value(
                json!({"id": id, "title": id, "markdown": markdown, "url": format!("https://x.example/{id}")}),
            )
            .unwrap()
        };
        let mut knowledge: Vec<Article> = (0..6).map(|n| article(&format!("bonus-{n}"), "A bonus.")).collect();
        knowledge.push(article("payout", "Withdrawals take one day."));
        let (library, brand) = (Library::default(), BrandId::parse("10").unwrap());
        let found = |query: &str| library.search(&knowledge, &brand, "en", query)["passages"].clone();
        let first = json!({"article": "payout", "title": "payout", "url": "https://x.example/payout",
            "text": "Withdrawals take one day."});
        assert_eq!(found("when do withdrawals arrive")[0], first);
        assert_eq!(found("bonus").as_array().unwrap().len(), PASSAGES);
        assert_eq!(found("elephant"), json!([]));
    }
}
