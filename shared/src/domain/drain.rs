//! Takes inbox events into a conversation: facts are joined, lines are told apart, the phase follows.

use jiff::{SignedDuration, Timestamp};

use super::action::{Action, ActionId, ActionKind, ActionState, Covers};
use super::ask::{Ask, Person};
use super::conversation::{Attendance, Conversation, Phase, Via};
use super::custom_info::without;
use super::event::{EventKind, InboxEvent};
use super::facts::QUESTION_LIMIT_BYTES;
pub use super::finding::Finding;
use super::fingerprint::Fingerprint;
use super::id::{MessageId, OperatorId};
pub use super::log_entry::{Deed, LogEntry};
use super::message::{Author, Content, Message, Sender, clip};
use super::redact::{Place, redacted};
use super::settings::WorkspaceSettings;

/// How long after the opening the first line may come once more as a message (assumption, api.md §9.1).
const QUESTION_ECHO: SignedDuration = SignedDuration::from_secs(10);

/// How long a turn pauses after a line under our id that no action of ours explains, while no echo ever matched.
const UNEXPLAINED_LINE_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// What draining needs to know besides the conversation.
#[derive(Debug, Clone, Copy)]
pub struct DrainContext<'a> {
    /// The workspace's settings.
    pub settings: &'a WorkspaceSettings,
    /// The operators of the portal, as far as they are known.
    pub operators: &'a Operators,
    /// An echo of our own lines has matched in this workspace before.
    pub echo_proven: bool,
    /// Now.
    pub now: Timestamp,
}

/// Which operator ids are humans and which are bots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operators {
    /// Ordinary operators.
    pub humans: Vec<OperatorId>,
    /// The list is complete: who is not on it is not a human operator.
    pub complete: bool,
}

impl Operators {
    /// Whose line it is. An operator that can't be told is taken for a human: the AI never talks over one.
    pub(super) fn author(&self, id: &OperatorId) -> Author {
        if self.complete && !self.humans.contains(id) { Author::Zobot } else { Author::Human }
    }

    /// Whether an id can be told.
    #[must_use]
    pub fn knows(&self, id: &OperatorId) -> bool {
        self.complete || self.humans.contains(id)
    }
}

/// What draining an event left to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// A line for the log.
    pub log: Option<LogEntry>,
    /// The marker must keep the event, since nothing else does.
    pub keep: bool,
    /// Something an operations person should know.
    pub finding: Option<Finding>,
    /// An echo of ours matched.
    pub echo_matched: bool,
}

impl Conversation {
    /// Takes one event in.
    pub fn drain(&mut self, inbox: &InboxEvent, context: &DrainContext<'_>) -> Drained {
        let attended = self.attendance(&context.settings.bot_operator);
        let known = self.facts.knows_line(&inbox.event.kind);
        // What proves identities is for the engine to look at, and never becomes part of the state.
        self.facts.join(&without(inbox, context.settings.token_fields()));
        let mut drained = self.drain_kind(inbox, known, context);
        let redaction = &context.settings.redaction;
        self.facts.question.replace(|question| redacted(question, redaction, Place::Log).into_owned());
        drained.log = drained.log.map(|entry| entry.redacted(redaction));
        self.follow_facts(context.settings, context.now);
        self.note_attender_change(attended, context);
        self.let_go(context.now);
        self.watch_waits(inbox);
        if self.phase == Phase::Observed && drained.finding.is_none() && self.brand(context.settings).is_none() {
            drained.finding = Some(Finding::UnknownBrand);
        }
        drained
    }

    /// A change of attender that nobody here asked for ends a running turn.
    fn note_attender_change(&mut self, before: Attendance, context: &DrainContext<'_>) {
        let after = self.attendance(&context.settings.bot_operator);
        let asked_for = after == Attendance::Us;
        if before != after && !asked_for {
            self.epoch += 1;
        }
        if after == Attendance::Us {
            let pickup = self.open_action(|kind| matches!(kind, ActionKind::Pickup)).map(|action| action.id);
            if let Some(action) = pickup.and_then(|id| self.action_mut(id)) {
                action.settle(ActionState::Done { at: context.now, message: None });
            }
        }
    }

