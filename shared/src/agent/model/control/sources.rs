//! What a reply rests on that names no source: the found articles whose words it uses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::known;
use crate::agent::Turn;
use crate::agent::knowledge::terms::of as terms_of;
use crate::domain::id::ArticleId;

/// The tool that finds articles.
const SEARCH: &str = "search_knowledge";

/// The share of a reply's words that an article has to have, in thousandths.
const SHARE_PERMILLE: usize = 400;

/// How near to the best one others have to come, in thousandths.
const NEAR_PERMILLE: usize = 850;

/// How deep an answer of the search is looked into.
const DEPTH: u8 = 6;

/// The longest text that can be nothing but a question, in characters.
const QUESTION_CHARS: usize = 300;

/// The found articles that a text rests on, the nearest first.
pub(super) fn of(text: &str, turn: &Turn<'_>) -> Vec<ArticleId> {
    let said: BTreeSet<String> = terms_of(text).into_iter().collect();
    let calls = turn.rounds.iter().flat_map(|round| &round.calls).filter(|(call, _)| call.name == SEARCH);
    let mut found: BTreeMap<ArticleId, BTreeSet<String>> = BTreeMap::new();
    for (_, outcome) in calls {
        if let Some(answer) = outcome.answer() {
            collect(answer, turn, DEPTH, &mut found);
        }
    }
    let mut shares: Vec<(usize, ArticleId)> = found
        .into_iter()
        .map(|(id, terms)| (terms.intersection(&said).count() * 1_000 / said.len().max(1), id))
        .filter(|(share, _)| *share >= SHARE_PERMILLE)
        .collect();
    shares.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let best = shares.first().map_or(0, |(share, _)| *share);
    let near = shares.into_iter().take_while(|(share, _)| share * 1_000 >= best * NEAR_PERMILLE);
    near.map(|(_, id)| id).collect()
}

/// The passages in an answer: objects that name an article, with whatever text they have.
fn collect(answer: &Value, turn: &Turn<'_>, depth: u8, found: &mut BTreeMap<ArticleId, BTreeSet<String>>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match answer {
        Value::Array(items) => items.iter().for_each(|item| collect(item, turn, depth, found)),
        Value::Object(fields) => {
            let named = ["article", "article_id", "id"].iter().filter_map(|name| fields.get(*name)?.as_str());
            match named.into_iter().find_map(|id| known(turn, id)) {
                Some(article) => {
                    let texts = fields.values().filter_map(Value::as_str);
                    found.entry(article.id.clone()).or_default().extend(texts.flat_map(terms_of));
                }
                None => fields.values().for_each(|field| collect(field, turn, depth, found)),
            }
        }
        _ => {}
    }
}

/// Whether a text does nothing but ask: short, and ends with its one question mark.
pub(super) fn is_bare_question(text: &str) -> bool {
    let is_mark = |c: char| matches!(c, '?' | '？' | '؟' | ';');
    let text = text.trim();
    text.chars().count() <= QUESTION_CHARS
        && text.ends_with(is_mark)
        && text.chars().filter(|c| matches!(c, '.' | '!' | '。')).count() <= 2
}
