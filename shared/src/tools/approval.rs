//! What becomes of a call that needs a person's approval: it waits, is known to wait, or may be made.
//!
//! It is made under the rules of a call that writes, whatever the tool's access: it was approved once, so it is made once.

use serde_json::Value;

use super::canonical;
use super::decide::{Context, Decision, NotMade, write};
use super::request::ToolRequest;
use crate::agent::ToolOutcome;
use crate::domain::approval::{APPROVAL_ARGUMENTS_BYTES, APPROVALS_AT_ONCE, APPROVALS_REMEMBERED, ApprovalState};
use crate::domain::redact::{Place, redacted};
use crate::domain::settings::HttpTool;

/// What the agent is told of a call that waits.
const WAITS: &str = "it waits for a person of the team to approve it, and nothing was done yet: tell the visitor that a colleague has to \
                     confirm it first, and that the answer comes in this chat; don't say that it is done or that it will be";

/// What the agent is told of one that was declined.
const DECLINED: &str = "a person of the team looked at it and declined it; nothing was done. Tell the visitor plainly that it can't be \
                        done here; don't ask for it again";

/// What the agent is told of one that nobody decided about.
const EXPIRED: &str = "nobody approved it in time; nothing was done";

/// Decides on a call that is allowed in all other respects.
pub(super) fn decide(
    tool: &HttpTool,
    request: ToolRequest,
    arguments: &Value,
    context: &Context<'_>,
) -> Result<Decision, NotMade> {
    let key = canonical::key(context, &tool.name, arguments);
    let known = context.approvals.iter().find(|approval| approval.key == key);
    match known.map(|approval| &approval.state) {
        Some(ApprovalState::Approved { .. }) => write(tool, request, arguments, context),
        Some(ApprovalState::NotMade { why, .. }) => Err(NotMade::Unapproved(why.clone())),
        Some(state @ (ApprovalState::Waiting | ApprovalState::Denied { .. } | ApprovalState::Expired { .. })) => {
            Ok(Decision::Known(outcome(state)))
        }
        Some(ApprovalState::Void { .. }) | None => {
            let others = || context.approvals.iter().filter(|approval| approval.key != key);
            let waiting = others().filter(|approval| approval.is_waiting()).count();
            if others().count() >= APPROVALS_REMEMBERED || waiting >= APPROVALS_AT_ONCE {
                return Err(NotMade::TooManyApprovals(tool.name.clone()));
            }
            // What the settings keep from the table can't be kept in it until somebody comes, and without it another call
            // would be made than was asked for.
            let written = arguments.to_string();
            let keeps = redacted(&written, &context.settings.redaction, Place::Log) == written;
            if written.len() > APPROVAL_ARGUMENTS_BYTES || !keeps {
                return Err(NotMade::Unkeepable(tool.name.clone()));
            }
            // What would keep it from being made keeps it from being asked for.
            match write(tool, request, arguments, context)? {
                Decision::Write { .. } => Ok(Decision::Wait { key }),
                known => Ok(known),
            }
        }
    }
}

/// What the agent is told of a call of which this was decided; nothing was done, as far as this tells.
#[must_use]
pub fn outcome(state: &ApprovalState) -> ToolOutcome {
    match state {
        ApprovalState::Waiting => ToolOutcome::Waits { why: WAITS.to_owned() },
        ApprovalState::Denied { .. } => ToolOutcome::Declined { why: DECLINED.to_owned() },
        ApprovalState::Expired { .. } => ToolOutcome::Refused { why: EXPIRED.to_owned() },
        ApprovalState::NotMade { why, .. } => ToolOutcome::Failed { why: format!("it was approved, but: {why}") },
        ApprovalState::Void { .. } => ToolOutcome::Refused {
            why: "the chat was taken over before it was approved; nothing was done. Ask for it anew if the visitor still wants it"
                .to_owned(),
        },
        ApprovalState::Approved { .. } => {
            ToolOutcome::Waits { why: "it was approved and is about to be made; nothing was done yet".to_owned() }
        }
    }
}

#[cfg(test)]
mod tests;
