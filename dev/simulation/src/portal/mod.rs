//! A model of SalesIQ, as api.md and `shared::salesiq::assumptions` have it: conversations and their threads, operators,
//! transfers that ring, and the webhooks that all of it causes. Each change happens at once and at one time; what is late,
//! lost or refused on the way is the business of who carries it.

mod api;
mod chat;
mod life;
mod ring;
mod shapes;

use serde_json::Value;

pub(crate) use api::Reply;
pub(crate) use chat::{Chat, Line, Status, Who};
pub(crate) use life::Opening;

/// The operator that the AI speaks as.
pub(crate) const US: &str = "700";
/// The administrator whose token sees all departments.
pub(crate) const FACILITATOR: &str = "701";
/// The first human.
const FIRST_HUMAN: usize = 701;
/// The portal's only webhook.
const WEBHOOK: &str = "8100";

/// SalesIQ refuses a call: HTTP status, code and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) u16, pub(crate) i64, pub(crate) &'static str);

/// The chat's state does not allow it (assumption: no code is documented).
const WRONG_STATE: Refusal = Refusal(400, 1010, "Invalid Method.");
/// The operator may not.
const NOT_PERMITTED: Refusal = Refusal(403, 1016, "Not permitted");
/// There is no such thing.
const UNKNOWN: Refusal = Refusal(404, 1019, "Unknown resource");
/// The operator can't be rung.
const INVALID_OPERATOR: Refusal = Refusal(400, 1033, "Invalid operator");

/// An operator of the portal.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) available: bool,
    /// How many chats at a time.
    pub(crate) limit: u32,
    /// By number.
    pub(crate) departments: Vec<usize>,
}

/// An event that SalesIQ has to tell.
#[derive(Debug, Clone)]
pub(crate) struct Emitted {
    /// Whose, counted from 1.
    pub(crate) conversation: usize,
    /// Its name.
    pub(crate) event: &'static str,
    /// When it happened: milliseconds since 1970.
    pub(crate) time: i64,
    /// The payload.
    pub(crate) body: Value,
}

/// An execution that failed for the last time.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    pub(crate) id: u64,
    pub(crate) emitted: Emitted,
}

/// How a portal behaves where api.md leaves it open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    /// How long a waiting chat rings before it is missed, in milliseconds.
    pub(crate) wait_ms: i64,
    /// How long a transfer rings.
    pub(crate) ring_ms: i64,
    /// A reopened chat is told of.
    pub(crate) tells_reopened: bool,
    /// Rows of messages have ids.
    pub(crate) rows_have_ids: bool,
    /// The answer to a sent message tells its id.
    pub(crate) sent_tells_id: bool,
    /// The first line comes as a message too.
    pub(crate) question_echo: bool,
    /// An operator who let a ring pass may still take it.
    pub(crate) late_accept: bool,
}

/// SalesIQ.
#[derive(Debug)]
pub(crate) struct Salesiq {
    pub(crate) habits: Habits,
    pub(crate) departments: usize,
    pub(crate) brands: usize,
    pub(crate) operators: Vec<Operator>,
    pub(crate) bot_available: bool,
    /// By number; the first is no conversation but the world itself.
    pub(crate) chats: Vec<Option<Chat>>,
    /// Told since the last look.
    pub(crate) emitted: Vec<Emitted>,
    pub(crate) failed: Vec<Failed>,
    /// Failed executions that are to be run again.
    pub(crate) rerun: Vec<Emitted>,
    pub(crate) webhook_url: String,
    last_id: u64,
}

impl Salesiq {
    pub(crate) fn new(habits: Habits, conversations: usize, operators: Vec<Operator>, webhook_url: String) -> Self {
        Self {
            habits,
            departments: 2,
            brands: 3,
            operators,
            bot_available: true,
            chats: std::iter::repeat_with(|| None).take(conversations + 1).collect(),
            emitted: Vec::new(),
            failed: Vec::new(),
            rerun: Vec::new(),
            webhook_url,
            last_id: 0,
        }
    }

    pub(crate) fn chat(&self, conversation: usize) -> Option<&Chat> {
        self.chats.get(conversation)?.as_ref()
    }

    fn chat_mut(&mut self, conversation: usize) -> Result<&mut Chat, Refusal> {
        self.chats.get_mut(conversation).and_then(Option::as_mut).ok_or(UNKNOWN)
    }

    pub(crate) fn operator(&self, id: &str) -> Option<&Operator> {
        self.operators.iter().find(|operator| operator.id == id)
    }

    /// How many chats an operator has open.
    pub(crate) fn load(&self, id: &str) -> usize {
        let with = |chat: &&Chat| chat.status == Status::Connected && chat.attender.as_deref() == Some(id);
        self.chats.iter().flatten().filter(with).count()
    }

    fn can_take(&self, operator: &Operator) -> bool {
        operator.available && self.load(&operator.id) < usize::try_from(operator.limit).unwrap_or(usize::MAX)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// An execution failed for the last time.
    pub(crate) fn execution_failed(&mut self, emitted: Emitted) {
        let id = 5_000 + self.next_id();
        self.failed.push(Failed { id, emitted });
    }
}

/// The id of the n-th human.
pub(crate) fn human(number: usize) -> String {
    (FIRST_HUMAN + number).to_string()
}

pub(crate) fn conversation_id(conversation: usize) -> String {
    (19_000_000_000_000 + conversation).to_string()
}

/// The conversation of an id.
pub(crate) fn conversation_of(id: &str) -> Option<usize> {
    id.parse::<usize>().ok()?.checked_sub(19_000_000_000_000)
}

pub(crate) fn department_id(department: usize) -> String {
    (500 + department).to_string()
}

pub(crate) fn brand_id(brand: usize) -> String {
    (300 + brand).to_string()
}

fn number_of(id: &str, first: usize, many: usize) -> Option<usize> {
    id.parse::<usize>().ok()?.checked_sub(first).filter(|number| *number < many)
}
