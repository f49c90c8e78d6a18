//! What a search of the knowledge tells an agent.

use serde_json::{Value, json};

use crate::agent::knowledge::Indexes;
use crate::domain::id::BrandId;
use crate::domain::settings::Article;

/// How many passages are told.
const PASSAGES: usize = 4;

/// The passages of a brand's knowledge that fit best.
pub(super) fn search(indexes: &Indexes, knowledge: &[Article], brand: &BrandId, language: &str, query: &str) -> Value {
    let index = indexes.of(knowledge, brand);
    let passages = index.search(query, language, PASSAGES).into_iter().map(|(passage, _)| {
        let article = knowledge.iter().find(|article| article.id == passage.article);
        let mut told = json!({"article": passage.article, "title": passage.title, "text": passage.text});
        if let Some(url) = article.and_then(|article| article.url.as_ref()) {
            told["url"] = json!(url);
        }
        told
    });
    let passages: Vec<Value> = passages.collect();
    json!({ "passages": passages })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(id: &str, url: Option<&str>, markdown: &str) -> Article {
        let mut article = json!({"id": id, "title": format!("About {id}"), "markdown": markdown});
        if let Some(url) = url {
            article["url"] = json!(url);
        }
        serde_json::from_value(article).unwrap()
    }

    #[test]
    fn the_best_passages_are_told_with_where_they_stand() {
        let mut knowledge: Vec<Article> =
            (0..6).map(|n| article(&format!("bonus-{n}"), None, "A bonus of this month.")).collect();
        knowledge.push(article("payout", Some("https://lumen.example/payout"), "Withdrawals take one day."));
        let brand = BrandId::parse("10").unwrap();
        let indexes = Indexes::default();
        let found = search(&indexes, &knowledge, &brand, "en", "when do withdrawals arrive");
        assert_eq!(
            found["passages"][0],
            json!({"article": "payout", "title": "About payout", "url": "https://lumen.example/payout",
                   "text": "Withdrawals take one day."})
        );
        assert_eq!(search(&indexes, &knowledge, &brand, "en", "bonus")["passages"].as_array().unwrap().len(), PASSAGES);
        assert_eq!(search(&indexes, &knowledge, &brand, "en", "elephant"), json!({"passages": []}));
    }
}
