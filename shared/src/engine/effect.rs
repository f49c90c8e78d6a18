//! What acting outside came to. Effects are applied to the state at once and again after a reload, until a commit holds them.

use jiff::{SignedDuration, Timestamp};

use crate::domain::action::{Action, ActionId, ActionState, Covers};
use crate::domain::asked::Refused;
use crate::domain::conversation::{Conversation, SentMail, Terms};
use crate::domain::drain::{DrainContext, LogEntry, spoken};
use crate::domain::escalation::AttemptEnd;
use crate::domain::event::{DedupKey, InboxEvent};
use crate::domain::fingerprint::hex;
use crate::domain::id::{ConversationId, MessageId, OperatorId};
use crate::domain::message::{Content, Message, Sender};
use crate::domain::player::Learned;
use crate::domain::tool::{IdempotencyKey, WriteState};
use crate::domain::usage::Usage;
use crate::domain::verdict::EscalationReason;
use crate::salesiq::client::Sent;

/// What acting outside came to.
#[derive(Debug, Clone)]
pub(super) enum Effect {
    /// SalesIQ was read; boxed since it is large.
    Read(Box<InboxEvent>),
    /// A text of ours arrived.
    Said { id: ActionId, content: Content, sent: Sent },
    /// An action that says nothing is done.
    Done { id: ActionId },
    /// An action certainly did nothing and is tried again later.
    Failed { id: ActionId, at_least: Option<SignedDuration> },
    /// Whether an action took place can't be told yet.
    Unsure { id: ActionId },
    /// Whether a reply arrived can't be told at all.
    Uncertain { id: ActionId, notice: String },
    /// Whether a person's line arrived can't be told at all.
    LineUncertain { id: ActionId },
    /// What a person asked for can't be done.
    AskRefused { id: ActionId, why: Refused },
    /// An action is void that may have been carried out.
    Cancel { id: ActionId },
    /// An action is void that certainly was not carried out.
    Withdraw { id: ActionId },
    /// SalesIQ took a transfer.
    Rung { id: ActionId },
    /// SalesIQ refused a transfer.
    TransferRefused { id: ActionId, code: Option<i64> },
    /// A note is on the chat.
    Noted { id: ActionId },
    /// A note could not be put on the chat.
    NoteFailed { id: ActionId },
    /// SES took a mail.
    Mailed { id: ActionId, mail: SentMail, told: Covers },
    /// SES took a mail that a person asked for.
    Copied { id: ActionId },
    /// Whether SES took a mail can't be told.
    MailUnsure { id: ActionId, wait: Option<SignedDuration> },
    /// A mail is to be tried again now.
    Redriven,
    /// A mail came back.
    MailReturned { message_id: String, complaint: bool },
    /// SalesIQ shows a line of the visitor that no webhook told of.
    VisitorWrote { at: Timestamp },
    /// Thinking came to something; this is what it took.
    Thought { usage: Usage, drafts_rejected: u8, fallbacks: u8 },
    /// Tools were called.
    Called { calls: u64, failures: u64 },
    /// A call that writes came to an end.
    Wrote { key: IdempotencyKey, state: Option<WriteState> },
    /// Something was learned of who writes.
    Learned(Box<Learned>),
    /// Nothing is tried for a while.
    BackOff { at_least: Option<SignedDuration> },
    /// The conversation must be read again before anything else.
    MustRead,
}

/// A line that an effect adds to the log.
pub(super) struct EffectLine {
    pub(super) time: Timestamp,
    pub(super) dedup: DedupKey,
    pub(super) entry: LogEntry,
}

