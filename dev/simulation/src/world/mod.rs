//! One world: a workspace, its SalesIQ, its visitors and its team, on a runtime whose time is virtual.

mod furnish;
mod people;
mod run;
mod traffic;
mod visitor;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use shared::clock::Clock;
use shared::domain::action::Duty;
use shared::domain::conversation::Terms;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::domain::settings::{Article, WorkspaceSettings};
use shared::salesiq::oauth::secret::Secrets;
use shared::store::{ConversationKey, Memory};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::faults::{Dice, FaultSet};
use crate::judge::Judge;
use crate::portal::{Salesiq, conversation_id};
use crate::process::Sandbox;
use crate::sabotage::Sabotage;

pub use run::{Outcome, run};
pub(crate) use traffic::{Job, millis};

/// A Monday morning, on which every world begins: milliseconds since 1970.
pub(crate) const BEGINNING_MS: i64 = 1_767_603_600_000;

/// What is to be simulated. Two runs of the same plan are the same.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What chance is made of.
    pub seed: u64,
    /// How many conversations there are.
    pub conversations: usize,
    /// What may be broken.
    pub faults: FaultSet,
    /// Only these conversations, counted from 1; the others never happen.
    pub only: Option<BTreeSet<usize>>,
    /// Visitors and humans stop after so many steps.
    pub steps: Option<usize>,
    /// What is broken in us, to see that it is noticed.
    pub sabotage: Option<Sabotage>,
    /// Each conversation's steps are kept.
    pub traced: bool,
}

impl Plan {
    /// A plan of everything.
    #[must_use]
    pub fn new(seed: u64, conversations: usize, faults: FaultSet) -> Self {
        Self { seed, conversations, faults, only: None, steps: None, sabotage: None, traced: false }
    }
}

/// The world.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) memory: Memory,
    pub(crate) secrets: Secrets,
    pub(crate) http: reqwest::Client,
    pub(crate) workspace: WorkspaceId,
    pub(crate) settings: WorkspaceSettings,
    pub(crate) knowledge: Vec<Article>,
    pub(crate) terms: Terms,
    /// The agent is the one that is delivered; else a seeded one.
    pub(crate) playbook: bool,
    started: Instant,
    inner: Mutex<Inner>,
}

/// What is to happen by itself.
#[derive(Debug)]
pub(crate) struct Jobs(UnboundedSender<Job>);

impl Jobs {
    /// One thing more. Nobody listens any more once the world has ended.
    pub(crate) fn push(&self, job: Job) {
        let _ = self.0.send(job);
    }

    /// Some more.
    pub(crate) fn extend(&self, jobs: impl Iterator<Item = Job>) {
        jobs.for_each(|job| self.push(job));
    }
}

/// What changes in it.
pub(crate) struct Inner {
    pub(crate) salesiq: Salesiq,
    pub(crate) dice: Dice,
    pub(crate) judge: Judge,
    pub(crate) sandboxes: Vec<(Duty, Sandbox)>,
    pub(crate) down: Vec<(i64, i64)>,
    pub(crate) store_down: Vec<(i64, i64)>,
    pub(crate) processes: u64,
    pub(crate) thoughts: u64,
    /// What is to happen by itself, and is not under way yet.
    pub(crate) jobs: Jobs,
}

impl World {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        BEGINNING_MS + i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX - BEGINNING_MS)
    }

    pub(crate) fn now(&self) -> Timestamp {
        timestamp(self.now_ms())
    }

    pub(crate) fn clock(self: &Arc<Self>) -> Clock {
        let world = Arc::downgrade(self);
        Clock::of(move || world.upgrade().map_or(Timestamp::UNIX_EPOCH, |world| world.now()))
    }

    pub(crate) fn key(&self, conversation: usize) -> Option<ConversationKey> {
        let conversation = ConversationId::parse(&conversation_id(conversation)).ok()?;
        Some(ConversationKey { workspace: self.workspace.clone(), conversation })
    }

    /// Remembers a step of a conversation, where steps are kept.
    pub(crate) fn note(&self, conversation: usize, what: impl FnOnce() -> String) {
        if self.plan.traced {
            let now = self.now_ms();
            self.lock().judge.note(conversation, now, &what());
        }
    }

    pub(crate) fn is(&self, sabotage: Sabotage) -> bool {
        self.plan.sabotage == Some(sabotage)
    }
}

/// A time from milliseconds since 1970.
pub(crate) fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
