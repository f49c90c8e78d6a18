#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::domain::message::Content;

/// `v` begins a visitor's line, `o` ours.
fn chat(texts: &[&str]) -> Vec<Line> {
    let line = |text: &&str| {
        let (who, text) = text.split_at(1);
        let author = if who == "o" { Author::Ours } else { Author::Visitor };
        Line { author, content: Content::text(text), unanswered: false }
    };
    texts.iter().map(line).collect()
}

#[test]
fn who_was_annoyed_and_still_is_is_getting_upset() {
    for texts in [
        &["vmy code does not work", "oTry again.", "vstill not working"][..],
        &["vdas hilft mir nicht", "oSo geht es.", "vdu verstehst mich nicht"],
        &["vesto no funciona", "oPruebe esto.", "vsigue sin funcionar"],
        &["vça marche pas", "oEssayez.", "vtoujours pas"],
        &["visso não ajuda", "oTente.", "vcontinua sem funcionar"],
        &["vnon funziona", "oProvi.", "vancora niente"],
        &["vişe yaramadı", "oDeneyin.", "vhala olmadı"],
        &["vkhông giúp được gì", "oThử lại.", "vvẫn không được"],
    ] {
        assert!(is_rising(&chat(texts)), "{texts:?}");
    }
}

#[test]
fn one_annoyed_word_is_nothing_and_many_at_once_after_an_answer_are() {
    assert!(!is_rising(&chat(&["vthis doesn't work"])));
    assert!(!is_rising(&chat(&["vhow do I withdraw", "oSo.", "vit is not working"])));
    assert!(!is_rising(&chat(&["vit's not working", "oTry this.", "vhow long does it take then"])));
    let shouted = ["vhow do I withdraw", "oSo.", "vTHIS DOESN'T HELP AT ALL!!!", "vyou don't listen"];
    assert!(is_rising(&chat(&shouted)));
}

#[test]
fn shouting_and_swearing_alone_are_nothing() {
    for texts in [
        &["vWHERE IS MY MONEY!!!", "oThere.", "vHOW LONG DOES IT TAKE???"][..],
        &["vfuck", "oYes?", "vwtf is wagering"],
        &["vwo ist der scheiß Bonus", "oDa.", "vund die scheiß Freispiele"],
    ] {
        assert!(!is_rising(&chat(texts)), "{texts:?}");
    }
}

#[test]
fn the_same_question_a_third_time_is_a_failure() {
    let asked = "vhow can I raise my deposit limit";
    let other = "vso how do I raise the deposit limit now";
    assert!(repeats(&chat(&[asked, "oSo.", other, "oSo.", "vraise my deposit limit, how?"])));
    assert!(!repeats(&chat(&[asked, "oSo.", other])), "only twice");
    assert!(!repeats(&chat(&[asked, other, asked, "oSo.", other])), "what was not answered was asked once");
    assert!(!repeats(&chat(&[asked, "oSo.", "vwelcome bonus code", "oSo.", other])));
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let said = prop_oneof![
        Just("hi".to_owned()),
        Just("thanks!!!".to_owned()),
        Just("still not working".to_owned()),
        Just("how do I raise my deposit limit".to_owned()),
        "\\PC{0,20}",
    ];
    let author = prop_oneof![Just(Author::Visitor), Just(Author::Ours), Just(Author::Human), Just(Author::Zobot)];
    let line =
        (author, said).prop_map(|(author, text)| Line { author, content: Content::text(&text), unanswered: false });
    prop::collection::vec(line, 0..10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_answered_tells_no_mood_any_more(mut lines in lines()) {
        lines.push(Line { author: Author::Ours, content: Content::text("So."), unanswered: false });
        prop_assert!(!is_rising(&lines) && !repeats(&lines));
    }

    #[test]
    fn lines_of_other_people_tell_nothing(lines in lines()) {
        let without: Vec<Line> = lines.iter().filter(|line| !matches!(line.author, Author::Human | Author::Zobot)).cloned().collect();
        prop_assert_eq!(is_rising(&lines), is_rising(&without));
        prop_assert_eq!(repeats(&lines), repeats(&without));
    }

    #[test]
    fn small_talk_is_never_a_failure(talk in prop::collection::vec(prop_oneof![Just("hi"), Just("thank you"), Just("ok"), Just("danke")], 1..8)) {
        let lines: Vec<Line> = talk.iter().flat_map(|text| chat(&[&format!("v{text}"), "oHello."])).collect();
        let lines = &lines[..lines.len() - 1];
        prop_assert!(!is_rising(lines) && !repeats(lines));
    }

    #[test]
    fn a_question_asked_three_times_is_told_whatever_it_is(words in prop::collection::vec("[a-z]{6,9}", 3..6)) {
        let question = format!("v{}", words.join(" "));
        prop_assume!(parts(&chat(&[&question]))[0].telling().len() >= SHARED);
        prop_assert!(repeats(&chat(&[&question, "oSo.", &question, "oSo.", &question])));
    }
}