    fn drain_kind(&mut self, inbox: &InboxEvent, known: bool, context: &DrainContext<'_>) -> Drained {
        let event = &inbox.event;
        match &event.kind {
            EventKind::Created => self.take_question(inbox, context),
            EventKind::VisitorReplied { .. } if known => Drained::default(),
            EventKind::VisitorReplied { message } => self.take_visitor_line(message, context),
            EventKind::OperatorReplied { message } => self.take_operator_line(message, known, context),
            EventKind::LineFound { message, others } => self.take_found_line(message, others, known, context),
            EventKind::MessageEdited { message, text } => {
                self.epoch += 1;
                if self.facts.messages.iter().any(|known| known.by_visitor && &known.id == message) {
                    self.call_off_ending(context.now);
                }
                log(LogEntry::Edited { message: message.clone(), text: text.clone() })
            }
            EventKind::MessageDeleted { message } => {
                self.epoch += 1;
                self.unanswered.forget(message);
                if self.unanswered.is_empty() {
                    self.nothing_waits();
                }
                log(LogEntry::Deleted { message: message.clone() })
            }
            EventKind::AttenderUpdated => match &event.told.attender {
                Some(operator) => log(LogEntry::Attender { operator: operator.clone() }),
                None => Drained::default(),
            },
            EventKind::Transfer { step, operator, department } => {
                log(LogEntry::Transfer { step: *step, operator: operator.clone(), department: department.clone() })
            }
            EventKind::Missed => log(LogEntry::Ended { missed: true, by: None }),
            EventKind::Completed { ended_by } => log(LogEntry::Ended { missed: false, by: *ended_by }),
            EventKind::Reopened => log(LogEntry::Reopened),
            EventKind::Read { .. } => {
                self.must_read = false;
                self.take_question(inbox, context)
            }
            EventKind::EndAsked { countdown } => self.end_asked(*countdown, context.settings, context.now),
            EventKind::Unknown { name } => {
                let finding = if name.is_some() { Finding::UnknownEvent } else { Finding::UnresolvedPayload };
                Drained { keep: true, finding: Some(finding), ..Drained::default() }
            }
            EventKind::Asked { by, ask: Ask::Decide { call, approve } } => {
                self.decide_call(call, *approve, by, inbox.received_at, context.now)
            }
            EventKind::Rated { .. }
            | EventKind::ParticipantsChanged
            | EventKind::SupervisorAdded
            | EventKind::Metrics => Drained::default(),
            EventKind::Asked { by, ask } => self.take_ask(by, ask, inbox, context),
        }
    }

    /// The first line comes with the opening, and only there (api.md §9.1, assumption).
    fn take_question(&mut self, inbox: &InboxEvent, context: &DrainContext<'_>) -> Drained {
        let told = &inbox.event.told;
        let Some(question) = told.question.as_deref().filter(|question| !question.trim().is_empty()) else {
            return Drained::default();
        };
        if self.question_taken {
            return Drained::default();
        }
        self.question_taken = true;
        let time = told.opened_at.or(self.facts.opened_at).unwrap_or(inbox.order);
        let print = Fingerprint::of(question);
        let came_as_message =
            self.facts.messages.iter().any(|line| line.by_visitor && line.print == print && near(line.time, time));
        let Ok(id) = MessageId::parse(&format!("question-{}", time.as_millisecond())) else {
            return Drained::default();
        };
        if came_as_message {
            return Drained::default();
        }
        let name = told.visitor.as_ref().and_then(|visitor| visitor.name.clone());
        let message = Message { id, time, sender: Sender::Visitor { name }, content: Content::text(question) };
        self.count_visitor_line(&message.id, context.now);
        log(line(message, Author::Visitor))
    }

