//! What is said instead of asking for a human, where the company wants that.

use super::spoken;
use crate::agent::Turn;
use crate::domain::settings::{Access, Procedure};
use crate::domain::verdict::EscalationReason;

/// Whether anything may be said instead of asking for a human: not once something was written, or may have been, in this turn.
/// What became of it is for a human to see.
pub(in crate::agent) fn may_be_contained(turn: &Turn<'_>) -> bool {
    let writes = |name: &str| turn.settings.tool(name).is_some_and(|tool| tool.access == Access::Write);
    !turn.rounds.iter().flat_map(|round| &round.calls).any(|(call, _)| writes(&call.name))
}

/// What the procedure's `do_not_escalate` says to a visitor for whom a human would be asked for: in their language, else in
/// the brand's, else the first there is.
///
/// Only what the AI lacks is contained: an answer, a tool that works, leave of a rule of the company. Who asks for a human,
/// is upset, or tells of harm, fraud or a lawyer always gets one.
pub(in crate::agent) fn containment<'a>(
    procedure: &'a Procedure,
    reason: &EscalationReason,
    language: &str,
    brands: &str,
) -> Option<&'a str> {
    let lacks = match reason {
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
        | EscalationReason::UncertainReply
        | EscalationReason::Reassigned => false,
    };
    if !lacks {
        return None;
    }
    spoken(&procedure.do_not_escalate, language, brands).map(|(_, text)| text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn procedure() -> Procedure {
        serde_json::from_value(serde_json::json!({
            "name": "bonus-abuse", "when": "a bonus was taken back",
            "do_not_escalate": {"de": "Das ist endgültig.", "en": "That is final."},
        }))
        .unwrap()
    }

    #[test]
    fn only_what_the_ai_lacks_is_contained() {
        let contained = |code: &str| {
            let reason = serde_json::from_value(serde_json::json!({"code": code, "name": "x"})).unwrap();
            containment(&procedure(), &reason, "en", "en").is_some()
        };
        let codes: Vec<&str> = EscalationReason::CODES.into_iter().filter(|code| contained(code)).collect();
        assert_eq!(codes, ["knowledge_gap", "tool_failed", "policy", "repeated_failure"]);
    }

    #[test]
    fn it_is_said_in_the_visitors_language() {
        let said = |language, brands| {
            let procedure = procedure();
            containment(&procedure, &EscalationReason::KnowledgeGap, language, brands).map(str::to_owned)
        };
        assert_eq!(said("de-CH", "en").as_deref(), Some("Das ist endgültig."));
        assert_eq!(said("tr", "en").as_deref(), Some("That is final."));
        assert_eq!(said("tr", "it").as_deref(), Some("Das ist endgültig."));
    }

    #[test]
    fn a_procedure_without_such_a_text_holds_nobody_back() {
        let open = Procedure { do_not_escalate: std::collections::BTreeMap::new(), ..procedure() };
        assert_eq!(containment(&open, &EscalationReason::KnowledgeGap, "en", "en"), None);
    }
}
