//! What people ask for in the console: when each may be asked for, and what became of it (ARCHITECTURE.md, "What people
//! ask for in the console").

mod held;
mod take;

pub use take::{NOTE_CHARS, content};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::{ActionId, ActionState};
use super::ask::{Ask, Person};
use super::conversation::{Conversation, Phase, Via};
use super::event::DedupKey;
use super::message::clip;

/// How many requests are remembered.
pub const ASKS_REMEMBERED: usize = 8;

/// How much of an address is remembered, in bytes.
const ADDRESS_KEPT_BYTES: usize = 64;

/// A kind of request. What waits for approval is none of these: it may be decided as long as it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskKind {
    /// To have the chat.
    PickUp,
    /// To say something to the visitor.
    Say,
    /// To send a file to the visitor.
    SendFile,
    /// To give the chat to a department or an operator.
    Reassign,
    /// To end the chat.
    End,
    /// To put tags on the chat.
    Tag,
    /// To put a note for the team on the chat.
    Note,
    /// To give the chat back to the AI.
    HandBack,
    /// To mail the transcript.
    MailTranscript,
}

impl AskKind {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::PickUp,
        Self::Say,
        Self::SendFile,
        Self::Reassign,
        Self::End,
        Self::Tag,
        Self::Note,
        Self::HandBack,
        Self::MailTranscript,
    ];

    /// The kind of a request.
    #[must_use]
    pub fn of(ask: &Ask) -> Option<Self> {
        Some(match ask {
            Ask::PickUp => Self::PickUp,
            Ask::Say { .. } => Self::Say,
            Ask::SendFile { .. } => Self::SendFile,
            Ask::Reassign { .. } => Self::Reassign,
            Ask::End { .. } => Self::End,
            Ask::Tag { .. } => Self::Tag,
            Ask::Note { .. } => Self::Note,
            Ask::HandBack => Self::HandBack,
            Ask::MailTranscript { .. } => Self::MailTranscript,
            Ask::Decide { .. } => return None,
        })
    }
}

/// Why a request is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// SalesIQ has not told yet which brand it is.
    NotKnownYet,
    /// The brand is not automated, or a bot platform has the chat.
    NotOurs,
    /// The chat is over.
    Over,
    /// A human is the attender in SalesIQ: nobody takes a chat out of their hands, since whose token might transfer or
    /// close it is not documented (api.md §2.9, §2.10).
    WithHuman,
    /// It has to be picked up first.
    PickUpFirst,
    /// Nobody has it whom it could be taken back from.
    NobodyHasIt,
    /// A line of the visitor waits for an answer.
    VisitorWaits,
    /// There is nothing in it.
    Empty,
    /// Longer, or more, than can be sent at once.
    TooLong,
    /// What was asked for before is not done yet, and there is no room for more.
    TooMuch,
    /// The AI's own operator can't be rung.
    OurOwnOperator,
    /// The file's bytes are not kept any more.
    FileGone,
    /// The chat changed hands or ended before it was done, or SalesIQ refused it.
    NotDone,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done, or begun where it takes its time.
    Done,
    /// It is being done.
    Underway,
    /// It was not done.
    Refused {
        /// Why.
        why: Refused,
    },
    /// Whether it was done can't be told.
    Uncertain,
}

/// A request, as it is remembered for the one who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The key of its event: whoever made the request knows it.
    pub request: DedupKey,
    /// Whose it is: the e-mail address, clipped.
    pub by: String,
    /// What for ([`Ask::name`]).
    pub what: String,
    /// When it was taken in.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// What carries it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<ActionId>,
}

impl Conversation {
    /// Whether something may be asked for now.
    ///
    /// # Errors
    /// Why not.
    pub fn allows(&self, kind: AskKind) -> Result<(), Refused> {
        if kind == AskKind::MailTranscript {
            return Ok(());
        }
        match &self.phase {
            Phase::Unplaced => Err(Refused::NotKnownYet),
            Phase::Observed | Phase::Bridged => Err(Refused::NotOurs),
            Phase::Closed { .. } => Err(Refused::Over),
            _ if matches!(kind, AskKind::Tag | AskKind::Note) => Ok(()),
            Phase::WithHuman { via: Via::Attender, .. } => Err(Refused::WithHuman),
            phase => self.allows_in(phase, kind),
        }
    }

    /// In a phase in which the chat is, or may become, ours.
    fn allows_in(&self, phase: &Phase, kind: AskKind) -> Result<(), Refused> {
        match (kind, phase) {
            (AskKind::End, Phase::Assisting | Phase::WithHuman { via: Via::Console, .. }) => {
                if self.unanswered.is_empty() { Ok(()) } else { Err(Refused::VisitorWaits) }
            }
            (AskKind::End, _) | (AskKind::Say | AskKind::SendFile | AskKind::Reassign, Phase::AwaitingHandoff) => {
                Err(Refused::PickUpFirst)
            }
            (AskKind::HandBack, Phase::WithHuman { .. }) => Ok(()),
            (AskKind::HandBack, _) => Err(Refused::NobodyHasIt),
            _ => Ok(()),
        }
    }

    /// All that may be asked for now.
    #[must_use]
    pub fn can_be_asked(&self) -> Vec<AskKind> {
        AskKind::ALL.into_iter().filter(|kind| self.allows(*kind).is_ok()).collect()
    }

    /// Remembers a request for the one who made it.
    pub(super) fn remember_ask(
        &mut self,
        request: DedupKey,
        by: &Person,
        ask: &Ask,
        outcome: Outcome,
        action: Option<ActionId>,
        at: Timestamp,
    ) {
        let (by, what) = (clip(by.email.as_str(), ADDRESS_KEPT_BYTES).to_owned(), ask.name().to_owned());
        self.asks.push(Asked { request, by, what, at, outcome, action });
        let surplus = self.asks.len().saturating_sub(ASKS_REMEMBERED);
        self.asks.drain(..surplus);
    }

    /// What became of the actions that requests led to. Called before settled ones are forgotten.
    pub(super) fn settle_asks(&mut self) {
        let not_done = Outcome::Refused { why: Refused::NotDone };
        for asked in &mut self.asks {
            let Some(id) = asked.action else { continue };
            let action = self.actions.iter().find(|action| action.id == id);
            asked.outcome = match (action.map(|action| &action.state), asked.outcome) {
                (Some(ActionState::Done { .. }), _) => Outcome::Done,
                (Some(ActionState::Uncertain { .. }), _) => Outcome::Uncertain,
                (Some(ActionState::Cancelled { .. }) | None, Outcome::Underway) => not_done,
                (_, outcome) => outcome,
            };
        }
    }

    /// What a request led to can't be done.
    pub fn refuse_ask(&mut self, id: ActionId, why: Refused, now: Timestamp) {
        for asked in self.asks.iter_mut().filter(|asked| asked.action == Some(id)) {
            asked.outcome = Outcome::Refused { why };
        }
        self.withdraw(id, now);
    }
}
