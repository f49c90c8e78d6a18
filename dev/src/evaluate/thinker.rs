//! Who is judged.

use shared::agent::playbook::Playbook;
use shared::agent::{Agent, AgentError, Thought, Turn};

use super::EvaluateArgs;
use crate::error::Error;

/// The name of the agent that needs no model.
pub(super) const PLAYBOOK: &str = "playbook";

/// What thinks.
#[derive(Debug)]
pub(super) enum Thinker {
    /// The embedded agent. It quotes articles in their own language.
    Playbook(Playbook),
}

impl Thinker {
    /// What `--backend` names.
    pub(super) fn of(args: &EvaluateArgs) -> Result<Self, Error> {
        if args.backend != PLAYBOOK {
            return Err(Error::NoModels(args.backend.clone()));
        }
        if args.record.is_some() || args.replay.is_some() {
            return Err(Error::NothingToRecord);
        }
        Ok(Self::Playbook(Playbook::new()))
    }

    /// Answers may be in the language of the articles that they rest on.
    pub(super) fn quotes(&self) -> bool {
        match self {
            Self::Playbook(_) => true,
        }
    }

    /// Asking it takes a network, so that it takes long.
    pub(super) fn is_slow(&self) -> bool {
        match self {
            Self::Playbook(_) => false,
        }
    }
}

impl Agent for Thinker {
    async fn think(&self, turn: &Turn<'_>) -> Result<Thought, AgentError> {
        match self {
            Self::Playbook(playbook) => playbook.think(turn).await,
        }
    }
}
