//! What must hold, and what was found. The invariants, by name:
//!
//! | name | what holds |
//! |---|---|
//! | `answered` | each line of a visitor in an automated brand, unless it was deleted, ends answered by the AI, with a human who had the chat or wrote when it was there or later, or in a mail that SES took. A human who only wrote has the chat for as long as they are waited for |
//! | `stored` | a delivery that was acknowledged lies in the table, read or unread |
//! | `said-once` | a reply of the AI stands in the chat at most once; notices may stand there twice (protocol.md §5) |
//! | `answered-once` | no line of a visitor is answered by two replies of the AI |
//! | `over-a-human` | nothing is said in the AI's name once a human's line or a human attender was acknowledged before the last look at the inbox: until the chat is ours again, a new thread has begun, or the human who only wrote was silent for as long as the settings allow |
//! | `untouched` | nothing is said in a brand that is not automated |
//! | `claimed-early` | the visitor is told of a connection only while a human attends |
//! | `closed-over-a-line` | when we close a chat, each line that was acknowledged before the last look was answered, served, mailed, or in a human's hands before |
//! | `told` | where the transcript was mailed since nobody could be found and we closed the chat, the visitor was told something in it |
//! | `mailed-once` | SES took as many mails as the state knows of; one more only where its answer was lost, or the process that mailed died or failed |
//! | `rung-once` | SalesIQ took no more transfers than were decided; one more only where its answer was lost, or the process that asked died or failed: by then the first may have been turned down unheard |
//! | `noted` | a chat that rang has a note |
//! | `seen` | a state with an open action stands on the index of waiting work |
//! | `nothing-overdue` | at the end nothing has waited there for more than three minutes |
//! | `drained` | at the end nothing has been unread for more than three minutes |
//! | `agrees` | at the end our phase is what SalesIQ says: closed, with a human, or with us |
//! | `freed` | at the end no operator is reserved for a chat that does not ring |
//! | `readable` | no state was ever unreadable, and no wake-up was refused for good |

mod end;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;
use shared::domain::action::Duty;
use shared::domain::event::InboxEvent;
use shared::engine::EngineError;
use shared::mail::post::SentLetter;
use shared::store::{StateItem, StoreError};

use crate::portal::{Emitted, Salesiq, US, Who, conversation_of};
use crate::sabotage::Sabotage;

pub(crate) use end::at_the_end;

/// How many steps of a conversation are kept.
const STEPS_KEPT: usize = 120;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The conversation, counted from 1.
    pub conversation: usize,
    /// Which invariant.
    pub invariant: &'static str,
    /// What was seen.
    pub seen: String,
    /// The last steps of the conversation, where they were kept.
    pub steps: Vec<String>,
}

/// A human wrote, or took the chat.
#[derive(Debug)]
struct Came {
    stamp: i64,
    thread: u32,
    wrote: bool,
    /// When it lay in the inbox, and when that was said.
    recorded: Option<i64>,
    acknowledged: Option<i64>,
}

/// Keeps what was seen, and checks what must hold.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) checked: BTreeMap<&'static str, u64>,
    traced: bool,
    /// How long a human who only wrote is waited for.
    silence_ms: i64,
    /// The agent does not say which lines its answers are about: any later line of ours is an answer.
    playbook: bool,
    violations: Vec<Violation>,
    steps: Vec<VecDeque<String>>,
    came: Vec<Vec<Came>>,
    /// Deliveries that were acknowledged: whose, which, what.
    acknowledged: Vec<(usize, String, &'static str)>,
    /// Lines of visitors, and when they were acknowledged first.
    lines: BTreeMap<(usize, i64), i64>,
    /// Letters that SES took: when, and the text.
    letters: Vec<Vec<(i64, String)>>,
    /// Lines that the agent took for served.
    served: BTreeSet<String>,
    /// How often SES may have taken a mail that nobody knows of.
    unsure: Vec<usize>,
    /// How often SalesIQ may have taken a transfer that nobody knows of.
    unsure_rings: Vec<usize>,
    /// When we closed a chat.
    closed: Vec<Vec<i64>>,
}

impl Judge {
    pub(crate) fn new(conversations: usize, traced: bool, silence_s: u32, playbook: bool) -> Self {
        fn each<T: Default>(conversations: usize) -> Vec<T> {
            std::iter::repeat_with(T::default).take(conversations + 1).collect()
        }
        Self {
            checked: BTreeMap::new(),
            traced,
            silence_ms: i64::from(silence_s) * 1_000,
            playbook,
            violations: Vec::new(),
            steps: each(conversations),
            came: each(conversations),
            acknowledged: Vec::new(),
            lines: BTreeMap::new(),
            letters: each(conversations),
            served: BTreeSet::new(),
            unsure: each(conversations),
            unsure_rings: each(conversations),
            closed: each(conversations),
        }
    }

    pub(crate) fn note(&mut self, conversation: usize, now: i64, what: &str) {
        let Some(steps) = self.steps.get_mut(conversation).filter(|_| self.traced) else { return };
        if steps.len() >= STEPS_KEPT {
            steps.pop_front();
        }
        let since = now - crate::world::BEGINNING_MS;
        steps.push_back(format!("{:>5}.{:03} s  {what}", since / 1000, since % 1000));
    }