    pub(super) fn take_visitor_line(&mut self, message: &Message, context: &DrainContext<'_>) -> Drained {
        let opened_at = self.facts.opened_at;
        let is_question = self.question_taken
            && self.facts.thread_begins().is_none_or(|begins| message.time <= begins)
            && opened_at.is_some_and(|opened_at| near(message.time, opened_at))
            // What is said again after an answer is said again.
            && !self.facts.messages.iter().any(|line| !line.by_visitor && line.time < message.time)
            && self.facts.question.value().is_some_and(|question| is_question(question, message));
        if is_question { Drained::default() } else { self.hear_visitor(message, context) }
    }

    pub(super) fn hear_visitor(&mut self, message: &Message, context: &DrainContext<'_>) -> Drained {
        self.count_visitor_line(&message.id, context.now);
        log(line(message.clone(), Author::Visitor))
    }

    fn count_visitor_line(&mut self, id: &MessageId, now: Timestamp) {
        self.epoch += 1;
        self.counts.visitor_lines += 1;
        self.waits.confirmed = false;
        self.unanswered.add(id.clone());
        self.waiting_since.get_or_insert(now);
        self.call_off_ending(now);
    }

    fn take_operator_line(&mut self, message: &Message, known: bool, context: &DrainContext<'_>) -> Drained {
        let author = match &message.sender {
            Sender::Visitor { .. } if known => return Drained::default(),
            Sender::Visitor { .. } => return self.take_visitor_line(message, context),
            Sender::Bot { .. } => Author::Zobot,
            Sender::Operator { id, .. } if id == &context.settings.bot_operator => {
                return self.take_line_under_our_id(message, context);
            }
            Sender::Operator { id, .. } => context.operators.author(id),
            Sender::Unknown => Author::Human,
        };
        if author == Author::Human && known {
            return Drained::default();
        }
        if author == Author::Human {
            self.take_human_line(message.time, context);
        } else {
            self.counts.zobot_lines += 1;
        }
        log(line(message.clone(), author))
    }

    pub(super) fn take_human_line(&mut self, written_at: Timestamp, context: &DrainContext<'_>) {
        self.counts.human_lines += 1;
        self.waits.human = true;
        self.first_answered(written_at);
        super::join::latest(&mut self.human_wrote_at, written_at);
        self.epoch += 1;
        // A line that comes late may be older than the hand-back by which we attend.
        let us = &context.settings.bot_operator;
        let handed_back = self.attendance(us) == Attendance::Us
            && self.facts.taken.value().is_some_and(|taker| &taker.id == us)
            && self.facts.taken.time().is_some_and(|since| since > written_at);
        match self.phase {
            Phase::Assisting | Phase::Escalating(_) | Phase::AwaitingHandoff | Phase::Unattended { .. }
                if !handed_back =>
            {
                self.hand_to_human(Via::Line, context.now);
            }
            Phase::Unplaced => self.human_came_first = true,
            _ => {}
        }
        self.answered_up_to(written_at);
    }

    /// A line under our operator's id is ours only if an action of ours explains it.
    fn take_line_under_our_id(&mut self, message: &Message, context: &DrainContext<'_>) -> Drained {
        let print = message.content.print();
        let matched = self.echoed_action(&message.id, &print);
        if let Some(id) = matched {
            let logged = self.explain_echo(id, message, context.now);
            return Drained { log: logged, echo_matched: true, ..Drained::default() };
        }
        // Who it is, the account's name does not tell.
        let sender = Sender::Operator { id: context.settings.bot_operator.clone(), name: None };
        let mut drained = log(line(Message { sender, ..message.clone() }, Author::Human));
        drained.finding = Some(Finding::UnexplainedOwnLine);
        if context.echo_proven {
            self.take_human_line(message.time, context);
        } else {
            // SalesIQ may rewrite texts: until one echo has matched, this only makes the turn pause.
            self.epoch += 1;
            self.retry_at = Some(context.now + UNEXPLAINED_LINE_PAUSE);
        }
        drained
    }

