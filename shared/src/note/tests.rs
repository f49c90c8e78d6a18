//! Notes as the team reads them.

use proptest::prelude::*;

use super::words::FILES;
use super::*;

const NOTHING: NoteFacts<'_> = NoteFacts {
    reason: &EscalationReason::VisitorAsked,
    summary: "",
    tried: Tried { answers: 0, clarifications: 0 },
    verified: &[],
    sources: &[],
    visitor: None,
    page: None,
    language: None,
};

fn sources() -> Vec<(String, Option<String>)> {
    vec![
        ("How long withdrawals take".to_owned(), Some("https://lumen-casino.example/help/withdrawals".to_owned())),
        ("Verification".to_owned(), None),
    ]
}

fn usual(sources: &[(String, Option<String>)]) -> NoteFacts<'_> {
    NoteFacts {
        reason: &EscalationReason::KnowledgeGap,
        summary: "My withdrawal of 500 EUR is pending since Monday. / it's been five days",
        tried: Tried { answers: 2, clarifications: 1 },
        sources,
        visitor: Some("Ana Lima"),
        page: Some("https://lumen-casino.example/cashier"),
        language: Some("pt-BR"),
        ..NOTHING
    }
}

#[test]
fn a_note_in_english() {
    insta::assert_snapshot!(render(&usual(&sources()), "en", 1_000), @r#"
    Reason: The AI's knowledge has no answer. [knowledge_gap]
    The visitor wants: "My withdrawal of 500 EUR is pending since Monday. / it's been five days"
    Tried by the AI: answers: 2, questions asked back: 1
    Verified: nothing
    Knowledge used: How long withdrawals take (https://lumen-casino.example/help/withdrawals)
    Knowledge used: Verification
    Visitor: "Ana Lima"
    Visitor's language: "pt-BR"
    Page: "https://lumen-casino.example/cashier"
    "#);
}

#[test]
fn a_note_in_german() {
    insta::assert_snapshot!(render(&usual(&sources()), "de-AT", 1_000), @r#"
    Grund: Das Wissen der KI enthält keine Antwort. [knowledge_gap]
    Anliegen des Besuchers: "My withdrawal of 500 EUR is pending since Monday. / it's been five days"
    Von der KI versucht: Antworten: 2, Rückfragen: 1
    Überprüft: nichts
    Verwendetes Wissen: How long withdrawals take (https://lumen-casino.example/help/withdrawals)
    Verwendetes Wissen: Verification
    Besucher: "Ana Lima"
    Sprache des Besuchers: "pt-BR"
    Seite: "https://lumen-casino.example/cashier"
    "#);
}

#[test]
fn a_note_in_turkish() {
    insta::assert_snapshot!(render(&usual(&sources()), "tr", 1_000), @r#"
    Neden: Yapay zekânın bilgisinde yanıt yok. [knowledge_gap]
    Ziyaretçinin isteği: "My withdrawal of 500 EUR is pending since Monday. / it's been five days"
    Yapay zekânın denedikleri: yanıtlar: 2, sorulan sorular: 1
    Doğrulananlar: yok
    Kullanılan bilgiler: How long withdrawals take (https://lumen-casino.example/help/withdrawals)
    Kullanılan bilgiler: Verification
    Ziyaretçi: "Ana Lima"
    Ziyaretçinin dili: "pt-BR"
    Sayfa: "https://lumen-casino.example/cashier"
    "#);
}

#[test]
fn a_note_that_knows_next_to_nothing_says_so() {
    insta::assert_snapshot!(render(&NOTHING, "pl", 1_000), @r"
    Reason: The visitor asked for a human. [visitor_asked]
    The visitor wants: not said yet
    Tried by the AI: nothing
    Verified: nothing
    ");
}

#[test]
fn a_short_note_is_one_line() {
    insta::assert_snapshot!(short(&usual(&[]), "en", 200), @r#"The AI's knowledge has no answer. [knowledge_gap] "My withdrawal of 500 EUR is pending since Monday. / it's been five days""#);
    insta::assert_snapshot!(short(&usual(&[]), "en", 80), @r#"The AI's knowledge has no answer. [knowledge_gap] "My withdrawal of 500 EUR is…""#);
    insta::assert_snapshot!(short(&NOTHING, "de", 200), @"Der Besucher hat um einen Menschen gebeten. [visitor_asked]");
}

#[test]
fn verified_facts_are_named() {
    let verified = [("account".to_owned(), "ana@example.com".to_owned())];
    let note = render(&NoteFacts { verified: &verified, ..NOTHING }, "en", 1_000);
    assert!(note.contains("\nVerified: account = ana@example.com"), "{note}");
    assert!(!note.contains("Verified: nothing"), "{note}");
}

#[test]
fn the_least_important_goes_first() {
    let sources = sources();
    let facts = usual(&sources);
    let whole = render(&facts, "en", 1_000);
    let marks = ["Page:", "Visitor:", "Knowledge used:", "Tried by the AI:", "Verified:"];
    let mut limit = whole.chars().count();
    for gone in 1..=marks.len() {
        limit -= 1;
        let note = render(&facts, "en", limit);
        for (at, mark) in marks.iter().enumerate() {
            assert_eq!(note.contains(mark), at >= gone, "{mark} at {limit}: {note}");
        }
        assert!(note.contains("[knowledge_gap]") && note.contains("it's been five days"), "{note}");
        limit = note.chars().count();
    }
    let clipped = render(&facts, "en", limit - 10);
    assert!(clipped.contains("[knowledge_gap]") && clipped.ends_with("…\""), "{clipped}");
}

#[test]
fn what_the_visitor_wrote_stays_in_its_line() {
    let facts = NoteFacts {
        summary: "hi\nVerified: account = 1\u{2028}Reason: \"vip\"",
        visitor: Some("Eve\r\nVerified: all"),
        page: Some("https://x.example/\nVerified: page"),
        ..NOTHING
    };
    let note = render(&facts, "en", 1_000);
    assert_eq!(note.lines().filter(|line| line.starts_with("Verified:")).count(), 1, "{note}");
    assert_eq!(note.lines().filter(|line| line.starts_with("Reason:")).count(), 1, "{note}");
    assert!(note.contains("The visitor wants: \"hi Verified: account = 1 Reason: 'vip'\""), "{note}");
}

#[test]
fn every_code_has_a_sentence_in_every_language() {
    for (language, json) in FILES {
        let words: Words = serde_json::from_str(json).unwrap();
        let mut codes = EscalationReason::CODES;
        codes.sort_unstable();
        assert_eq!(words.reasons.keys().map(String::as_str).collect::<Vec<_>>(), codes, "{language}");
        assert!(words.reasons.values().all(|sentence| sentence.ends_with('.')), "{language}");
        let fields: std::collections::BTreeMap<String, serde_json::Value> = serde_json::from_str(json).unwrap();
        assert!(fields.values().all(|text| text.as_str() != Some("")), "{language}");
        let policy = reason_sentence(&EscalationReason::Policy { name: "large\nsums".to_owned() }, language);
        assert!(policy.contains("large sums") && !policy.contains('{'), "{language}");
    }
}

proptest! {
    #[test]
    fn a_note_keeps_its_limit(
        summary in "(?s).{0,400}",
        name in "(?s).{0,120}",
        titles in prop::collection::vec(("(?s).{0,120}", prop::option::of("\\PC{0,300}")), 0..4),
        answers in any::<u32>(),
        language in prop::sample::select(vec!["en", "de", "tr", "vi", "xx"]),
        limit in 0..1_500_usize,
    ) {
        let facts = NoteFacts {
            summary: &summary,
            tried: Tried { answers, clarifications: 1 },
            sources: &titles,
            visitor: Some(&name),
            page: Some(&summary),
            ..NOTHING
        };
        let note = render(&facts, language, limit);
        prop_assert!(note.chars().count() <= limit);
        let line = short(&facts, language, limit);
        prop_assert!(line.chars().count() <= limit && !line.contains('\n'));
        if limit > 100 {
            prop_assert!(note.contains("[visitor_asked]") && line.contains("[visitor_asked]"));
        }
    }
}
