//! The playbook as a visitor meets it, with the demo's knowledge.

#![allow(clippy::unwrap_used)]

mod every_day;
mod in_the_wild;
mod understanding;
mod waiting;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::agent::{Line, Waiting};
use crate::domain::id::{ArticleId, ConversationId};
use crate::domain::message::{Author, Content};
use crate::domain::settings::{Article, BrandSettings, Texts, WorkspaceSettings};

pub(in crate::agent) const DEMO: [(&str, &str); 8] = [
    ("withdrawal-times", include_str!("../../../../../dev/demo/knowledge/withdrawal-times.md")),
    ("verification", include_str!("../../../../../dev/demo/knowledge/verification.md")),
    ("bonuses", include_str!("../../../../../dev/demo/knowledge/bonuses.md")),
    ("forgotten-password", include_str!("../../../../../dev/demo/knowledge/forgotten-password.md")),
    ("deposit-limits", include_str!("../../../../../dev/demo/knowledge/deposit-limits.md")),
    ("responsible-gaming", include_str!("../../../../../dev/demo/knowledge/responsible-gaming.md")),
    ("payment-methods", include_str!("../../../../../dev/demo/knowledge/payment-methods.md")),
    ("closing-account", include_str!("../../../../../dev/demo/knowledge/closing-account.md")),
];

/// A conversation in the making; what is not set is as in a fresh one.
struct Chat {
    lines: Vec<Line>,
    settings: WorkspaceSettings,
    brand: BrandSettings,
    knowledge: Vec<Article>,
    language: Option<&'static str>,
    clarifications: u8,
    spoke_before: bool,
    /// Why a human is looked for, what the visitor wants, and how often something was said meanwhile.
    waiting: Option<(EscalationReason, &'static str, u8)>,
}

fn chat(lines: &[&str]) -> Chat {
    let brand = json!({"id": "1", "name": "Lumen Casino", "automated": true});
    let settings = json!({
        "workspace": "demo", "screen_name": "lumen", "data_centre": "eu", "bot_operator": "9", "burst_window_ms": 0,
        "brands": [brand],
    });
    let settings: WorkspaceSettings = serde_json::from_value(settings).unwrap();
    let brand = settings.brands[0].clone();
    let article = |(id, markdown): &(&str, &str)| Article {
        id: ArticleId::parse(id).unwrap(),
        title: markdown.lines().next().unwrap().trim_start_matches("# ").to_owned(),
        brands: Vec::new(),
        language: "en".to_owned(),
        url: None,
        markdown: (*markdown).to_owned(),
    };
    Chat {
        lines: lines.iter().map(|text| said(text, true)).collect(),
        settings,
        brand,
        knowledge: DEMO.iter().map(article).collect(),
        language: None,
        clarifications: 0,
        spoke_before: false,
        waiting: None,
    }
}

fn said(text: &str, unanswered: bool) -> Line {
    Line { author: Author::Visitor, content: Content::text(text), unanswered }
}

fn file(name: &str) -> Line {
    let content = Content::File { name: name.to_owned(), mime: None, url: None, attachment_id: None, comment: None };
    Line { author: Author::Visitor, content, unanswered: true }
}

impl Chat {
    fn thought(&self) -> Thought {
        thread_local!(static PLAYBOOK: Playbook = Playbook::new());
        let conversation = ConversationId::parse("1").unwrap();
        let turn = Turn {
            knowledge: &self.knowledge,
            language: self.language,
            clarifications: self.clarifications,
            spoke_before: self.spoke_before,
            waiting: self.waiting.as_ref().map(|(reason, summary, said)| Waiting { reason, summary, said: *said }),
            ..Turn::about(&conversation, &self.settings, &self.brand, &self.lines, Timestamp::UNIX_EPOCH)
        };
        PLAYBOOK.with(|playbook| playbook.consider(&turn))
    }

    fn verdict(&self) -> Verdict {
        self.thought().verdict().cloned().unwrap()
    }

    fn reply(&self) -> String {
        match self.verdict() {
            Verdict::Reply { text, .. } => text,
            other => panic!("{other:?}"),
        }
    }

