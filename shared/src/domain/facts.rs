//! What SalesIQ told about a conversation: a join that gives the same result for every order and repetition of events.
//!
//! A reopened chat is a new thread: what was told before the last close does not count in it. A thread is reopened by
//! SalesIQ's event, or by a visitor's line after the close (data webhooks lack that event; assumption of api.md §9.1).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::card::masked;
use super::event::{EndedBy, Event, EventKind, InboxEvent, OperatorRef, ReadStatus, TransferStep};
use super::fingerprint::Fingerprint;
use super::id::{BrandId, DepartmentId, MessageId, OperatorId};
use super::join::{Newest, Register, earliest, latest};
use super::message::{Sender, clip};
use super::same_line::{at_about, at_the_same_moment, without_partner};
pub use super::visitor_facts::VisitorFacts;

/// A line and an end so near each other don't tell which came first: their times are told in different ways (a line's is its
/// id's, api.md §5.6). A visitor who wrote right before leaving is not back.
const ONE_MOMENT: SignedDuration = SignedDuration::from_millis(200);

/// How many of the newest messages and edits the facts remember; older ones are in the log.
pub const REMEMBERED: usize = 32;

/// The longest first line kept in the state, in bytes; the whole stands in the log.
pub const QUESTION_LIMIT_BYTES: usize = 500;

/// The facts of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// The brand.
    pub brand: Register<BrandId>,
    /// The department.
    pub department: Register<DepartmentId>,
    /// The visitor's first line, card numbers masked, clipped.
    pub question: Register<String>,
    /// The visitor.
    pub visitor: VisitorFacts,
    /// Who attends.
    pub attender: Register<OperatorRef>,
    /// Who took it last, told as it happened: what reading tells of the attender has no time of its own.
    pub taken: Register<OperatorRef>,
    /// The last transfer.
    pub transfer: Register<TransferFact>,
    /// The last end.
    pub ended: Register<Ending>,
    /// The last time SalesIQ said that the chat was reopened.
    pub reopened_at: Option<Timestamp>,
    /// The visitor's last line.
    pub visitor_wrote_at: Option<Timestamp>,
    /// Stars and words.
    pub rating: Register<(Option<i64>, Option<String>)>,
    /// The newest messages.
    pub messages: Newest<MessageFact, REMEMBERED>,
    /// The newest edits and deletions.
    pub edits: Newest<EditFact, REMEMBERED>,
}

/// How a transfer stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TransferFact {
    /// How far it got.
    pub step: TransferStep,
    /// Who is rung, accepted or rejected.
    pub operator: Option<OperatorId>,
    /// Where it goes.
    pub department: Option<DepartmentId>,
}

/// How a thread ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Ending {
    /// Nobody took it.
    Missed,
    /// It was ended.
    Completed {
        /// By whom.
        by: Option<EndedBy>,
    },
}

/// A message, as far as the facts need it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageFact {
    /// When it was written.
    pub time: Timestamp,
    /// Its id.
    pub id: MessageId,
    /// The visitor wrote it.
    pub by_visitor: bool,
    /// What it said, to recognise it again; of an operator's line also who said it.
    pub print: Fingerprint,
    /// It was found in SalesIQ's list of messages; otherwise a webhook told of it. A line that came both ways is here twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found: bool,
    /// Of a found one: lines that are like it, and are others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<MessageId>,
}

/// An edit or a deletion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EditFact {
    /// When.
    pub time: Timestamp,
    /// Which message.
    pub message: MessageId,
    /// It was deleted.
    pub deleted: bool,
}

impl MessageFact {
    fn of(kind: &EventKind) -> Option<Self> {
        let (message, by_visitor) = match kind {
            EventKind::VisitorReplied { message } => (message, true),
            EventKind::OperatorReplied { message } | EventKind::LineFound { message, .. } => {
                (message, matches!(message.sender, Sender::Visitor { .. }))
            }
            _ => return None,
        };
        let text = message.content.readable();
        let print = match &message.sender {
            Sender::Operator { id, .. } if !by_visitor => Fingerprint::of(&format!("{id} {text}")),
            _ => Fingerprint::of(text),
        };
        let others = match kind {
            EventKind::LineFound { others, .. } => Some(others.clone()),
            _ => None,
        };
        Some(Self {
            time: message.time,
            id: message.id.clone(),
            by_visitor,
            print,
            found: others.is_some(),
            others: others.unwrap_or_default(),
        })
    }

    /// Whether another may be the same line, come by another way. A visitor's line that was edited meanwhile is known by its
    /// time alone: nobody writes two within a millisecond.
    fn is_like(&self, other: &Self) -> bool {
        let same_moment = self.by_visitor && self.time == other.time;
        self.id == other.id || self.by_visitor == other.by_visitor && (same_moment || self.print == other.print)
    }
}

/// How many lines these are, when each came by a webhook, from the list, or both ways. Taking one more in makes it one more
/// or leaves it, whatever the order.
fn lines_among(facts: &[&MessageFact]) -> usize {
    let came = |found: bool| -> Vec<&MessageFact> {
        let mut lines: Vec<&MessageFact> = facts.iter().copied().filter(|line| line.found == found).collect();
        lines.sort();
        let mut ids = BTreeSet::new();
        lines.retain(|line| ids.insert(&line.id));
        lines
    };
    let (listed, told) = (came(true), came(false));
    let same_id = |a: &&MessageFact, b: &&MessageFact| a.id == b.id;
    let near = |a: &MessageFact, b: &MessageFact| {
        if a.by_visitor { at_about(a.time, b.time) } else { at_the_same_moment(a.time, b.time) }
    };
    let alike = |a: &&MessageFact, b: &&MessageFact| a.is_like(b) && near(a, b) && !a.others.contains(&b.id);
    told.len() + without_partner(&listed, &told, same_id, alike).len()
}