    /// SalesIQ tells an event.
    pub(crate) fn tell(&mut self, conversation: usize, now: i64, event: &str) {
        if self.traced {
            self.note(conversation, now, &format!("SalesIQ: {event}"));
        }
    }

    /// Checks one thing once.
    fn check(&mut self, invariant: &'static str, conversation: usize, wrong: Option<String>) {
        *self.checked.entry(invariant).or_default() += 1;
        let Some(seen) = wrong else { return };
        let known = self.violations.iter().any(|one| one.conversation == conversation && one.invariant == invariant);
        if !known {
            let steps = self.steps.get(conversation).into_iter().flatten().cloned().collect();
            self.violations.push(Violation { conversation, invariant, seen, steps });
        }
    }

    pub(crate) fn take_violations(&mut self) -> Vec<Violation> {
        std::mem::take(&mut self.violations)
    }

    /// SalesIQ has something to tell.
    pub(crate) fn happened(&mut self, salesiq: &Salesiq, emitted: &Emitted) {
        let Some(chat) = salesiq.chat(emitted.conversation) else { return };
        let wrote = match emitted.event {
            "conversation.operator.replied" => {
                let line = chat.lines.iter().rev().find(|line| line.id == emitted.time);
                let human = line.is_some_and(|line| matches!(&line.who, Who::Operator(id) if id != US));
                if !human {
                    return;
                }
                true
            }
            "conversation.attender.updated" if emitted.body["entity"]["owner"]["id"] != US => false,
            _ => return,
        };
        let came = Came { stamp: emitted.time, thread: chat.thread, wrote, recorded: None, acknowledged: None };
        self.came[emitted.conversation].push(came);
    }

    /// An event lies in its inbox.
    pub(crate) fn recorded(&mut self, now: i64, conversation: usize, event: &InboxEvent) {
        let stamp = event.event.time.map(jiff::Timestamp::as_millisecond);
        for came in self.came[conversation].iter_mut().filter(|came| Some(came.stamp) == stamp) {
            came.recorded.get_or_insert(now);
        }
    }

    /// SalesIQ showed us all messages of a chat.
    pub(crate) fn listed(&mut self, now: i64, conversation: usize) {
        for came in self.came[conversation].iter_mut().filter(|came| came.wrote && came.stamp <= now) {
            came.recorded.get_or_insert(now);
        }
    }

    /// Our webhook said that it has an event.
    pub(crate) fn acknowledged(&mut self, now: i64, emitted: &Emitted, event: &InboxEvent) {
        let conversation = emitted.conversation;
        self.acknowledged.push((conversation, event.dedup.as_str().to_owned(), emitted.event));
        for came in self.came[conversation].iter_mut().filter(|came| came.stamp == emitted.time) {
            let of_this = came.wrote == (emitted.event == "conversation.operator.replied");
            if of_this && (came.wrote || emitted.event == "conversation.attender.updated") {
                came.acknowledged.get_or_insert(now);
            }
        }
        if emitted.event == "conversation.visitor.replied" || emitted.event == "conversation.created" {
            self.lines.entry((conversation, emitted.time)).or_insert(now);
        }
    }

    /// A line of ours goes on its way. `looked_at` is when its process read the inbox last.
    pub(crate) fn speaks(&mut self, salesiq: &Salesiq, conversation: usize, now: i64, looked_at: i64, text: &str) {
        let Some(chat) = salesiq.chat(conversation) else { return };
        let automated = chat.brand < 2;
        self.check("untouched", conversation, (!automated).then(|| format!("said in brand {}: {text}", chat.brand)));
        let claims = text.to_lowercase().contains("connected");
        let human = chat.attender.as_deref().is_some_and(|who| who != US);
        let early = claims && !human;
        self.check("claimed-early", conversation, early.then(|| format!("said with nobody there: {text}")));
        let of_thread = || self.came[conversation].iter().filter(|came| came.thread == chat.thread);
        // Known for so long that a human is here, and nothing written for as long.
        let first_known = of_thread().filter_map(|came| came.recorded).min();
        let long_ago = |at: i64| now - at >= self.silence_ms;
        let over = of_thread().find(|came| {
            let known = came.acknowledged.is_some_and(|at| at <= looked_at);
            let silent = came.wrote && long_ago(came.stamp) && first_known.is_some_and(long_ago);
            known && !silent && !chat.came_to_us_within(came.stamp, now, US)
        });
        let wrong = over.map(|came| {
            let how = if came.wrote { "wrote" } else { "took the chat" };
            let ago = now - came.acknowledged.unwrap_or(now);
            let waits = self.silence_ms;
            format!("said {ago} ms after it was acknowledged that a human {how} (waited for {waits} ms): {text}")
        });
        self.check("over-a-human", conversation, wrong);
    }

