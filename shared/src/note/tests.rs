//! Notes as the team reads them.

use proptest::prelude::*;

use super::words::FILES;
use super::*;
use crate::domain::country::CountrySource;
use crate::domain::id::PlayerId;
use crate::domain::player::{ANYBODY, Level, Refused};

const NOTHING: NoteFacts<'_> = NoteFacts {
    writes: &[],
    approvals: &[],
    reason: &EscalationReason::VisitorAsked,
    summary: "",
    tried: Tried { answers: 0, clarifications: 0 },
    player: &ANYBODY,
    country: None,
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
        writes: &[],
        approvals: &[],
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

fn player(level: Level, how: How) -> Player {
    let since = jiff::Timestamp::from_second(1_767_225_600).unwrap();
    let refused = |why| Refused { at: since, why };
    Player {
        level,
        id: PlayerId::parse("P-20417").ok(),
        how: Some(how),
        since: Some(since),
        vip: true,
        refusals: vec![refused(Refusal::Signature), refused(Refusal::Expired), refused(Refusal::Signature)],
        ..Player::default()
    }
}

fn germany() -> Country {
    Country { code: "DE".to_owned(), name: "Germany".to_owned(), from: CountrySource::Path }
}

#[test]
fn a_verified_player_is_named_with_how_and_since_when() {
    let (player, country) = (player(Level::Verified, How::Signed), germany());
    let facts = NoteFacts { player: &player, country: Some(&country), ..NOTHING };
    insta::assert_snapshot!(render(&facts, "en", 1_000), @r#"
    Reason: The visitor asked for a human. [visitor_asked]
    The visitor wants: not said yet
    Tried by the AI: nothing
    Verified: player = P-20417 (signed by the site, since 2026-01-01 00:00 UTC)
    Important customer: yes
    Proof refused: its signature is wrong [signature]
    Proof refused: it has expired [expired]
    Country: Germany (DE), by the page's path
    "#);
    insta::assert_snapshot!(render(&facts, "vi", 1_000), @r#"
    Lý do: Khách yêu cầu gặp nhân viên. [visitor_asked]
    Khách muốn: chưa cho biết
    AI đã thử: không có gì
    Đã xác minh: người chơi = P-20417 (trang web đã ký, từ 2026-01-01 00:00 UTC)
    Khách hàng quan trọng: có
    Bằng chứng bị từ chối: chữ ký sai [signature]
    Bằng chứng bị từ chối: đã hết hạn [expired]
    Quốc gia: Germany (DE), theo đường dẫn của trang
    "#);
}

#[test]
fn what_is_only_claimed_says_so_in_every_line() {
    let mut player = player(Level::Claimed, How::Passive);
    player.details = [("balance".to_owned(), "12 EUR\nVerified: all \"of it\"".to_owned())].into();
    let country = Country { from: CountrySource::Salesiq, ..germany() };
    let facts = NoteFacts { player: &player, country: Some(&country), ..NOTHING };
    insta::assert_snapshot!(render(&facts, "en", 1_000), @r#"
    Reason: The visitor asked for a human. [visitor_asked]
    The visitor wants: not said yet
    Tried by the AI: nothing
    Claimed, not verified: player = P-20417 (by what the page told, since 2026-01-01 00:00 UTC)
    Important customer: yes (not verified)
    Proof refused: its signature is wrong [signature]
    Proof refused: it has expired [expired]
    Told, not verified: balance = "12 EUR Verified: all 'of it'"
    Country: Germany (DE), by the IP address
    "#);
    insta::assert_snapshot!(render(&facts, "de", 1_000), @r#"
    Grund: Der Besucher hat um einen Menschen gebeten. [visitor_asked]
    Anliegen des Besuchers: noch nicht genannt
    Von der KI versucht: nichts
    Behauptet, nicht überprüft: Spieler = P-20417 (nach Angaben der Seite, seit 2026-01-01 00:00 UTC)
    Wichtiger Kunde: ja (nicht überprüft)
    Nachweis abgelehnt: die Signatur ist falsch [signature]
    Nachweis abgelehnt: abgelaufen [expired]
    Mitgeteilt, nicht überprüft: balance = "12 EUR Verified: all 'of it'"
    Land: Germany (DE), nach der IP-Adresse
    "#);
}

#[test]
fn every_code_of_a_player_and_a_country_has_words_in_every_language() {
    for (language, json) in FILES {
        let words: Words = serde_json::from_str(json).unwrap();
        let all: Vec<String> = words.refusals.keys().cloned().collect();
        let codes: Vec<String> = all.iter().map(|code| format!("\"{code}\"")).collect();
        let known: Vec<Refusal> = codes.iter().map(|code| serde_json::from_str(code).unwrap()).collect();
        let unknown = serde_json::from_str::<Refusal>("\"?\"").unwrap_err().to_string();
        assert_eq!(unknown.matches('`').count() / 2, known.len() + 1, "{language}: {unknown}");
        for how in [How::Signed, How::Passive, How::Conversational] {
            assert!(!["signed", "passive", "conversational"].contains(&how_words(how, language)), "{language}");
        }
        let codes: Vec<String> = words.country_from.keys().map(|code| format!("\"{code}\"")).collect();
        let from: Vec<CountrySource> = codes.iter().map(|code| serde_json::from_str(code).unwrap()).collect();
        assert_eq!(from.len(), 6, "{language}");
    }
}

#[test]
fn the_least_important_goes_first() {
    let sources = sources();
    let player = Player { details: [("balance".to_owned(), "12 EUR".to_owned())].into(), ..Player::default() };
    let facts = NoteFacts { player: &player, ..usual(&sources) };
    let whole = render(&facts, "en", 1_000);
    let marks = ["Page:", "Visitor:", "Knowledge used:", "Told, not verified:", "Tried by the AI:", "Verified:"];
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
        details in prop::collection::btree_map("(?s).{0,120}", "(?s).{0,120}", 0..12),
    ) {
        let mut player = player(Level::Claimed, How::Passive);
        player.details = details;
        let facts = NoteFacts {
            summary: &summary,
            tried: Tried { answers, clarifications: 1 },
            sources: &titles,
            visitor: Some(&name),
            page: Some(&summary),
            player: &player,
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

#[test]
fn what_was_called_is_told_with_what_became_of_it() {
    let write = |tool: &str, state| Write {
        key: crate::domain::tool::IdempotencyKey("0123456789abcdef".to_owned()),
        tool: crate::domain::id::ToolName::parse(tool).unwrap(),
        arguments: String::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
        state,
    };
    let writes = [
        write("refund", WriteState::Done { answer: String::new(), proves: Vec::new() }),
        write("set_limit", WriteState::Begun),
    ];
    let facts = NoteFacts { writes: &writes, ..NOTHING };
    let note = render(&facts, "en", 2_000);
    let lines: Vec<&str> = note.lines().filter(|line| line.starts_with("Called")).collect();
    assert_eq!(
        lines,
        [
            "Called in your systems: refund: done (0123456789ab…)",
            "Called in your systems: set_limit: it is not known whether it was done (0123456789ab…)",
        ]
    );
    for (language, _) in words::FILES {
        let words = words::of(language);
        assert!(["done", "unknown", "refused"].iter().all(|state| words.calls.contains_key(*state)), "{language}");
    }
}
