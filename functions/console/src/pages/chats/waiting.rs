//! What waits for a person: requests of the console that are not taken in yet, what became of earlier ones, and calls that
//! wait for approval.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::approval::Approval;
use shared::domain::conversation::Conversation;
use shared::domain::event::{EventKind, InboxEvent};

use crate::words;

/// How many requests are shown.
const ASKS_SHOWN: usize = 5;

/// A request as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AskView {
    pub(super) at: Timestamp,
    pub(super) by: String,
    pub(super) what: &'static str,
    pub(super) outcome: &'static str,
    /// How it is marked.
    pub(super) mark: &'static str,
}

/// The last requests, the newest first.
pub(super) fn asks(conversation: &Conversation, unread: &[InboxEvent]) -> Vec<AskView> {
    let taken = conversation.asks.iter().map(|asked| {
        let (outcome, mark) = words::outcome(asked.outcome);
        AskView { at: asked.at, by: asked.by.clone(), what: words::asked(&asked.what), outcome, mark }
    });
    let waiting = unread.iter().filter_map(|event| match &event.event.kind {
        EventKind::Asked { by, ask } => Some(AskView {
            at: event.received_at,
            by: by.email.to_string(),
            what: words::asked(ask.name()),
            outcome: "asked; not taken in yet",
            mark: "accent",
        }),
        _ => None,
    });
    let mut asks: Vec<AskView> = taken.chain(waiting).collect();
    asks.sort_by_key(|ask| std::cmp::Reverse(ask.at));
    asks.truncate(ASKS_SHOWN);
    asks
}

/// A call that waits for approval, or was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ApprovalView {
    pub(super) key: String,
    pub(super) tool: String,
    pub(super) arguments: String,
    pub(super) summary: String,
    pub(super) at: Timestamp,
    pub(super) deadline: Timestamp,
    /// It can be decided.
    pub(super) waits: bool,
    pub(super) state: String,
    pub(super) mark: &'static str,
}

/// The calls for which a person was asked, those that wait in front.
pub(super) fn approvals(conversation: &Conversation) -> Vec<ApprovalView> {
    let view = |approval: &Approval| {
        let (state, mark) = words::approval(&approval.state);
        ApprovalView {
            key: approval.key.0.clone(),
            tool: approval.tool.to_string(),
            arguments: approval.arguments.clone(),
            summary: approval.summary.clone(),
            at: approval.at,
            deadline: approval.deadline,
            waits: approval.is_waiting(),
            state,
            mark,
        }
    };
    let mut approvals: Vec<ApprovalView> = conversation.approvals.iter().map(view).collect();
    approvals.sort_by_key(|approval| (!approval.waits, std::cmp::Reverse(approval.at)));
    approvals
}