    /// SES took a letter.
    pub(crate) fn mailed(&mut self, now: i64, letter: &SentLetter, sabotage: Option<Sabotage>) {
        if sabotage == Some(Sabotage::MailLost) {
            return;
        }
        let tag = letter.tags.iter().find(|(name, _)| name == "conversation");
        let conversation = tag.and_then(|(_, id)| conversation_of(id)).unwrap_or(0);
        self.note(conversation, now, &format!("SES takes a mail: {}", letter.letter.subject));
        self.letters[conversation].push((now, letter.letter.text.clone()));
    }

    /// SES may have taken a mail that nobody knows of.
    pub(crate) fn mail_unsure(&mut self, conversation: usize) {
        self.unsure[conversation] += 1;
    }

    /// SalesIQ may have taken a transfer that nobody knows of.
    pub(crate) fn ring_unsure(&mut self, conversation: usize) {
        self.unsure_rings[conversation] += 1;
    }

    /// The agent took these lines for served.
    pub(crate) fn served(&mut self, tags: impl Iterator<Item = String>) {
        self.served.extend(tags);
    }

    /// A wake-up ended in an error.
    pub(crate) fn wake_up_failed(&mut self, conversation: usize, duty: Duty, error: &EngineError) {
        match duty {
            Duty::Transcript => self.mail_unsure(conversation),
            Duty::Escalation => self.ring_unsure(conversation),
            Duty::Conversation => {}
        }
        let hopeless = match error {
            EngineError::State { .. } | EngineError::Endpoint(_) => true,
            EngineError::Store { source, .. } => {
                matches!(source, StoreError::Refused { .. } | StoreError::Corrupt { .. })
            }
            EngineError::Workspace(_) | EngineError::Contended { .. } => false,
        };
        self.check("readable", conversation, hopeless.then(|| shared::telemetry::Chain(error).to_string()));
    }

    /// A state was committed.
    pub(crate) fn committed(&mut self, conversation: usize, state: &StateItem) {
        let open = [r#""state":{"type":"waiting""#, r#""state":{"type":"claimed""#];
        let open = open.iter().any(|mark| state.body.contains(mark));
        let unseen = open && state.wake_at.is_none();
        self.check("seen", conversation, unseen.then(|| "an action is open and nobody will look".to_owned()));
    }

    /// We closed a chat.
    pub(crate) fn we_closed(&mut self, salesiq: &Salesiq, conversation: usize, looked_at: i64) {
        let Some(chat) = salesiq.chat(conversation) else { return };
        self.closed[conversation].push(chat.ended.unwrap_or(0));
        let lines = chat.lines.iter().filter(|line| line.who == Who::Visitor && !line.deleted);
        let known: Vec<_> = lines
            .filter(|line| line.thread == chat.thread)
            .filter(|line| {
                let question = line.id == chat.thread_from;
                let at = self.lines.get(&(conversation, line.id));
                at.is_some_and(|at| *at <= looked_at)
                    || question && self.lines.contains_key(&(conversation, chat.started))
            })
            .map(|line| (line.id, line.text.clone()))
            .collect();
        let waits = known.iter().find(|(id, text)| self.fate(salesiq, conversation, *id, text).is_none());
        let wrong = waits.map(|(_, text)| format!("closed although nobody had answered or mailed: {text}"));
        self.check("closed-over-a-line", conversation, wrong);
    }

    /// What became of a visitor's line, if anything did.
    fn fate(&self, salesiq: &Salesiq, conversation: usize, id: i64, text: &str) -> Option<&'static str> {
        let chat = salesiq.chat(conversation)?;
        let tag = crate::agent::tag(text)?;
        let about = |said: &str| names(said, &tag);
        let ours = || chat.lines.iter().filter(|line| matches!(&line.who, Who::Operator(who) if who == US));
        if self.playbook && ours().any(|line| line.id > id) {
            return Some("answered, as far as can be told");
        }
        if ours().any(|line| line.text.starts_with(['A', 'C']) && about(&line.text)) {
            return Some("answered");
        }
        if self.served.contains(&tag) {
            return Some("served");
        }
        let wrote = |line: &crate::portal::Line| matches!(&line.who, Who::Operator(who) if who != US) && line.id >= id;
        if chat.had_a_human_from(id, US) || chat.lines.iter().any(wrote) {
            return Some("with a human");
        }
        // Who only wrote is waited for; when the chat ends meanwhile, it ends with them.
        let thread = chat.lines.iter().find(|line| line.id == id).map(|line| line.thread);
        let awaited = self.came[conversation].iter().any(|came| {
            let ended = chat.end_of(came.thread);
            let in_time = ended.is_some_and(|ended| ended <= id + self.silence_ms);
            let back = chat.came_to_us_within(came.stamp, ended.unwrap_or(i64::MAX), US);
            Some(came.thread) == thread && in_time && !back
        });
        if awaited {
            return Some("with a human who wrote");
        }
        self.letters[conversation].iter().any(|(_, letter)| about(letter)).then_some("mailed")
    }
}

/// Whether a text names a tag.
fn names(text: &str, tag: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || c == ':' || c == '"').any(|word| word == tag)
}
