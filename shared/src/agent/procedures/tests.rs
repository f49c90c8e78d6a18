//! Which procedures are found, with eight of a gaming company in eight languages.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::agent::Line;
use crate::domain::id::{BrandId, ConversationId, ProcedureName};
use crate::domain::message::{Author, Content};
use crate::domain::player::{Level, Player};
use crate::domain::settings::WorkspaceSettings;

const GAMING: &str = include_str!("tests/gaming.json");

/// Questions by the procedure that they are about; those under no name are about none of them.
const QUESTIONS: &str = include_str!("tests/questions.json");

fn gaming() -> Vec<Procedure> {
    serde_json::from_str(GAMING).unwrap()
}

fn procedure(name: &str, when: &str, examples: &[&str]) -> Procedure {
    serde_json::from_value(json!({"name": name, "when": when, "examples": examples})).unwrap()
}

fn workspace(procedures: Vec<Procedure>) -> WorkspaceSettings {
    let settings = json!({
        "workspace": "demo", "screen_name": "lumen", "data_centre": "eu", "bot_operator": "9",
        "brands": [{"id": "1", "name": "Lumen Casino", "automated": true}],
    });
    WorkspaceSettings { procedures, ..serde_json::from_value(settings).unwrap() }
}

fn found(settings: &WorkspaceSettings, question: &str) -> Vec<(String, u32)> {
    let conversation = ConversationId::parse("1").unwrap();
    let turn = Turn::about(&conversation, settings, &settings.brands[0], &[], Timestamp::UNIX_EPOCH);
    let found = fitting(&turn, question, 3);
    found.into_iter().map(|(procedure, score)| (procedure.name.to_string(), score)).collect()
}

/// Each question with what it is about, what was found first, and its score.
fn judged() -> Vec<(String, String, String, u32)> {
    let settings = workspace(gaming());
    let questions: BTreeMap<String, Vec<String>> = serde_json::from_str(QUESTIONS).unwrap();
    let mut judged = Vec::new();
    for (about, questions) in questions {
        for question in questions {
            let (name, score) = found(&settings, &question).into_iter().next().unwrap_or_default();
            judged.push((about.clone(), question, name, score));
        }
    }
    judged
}

