//! What is said instead of asking for a human, where a procedure says so.
//!
//! A company may want no human asked for where none could help: a delayed payment that only a bank can speed up. That holds
//! for an AI that knows no better, never for a visitor who asks for a human, is upset, or tells of harm.

use std::collections::BTreeMap;

use crate::agent::understanding::language::primary;
use crate::domain::settings::Procedure;
use crate::domain::verdict::{EscalationReason, Verdict};

/// The reply that takes the place of an escalation for this reason, by the first of the fitting procedures that has one.
/// `language` is the visitor's, `fallback` the brand's.
pub(in crate::agent) fn containment(
    reason: &EscalationReason,
    fitting: &[&Procedure],
    language: &str,
    fallback: &str,
) -> Option<Verdict> {
    if !may_be_contained(reason) {
        return None;
    }
    let text = fitting.iter().find_map(|procedure| text_in(&procedure.do_not_escalate, language, fallback))?;
    Some(Verdict::Reply { text: text.to_owned(), sources: Vec::new(), clarifies: false })
}

/// Whether the AI's own lack is the reason.
fn may_be_contained(reason: &EscalationReason) -> bool {
    match reason {
        EscalationReason::KnowledgeGap
        | EscalationReason::ToolFailed
        | EscalationReason::RepeatedFailure
        | EscalationReason::Policy { .. } => true,
        EscalationReason::VisitorAsked
        | EscalationReason::ResponsibleGaming
        | EscalationReason::SelfHarm
        | EscalationReason::Legal
        | EscalationReason::Fraud
        | EscalationReason::ChildSafety
        | EscalationReason::Vip
        | EscalationReason::FileShared
        | EscalationReason::Frustrated
        | EscalationReason::AiError
        | EscalationReason::UncertainReply => false,
    }
}

/// The text under the very tag, else under its primary subtag, else in the brand's language, else in English.
pub(in crate::agent) fn text_in<'a>(
    texts: &'a BTreeMap<String, String>,
    language: &str,
    fallback: &str,
) -> Option<&'a str> {
    let under = |wanted: &str| {
        let same = |tag: &str| tag.replace('_', "-").eq_ignore_ascii_case(&wanted.replace('_', "-"));
        let found = texts.iter().find(|(tag, text)| same(tag) && !text.trim().is_empty());
        found.map(|(_, text)| text.trim())
    };
    [language, &primary(language), fallback, &primary(fallback), "en"].into_iter().find_map(under)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn procedure(texts: &serde_json::Value) -> Procedure {
        serde_json::from_value(json!({"name": "late", "when": "A payout is late.", "do_not_escalate": texts})).unwrap()
    }

    fn said(reason: &EscalationReason, fitting: &[&Procedure], language: &str) -> Option<String> {
        match containment(reason, fitting, language, "de")? {
            Verdict::Reply { text, .. } => Some(text),
            other => panic!("no reply: {other:?}"),
        }
    }

    #[test]
    fn it_is_said_in_the_visitors_language_else_the_brands_else_english() {
        let own = procedure(&json!({"en": "Wait.", "de": "Warten.", "pt-BR": "Espere."}));
        let gap = EscalationReason::KnowledgeGap;
        for (language, text) in [("en-GB", "Wait."), ("pt-br", "Espere."), ("pt", "Warten."), ("fr", "Warten.")] {
            assert_eq!(said(&gap, &[&own], language).as_deref(), Some(text), "{language}");
        }
        assert_eq!(said(&gap, &[&procedure(&json!({"en": "Wait."}))], "fr").as_deref(), Some("Wait."));
        assert_eq!(said(&gap, &[&procedure(&json!({"es": "Espere."}))], "fr"), None);
    }

    #[test]
    fn the_first_that_has_one_is_taken_and_without_any_a_human_is_asked_for() {
        let (without, with) = (procedure(&json!({})), procedure(&json!({"en": "Wait."})));
        let gap = EscalationReason::KnowledgeGap;
        assert_eq!(said(&gap, &[&without, &with], "en").as_deref(), Some("Wait."));
        assert_eq!(said(&gap, &[&without], "en"), None);
        assert_eq!(said(&gap, &[], "en"), None);
        assert_eq!(said(&gap, &[&procedure(&json!({"en": "  "}))], "en"), None);
    }

    #[test]
    fn only_what_the_ai_lacks_is_contained() {
        let own = procedure(&json!({"en": "Wait."}));
        let contained: Vec<&str> = EscalationReason::CODES
            .into_iter()
            .filter(|code| {
                let reason = serde_json::from_value(json!({"code": code, "name": "rule"})).unwrap();
                said(&reason, &[&own], "en").is_some()
            })
            .collect();
        assert_eq!(contained, ["knowledge_gap", "tool_failed", "policy", "repeated_failure"]);
    }
}
