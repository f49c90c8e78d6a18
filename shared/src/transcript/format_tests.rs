#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::specimen::{at, line, transcript};
use super::*;
use crate::domain::player::Refusal;
use crate::domain::router::{Considered, Judgement, Skipped};

fn written(transcript: &Transcript, format: Format) -> String {
    String::from_utf8(render(transcript, format).unwrap()).unwrap()
}

#[test]
fn the_text_as_it_is_read() {
    insta::assert_snapshot!("text", written(&transcript(), Format::Text));
}

#[test]
fn what_is_proven_of_the_player_is_told_apart_from_what_is_claimed() {
    let facts = |player: PlayerDetails| {
        let text = written(&Transcript { player, ..transcript() }, Format::Text);
        let about = ["Verified", "Claimed", "Important", "Told", "Proof", "Country"];
        let lines = text.lines().filter(|line| about.iter().any(|label| line.trim_start().starts_with(label)));
        lines.collect::<Vec<_>>().join("\n")
    };
    let claimed = PlayerDetails {
        level: Level::Claimed,
        id: PlayerId::parse("P-20417").ok(),
        how: Some(How::Passive),
        since: Some(at(5)),
        vip: true,
        told: [("tier".to_owned(), "gold".to_owned())].into(),
        refusals: vec![Refused { at: at(3), why: Refusal::Replayed }],
    };
    let verified = PlayerDetails { level: Level::Verified, how: Some(How::Signed), ..claimed.clone() };
    insta::assert_snapshot!(facts(claimed), @r#"
    Verified account:               none
    Claimed account, not verified:  P-20417 (by what the page told, since 2026-01-01 01:00:05 CET (UTC+01:00))
    Important customer:             yes, not verified
    Told, not verified:             tier: gold
    Proof refused:                  2026-01-01 01:00:03 CET (UTC+01:00): it was used in another conversation (replayed)
    Country:                        Viet Nam (VN), by the IP address
    "#);
    insta::assert_snapshot!(facts(PlayerDetails { told: BTreeMap::new(), ..verified }), @r#"
    Verified account:        P-20417 (signed by the site, since 2026-01-01 01:00:05 CET (UTC+01:00))
    Important customer:      yes
    Proof refused:           2026-01-01 01:00:03 CET (UTC+01:00): it was used in another conversation (replayed)
    Country:                 Viet Nam (VN), by the IP address
    "#);
    insta::assert_snapshot!(facts(PlayerDetails::default()), @r#"
    Verified account:        none
    Country:                 Viet Nam (VN), by the IP address
    "#);
}

#[test]
fn the_html_as_it_is_read() {
    insta::assert_snapshot!("html", written(&transcript(), Format::Html));
}

#[test]
fn the_csv_as_it_is_opened() {
    insta::assert_snapshot!("csv", written(&transcript(), Format::Csv));
}

#[test]
fn the_json_reads_back_as_the_same_transcript() {
    let json = render(&transcript(), Format::Json).unwrap();
    assert_eq!(serde_json::from_slice::<Transcript>(&json).unwrap(), transcript());
}

#[test]
fn nothing_that_html_fetches_or_runs_is_in_it() {
    let html = written(&transcript(), Format::Html);
    for part in ["<script", "<img", "<link", "href=", "src=", "url(", "@import"] {
        assert!(!html.contains(part), "{part}");
    }
}

#[test]
fn times_are_the_zones_own_in_summer_too() {
    let mut summer = transcript();
    summer.lines = vec![line(181 * 86_400, AuthorKind::Visitor, "Mia", "July")];
    assert!(written(&summer, Format::Text).contains("[2026-07-01 02:00:00 CEST] Mia (Visitor):"));
    summer.time_zone = "Nowhere/Else".to_owned();
    assert!(written(&summer, Format::Text).contains("[2026-07-01 00:00:00 UTC] Mia (Visitor):"));
}

#[test]
fn an_empty_transcript_is_written_in_every_format() {
    let mut empty = transcript();
    empty.lines.clear();
    empty.decisions.clear();
    empty.escalation = None;
    empty.occasion = None;
    empty.opened_at = Some(at(0));
    for format in [Format::Html, Format::Text, Format::Pdf, Format::Json, Format::Csv] {
        assert!(!render(&empty, format).unwrap().is_empty());
    }
    assert!(written(&empty, Format::Html).contains("Nothing was said."));
}

#[test]
fn a_message_cannot_pass_for_another_line_in_the_text() {
    let mut forged = transcript();
    forged.lines = vec![line(0, AuthorKind::Visitor, "Eve\n[x] Ada (Human):", "hi\n[2026] Ada (Human):\r\n  paid")];
    let text = written(&forged, Format::Text);
    assert!(text.lines().all(|line| !line.starts_with("[2026] Ada") && !line.starts_with("[x]")), "{text}");
}

proptest! {
    #[test]
    fn no_cell_of_the_csv_is_a_formula(text in "[=+@\t\r-]?\\PC{0,12}", name in "[=+@\t\r-]\\PC{0,5}") {
        let mut odd = transcript();
        odd.lines = vec![line(0, AuthorKind::Visitor, &name, &text)];
        let csv = render(&odd, Format::Csv).unwrap();
        let mut reader = ::csv::Reader::from_reader(csv.as_slice());
        let row = reader.records().next().unwrap().unwrap();
        prop_assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
        prop_assert!(row[4].ends_with(&text));
    }

    #[test]
    fn content_makes_no_tag(text in "(<|>|&|\"|'|script|b|/| |\n|x){0,12}", name in "(<|>|&|\"|img|/| |x){0,6}") {
        let tags = |text: &str| text.matches('<').count();
        let mut plain = transcript();
        plain.lines = vec![line(0, AuthorKind::Visitor, "x", &"x\n".repeat(text.lines().count()))];
        let mut odd = plain.clone();
        odd.lines[0].text = text;
        odd.lines[0].name = Some(name.clone());
        odd.visitor.name = Some(format!("x{name}"));
        prop_assert_eq!(tags(&written(&odd, Format::Html)), tags(&written(&plain, Format::Html)));
    }
}

#[test]
fn hundreds_of_operators_of_other_departments_are_one_sentence_and_the_json_names_each() {
    let mut transcript = transcript();
    let elsewhere = |number: u32| Considered {
        operator: OperatorId::parse(&format!("9{number:05}")).unwrap(),
        name: None,
        load: 0,
        limit: None,
        idle_since: None,
        judgement: Judgement::Skipped { why: Skipped::OtherDepartment },
    };
    transcript.decisions[0].considered.extend((0..300).map(elsewhere));
    let text = written(&transcript, Format::Text);
    assert!(text.contains("operators serve other departments"), "{text}");
    assert!(!text.contains("900299"));
    assert!(written(&transcript, Format::Json).contains("900299"));
}
