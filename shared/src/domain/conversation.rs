//! A conversation: facts, and our progress with them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::action::{Action, ActionId, Covers, Holder};
use super::approval::Approval;
use super::ask::Person;
use super::asked::Asked;
use super::countdown::Countdown;
use super::counts::Counts;
use super::escalation::Escalation;
use super::facts::Facts;
use super::id::{ArticleId, OperatorId};
use super::idle::Idle;
pub use super::mailing::SentMail;
use super::player::Player;
use super::procedure::UnderWay;
use super::router::NobodyWhy;
use super::settings::{BrandSettings, WorkspaceSettings};
use super::tool::Write;
use super::waiting::Waits;

/// A conversation as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// What SalesIQ told.
    pub facts: Facts,
    /// Where it stands with us.
    pub phase: Phase,
    /// Rises whenever something happens that a running turn must know of (ARCHITECTURE.md, "Turns and epochs").
    pub epoch: u64,
    /// The visitor's lines that nobody answered.
    pub unanswered: Covers,
    /// Since when the visitor waits: when the first of `unanswered` was taken in.
    pub waiting_since: Option<Timestamp>,
    /// The running turn.
    pub turn: Option<TurnLease>,
    /// Open actions, and the last settled ones that an echo may still match.
    pub actions: Vec<Action>,
    /// The number of the last action.
    pub last_action: u32,
    /// The visitor says nothing.
    pub idle: Option<Idle>,
    /// The chat is being ended.
    pub countdown: Option<Countdown>,
    /// Nothing is tried before, after a failure.
    pub retry_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u8,
    /// The conversation must be read from SalesIQ before anything is decided.
    pub must_read: bool,
    /// The visitor's language: BCP 47.
    pub language: Option<String>,
    /// How often the AI asked the visitor to say more since its last answer.
    pub clarifications: u8,
    /// The AI said something in this thread.
    pub spoke: bool,
    /// The first line was taken from `question`; the same line may come once more as a message.
    pub question_taken: bool,
    /// A human wrote in this thread before the brand was known.
    pub human_came_first: bool,
    /// The visitor's wait for a human was reported.
    pub wait_reported: bool,
    /// The last search for a human of this thread, once it is over.
    pub last_escalation: Option<Escalation>,
    /// The knowledge that our answers in this thread rest on.
    pub sources: Vec<ArticleId>,
    /// Who writes, and how sure we are.
    pub player: Player,
    /// The calls that write, of this thread.
    pub writes: Vec<Write>,
    /// The calls of this thread for which a person was asked.
    pub approvals: Vec<Approval>,
    /// The procedure that is being gone through without a model.
    pub under_way: Option<UnderWay>,
    /// Tags that are, or are to be, on the chat.
    pub tags: Vec<String>,
    /// Lines that wait when the chat ends are ours to see to: they are mailed.
    pub mails_what_waits: bool,
    /// Lines of the visitor that a mail has told of.
    pub mailed: Covers,
    /// The last mails about it.
    pub mails: Vec<SentMail>,
    /// SES' ids of the last mails that came back.
    pub returned: Vec<String>,
    /// What was to be done in earlier threads.
    pub thread_after: ActionId,
    /// Who has it in the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<Person>,
    /// What people last asked for, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Asked>,
    /// When a human last wrote.
    pub human_wrote_at: Option<Timestamp>,
    /// The last end of a thread that the phase has followed.
    pub followed_end: Option<Timestamp>,
    /// The last end for which earlier lines were looked for without a thread of ours that ended.
    pub looked_back_for: Option<Timestamp>,
    /// The alarm that is set.
    pub alarm_at: Option<Timestamp>,
    /// What is measured of the current thread.
    #[serde(skip_serializing_if = "Waits::is_empty")]
    pub waits: Waits,
    /// What is counted.
    pub counts: Counts,
    /// The last commit, to recognise our own when its answer was lost.
    pub last_commit: String,
}

/// Where a conversation stands with us (ARCHITECTURE.md, "The way of a message").
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Phase {
    /// Heard of; the brand is not known yet.
    #[default]
    Unplaced,
    /// The brand is not automated: counted, never touched.
    Observed,
    /// A Zobot has it first; we watch until it is transferred to us.
    AwaitingHandoff,
    /// We are, or are becoming, the attender; the AI answers.
    Assisting,
    /// A human is being looked for.
    Escalating(Box<Escalation>),
    /// A human has it.
    WithHuman {
        /// How they took it.
        via: Via,
        /// Since when.
        since: Timestamp,
    },
    /// No human could be found: the visitor is told, the transcript is mailed, then the chat is closed.
    Unattended {
        /// Why.
        why: NobodyWhy,
        /// Since when.
        since: Timestamp,
        /// What was to be done before; the mail comes after it.
        after: ActionId,
    },
    /// A bot platform opened it; the AI keeps out.
    Bridged,
    /// The current thread is over.
    Closed {
        /// How.
        how: Closed,
    },
}

