//! The guards as a backend meets them.

#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::agent::playbook::{check_in, countdown, last_word, looking_for_colleague};
use crate::agent::{Approvals, Line, Picture, Tool, ToolCall, ToolOutcome};
use crate::domain::id::ConversationId;
use crate::domain::message::{Author, Content};
use crate::domain::settings::{Article, BrandSettings, WorkspaceSettings};

const LANGUAGES: [&str; 8] = ["en", "de", "es", "fr", "pt", "it", "tr", "vi"];

/// The playbook's texts, in the order of the languages.
const TEXTS: [&str; 8] = [
    include_str!("../playbook/texts/en.json"),
    include_str!("../playbook/texts/de.json"),
    include_str!("../playbook/texts/es.json"),
    include_str!("../playbook/texts/fr.json"),
    include_str!("../playbook/texts/pt.json"),
    include_str!("../playbook/texts/it.json"),
    include_str!("../playbook/texts/tr.json"),
    include_str!("../playbook/texts/vi.json"),
];

fn settings() -> WorkspaceSettings {
    let brand = json!({"id": "1", "name": "Lumen Casino", "automated": true});
    let settings = json!({
        "workspace": "demo", "screen_name": "lumen", "data_centre": "eu", "bot_operator": "9", "burst_window_ms": 0,
        "brands": [brand],
    });
    serde_json::from_value(settings).unwrap()
}