#[test]
fn a_tool_of_a_procedure_is_called_only_while_one_fits_that_names_it_and_is_open_to_the_player() {
    let mut late = procedure("late", "a withdrawal is late", &["where is my withdrawal"]);
    late.tools = vec![ToolName::parse("payouts").unwrap()];
    late.level = Level::Verified;
    let mut settings = workspace(vec![late]);
    let tool = |name: &str| {
        json!({"name": name, "description": "Tells.", "access": "read", "method": "GET", "url": "https://a.example/x",
            "allowed_hosts": ["a.example"]})
    };
    settings.tools = serde_json::from_value(json!([tool("payouts"), tool("opening_hours")])).unwrap();
    let conversation = ConversationId::parse("1").unwrap();
    let allowed = |text: &str, level| {
        let line = Line { author: Author::Visitor, content: Content::text(text), unanswered: true };
        let (lines, player) = ([line], Player { level, ..Player::default() });
        let about = Turn::about(&conversation, &settings, &settings.brands[0], &lines, Timestamp::UNIX_EPOCH);
        allowed_tools(&Turn { player: &player, ..about }).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(allowed("where is my withdrawal", Level::Verified), ["payouts", "opening_hours"]);
    assert_eq!(allowed("where is my withdrawal", Level::Claimed), ["opening_hours"]);
    assert_eq!(allowed("tell me a joke about cats", Level::Verified), ["opening_hours"]);
}

#[test]
fn the_right_procedure_is_found_first() {
    let about_one: Vec<_> = judged().into_iter().filter(|(about, ..)| !about.is_empty()).collect();
    let missed: Vec<_> = about_one.iter().filter(|(about, _, name, _)| about != name).collect();
    assert!(about_one.len() >= 80 && missed.is_empty(), "{missed:?}");
}

#[test]
fn what_could_be_run_is_nearly_all_that_should_be_and_little_else() {
    let mut report = String::new();
    let (mut run, mut all) = (0, 0);
    for (about, question, name, score) in judged() {
        all += usize::from(!about.is_empty());
        match (about == name, score >= RUNS_PERMILLE) {
            (true, true) => run += 1,
            (true, false) if !about.is_empty() => writeln!(report, "not run {score} {question}").unwrap(),
            (false, true) => writeln!(report, "run {score} {name}: {question}").unwrap(),
            _ => {}
        }
    }
    insta::assert_snapshot!(format!("{run} of {all}\n{report}"));
}

#[test]
fn an_example_is_always_found_whatever_its_case_and_accents() {
    let settings = workspace(gaming());
    for procedure in gaming() {
        for example in &procedure.examples {
            let said = format!("Hello! {}, please", example.to_uppercase());
            let (name, score) = found(&settings, &said).into_iter().next().unwrap();
            assert_eq!((name.as_str(), score), (procedure.name.as_str(), 1000), "{example}");
        }
    }
}

#[test]
fn only_the_brands_own_procedures_are_found() {
    let elsewhere = Procedure {
        brands: vec![BrandId::parse("2").unwrap()],
        ..procedure("jackpot", "about jackpots", &["where is the jackpot"])
    };
    assert_eq!(found(&workspace(vec![elsewhere.clone()]), "where is the jackpot"), []);
    let own = Procedure { brands: vec![BrandId::parse("1").unwrap()], ..elsewhere };
    assert_eq!(found(&workspace(vec![own]), "where is the jackpot"), [("jackpot".to_owned(), 1000)]);
}

#[test]
fn equals_stand_in_the_order_of_the_settings() {
    let twice = |names: [&str; 2]| workspace(names.map(|name| procedure(name, "lost", &["lost my card"])).to_vec());
    assert_eq!(found(&twice(["b", "a"]), "lost my card"), [("b".to_owned(), 1000), ("a".to_owned(), 1000)]);
}

#[test]
fn without_examples_it_is_found_by_what_it_is_for_and_never_run() {
    let settings = workspace(vec![
        procedure("lost-card", "The visitor lost a bank card.", &[]),
        procedure("login", "The visitor can't log in.", &["I can't log in"]),
    ]);
    let found = found(&settings, "lost my bank card");
    assert_eq!(found[0].0, "lost-card");
    assert!((FITS_PERMILLE..RUNS_PERMILLE).contains(&found[0].1));
}

#[test]
fn a_change_of_the_procedures_is_seen_at_once() {
    let mut settings = workspace(vec![procedure("card", "cards", &["lost my card"])]);
    assert_eq!(found(&settings, "stolen wallet"), []);
    settings.procedures[0].examples.push("stolen wallet".to_owned());
    assert_eq!(found(&settings, "stolen wallet")[0].1, 1000);
}

#[test]
fn no_more_are_given_than_asked_for() {
    let settings = workspace(gaming());
    let conversation = ConversationId::parse("1").unwrap();
    let turn = Turn::about(&conversation, &settings, &settings.brands[0], &[], Timestamp::UNIX_EPOCH);
    assert_eq!(fitting(&turn, "bonus", 0), []);
    assert_eq!(fitting(&turn, "bonus", 1).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_asked_scores_are_in_bounds_in_order_and_the_same_again(
        question in "(?s).{0,120}|([a-z]{1,8} ){0,300}",
        examples in prop::collection::vec("[a-zäß ]{0,20}|\\PC{0,12}", 0..4),
    ) {
        let name = |index: usize| ProcedureName::parse(&format!("p{index}")).unwrap();
        let procedures = examples.iter().enumerate().map(|(index, example)| Procedure {
            name: name(index), ..procedure("p", &question, &[example.as_str(), "where is my money"])
        });
        let settings = workspace(procedures.collect());
        let once = found(&settings, &question);
        prop_assert!(once.len() <= 3);
        prop_assert!(once.iter().all(|(_, score)| (FITS_PERMILLE..=1000).contains(score)));
        prop_assert!(once.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        prop_assert_eq!(once, found(&settings, &question));
    }
}