impl Facts {
    /// Takes an event in.
    pub fn join(&mut self, inbox: &InboxEvent) {
        let time = inbox.order;
        let Event { kind, told, .. } = &inbox.event;
        if let Some(opened_at) = told.opened_at {
            earliest(&mut self.opened_at, opened_at);
        } else if matches!(kind, EventKind::Created) {
            earliest(&mut self.opened_at, time);
        }
        if let Some(brand) = &told.brand {
            self.brand.join(time, brand.clone());
        }
        if let Some(department) = &told.department {
            self.department.join(time, department.clone());
        }
        if let Some(question) = &told.question {
            self.question.join(time, clip(&masked(question), QUESTION_LIMIT_BYTES).to_owned());
        }
        if let Some(visitor) = &told.visitor {
            self.visitor.join(time, visitor);
        }
        self.join_kind(time, inbox);
    }

    fn join_kind(&mut self, time: Timestamp, inbox: &InboxEvent) {
        let told = &inbox.event.told;
        match &inbox.event.kind {
            EventKind::AttenderUpdated => {
                if let Some(attender) = &told.attender {
                    self.attender.join(time, attender.clone());
                    self.taken.join(time, attender.clone());
                }
            }
            EventKind::VisitorReplied { .. } | EventKind::OperatorReplied { .. } | EventKind::LineFound { .. } => {
                if let Some(line) = MessageFact::of(&inbox.event.kind) {
                    self.join_line(line);
                }
            }
            EventKind::MessageEdited { message, .. } => {
                self.edits.join(EditFact { time, message: message.clone(), deleted: false });
            }
            EventKind::MessageDeleted { message } => {
                self.edits.join(EditFact { time, message: message.clone(), deleted: true });
            }
            EventKind::Transfer { step, operator, department } => {
                let operator_id = operator.as_ref().map(|operator| operator.id.clone());
                self.transfer
                    .join(time, TransferFact { step: *step, operator: operator_id, department: department.clone() });
                if let (TransferStep::Accepted, Some(operator)) = (step, operator) {
                    self.attender.join(time, operator.clone());
                    self.taken.join(time, operator.clone());
                }
            }
            EventKind::Missed => self.ended.join(time, Ending::Missed),
            EventKind::Completed { ended_by } => self.ended.join(time, Ending::Completed { by: *ended_by }),
            EventKind::Reopened => latest(&mut self.reopened_at, time),
            EventKind::Rated { rating, feedback } => self.rating.join(time, (*rating, feedback.clone())),
            EventKind::Read { status } => self.join_read(time, *status, told.attender.as_ref()),
            EventKind::Created
            | EventKind::EndAsked { .. }
            | EventKind::Asked { .. }
            | EventKind::ParticipantsChanged
            | EventKind::SupervisorAdded
            | EventKind::Metrics
            | EventKind::Unknown { .. } => {}
        }
    }

    fn join_read(&mut self, time: Timestamp, status: ReadStatus, attender: Option<&OperatorRef>) {
        match status {
            ReadStatus::Missed => self.ended.join(time, Ending::Missed),
            ReadStatus::Closed => self.ended.join(time, Ending::Completed { by: None }),
            ReadStatus::Waiting | ReadStatus::Connected => {
                if let Some(attender) = attender {
                    self.attender.join(time, attender.clone());
                }
            }
            ReadStatus::Unknown => {}
        }
    }

    fn join_line(&mut self, line: MessageFact) {
        if line.by_visitor {
            latest(&mut self.visitor_wrote_at, line.time);
        }
        self.messages.join(line);
    }

    /// Whether the line that an event brings is known: it came before, by a webhook or from SalesIQ's list.
    #[must_use]
    pub fn knows_line(&self, kind: &EventKind) -> bool {
        MessageFact::of(kind).is_some_and(|line| {
            let known: Vec<&MessageFact> = self.messages.iter().collect();
            let with: Vec<&MessageFact> = known.iter().copied().chain([&line]).collect();
            lines_among(&known) == lines_among(&with)
        })
    }

    /// Where the current thread begins: what was told up to then belongs to an earlier one. None in the first thread.
    #[must_use]
    pub fn thread_begins(&self) -> Option<Timestamp> {
        if self.is_closed() { None } else { self.ended.time() }
    }

    /// Whether the current thread is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.ending().is_some()
    }

    /// How the current thread ended, if it did.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        let ended_at = self.ended.time()?;
        let reopened = self.reopened_at.is_some_and(|time| time > ended_at)
            || self.visitor_wrote_at.is_some_and(|time| time > ended_at + ONE_MOMENT)
            || self.taken.time().is_some_and(|time| time > ended_at + ONE_MOMENT);
        if reopened { None } else { self.ended.value().copied() }
    }

    /// Who attends in the current thread.
    #[must_use]
    pub fn attender(&self) -> Option<&OperatorRef> {
        self.attender.after(self.thread_begins())
    }

    /// How the last transfer of the current thread stands.
    #[must_use]
    pub fn transfer(&self) -> Option<&TransferFact> {
        self.transfer.after(self.thread_begins())
    }
}