impl Phase {
    /// The name in lists, logs and events.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unplaced => "unplaced",
            Self::Observed => "observed",
            Self::AwaitingHandoff => "awaiting_handoff",
            Self::Assisting => "assisting",
            Self::Escalating(_) => "escalating",
            Self::WithHuman { .. } => "with_human",
            Self::Unattended { .. } => "unattended",
            Self::Bridged => "bridged",
            Self::Closed { .. } => "closed",
        }
    }
}

/// How a human took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// SalesIQ names them as the attender.
    Attender,
    /// They wrote a line; we are still the attender.
    Line,
    /// They took it in the console.
    Console,
}

/// How a thread ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// The AI served the visitor.
    Resolved,
    /// The visitor left.
    Visitor,
    /// A human operator closed it.
    Human,
    /// Nobody took it in time.
    Missed,
    /// Nobody could be found; the transcript was mailed.
    Unattended,
    /// Nothing was said for too long.
    Idle,
    /// SalesIQ ended it, or did not say who.
    Salesiq,
}

/// The right to think; bars a second turn, never a drain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnLease {
    /// Who thinks.
    pub holder: Holder,
    /// After that another may.
    pub until: Timestamp,
    /// The epoch that the thinking rests on.
    pub epoch: u64,
    /// The lines that it is about.
    pub covers: Covers,
    /// How often it was thought again.
    pub rethinks: u8,
    /// A human was being looked for when it began.
    #[serde(default)]
    pub waiting: bool,
}

/// Periods that depend on the deployment, not on the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long a turn's lease and an action's claim hold: longer than a function can live.
    pub lease: SignedDuration,
    /// How long a call that timed out may still take effect (`salesiq::assumptions`).
    pub landing: SignedDuration,
}

impl Terms {
    /// How long an action's claim holds: whoever takes it over then finds what its holder did last landed.
    #[must_use]
    pub fn claim(&self) -> SignedDuration {
        self.lease + self.landing
    }
}

impl Conversation {
    /// The brand's settings, if the brand is known and listed.
    #[must_use]
    pub fn brand<'a>(&self, settings: &'a WorkspaceSettings) -> Option<&'a BrandSettings> {
        self.facts.brand.value().and_then(|brand| settings.brand(brand))
    }

    /// Who attends, seen from us.
    #[must_use]
    pub fn attendance(&self, us: &OperatorId) -> Attendance {
        match self.facts.attender() {
            None => Attendance::Nobody,
            Some(attender) if &attender.id == us => Attendance::Us,
            Some(attender) if attender.is_bot => Attendance::Zobot,
            Some(_) => Attendance::Human,
        }
    }

    /// Gives up whatever would speak or take the chat, as when a human took over or the chat ended. What may be on its
    /// way already is left to be told apart by its echo.
    pub fn stand_back(&mut self, now: Timestamp) {
        self.turn = None;
        self.idle = None;
        self.countdown = None;
        self.retry_at = None;
        self.failures = 0;
        self.give_up(|action| !action.kind.outlives_the_chat(), now);
        self.void_approvals(now);
    }

    /// All lines are answered or no longer ours to answer.
    pub fn nothing_waits(&mut self) {
        // What was decided is still to be told.
        self.unanswered = Covers { calls: std::mem::take(&mut self.unanswered.calls), ..Covers::default() };
        self.waiting_since = None;
        self.wait_reported = false;
    }

    /// Somebody answered at `time`: what the visitor wrote later still waits.
    pub fn answered_up_to(&mut self, time: Timestamp) {
        if self.facts.visitor_wrote_at.is_none_or(|wrote_at| wrote_at <= time) {
            self.nothing_waits();
            return;
        }
        let later = |id: &super::id::MessageId| {
            self.facts.messages.iter().any(|message| &message.id == id && message.time > time)
        };
        let waiting = self.unanswered.ids.iter().filter(|id| later(id)).cloned().collect();
        self.unanswered.ids = waiting;
        if self.unanswered.is_empty() {
            self.nothing_waits();
        } else {
            self.waiting_since = self.waiting_since.max(Some(time));
        }
    }
}

/// Who attends, seen from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// Nobody that was told.
    Nobody,
    /// Our operator.
    Us,
    /// A Zobot.
    Zobot,
    /// A human operator.
    Human,
}
