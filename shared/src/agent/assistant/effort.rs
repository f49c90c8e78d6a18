//! What thinking takes, held against the turn's budget.

use std::time::Duration;

use tokio::time::Instant;

use crate::agent::model::ModelError;
use crate::agent::{Thought, Turn};
use crate::domain::usage::Usage;

/// With less time a model is not asked: none answers so fast, and the playbook needs some too.
const LEAST_TIME: Duration = Duration::from_millis(300);

/// The longest pause before the second attempt; it doubles, and each is anywhere up to it.
const PAUSE: Duration = Duration::from_millis(200);

/// The longest that is waited for a throttled model: the visitor waits too, and there may be another model.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one thought took so far. What the turn took before is in the turn.
#[derive(Debug)]
pub(super) struct Effort {
    began: Instant,
    usage: Usage,
    drafts_rejected: u8,
    fallbacks: u8,
}

impl Effort {
    pub(super) fn begin() -> Self {
        Self { began: Instant::now(), usage: Usage::default(), drafts_rejected: 0, fallbacks: 0 }
    }

    /// A model was asked.
    pub(super) fn took(&mut self, usage: Usage) {
        self.usage = self.usage.plus(usage);
    }

    /// A draft was not fit to be said.
    pub(super) fn rejected(&mut self) {
        self.drafts_rejected = self.drafts_rejected.saturating_add(1);
    }

    /// So many models failed or could not be asked.
    pub(super) fn passed_over(&mut self, models: usize) {
        self.fallbacks = self.fallbacks.saturating_add(u8::try_from(models).unwrap_or(u8::MAX));
    }

    /// How often a model may still be asked in this turn.
    pub(super) fn calls_left(&self, turn: &Turn<'_>) -> u64 {
        let spent = turn.spent.plus(self.usage).calls;
        u64::from(turn.settings.agent.budget.turn_calls).saturating_sub(spent)
    }

    /// How long the turn may still think.
    pub(super) fn time_left(&self, turn: &Turn<'_>) -> Duration {
        turn.time_left.saturating_sub(self.began.elapsed())
    }

    /// Whether a model may be asked once more: calls, tokens and time are left. The last answer may pass the tokens by its
    /// own, which nobody knows before.
    pub(super) fn allows_a_call(&self, turn: &Turn<'_>) -> bool {
        let tokens = turn.spent.plus(self.usage).tokens();
        self.calls_left(turn) > 0
            && tokens < u64::from(turn.settings.agent.budget.turn_tokens)
            && self.has(turn, Duration::ZERO)
    }

    /// Whether a model can still be asked after such a pause.
    pub(super) fn has(&self, turn: &Turn<'_>, pause: Duration) -> bool {
        self.time_left(turn) >= pause.saturating_add(LEAST_TIME)
    }

    /// The thought with what it took.
    pub(super) fn added_to(self, thought: Thought) -> Thought {
        Thought {
            usage: thought.usage.plus(self.usage),
            drafts_rejected: thought.drafts_rejected.saturating_add(self.drafts_rejected),
            fallbacks: thought.fallbacks.saturating_add(self.fallbacks),
            ..thought
        }
    }
}

/// How long to wait before a model is asked again after so many failures; none if it wants to be left alone for longer than
/// a visitor waits.
pub(super) fn pause_after(error: &ModelError, failures: u8) -> Option<Duration> {
    if let ModelError::Throttled { retry_after: Some(wait), .. } = error {
        return Some(*wait).filter(|wait| *wait <= PATIENCE);
    }
    let longest = PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(4)).min(PATIENCE);
    // Anywhere up to it: those who failed at once must not come back at once.
    Some(longest.mul_f32(fastrand::f32()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::domain::id::{BackendName, ConversationId};
    use crate::domain::settings::WorkspaceSettings;

    fn settings() -> WorkspaceSettings {
        serde_json::from_value(json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
            "agent": {"budget": {"turn_calls": 3, "turn_tokens": 1000, "turn_ms": 5000}},
            "brands": [{"id": "10", "name": "Lumen", "automated": true}],
        }))
        .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_tokens_and_time_of_the_whole_turn_count() {
        let (settings, conversation) = (settings(), ConversationId::parse("1").unwrap());
        let turn = Turn::about(&conversation, &settings, &settings.brands[0], &[], Timestamp::UNIX_EPOCH);
        let mut effort = Effort::begin();
        assert!(effort.allows_a_call(&turn));
        let one = Usage { calls: 1, input_tokens: 300, output_tokens: 50, cost_micros: 7 };
        effort.took(one);
        assert_eq!(effort.calls_left(&turn), 2);
        assert!(!effort.allows_a_call(&Turn { spent: Usage { calls: 2, ..Usage::default() }, ..turn }));
        assert!(!effort.allows_a_call(&Turn { spent: Usage { input_tokens: 650, ..Usage::default() }, ..turn }));
        tokio::time::sleep(Duration::from_millis(4_600)).await;
        assert!(effort.allows_a_call(&turn) && !effort.has(&turn, Duration::from_millis(200)));
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!effort.allows_a_call(&turn));
        effort.passed_over(2);
        let thought = effort.added_to(Thought::next(crate::agent::Next::Call(Vec::new())));
        assert_eq!((thought.usage, thought.fallbacks), (one, 2));
    }

    #[test]
    fn a_throttled_model_is_waited_for_only_as_long_as_a_visitor_waits() {
        let backend = BackendName::parse("main").unwrap();
        let throttled = |seconds| ModelError::Throttled {
            backend: backend.clone(),
            retry_after: Some(Duration::from_secs(seconds)),
        };
        assert_eq!(pause_after(&throttled(1), 1), Some(Duration::from_secs(1)));
        assert_eq!(pause_after(&throttled(3), 1), None);
        let other = ModelError::Unavailable { backend, code: "503".to_owned() };
        for failures in 1..=u8::MAX {
            assert!(pause_after(&other, failures).unwrap() <= PATIENCE);
        }
    }
}
