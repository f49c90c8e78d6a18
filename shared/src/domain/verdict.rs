//! What a turn of the AI comes to. A verdict is a field of its own, never a token inside a text.

use serde::{Deserialize, Serialize};

use super::id::ArticleId;

/// What the AI wants done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Verdict {
    /// Say this to the visitor.
    Reply {
        /// The text, as the visitor shall read it.
        text: String,
        /// What the answer rests on.
        #[serde(default)]
        sources: Vec<ArticleId>,
        /// It asks the visitor to say more instead of answering.
        #[serde(default)]
        clarifies: bool,
    },
    /// A human is needed.
    Escalate {
        /// Why, as a code.
        reason: EscalationReason,
        /// What the visitor wants, for the human.
        summary: String,
    },
    /// Say nothing. Only while a human is being looked for.
    Silence,
    /// The visitor is served: say goodbye, if there is a text, and close.
    Close {
        /// The last words.
        text: Option<String>,
        /// Close it with the brand's countdown, if it has one: the visitor may object.
        #[serde(default)]
        countdown: bool,
    },
}

/// Why a human is needed (ARCHITECTURE.md, "Phases").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum EscalationReason {
    /// The visitor asked for one.
    VisitorAsked,
    /// Nothing known answers it.
    KnowledgeGap,
    /// A look-up or an act failed.
    ToolFailed,
    /// A rule of the company.
    Policy {
        /// The rule's name.
        name: String,
    },
    /// Gambling harm.
    ResponsibleGaming,
    /// The visitor may harm themselves.
    SelfHarm,
    /// Lawyers, regulators, courts.
    Legal,
    /// Fraud or a stolen account.
    Fraud,
    /// A minor plays, or is in danger.
    ChildSafety,
    /// An important customer.
    Vip,
    /// The visitor sent a file that the AI can't look at.
    FileShared,
    /// The visitor is upset.
    Frustrated,
    /// The same thing failed again and again.
    RepeatedFailure,
    /// The AI itself failed.
    AiError,
    /// We can't tell whether our last reply arrived.
    UncertainReply,
    /// A person chose in the console who is to have it.
    Reassigned,
    /// Nobody decided in time about a call that needs approval.
    ApprovalAwaited,
}

impl EscalationReason {
    /// Every code there is, in the order of the variants.
    pub const CODES: [&str; 17] = [
        "visitor_asked",
        "knowledge_gap",
        "tool_failed",
        "policy",
        "responsible_gaming",
        "self_harm",
        "legal",
        "fraud",
        "child_safety",
        "vip",
        "file_shared",
        "frustrated",
        "repeated_failure",
        "ai_error",
        "uncertain_reply",
        "reassigned",
        "approval_awaited",
    ];

    /// The code, as it stands in events, notes and analytics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::VisitorAsked => "visitor_asked",
            Self::KnowledgeGap => "knowledge_gap",
            Self::ToolFailed => "tool_failed",
            Self::Policy { .. } => "policy",
            Self::ResponsibleGaming => "responsible_gaming",
            Self::SelfHarm => "self_harm",
            Self::Legal => "legal",
            Self::Fraud => "fraud",
            Self::ChildSafety => "child_safety",
            Self::Vip => "vip",
            Self::FileShared => "file_shared",
            Self::Frustrated => "frustrated",
            Self::RepeatedFailure => "repeated_failure",
            Self::AiError => "ai_error",
            Self::UncertainReply => "uncertain_reply",
            Self::Reassigned => "reassigned",
            Self::ApprovalAwaited => "approval_awaited",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_names_the_reason_that_has_it() {
        for code in EscalationReason::CODES {
            let reason: EscalationReason =
                serde_json::from_value(serde_json::json!({"code": code, "name": "x"})).unwrap();
            assert_eq!(reason.code(), code);
        }
    }

    #[test]
    fn every_reason_has_a_listed_code() {
        // What serde calls for an unknown code lists all variants.
        let unknown = serde_json::from_str::<EscalationReason>(r#"{"code": "?"}"#).unwrap_err().to_string();
        let listed = EscalationReason::CODES.map(|code| format!("`{code}`")).join(", ");
        assert!(unknown.contains(&format!("expected one of {listed}")), "{unknown}");
    }
}
