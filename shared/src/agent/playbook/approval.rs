//! What is said of calls that need a person's approval.
//!
//! A turn in which something was decided tells of it, also when the visitor wrote nothing: what the procedure has to say, if
//! one is under way that asked for the call, else one of the fixed texts. What was approved and could not be done is for a
//! human.

use serde::Deserialize;

use super::answer::{Voice, reply};
use super::summary;
use crate::agent::{Next, Thought, ToolOutcome};
use crate::domain::id::ToolName;
use crate::domain::message::Author;
use crate::domain::verdict::{EscalationReason, Verdict};

/// The built-in texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalTexts {
    /// A colleague has to confirm it first; the answer comes in this chat.
    waits: String,
    /// It still waits.
    still: String,
    /// It was confirmed and done.
    done: String,
    /// It was declined.
    pub(super) declined: String,
}

/// What a visitor is told whose call waits, and who may have been told before.
pub(super) fn waits<'v>(voice: &Voice<'v>) -> &'v str {
    let texts = &voice.built_in().approval;
    let mut ours = voice.turn.lines.iter().filter(|line| line.author == Author::Ours);
    let told = ours.any(|line| line.content.readable().contains(texts.waits.as_str()));
    if told { &texts.still } else { &texts.waits }
}

/// Whether there is nothing to be answered besides what was decided.
pub(super) fn is_all_there_is(voice: &Voice<'_>) -> bool {
    let waits = voice.turn.lines.iter().any(|line| line.unanswered && line.author == Author::Visitor);
    !waits && !voice.turn.approvals.decided.is_empty()
}

/// What is said of what was decided, where there is nothing else to say. The procedure that is under way goes on after it.
pub(super) fn told(voice: &Voice<'_>) -> Thought {
    let thought = with_decided(Thought::of(reply(String::new())), voice, None);
    Thought { under_way: voice.turn.under_way.cloned(), ..thought }
}

/// The thought, with what was decided before all that it says. Of a call of `own` the thought tells itself.
pub(super) fn with_decided(thought: Thought, voice: &Voice<'_>, own: Option<&ToolName>) -> Thought {
    let decided = voice.turn.approvals.decided.iter();
    let others =
        decided.filter(|(call, _)| own.is_none_or(|own| own.as_str() != call.name)).map(|(_, outcome)| outcome);
    let others: Vec<&ToolOutcome> = others.collect();
    let Next::Conclude(verdict) = &thought.next else { return thought };
    if others.is_empty() || matches!(verdict, Verdict::Escalate { .. }) {
        return thought;
    }
    let texts = &voice.built_in().approval;
    let mut said: Vec<&str> = Vec::new();
    for outcome in others {
        let text = match outcome {
            ToolOutcome::Answered { .. } => &texts.done,
            ToolOutcome::Declined { .. } => &texts.declined,
            ToolOutcome::Refused { .. } | ToolOutcome::Failed { .. } | ToolOutcome::Waits { .. } => {
                let (reason, summary) = (EscalationReason::ToolFailed, summary::of(voice.turn.lines));
                return Thought {
                    next: Next::Conclude(Verdict::Escalate { reason, summary }),
                    under_way: None,
                    ..thought
                };
            }
        };
        if !said.contains(&text.as_str()) {
            said.push(text);
        }
    }
    let before = |text: &str| {
        let parts = said.iter().copied().chain([text.trim()]).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n\n")
    };
    let verdict = match verdict.clone() {
        Verdict::Reply { text, sources, clarifies } => Verdict::Reply { text: before(&text), sources, clarifies },
        Verdict::Close { text, countdown } => {
            Verdict::Close { text: Some(before(&text.unwrap_or_default())), countdown }
        }
        other => other,
    };
    Thought { next: Next::Conclude(verdict), ..thought }
}