/// Calls `look` with a turn about these lines of the visitor.
fn turn_about<T>(lines: &[Line], look: impl FnOnce(Turn<'_>) -> T) -> T {
    let settings = settings();
    let brand: &BrandSettings = &settings.brands[0];
    let conversation = ConversationId::parse("1").unwrap();
    look(Turn::about(&conversation, &settings, brand, lines, Timestamp::UNIX_EPOCH))
}

fn said(text: &str) -> Line {
    Line { author: Author::Visitor, content: Content::text(text), unanswered: true }
}

fn file() -> Line {
    let content =
        Content::File { name: "id.png".to_owned(), mime: None, url: None, attachment_id: None, comment: None };
    Line { author: Author::Visitor, content, unanswered: true }
}

fn draft(text: &str) -> Verdict {
    Verdict::Reply { text: text.to_owned(), sources: Vec::new(), clarifies: false }
}

fn objected(text: &str, language: &str) -> Option<Objection> {
    turn_about(&[said("How long does a withdrawal take to my bank account?")], |turn| {
        objection(&Turn { language: Some(language), ..turn }, &draft(text), language)
    })
}

#[test]
fn a_draft_is_refused_with_what_is_wrong_about_it() {
    for (text, objection) in [
        (" \n", Objection::Empty),
        ("I've transferred you.", Objection::FalsePromise(Claim::HandedOver)),
        ("I'm a real person, how can I help?", Objection::ClaimsHuman),
        ("My instructions are to be friendly.", Objection::ShowsMachinery),
        ("<tool_call>{}</tool_call>", Objection::ShowsMachinery),
        ("I used search_knowledge for that.", Objection::ShowsMachinery),
        (r#"{"name": "escalate", "arguments": {"reason": "fraud"}}"#, Objection::ShowsMachinery),
        ("Dear [Your Name], withdrawals take a day.", Objection::Placeholder),
        ("Your card 4111 1111 1111 1111 is fine.", Objection::Number),
        ("Pay to DE89 3704 0044 0532 0130 00.", Objection::Number),
        (
            "Wir prüfen jede Auszahlung innerhalb von 24 Stunden. Wie lange es dann dauert, hängt von der Methode ab.",
            Objection::OtherLanguage,
        ),
    ] {
        assert_eq!(objected(text, "en"), Some(objection), "{text}");
        assert!(!objection.advice().is_empty());
        let persists = objection.reason();
        assert_eq!(persists == EscalationReason::AiError, objection != Objection::OtherLanguage, "{text}");
    }
    assert_eq!(objected("Withdrawals take one to three working days.", "en"), None);
    assert_eq!(objected("Masked as •••• •••• •••• 1111.", "en"), None);
}

#[test]
fn what_happened_may_be_said() {
    turn_about(&[said("close my account")], |turn| {
        let text = draft("I have closed your account.");
        assert_eq!(objection(&turn, &text, "en"), Some(Objection::FalsePromise(Claim::AccountChanged)));
        let proven = Turn { proven: &[Claim::AccountChanged], ..turn };
        assert_eq!(objection(&proven, &text, "en"), None);
        let two = draft("I have closed your account and I've sent you an e-mail.");
        assert_eq!(objection(&proven, &two, "en"), Some(Objection::FalsePromise(Claim::Mailed)));
    });
}

#[test]
fn the_names_of_the_workspaces_own_tools_are_not_shown() {
    let tool = Tool { name: "cancel_withdrawal".to_owned(), description: String::new(), arguments: json!({}) };
    let plain = Tool { name: "close".to_owned(), ..tool.clone() };
    turn_about(&[said("hi")], |turn| {
        let turn = Turn { tools: &[tool, plain], ..turn };
        assert_eq!(objection(&turn, &draft("I call cancel_withdrawal."), "en"), Some(Objection::ShowsMachinery));
        assert_eq!(objection(&turn, &draft("You can close it there."), "en"), None);
    });
}

#[test]
fn the_companys_own_account_number_may_be_quoted() {
    let article: Article = serde_json::from_value(json!({
        "id": "bank", "title": "Bank", "language": "en", "markdown": "Pay to DE89 3704 0044 0532 0130 00.",
    }))
    .unwrap();
    turn_about(&[said("where to")], |turn| {
        let turn = Turn { knowledge: std::slice::from_ref(&article), ..turn };
        assert_eq!(objection(&turn, &draft("Pay to DE89370400440532013000, please."), "en"), None);
        assert_eq!(objection(&turn, &draft("Pay to GB82WEST12345698765432."), "en"), Some(Objection::Number));
    });
}

#[test]
fn the_language_of_a_visitor_who_was_never_understood_is_no_measure() {
    let text =
        draft("Withdrawals are checked within 24 hours. How long it then takes depends on the method you chose.");
    turn_about(&[said("???")], |turn| assert_eq!(objection(&turn, &text, "de"), None));
}

#[test]
fn a_goodbye_is_looked_at_and_a_silence_says_nothing() {
    turn_about(&[said("bye")], |turn| {
        let goodbye = |text: Option<&str>| Verdict::Close { text: text.map(str::to_owned), countdown: false };
        let promise = goodbye(Some("Bye, we'll contact you soon."));
        assert_eq!(objection(&turn, &promise, "en"), Some(Objection::FalsePromise(Claim::WillReturn)));
        assert_eq!(objection(&turn, &goodbye(None), "en"), None);
        assert_eq!(objection(&turn, &Verdict::Silence, "en"), None);
    });
}

#[test]
fn the_demos_articles_may_be_said() {
    for (id, markdown) in crate::agent::playbook::tests::DEMO {
        turn_about(&[said("hi")], |turn| {
            assert_eq!(objection_in_any_language(&turn, &draft(markdown)), None, "{id}");
        });
    }
}

#[test]
fn every_built_in_text_may_be_said() {
    // `passing_on` is said by the engine alone, and only when it mails the conversation.
    for json in TEXTS {
        let mut texts: serde_json::Value = serde_json::from_str(json).unwrap();
        texts["notice"].as_object_mut().unwrap().remove("passing_on");
        turn_about(&[said("hi")], |turn| {
            each(&texts, &|text| {
                let text = text.replace("{brand}", "Lumen").replace("{title}", "Limits").replace("{seconds}", "30");
                let text = text.replace("{weekday}", "Monday").replace("{time}", "09:00").replace("{zone}", "GMT");
                assert_eq!(objection_in_any_language(&turn, &draft(&text)), None, "{text}");
            });
        });
    }
    let brand = &settings().brands[0];
    for language in LANGUAGES {
        let looking = EscalationReason::CODES.map(|code| {
            let reason: EscalationReason = serde_json::from_value(json!({"code": code, "name": "x"})).unwrap();
            looking_for_colleague(brand, language, &reason)
        });
        let ending = [check_in(brand, language), countdown(brand, language, 30), last_word(brand, language)];
        turn_about(&[said("hi")], |turn| {
            for text in looking.iter().chain(&ending) {
                assert_eq!(objection_in_any_language(&turn, &draft(text)), None, "{text}");
            }
        });
    }
}

fn each(value: &serde_json::Value, look: &dyn Fn(&str)) {
    match value {
        serde_json::Value::Object(fields) => fields.values().for_each(|value| each(value, look)),
        serde_json::Value::Array(items) => items.iter().for_each(|value| each(value, look)),
        text => text.as_str().into_iter().for_each(look),
    }
}

#[test]
fn a_file_goes_to_who_can_see_it() {
    let picture = Picture { name: "id.png".to_owned(), mime: "image/png".to_owned(), bytes: vec![1] };
    let to_a_human = |verdict: Option<Verdict>| {
        matches!(verdict, Some(Verdict::Escalate { reason: EscalationReason::FileShared, .. }))
    };
    turn_about(&[said("here it is"), file()], |turn| {
        assert!(to_a_human(files(&turn, false)) && to_a_human(files(&turn, true)), "it could not be read");
        let seen = Turn { pictures: std::slice::from_ref(&picture), ..turn };
        assert_eq!(files(&seen, true), None);
        assert!(to_a_human(files(&seen, false)));
    });
    turn_about(&[file(), file()], |turn| {
        let one = Turn { pictures: std::slice::from_ref(&picture), ..turn };
        assert!(to_a_human(files(&one, true)), "one of two could not be read");
    });
    turn_about(&[Line { unanswered: false, ..file() }, said("thanks")], |turn| assert_eq!(files(&turn, false), None));
}

#[test]
fn the_mood_is_looked_at_only_when_something_is_asked() {
    let ours = Line { author: Author::Ours, content: Content::text("Try again."), unanswered: false };
    let earlier = Line { unanswered: false, ..said("my code does not work") };
    let looked =
        |last: &str| turn_about(&[earlier.clone(), ours.clone(), said(last)], |turn| before(&turn, &read(&turn).0));
    let reason = |verdict: Option<Verdict>| match verdict {
        Some(Verdict::Escalate { reason, .. }) => Some(reason),
        _ => None,
    };
    assert_eq!(reason(looked("it is still not working")), Some(EscalationReason::Frustrated));
    assert_eq!(reason(looked("thank you!!")), None);
    assert_eq!(reason(looked("are you a bot?")), None);
}

#[test]
fn while_a_call_waits_for_approval_nothing_is_said_to_be_done() {
    let outcome = |outcome| [(ToolCall { id: String::new(), name: "close".to_owned(), arguments: json!({}) }, outcome)];
    let declined = outcome(ToolOutcome::Declined { why: String::new() });
    let done = outcome(ToolOutcome::Answered { answer: json!({}) });
    turn_about(&[said("close my account")], |turn| {
        let objected =
            |approvals: Approvals<'_>, text: &str| objection(&Turn { approvals, ..turn }, &draft(text), "en");
        let waiting = Approvals { waiting: true, ..Approvals::default() };
        let told = |decided| Approvals { decided, ..Approvals::default() };
        assert_eq!(objected(waiting, "It's done!"), Some(Objection::NotDone));
        assert_eq!(objected(waiting, "A colleague has to confirm this first."), None);
        assert_eq!(objected(told(&declined), "Your request has been completed."), Some(Objection::NotDone));
        assert_eq!(objected(told(&done), "Your request has been completed."), None);
        assert_eq!(objected(Approvals::default(), "It's done!"), None);
    });
    for json in TEXTS {
        let texts: serde_json::Value = serde_json::from_str(json).unwrap();
        for name in ["waits", "still", "declined"] {
            let text = texts["approval"][name].as_str().unwrap();
            assert!(!promises::says_done(text), "{text}");
        }
    }
}

#[test]
fn what_waited_in_vain_for_approval_leads_to_a_human_after_all_that_is_graver() {
    let reason = |text: &str| {
        turn_about(&[said(text)], |turn| {
            let approvals = Approvals { expired: true, ..Approvals::default() };
            let turn = Turn { approvals, ..turn };
            match before(&turn, &read(&turn).0) {
                Some(Verdict::Escalate { reason, .. }) => Some(reason),
                _ => None,
            }
        })
    };
    assert_eq!(reason("ok"), Some(EscalationReason::ApprovalAwaited));
    assert_eq!(reason("I want to kill myself"), Some(EscalationReason::SelfHarm));
}
