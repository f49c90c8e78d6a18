//! The sentinel, run when a test says so; and what its work has come to.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use shared::clock::Clock;
use shared::domain::action::Action;
use shared::domain::conversation::Phase;
use shared::store::{ConversationKey, Store, WORK_SHARDS};

use crate::{Deployed, Kept, World, until};

/// What the schedule sends.
const TICK: &str = include_str!("../../events/sentinel.tick.json");

impl Deployed {
    /// Runs the sentinel once, to its end, and gives its report. The stack's own runs of each minute go on beside it.
    pub async fn run_sentinel(&self) -> Value {
        let tick: Value = serde_json::from_str(TICK).expect("an event");
        dev::functions::run(&self.stack, "sentinel", &tick).await.expect("a run of the sentinel")
    }

    /// How many deliveries SalesIQ still has to make, those included that failed and are tried again.
    pub async fn pending_deliveries(&self) -> u64 {
        let health = self.portal.control(Method::GET, "health", None).await.expect("the simulator's health");
        health["pending_deliveries"].as_u64().expect("a number")
    }
}

impl Kept {
    /// Nothing is unread, unanswered, or under way. What waited when a chat ended was mailed.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let state = &self.conversation;
        self.unread == 0
            && (state.unanswered.is_empty() || matches!(state.phase, Phase::Closed { .. }))
            && state.turn.is_none()
            && !state.actions.iter().any(Action::is_open)
    }
}

impl World<'_> {
    /// Waits until nothing of these conversations is under way; one that was never heard of is quiet too.
    pub async fn quiet(&self, conversations: &[String], patience: Duration) {
        until(&format!("{} conversations to be quiet", conversations.len()), patience, async || {
            for conversation in conversations {
                if self.kept(conversation).await.is_some_and(|kept| !kept.is_quiet()) {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// The conversations that wait to be woken now.
    pub async fn due(&self) -> Vec<ConversationKey> {
        let mut due = Vec::new();
        for shard in 0..WORK_SHARDS {
            let found = self.deployed.store.due(&self.workspace, shard, Clock::system().now(), 100).await;
            due.extend(found.expect("what is due"));
        }
        due
    }
}