    /// The action whose echo a line is. Of several with the same text the likeliest: one with that very id, then one that
    /// is on its way, then the one that was said last.
    fn echoed_action(&self, message: &MessageId, print: &Fingerprint) -> Option<ActionId> {
        let candidates = self.actions.iter().filter(|action| action.is_echo(message, print));
        let likeliest = candidates.max_by_key(|action| {
            let rank = match &action.state {
                ActionState::Done { message: Some(id), .. } if id == message => 4,
                ActionState::Claimed { .. } => 3,
                ActionState::Done { message: None, .. } => 2,
                ActionState::Uncertain { .. } => 1,
                // Said under another id, or given up.
                ActionState::Done { .. } | ActionState::Cancelled { .. } | ActionState::Waiting { .. } => 0,
            };
            (rank, action.id)
        });
        likeliest.map(|action| action.id)
    }

    fn explain_echo(&mut self, id: ActionId, message: &Message, now: Timestamp) -> Option<LogEntry> {
        let answers = self.action(id).map(Action::answers).unwrap_or_default();
        let by = self.action(id).and_then(|action| action.kind.speaker()).cloned();
        let done_before = self.action(id).is_some_and(|action| matches!(action.state, ActionState::Done { .. }));
        if !done_before {
            self.said(id, Some(message.id.clone()), now);
        }
        if let Some(action) = self.action_mut(id) {
            action.echoed = true;
        }
        (!done_before).then(|| spoken(message.clone(), by.as_ref(), answers))
    }

    /// An action that speaks has arrived.
    pub fn said(&mut self, id: ActionId, message: Option<MessageId>, now: Timestamp) {
        let Some(action) = self.action_mut(id) else { return };
        let was_cancelled = matches!(action.state, ActionState::Cancelled { .. } | ActionState::Uncertain { .. });
        let reply = match &action.kind {
            ActionKind::Reply { covers, clarifies, .. } => Some((covers.clone(), *clarifies)),
            _ => None,
        };
        let persons = match &action.kind {
            ActionKind::Line { answers_up_to, .. } => Some(*answers_up_to),
            _ => None,
        };
        action.settle(ActionState::Done { at: now, message });
        if let Some(answers_up_to) = persons {
            self.retry_at = None;
            self.failures = 0;
            self.person_said(answers_up_to);
            self.first_answered(now);
            return;
        }
        self.counts.our_lines += 1;
        self.spoke = true;
        self.retry_at = None;
        self.failures = 0;
        if let Some((covers, clarifies)) = reply {
            self.first_answered(now);
            if was_cancelled {
                self.unanswered.remove(&covers);
            }
            self.clarifications = if clarifies { self.clarifications.saturating_add(1) } else { 0 };
        }
        if self.unanswered.is_empty() {
            self.waiting_since = None;
        }
        self.said_in_silence(id, now);
    }
}

/// Whether a message says what the first line says; of that only the head is kept.
fn is_question(question: &str, message: &Message) -> bool {
    let said = clip(message.content.readable(), QUESTION_LIMIT_BYTES);
    Fingerprint::of(question) == Fingerprint::of(said)
}

/// A line under our operator's id that an action explains: a person's, else the AI's.
#[must_use]
pub fn spoken(message: Message, by: Option<&Person>, answers: Covers) -> LogEntry {
    let Some(person) = by else { return LogEntry::Line { message, author: Author::Ours, answers } };
    let sender = match message.sender {
        Sender::Operator { id, .. } => Sender::Operator { id, name: Some(person.name.clone()) },
        other => other,
    };
    line(Message { sender, ..message }, Author::Human)
}

pub(super) fn line(message: Message, author: Author) -> LogEntry {
    LogEntry::Line { message, author, answers: Covers::default() }
}

fn near(time: Timestamp, other: Timestamp) -> bool {
    time.duration_since(other).abs() <= QUESTION_ECHO
}

pub(super) fn log(entry: LogEntry) -> Drained {
    Drained { log: Some(entry), ..Drained::default() }
}