impl Effect {
    /// Applies it; safe to repeat on a state that holds it already.
    pub(super) fn apply(
        &self,
        conversation: &mut Conversation,
        id: &ConversationId,
        us: &OperatorId,
        terms: &Terms,
        context: &DrainContext<'_>,
    ) -> Option<EffectLine> {
        let now = context.now;
        match self {
            Self::Read(event) => {
                let drained = conversation.drain(event, context);
                let entry = drained.log?;
                let (time, message) = match &entry {
                    LogEntry::Line { message, .. } => (message.time, message.id.as_str()),
                    _ => (event.order, ""),
                };
                let dedup = dedup(&format!("read|{id}|{}|{message}", time.as_millisecond()));
                return Some(EffectLine { time, dedup, entry });
            }
            Self::Said { id: action, content, sent } => {
                let answers = conversation.action(*action).map(Action::answers).unwrap_or_default();
                let by = conversation.action(*action).and_then(|action| action.kind.speaker()).cloned();
                let done =
                    conversation.action(*action).is_none_or(|held| matches!(held.state, ActionState::Done { .. }));
                if done {
                    return None;
                }
                conversation.said(*action, sent.message.clone(), now);
                let message = said_message(*action, content, sent, us, now)?;
                let (time, dedup) = (message.time, dedup(&format!("said|{id}|{}", action.0)));
                return Some(EffectLine { time, dedup, entry: spoken(message, by.as_ref(), answers) });
            }
            Self::Done { id } => conversation.action_done(*id, now),
            Self::Failed { id, at_least } => conversation.action_failed(*id, now, *at_least),
            Self::Unsure { id } => conversation.action_unsure(*id, now, terms),
            Self::Uncertain { id, notice } => {
                if let Some(action) = conversation.action_mut(*id).filter(|action| action.is_open()) {
                    let covers = action.answers();
                    action.settle(ActionState::Uncertain { at: now });
                    // Whether they were answered is for the human to see.
                    conversation.unanswered.put_back(covers);
                    conversation.waiting_since.get_or_insert(now);
                    let waiting = ActionState::Waiting { not_before: now };
                    let reason = EscalationReason::UncertainReply;
                    conversation.escalate(reason, String::new(), notice.clone(), &waiting, now);
                }
            }
            Self::LineUncertain { id } => {
                if let Some(action) = conversation.action_mut(*id).filter(|action| action.is_open()) {
                    action.settle(ActionState::Uncertain { at: now });
                }
            }
            Self::AskRefused { id, why } => conversation.refuse_ask(*id, *why, now),
            Self::Rung { id } => {
                if conversation.action(*id).is_some_and(Action::is_open) {
                    conversation.rung(*id, context.settings, now);
                }
            }
            Self::TransferRefused { id, code } => {
                if conversation.action(*id).is_some_and(Action::is_open) {
                    conversation.action_done(*id, now);
                    conversation.attempt_over(AttemptEnd::Refused { code: *code }, now);
                }
            }
            Self::Noted { id } => conversation.noted(*id, now),
            Self::NoteFailed { id } => conversation.note_failed(*id, now),
            Self::Cancel { id } => conversation.cancel(*id, now),
            Self::Withdraw { id } => conversation.withdraw(*id, now),
            Self::Mailed { id, mail, told } => conversation.mail_sent(*id, mail.clone(), told.clone(), now),
            Self::Copied { id } => conversation.copy_sent(*id, now),
            Self::MailUnsure { id, wait } => {
                if conversation.action(*id).is_some_and(Action::is_open) {
                    conversation.mail_unsure(*id, *wait, now, terms);
                }
            }
            Self::Redriven => conversation.redrive_mail(now),
            Self::MailReturned { message_id, complaint } => conversation.mail_returned(message_id, *complaint, now),
            Self::Thought { usage, drafts_rejected, fallbacks } => {
                conversation.counts.thought(*usage);
                conversation.counts.drafts_rejected += u64::from(*drafts_rejected);
                conversation.counts.fallbacks += u64::from(*fallbacks);
            }
            Self::Called { calls, failures } => {
                conversation.counts.tool_calls += calls;
                conversation.counts.tool_failures += failures;
            }
            Self::Wrote { key, state } => conversation.write_ended(key, state.as_ref()),
            Self::Learned(learned) => conversation.player.learn(learned, now),
            Self::VisitorWrote { at } => conversation.visitor_wrote_unheard(*at, now),
            Self::BackOff { at_least } => conversation.back_off(now, *at_least),
            Self::MustRead => conversation.must_read = true,
        }
        None
    }
}

fn said_message(action: ActionId, content: &Content, sent: &Sent, us: &OperatorId, now: Timestamp) -> Option<Message> {
    Some(Message {
        id: sent.message.clone().or_else(|| MessageId::parse(&format!("ours-{}", action.0)).ok())?,
        time: sent.time.unwrap_or(now),
        sender: Sender::Operator { id: us.clone(), name: None },
        content: content.clone(),
    })
}

fn dedup(of: &str) -> DedupKey {
    let hash = ring::digest::digest(&ring::digest::SHA256, of.as_bytes());
    DedupKey::from_hex(hex(&hash.as_ref()[..16]))
}
