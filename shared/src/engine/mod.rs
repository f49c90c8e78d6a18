//! The one loop of every function: load, decide, commit, act (ARCHITECTURE.md).
//!
//! [`Engine::wake`] is called for a conversation that has news, whoever noticed. It drains the inbox, plans, commits, and
//! carries out what it claimed. Any number of wakers may run at once: the state's version decides who was first, the
//! others reload.

pub mod decisions;
pub mod fault_point;
pub mod item;
pub mod portal;
pub mod roster;

mod afterwards;
mod approve;
mod asked;
mod calls;
mod close;
mod deliberate;
mod effect;
mod identity;
mod live;
mod mail;
mod missed;
mod perform;
mod remind;
mod ring;
mod session;
mod tag;
pub mod tries;
mod turn;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;

use crate::agent::Agent;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::domain::action::{Duty, Holder};
use crate::domain::conversation::Terms;
use crate::domain::id::ConversationId;
use crate::named_secrets::NamedSecrets;
use crate::salesiq::client::EndpointError;
use crate::salesiq::oauth::secret::Secrets;
use crate::store::{ConversationKey, Store, StoreError};
use crate::tools::Toolbox;
use crate::workspace::{WorkspaceError, Workspaces};

use fault_point::FaultPoints;
pub use mail::MailRoom;
use portal::Portals;
use session::Session;

/// Everything the loop needs, built once per process.
pub struct Engine<S, A> {
    /// Where state is kept.
    pub store: S,
    /// What this process is there for.
    pub work: Work<A>,
    /// Who wakes others.
    pub bus: Bus,
    /// Settings and knowledge.
    pub workspaces: Workspaces<S>,
    /// SalesIQ.
    pub portals: Portals<S>,
    /// What time it is.
    pub clock: Clock,
    /// The deployment's periods.
    pub terms: Terms,
    /// Names this process in leases and claims.
    pub process: String,
    /// Where tests may stop the process; nothing in a release build.
    pub fault_points: FaultPoints,
    /// Numbers the wake-ups of this process.
    pub wake_ups: AtomicU64,
}

/// What a process is there for, and what it needs for that.
pub enum Work<A> {
    /// Think.
    Converse(Mind<A>),
    /// Find a human.
    Escalate,
    /// Mail transcripts.
    Mail(MailRoom),
}

/// What thinks, and what it may call.
pub struct Mind<A> {
    /// Comes to verdicts.
    pub agent: A,
    /// Makes the calls that it asks for.
    pub tools: Toolbox,
}

impl<A> Mind<A> {
    /// An agent whose tools know no secrets: for simulations and tests.
    pub fn without_secrets(agent: A) -> Self {
        let secrets = NamedSecrets::new(Secrets::memory(Arc::default(), ""));
        Self { agent, tools: Toolbox::new(secrets) }
    }
}

impl<A> Work<A> {
    /// Which of the functions it is.
    #[must_use]
    pub fn duty(&self) -> Duty {
        match self {
            Self::Converse(_) => Duty::Conversation,
            Self::Escalate => Duty::Escalation,
            Self::Mail(_) => Duty::Transcript,
        }
    }
}

/// What a conversation is woken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nudge {
    /// It has news, or something is due.
    News,
    /// A person wants a mail that SES refused to be tried again.
    Redrive,
    /// A mail about it came back.
    Returned {
        /// SES' id of the mail.
        message_id: String,
        /// A complaint; else it could not be delivered.
        complaint: bool,
        /// It was for the last resort: writing there again would go round in circles.
        to_last_resort: bool,
    },
}

/// What a wake-up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Woken {
    /// Events taken in.
    pub events: usize,
    /// Commits made.
    pub commits: usize,
    /// Commits that another waker was ahead of.
    pub conflicts: usize,
    /// Lines said to the visitor.
    pub said: usize,
}

/// A wake-up failed. What it left undone stands on the index of waiting work.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The settings can't be read.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The settings name a data centre that has no servers.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The table.
    #[error("conversation {conversation}: the table failed")]
    Store {
        /// Whose.
        conversation: ConversationId,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The state can't be read or written.
    #[error("conversation {conversation}: its state is not readable: {reason}")]
    State {
        /// Whose.
        conversation: ConversationId,
        /// Why.
        reason: String,
    },
    /// Others were always faster.
    #[error("conversation {conversation} is contended: {conflicts} commits were lost in a row")]
    Contended {
        /// Whose.
        conversation: ConversationId,
        /// How many.
        conflicts: usize,
    },
}

impl<S: Store + Clone, A: Agent> Engine<S, A> {
    /// Does whatever a conversation needs now.
    ///
    /// # Errors
    /// Something outside failed; the wake-up may be repeated at any time.
    pub async fn wake(&self, key: &ConversationKey) -> Result<Woken, EngineError> {
        self.wake_for(key, Nudge::News).await
    }

    /// The same, and what it was woken for.
    ///
    /// # Errors
    /// Something outside failed; the wake-up may be repeated at any time.
    pub async fn wake_for(&self, key: &ConversationKey, nudge: Nudge) -> Result<Woken, EngineError> {
        let now = self.clock.now();
        let Some(workspace) = self.workspaces.get(&key.workspace, now).await? else {
            tracing::warn!(workspace = %key.workspace, conversation = %key.conversation, "woken for an unknown workspace");
            return Ok(Woken::default());
        };
        let number = self.wake_ups.fetch_add(1, Ordering::Relaxed);
        let holder = Holder(format!("{}-{number}", self.process));
        Box::pin(Session::new(self, key, workspace, holder)?.run(nudge)).await
    }
}
