//! What the software knows of a conversation besides its lines.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::words::Words;
use super::{Bullet, Case};
use crate::domain::approval::{Approval, ApprovalState};
use crate::domain::conversation::{Conversation, Phase};
use crate::domain::escalation::Escalation;
use crate::domain::player::Level;
use crate::domain::tool::WriteState;
use crate::note::{country_words, reason_sentence};

/// How many calls are told of, the newest.
const CALLS: usize = 6;

/// What became of the calls of this thread that need more than to be read: the tool and a code of [`Words::calls`].
fn calls(conversation: &Conversation) -> Vec<(&str, &'static str)> {
    let writes = conversation.writes.iter().map(|write| {
        let state = match &write.state {
            WriteState::Done { .. } => "done",
            WriteState::Begun => "unknown",
            WriteState::Refused { .. } => "refused",
        };
        (write.tool.as_str(), state)
    });
    let unwritten = |approval: &&Approval| conversation.write_of(&approval.key).is_none();
    let approvals = conversation.approvals.iter().filter(unwritten).map(|approval| {
        let state = match &approval.state {
            // Approved, and about to be made.
            ApprovalState::Waiting | ApprovalState::Approved { .. } => "waiting",
            ApprovalState::Denied { .. } => "declined",
            ApprovalState::Expired { .. } | ApprovalState::Void { .. } => "unapproved",
            ApprovalState::NotMade { .. } => "refused",
        };
        (approval.tool.as_str(), state)
    });
    let all: Vec<_> = writes.chain(approvals).collect();
    let skip = all.len().saturating_sub(CALLS);
    all.into_iter().skip(skip).collect()
}

fn called(conversation: &Conversation, words: &Words, waiting: bool) -> Vec<Bullet> {
    let calls = calls(conversation).into_iter().filter(|(_, state)| (*state == "waiting") == waiting);
    let said = calls.filter_map(|(tool, state)| Some(words.calls.get(state)?.replace("{tool}", tool)));
    said.map(Bullet::plain).collect()
}

/// What was called, and what came of it.
pub(super) fn done(case: &Case<'_>, words: &Words) -> Vec<Bullet> {
    called(case.conversation, words, false)
}

/// What was called and waits for somebody.
pub(super) fn waits(case: &Case<'_>, words: &Words) -> Vec<Bullet> {
    called(case.conversation, words, true)
}

/// The search for a human that goes on, or went before.
fn escalation(conversation: &Conversation) -> Option<&Escalation> {
    conversation.escalation().or(conversation.last_escalation.as_ref())
}

/// Why a human was asked for, how that went, and how long the visitor has waited.
pub(super) fn search(case: &Case<'_>, words: &Words) -> Vec<Bullet> {
    let conversation = case.conversation;
    let mut said = Vec::new();
    if let Some(escalation) = escalation(conversation) {
        said.push(words.escalated.replace("{reason}", &reason_sentence(&escalation.reason, case.language)));
        if !escalation.attempts.is_empty() {
            said.push(words.rung.replace("{number}", &escalation.attempts.len().to_string()));
        }
    }
    if matches!(conversation.phase, Phase::WithHuman { .. }) {
        said.push(words.with_human.clone());
    }
    if let Some(minutes) = waited_minutes(conversation, case.now) {
        said.push(words.waiting.replace("{minutes}", &minutes.to_string()));
    }
    said.into_iter().map(Bullet::plain).collect()
}

/// How long the visitor has waited, in whole minutes.
fn waited_minutes(conversation: &Conversation, now: Timestamp) -> Option<i64> {
    let since = conversation.waiting_since.or(conversation.escalation().map(|escalation| escalation.since))?;
    let over = matches!(conversation.phase, Phase::Closed { .. });
    (!over).then(|| now.duration_since(since).as_mins().max(0))
}

/// Who writes, from where, and what is on the chat.
pub(super) fn facts(case: &Case<'_>, words: &Words) -> Vec<Bullet> {
    let (conversation, player) = (case.conversation, &case.conversation.player);
    let who = match (player.level, &player.id) {
        (Level::Verified, Some(id)) => words.verified.replace("{player}", id.as_str()),
        (Level::Verified, None) => words.verified.replace("{player}", "?"),
        (Level::Claimed, _) => words.claimed.clone(),
        (Level::Anonymous, _) => words.anonymous.clone(),
    };
    let mut said = vec![who];
    if let Some(country) = conversation.country(case.settings) {
        said.push(words.country.replace("{country}", &country_words(&country, case.language)));
    }
    if let Some(language) = &conversation.language {
        said.push(words.writes.replace("{language}", language));
    }
    if !conversation.tags.is_empty() {
        said.push(words.tags.replace("{tags}", &conversation.tags.join(", ")));
    }
    said.into_iter().map(Bullet::plain).collect()
}

/// The same for a model, as data.
pub(super) fn as_data(case: &Case<'_>) -> Value {
    let conversation = case.conversation;
    let level = match conversation.player.level {
        Level::Anonymous => "anonymous",
        Level::Claimed => "claimed",
        Level::Verified => "verified",
    };
    let calls: Vec<Value> =
        calls(conversation).into_iter().map(|(tool, state)| json!({"tool": tool, "state": state})).collect();
    json!({
        "phase": conversation.phase.name(),
        "visitor_is": level,
        "human_asked_for": escalation(conversation).map(|escalation| escalation.reason.code()),
        "desks_rung_in_vain": escalation(conversation).map(|escalation| escalation.attempts.len()),
        "waiting_minutes": waited_minutes(conversation, case.now),
        "calls": calls,
        "tags": conversation.tags,
    })
}
