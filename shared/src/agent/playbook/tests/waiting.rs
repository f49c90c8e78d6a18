//! What is said while a human is being looked for.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Chat, chat, file};
use crate::agent::Line;
use crate::agent::playbook::REPLY_LIMIT;
use crate::domain::message::{Author, Content};
use crate::domain::settings::Texts;
use crate::domain::verdict::{EscalationReason, Verdict};

fn waiting(lines: &[&str], reason: EscalationReason, summary: &'static str, said: u8) -> Chat {
    Chat { waiting: Some((reason, summary, said)), spoke_before: true, ..chat(lines) }
}

fn asked(line: &str, said: u8) -> Chat {
    waiting(&[line], EscalationReason::VisitorAsked, "agent please", said)
}

fn ours(text: &str) -> Line {
    Line { author: Author::Ours, content: Content::text(text), unanswered: false }
}

#[test]
fn the_first_time_it_reassures_and_asks_what_the_human_will_need() {
    insta::assert_snapshot!(asked("hello?", 0).reply(), @r"
    I'm still looking for a colleague. What you write here stays in this chat, so the colleague who takes it over can read it.

    Could you tell me meanwhile what it is about, and since when?
    ");
    let failed = waiting(&["please hurry"], EscalationReason::ToolFailed, "where is my money", 0);
    insta::assert_snapshot!(failed.reply(), @r"
    I'm still looking for a colleague. What you write here stays in this chat, so the colleague who takes it over can read it.

    Could you write meanwhile the e-mail address or the username of your account?
    ");
    let fraud = waiting(&["are you there"], EscalationReason::Fraud, "my account was hacked", 0);
    insta::assert_snapshot!(fraud.reply(), @r"
    I'm still looking for a colleague. What you write here stays in this chat, so the colleague who takes it over can read it.

    Could you write meanwhile which account and which payment it is about? Please never send card numbers or passwords here.
    ");
    let mut german = asked("Mitarbeiter bitte!", 0);
    german.language = Some("de");
    insta::assert_snapshot!(german.reply(), @r"
    Ich suche noch jemanden aus dem Team. Was Sie hier schreiben, bleibt in diesem Chat; wer ihn übernimmt, kann es lesen.

    Können Sie mir in der Zwischenzeit schreiben, worum es geht und seit wann?
    ");
}

#[test]
fn what_was_told_or_asked_is_not_asked_for() {
    let question = "what it is about";
    assert!(asked("ok", 0).reply().contains(question));
    assert!(!asked("my withdrawal of 500 EUR is pending since Monday", 0).reply().contains(question));
    let told = waiting(&["ok"], EscalationReason::KnowledgeGap, "do you sponsor football clubs", 0);
    assert!(!told.reply().contains(question));
    let address = waiting(&["it is ana@example.com"], EscalationReason::ToolFailed, "where is my money", 0);
    assert!(!address.reply().contains("e-mail"));
    let mut before = asked("ok", 0);
    before.lines.insert(0, ours(&asked("ok", 0).reply()));
    assert!(!before.reply().contains(question));
}

#[test]
fn later_it_is_short_and_never_the_same_twice() {
    let first = asked("my withdrawal is pending", 1).reply();
    let mut again = asked("since Monday", 2);
    again.lines.insert(0, ours(&first));
    assert_ne!(first, again.reply());
    again.waiting = Some((EscalationReason::VisitorAsked, "agent please", 1));
    assert_ne!(first, again.reply());
    assert!(first.starts_with("Thank you."));
    assert!(asked("how long will it take?", 1).reply().starts_with("I'm sorry"));
}

#[test]
fn nothing_is_answered_and_nobody_is_asked_for_again() {
    for line in ["How long does a withdrawal take?", "agent please", "this is ridiculous", "I will sue you"] {
        for said in 0..3 {
            match asked(line, said).verdict() {
                Verdict::Reply { text, sources, clarifies } => {
                    assert!(sources.is_empty() && !clarifies && !text.contains("24 hours"), "{line}: {text}");
                }
                other => panic!("{line}: {other:?}"),
            }
        }
    }
}

#[test]
fn it_falls_silent_at_the_limit_and_for_small_talk() {
    assert_eq!(asked("my withdrawal is pending", 3).verdict(), Verdict::Silence);
    for line in ["", "...", "😀", "ok", "thank you"] {
        assert_eq!(asked(line, 1).verdict(), Verdict::Silence, "{line}");
        assert!(!asked(line, 0).reply().is_empty());
    }
    let mut with_file = asked("", 1);
    with_file.lines = vec![file("receipt.pdf")];
    assert!(with_file.reply().starts_with("Thank you."));
}

#[test]
fn a_visitor_who_needs_nobody_any_more_is_let_go() {
    for said in [0, 3] {
        let verdict = asked("never mind, it works now", said).verdict();
        let Verdict::Close { text: Some(text), countdown: true } = verdict else { panic!("{verdict:?}") };
        assert_eq!(
            text,
            "All right, then I won't pass this on any further. Thank you for letting me know, and goodbye!"
        );
    }
    for reason in [EscalationReason::SelfHarm, EscalationReason::ResponsibleGaming] {
        let kept = waiting(&["forget it"], reason, "", 1).verdict();
        assert!(matches!(kept, Verdict::Reply { .. }), "{kept:?}");
    }
}

#[test]
fn who_may_come_to_harm_gets_the_emergency_line_and_no_questions() {
    insta::assert_snapshot!(waiting(&["hello?"], EscalationReason::SelfHarm, "", 0).reply(), @r"
    I'm very sorry that you are feeling this way, and I'm taking it seriously. If you are in danger, please call your local emergency number now.

    I'm still looking for a colleague. What you write here stays in this chat, so the colleague who takes it over can read it.
    ");
    let mut gaming = waiting(&["I lost everything"], EscalationReason::ResponsibleGaming, "", 0);
    assert!(!gaming.reply().contains('?'));
    gaming.lines[0].content = Content::text("i want to die");
    for said in [0, 1, 3] {
        gaming.waiting = Some((EscalationReason::ResponsibleGaming, "", said));
        assert!(gaming.reply().contains("emergency number"));
    }
    gaming.lines.insert(0, ours(&gaming.reply()));
    assert_eq!(gaming.verdict(), Verdict::Silence);
}

#[test]
fn the_brands_text_reassures_but_never_hides_the_emergency_line() {
    let texts = Texts { waiting: Some("Hang on, Nova is looking.".to_owned()), ..Texts::default() };
    let brands = BTreeMap::from([("en".to_owned(), texts)]);
    let mut plain = asked("my withdrawal is pending", 0);
    plain.brand.texts = brands.clone();
    assert_eq!(plain.reply(), "Hang on, Nova is looking.");
    let mut harm = waiting(&["hello?"], EscalationReason::SelfHarm, "", 0);
    harm.brand.texts = brands;
    assert!(harm.reply().contains("emergency number") && harm.reply().ends_with("Hang on, Nova is looking."));
}

#[test]
fn who_asks_is_told_that_no_human_is_writing() {
    assert!(
        asked("are you a bot?", 1).reply().starts_with("I'm the automated assistant of Lumen Casino, not a human.")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_while_waiting_is_answered_without_knowledge(
        texts in prop::collection::vec("(?s).{0,200}", 0..4),
        said in 0..5_u8,
        reason in prop::sample::select(vec![EscalationReason::VisitorAsked, EscalationReason::Fraud, EscalationReason::SelfHarm]),
    ) {
        let chat = waiting(&texts.iter().map(String::as_str).collect::<Vec<_>>(), reason, "where is my money", said);
        let thought = chat.thought();
        prop_assert_eq!(&thought, &chat.thought());
        match thought.verdict().cloned().unwrap() {
            Verdict::Reply { text, sources, clarifies } => {
                prop_assert!(!text.is_empty() && text.chars().count() <= REPLY_LIMIT);
                prop_assert!(sources.is_empty() && !clarifies);
            }
            Verdict::Silence => prop_assert!(said > 0),
            Verdict::Close { text, .. } => prop_assert!(text.is_some()),
            Verdict::Escalate { .. } => prop_assert!(false, "a human is looked for already"),
        }
    }
}