    fn escalation(&self) -> Option<EscalationReason> {
        match self.verdict() {
            Verdict::Escalate { reason, .. } => Some(reason),
            _ => None,
        }
    }

    fn source(&self) -> Option<String> {
        match self.verdict() {
            Verdict::Reply { sources, .. } => sources.first().map(ToString::to_string),
            _ => None,
        }
    }

    fn clarifies(&self) -> bool {
        matches!(self.verdict(), Verdict::Reply { clarifies: true, .. })
    }
}

#[test]
fn questions_are_answered_from_the_article_that_fits() {
    for (question, article) in [
        ("How long does a withdrawal take?", "withdrawal-times"),
        ("when will i get my withdrawal", "withdrawal-times"),
        ("what's the minimum amount to withdraw?", "withdrawal-times"),
        ("which documents do you need to verify my account?", "verification"),
        ("why were my documents rejected", "verification"),
        ("How does the welcome bonus work?", "bonuses"),
        ("what are the wagering requirements", "bonuses"),
        ("my bonus code does not work", "bonuses"),
        ("I forgot my password", "forgotten-password"),
        ("hi, how can i reset my password please?", "forgotten-password"),
        ("how do I set a deposit limit?", "deposit-limits"),
        ("what is self-exclusion?", "responsible-gaming"),
        ("I'd like to take a break", "responsible-gaming"),
        ("can I pay with Skrill or Visa?", "payment-methods"),
        ("my deposit is missing", "payment-methods"),
        ("how to close my account", "closing-account"),
    ] {
        assert_eq!(chat(&[question]).source().as_deref(), Some(article), "{question}");
    }
}

#[test]
fn what_the_knowledge_does_not_say_is_clarified_once_and_then_escalated() {
    for question in
        ["do you sponsor football clubs", "what is the weather in Paris tomorrow", "blorf", "my cat ate my phone"]
    {
        let mut chat = chat(&[question]);
        assert!(chat.clarifies(), "{question}");
        chat.clarifications = 1;
        assert_eq!(chat.escalation(), Some(EscalationReason::KnowledgeGap), "{question}");
    }
}

#[test]
fn an_answer_stands_between_the_brands_words() {
    let mut chat = chat(&["Hello", "how long does", "a card withdrawal take?"]);
    let texts = Texts {
        greeting: Some("Hi, Nova here!".to_owned()),
        closing: Some("Anything else?".to_owned()),
        ..Texts::default()
    };
    chat.brand.texts.insert("en".to_owned(), texts);
    insta::assert_snapshot!(chat.reply(), @r"
    Hi, Nova here!

    We check each withdrawal within 24 hours. How long it then takes depends on the method:

    Method | Time until the money arrives
    E-wallet | a few minutes
    Card | 1 to 3 working days
    Bank transfer | 2 to 5 working days

    From our help article: How long withdrawals take

    Anything else?
    ");
    chat.spoke_before = true;
    assert!(!chat.reply().contains("Nova"));
}

#[test]
fn an_answer_is_plain_text() {
    insta::assert_snapshot!(chat(&["how do I reset a forgotten password"]).reply(), @r"
    1. Open the login page (https://lumen-casino.example/login) and choose Forgot password?
    2. Enter the e-mail address of your account.
    3. Open the link in the e-mail and set a new password. The link is valid for one hour.

    From our help article: Forgotten password
    ");
}

#[test]
fn what_cannot_be_read_is_asked_about() {
    for lines in [&[""][..], &["???"], &["😀😀"], &["...", "!"]] {
        let mut chat = chat(lines);
        assert!(chat.clarifies(), "{lines:?}");
        chat.clarifications = 1;
        assert_eq!(chat.escalation(), Some(EscalationReason::KnowledgeGap), "{lines:?}");
    }
}

#[test]
fn a_file_goes_to_a_human_unless_a_plain_question_stands_beside_it() {
    let mut chat = chat(&[]);
    chat.lines.push(file("passport.jpg"));
    assert_eq!(chat.escalation(), Some(EscalationReason::FileShared));
    chat.lines.push(said("here is my passport", true));
    assert_eq!(chat.escalation(), Some(EscalationReason::FileShared));
    chat.lines.push(said("how long does verification take?", true));
    assert_eq!(chat.source().as_deref(), Some("verification"));
    assert!(chat.reply().contains("I can't look into files myself"));
    chat.lines = vec![file("passport.jpg"), said("do you like it?", true)];
    assert_eq!(chat.escalation(), Some(EscalationReason::FileShared));
}

#[test]
fn an_article_that_promises_what_nobody_does_is_not_quoted() {
    let mut chat = chat(&["how do I set a deposit limit?"]);
    assert_eq!(chat.source().as_deref(), Some("deposit-limits"));
    for article in &mut chat.knowledge {
        article.markdown = article.markdown.replace("enter the amount.", "enter the amount. We'll get back to you.");
    }
    assert_eq!(chat.escalation(), Some(EscalationReason::KnowledgeGap));
}

#[test]
fn what_is_said_is_in_the_language_that_was_told_before() {
    let mut chat = chat(&["blorf?"]);
    chat.language = Some("it");
    assert!(chat.reply().starts_with("Non sono sicuro"), "{}", chat.reply());
    chat.lines = vec![said("ich verstehe das mit dem Bonus nicht, bitte?", false), said("blorf?", true)];
    chat.language = None;
    assert_eq!(chat.thought().language.as_deref(), Some("de"));
    chat.lines.push(said("ok", true));
    chat.language = Some("de");
    assert_eq!(chat.thought().language.as_deref(), Some("de"), "a word of many languages changes nothing");
}

#[test]
fn a_clarified_question_is_read_together_with_what_was_said_before() {
    let mut chat = chat(&[]);
    chat.lines =
        vec![said("a question about the welcome thing", false), said("the one for new players, 50 spins", true)];
    chat.clarifications = 1;
    assert_eq!(chat.source().as_deref(), Some("bonuses"));
}

#[test]
fn the_language_told_before_holds_until_the_visitor_changes_it() {
    let mut chat = chat(&["bonus"]);
    chat.language = Some("pt-BR");
    assert_eq!(chat.thought().language.as_deref(), Some("pt-BR"));
    chat.lines = vec![said("wie lange dauert denn das, bitte?", true)];
    assert_eq!(chat.thought().language.as_deref(), Some("de"));
    assert!(chat.reply().starts_with("Ich bin nicht sicher"));
}

#[test]
fn lines_of_others_and_answered_lines_are_not_the_question() {
    let mut chat = chat(&["how long does a withdrawal take"]);
    chat.lines.insert(0, said("agent please", false));
    chat.lines.push(Line { author: Author::Zobot, content: Content::text("human"), unanswered: true });
    assert_eq!(chat.source().as_deref(), Some("withdrawal-times"));
}

#[test]
fn the_brands_own_texts_are_used() {
    let mut chat = chat(&["gibt es bei euch auch Lotto?"]);
    let texts = Texts {
        clarify: Some("Magst du mehr erzählen?".to_owned()),
        greeting: Some("Servus!".to_owned()),
        ..Texts::default()
    };
    chat.brand.texts.insert("de".to_owned(), texts);
    assert_eq!(chat.reply(), "Servus!\n\nMagst du mehr erzählen?");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_gets_the_same_verdict_within_the_limits(texts in prop::collection::vec("(?s).{0,200}", 0..4), clarifications in 0..3_u8) {
        let mut chat = chat(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        chat.clarifications = clarifications;
        chat.knowledge[0].markdown = texts.join("\n\n# ");
        let thought = chat.thought();
        prop_assert_eq!(&thought, &chat.thought());
        match thought.verdict().cloned().unwrap() {
            Verdict::Reply { text, .. } => prop_assert!(!text.is_empty() && text.chars().count() <= REPLY_LIMIT),
            Verdict::Escalate { summary, .. } => prop_assert!(summary.chars().count() <= SUMMARY_LIMIT),
            Verdict::Close { .. } | Verdict::Silence => prop_assert!(false, "only while a human is looked for"),
        }
    }

    #[test]
    fn very_long_lines_are_no_trouble(word in "\\PC{1,12}", times in 1..4_000_usize) {
        let thought = chat(&[&format!("{word} ").repeat(times)]).thought();
        let closes = matches!(thought.verdict(), Some(Verdict::Close { .. }));
        prop_assert!(!closes);
    }
}
