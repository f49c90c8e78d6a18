//! The procedures that a prompt has: those that fit what the visitor says, not all.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::Turn;
use crate::agent::knowledge::terms_of;
use crate::domain::settings::Procedure;

/// How many a prompt has at most.
const MOST: usize = 4;

/// Those of the brand that fit the visitor's words, best first; the one that is under way goes before all.
pub(in crate::agent) fn fitting<'a>(turn: &Turn<'a>, question: &str) -> Vec<&'a Procedure> {
    let own = turn.settings.procedures.iter().filter(|procedure| procedure.is_for(&turn.brand.id));
    let known: Vec<(&Procedure, BTreeSet<String>)> = own.map(|procedure| (procedure, words_of(procedure))).collect();
    let mut frequency: BTreeMap<&String, u32> = BTreeMap::new();
    for term in known.iter().flat_map(|(_, terms)| terms) {
        *frequency.entry(term).or_default() += 1;
    }
    let asked: BTreeSet<String> = terms_of(question).into_iter().collect();
    // A word that few procedures have tells more: a thousand parts each, shared by those that have it.
    let score = |terms: &BTreeSet<String>| -> u32 {
        terms.intersection(&asked).map(|term| 1_000 / frequency.get(term).copied().unwrap_or(1)).sum()
    };
    let under_way =
        |procedure: &Procedure| turn.under_way.is_some_and(|under_way| under_way.procedure == procedure.name);
    let mut ranked: Vec<(bool, u32, &Procedure)> =
        known.iter().map(|(procedure, terms)| (under_way(procedure), score(terms), *procedure)).collect();
    ranked.retain(|(under_way, score, _)| *under_way || *score > 0);
    ranked.sort_by_key(|(under_way, score, _)| std::cmp::Reverse((*under_way, *score)));
    ranked.into_iter().map(|(_, _, procedure)| procedure).take(MOST).collect()
}

fn words_of(procedure: &Procedure) -> BTreeSet<String> {
    let texts =
        [procedure.name.as_str(), &procedure.when].into_iter().chain(procedure.examples.iter().map(String::as_str));
    texts.flat_map(terms_of).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::domain::id::ConversationId;
    use crate::domain::procedure::UnderWay;
    use crate::domain::settings::WorkspaceSettings;

    fn settings() -> WorkspaceSettings {
        serde_json::from_value(json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
            "brands": [{"id": "10", "name": "Lumen", "automated": true}],
            "procedures": [
                {"name": "late-payout", "when": "A withdrawal is late.", "examples": ["Wo bleibt meine Auszahlung?"]},
                {"name": "lost-bonus", "when": "A bonus of a deposit is missing."},
                {"name": "limits", "when": "A deposit limit is to be changed.", "brands": ["99"]},
                {"name": "payout-method", "when": "A withdrawal to another card."},
            ],
        }))
        .unwrap()
    }

    fn names(question: &str, under_way: Option<&UnderWay>) -> Vec<String> {
        let (settings, conversation) = (settings(), ConversationId::parse("1").unwrap());
        let turn = Turn::about(&conversation, &settings, &settings.brands[0], &[], Timestamp::UNIX_EPOCH);
        let fitting = fitting(&Turn { under_way, ..turn }, question);
        fitting.iter().map(|procedure| procedure.name.to_string()).collect()
    }

    #[test]
    fn those_with_the_visitors_words_come_first_and_others_brands_never() {
        assert_eq!(names("My withdrawal is late!", None), ["late-payout", "payout-method"]);
        assert_eq!(names("auszahlung", None), ["late-payout"]);
        assert_eq!(names("deposit", None), ["lost-bonus"]);
        assert_eq!(names("hello", None), Vec::<String>::new());
    }

    #[test]
    fn what_is_under_way_stays_in_sight() {
        let procedure = settings().procedures[1].name.clone();
        let under_way = UnderWay { procedure, answers: BTreeMap::new(), asked: None, times: 0 };
        assert_eq!(names("my card is lost", Some(&under_way))[0], "lost-bonus");
        assert_eq!(names("yes", Some(&under_way)), ["lost-bonus"]);
    }
}
