//! The portal in memory: a state machine that is told the time and never waits, sends or rolls dice on its own.
//!
//! What should be sent out is queued in [`State::deliveries`]; what pages should redraw stands in [`State::changes`].
//! The HTTP shell in `http` and the sender in `deliver` do the rest.

pub(crate) mod calls;
pub(crate) mod conversation;
pub(crate) mod deliveries;
pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod ids;
pub(crate) mod life;
pub(crate) mod mails;
pub(crate) mod oauth;
pub(crate) mod operator;
pub(crate) mod portal;
pub(crate) mod steps;
mod talk;
pub(crate) mod transfer;
pub(crate) mod visitor;
pub(crate) mod webhook;

use crate::faults::Faults;
use crate::settings::Settings;
use calls::Calls;
use conversation::Conversation;
use deliveries::Deliveries;
use error::{ApiError, INVALID_DEPARTMENTS, UNKNOWN_RESOURCE};
use ids::Ids;
use mails::Mails;
use oauth::OAuth;
use operator::Operator;
use portal::{Brand, Department, Tag};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use steps::Steps;
use webhook::Webhook;

/// What a page should draw again.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub(crate) enum Change {
    Conversation(String),
    Operator(String),
    /// Brands, departments or operators came or went.
    Portal,
    /// The visitor or an operator types in this conversation.
    Typing {
        conversation: String,
        who: String,
    },
    Reset,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) brands: Vec<Brand>,
    pub(crate) departments: Vec<Department>,
    pub(crate) operators: Vec<Operator>,
    pub(crate) tags: Vec<Tag>,
    /// Further portals that accounts see, name and screen name: they are listed, and nothing is in them.
    pub(crate) other_portals: Vec<(String, String)>,
    /// Ids grow, so the map's order is the order of creation.
    pub(crate) conversations: BTreeMap<String, Conversation>,
    /// Open chats per attender, kept beside the conversations because every ring asks for it.
    pub(crate) load: HashMap<String, usize>,
    /// When to look at a conversation again. An entry may be out of date: the conversation's own deadlines decide.
    pub(crate) timers: BTreeSet<(i64, String)>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) deliveries: Deliveries,
    pub(crate) oauth: OAuth,
    pub(crate) calls: Calls,
    pub(crate) mails: Mails,
    pub(crate) steps: Steps,
    pub(crate) faults: Faults,
    pub(crate) ids: Ids,
    pub(crate) changes: Vec<Change>,
    /// How far the simulator's clock is ahead of the machine's.
    pub(crate) clock_ahead_ms: i64,
}

impl State {
    /// The seeded portal.
    pub(crate) fn seeded(now: i64, seed: u64, settings: Settings) -> Self {
        Self {
            settings,
            brands: portal::brands(),
            departments: portal::departments(),
            operators: portal::operators(now),
            tags: portal::tags(),
            other_portals: Vec::new(),
            conversations: BTreeMap::new(),
            load: HashMap::new(),
            timers: BTreeSet::new(),
            webhooks: Vec::new(),
            deliveries: Deliveries::default(),
            oauth: OAuth::seeded(),
            calls: Calls::default(),
            mails: Mails::default(),
            steps: Steps::default(),
            faults: Faults::default(),
            ids: Ids::new(seed),
            changes: Vec::new(),
            clock_ahead_ms: 0,
        }
    }

    /// Back to the seed, with ids and the generator going on, so that nothing old is taken for something new.
    pub(crate) fn reset(&mut self, now: i64, settings: Settings) {
        let mut fresh = Self::seeded(now - self.clock_ahead_ms, 0, settings);
        std::mem::swap(&mut fresh.ids, &mut self.ids);
        fresh.deliveries.go_on_after(&self.deliveries);
        fresh.changes.push(Change::Reset);
        *self = fresh;
    }

    pub(crate) fn conversation(&self, id: &str) -> Result<&Conversation, ApiError> {
        self.conversations.get(id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))
    }

    pub(crate) fn conversation_mut(&mut self, id: &str) -> Result<&mut Conversation, ApiError> {
        self.conversations.get_mut(id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))
    }

    pub(crate) fn brand(&self, id: &str) -> Option<&Brand> {
        self.brands.iter().find(|b| b.id == id)
    }

    pub(crate) fn department(&self, id: &str) -> Option<&Department> {
        self.departments.iter().find(|d| d.id == id)
    }

    /// A department that a chat can be sent to.
    pub(crate) fn open_department(&self, id: &str) -> Result<&Department, ApiError> {
        let open = self.department(id).filter(|d| d.is_enabled);
        open.ok_or_else(|| ApiError::at_key(INVALID_DEPARTMENTS, "department_id"))
    }

    /// The error of a call that the conversation's state forbids.
    pub(crate) fn wrong_state(&self) -> ApiError {
        ApiError::new(self.settings.wrong_state_code)
    }
}
