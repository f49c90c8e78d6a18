//! What became of a call that was made.

use serde_json::Value;

use crate::agent::ToolOutcome;
use crate::domain::message::clip;
use crate::domain::promise::Claim;
use crate::domain::tool::{ANSWER_KEPT_BYTES, WriteState};

/// What became of a call. Nothing of it is for logs: answers are account data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Performed {
    /// It was made, and answered.
    Answered {
        /// JSON or a text; null where nothing was said.
        answer: Value,
    },
    /// The company's system refused it: certainly not done, and no use in repeating it as it is.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the system said, clipped. It is data.
        detail: Option<String>,
    },
    /// It failed, and certainly nothing was done. Trying again may help.
    Failed {
        /// Why, without what was sent or answered.
        why: String,
    },
    /// Nobody knows whether it was done. Only a call that writes ends so; made again with the same key it does no harm.
    Unknown {
        /// Why, without what was sent or answered.
        why: String,
    },
}

impl Performed {
    /// How it is called in logs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Answered { .. } => "answered",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// What the agent is told.
    #[must_use]
    pub fn outcome(&self) -> ToolOutcome {
        match self {
            Self::Answered { answer } => ToolOutcome::Answered { answer: answer.clone() },
            Self::Refused { status, detail: None } => {
                ToolOutcome::Failed { why: format!("it was refused with status {status}, nothing was done") }
            }
            Self::Refused { status, detail: Some(detail) } => ToolOutcome::Failed {
                why: format!("it was refused with status {status}, nothing was done; the system says: {detail:?}"),
            },
            Self::Failed { why } => ToolOutcome::Failed { why: format!("{why}; nothing was done") },
            Self::Unknown { why } => ToolOutcome::Failed {
                why: format!(
                    "{why}; it is not known whether it was done: say neither that it was nor that it was not, and ask for a human"
                ),
            },
        }
    }

    /// What the committed intent of a call that writes becomes. None: it is struck, since nothing was done and it may be
    /// tried again in any form.
    #[must_use]
    pub fn write_state(&self, proves: &[Claim]) -> Option<WriteState> {
        match self {
            Self::Answered { answer } => {
                let answer = match answer {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    answer => answer.to_string(),
                };
                let answer = clip(&answer, ANSWER_KEPT_BYTES).to_owned();
                Some(WriteState::Done { answer, proves: proves.to_vec() })
            }
            // What the system said may repeat the visitor's words.
            Self::Refused { status, .. } => Some(WriteState::Refused { why: format!("refused with status {status}") }),
            Self::Failed { .. } => None,
            Self::Unknown { .. } => Some(WriteState::Begun),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_intent_becomes_what_is_known() {
        let proves = [Claim::Refunded];
        let state = |performed: Performed| performed.write_state(&proves);
        assert_eq!(
            state(Performed::Answered { answer: json!({"id": 7}) }),
            Some(WriteState::Done { answer: r#"{"id":7}"#.to_owned(), proves: vec![Claim::Refunded] })
        );
        let long = Performed::Answered { answer: json!("ü".repeat(1_000)) };
        assert!(matches!(state(long), Some(WriteState::Done { answer, .. }) if answer.len() == ANSWER_KEPT_BYTES));
        let refused = Performed::Refused { status: 422, detail: Some("Anna may not".to_owned()) };
        assert_eq!(state(refused), Some(WriteState::Refused { why: "refused with status 422".to_owned() }));
        assert_eq!(state(Performed::Failed { why: String::new() }), None);
        assert_eq!(state(Performed::Unknown { why: String::new() }), Some(WriteState::Begun));
    }

    #[test]
    fn only_an_answer_is_told_as_one() {
        assert_eq!(Performed::Answered { answer: json!(1) }.outcome().answer(), Some(&json!(1)));
        let unsure = Performed::Unknown { why: "it took too long".to_owned() }.outcome();
        insta::assert_snapshot!(
            serde_json::to_string(&unsure).unwrap(),
            @r#"{"type":"failed","why":"it took too long; it is not known whether it was done: say neither that it was nor that it was not, and ask for a human"}"#
        );
    }
}
