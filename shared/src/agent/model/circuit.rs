//! Models that failed lately are left alone for a while, so that a dead one does not cost every turn its time-out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::id::{BackendName, WorkspaceId};

/// How many failures in a row it takes.
const FAILURES: u32 = 3;

/// How long it is left alone.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// How a model has fared lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::agent) struct Circuit {
    /// Failures since the last success.
    failures: u32,
    /// It is left alone until then.
    rests_until: Option<Timestamp>,
}

impl Circuit {
    /// Whether it may be asked.
    pub(in crate::agent) fn allows(self, now: Timestamp) -> bool {
        self.rests_until.is_none_or(|until| until <= now)
    }

    /// After a failure. One more right after a pause starts the next one.
    pub(in crate::agent) fn failed(self, now: Timestamp) -> Self {
        let failures = self.failures.saturating_add(1);
        let rests_until = (failures >= FAILURES).then(|| now.checked_add(PAUSE).unwrap_or(Timestamp::MAX));
        Self { failures, rests_until }
    }

    /// After an answer.
    pub(in crate::agent) fn succeeded() -> Self {
        Self::default()
    }
}

/// All models' of this process.
#[derive(Debug, Default)]
pub(in crate::agent) struct Circuits(Mutex<HashMap<(WorkspaceId, BackendName), Circuit>>);

impl Circuits {
    pub(in crate::agent) fn allows(&self, workspace: &WorkspaceId, backend: &BackendName, now: Timestamp) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(workspace.clone(), backend.clone())).is_none_or(|circuit| circuit.allows(now))
    }

    pub(in crate::agent) fn failed(&self, workspace: &WorkspaceId, backend: &BackendName, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let circuit = kept.entry((workspace.clone(), backend.clone())).or_default();
        *circuit = circuit.failed(now);
        if !circuit.allows(now) {
            tracing::warn!(%workspace, %backend, failures = circuit.failures, "the model is left alone for a while");
        }
    }

    pub(in crate::agent) fn succeeded(&self, workspace: &WorkspaceId, backend: &BackendName) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert((workspace.clone(), backend.clone()), Circuit::succeeded());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn after(failures: u32, now: Timestamp) -> Circuit {
        (0..failures).fold(Circuit::default(), |circuit, _| circuit.failed(now))
    }

    #[test]
    fn three_failures_in_a_row_rest_a_model_for_half_a_minute() {
        assert!(after(2, at(0)).allows(at(0)));
        let resting = after(3, at(0));
        assert!(!resting.allows(at(0)) && !resting.allows(at(29)) && resting.allows(at(30)));
        assert!(!resting.failed(at(30)).allows(at(59)), "one more failure is enough then");
    }

    #[test]
    fn models_of_the_same_name_in_two_workspaces_are_two() {
        let circuits = Circuits::default();
        let (one, other) = (WorkspaceId::parse("one").unwrap(), WorkspaceId::parse("other").unwrap());
        let backend = BackendName::parse("main").unwrap();
        (0..3).for_each(|_| circuits.failed(&one, &backend, at(0)));
        assert!(!circuits.allows(&one, &backend, at(1)) && circuits.allows(&other, &backend, at(1)));
        circuits.succeeded(&one, &backend);
        assert!(circuits.allows(&one, &backend, at(1)));
    }

    proptest! {
        #[test]
        fn a_model_is_always_asked_again_in_the_end(steps in prop::collection::vec((any::<bool>(), 0_i64..40), 0..50)) {
            let (mut circuit, mut now) = (Circuit::default(), 0);
            for (fails, seconds) in steps {
                now += seconds;
                circuit = if fails { circuit.failed(at(now)) } else { Circuit::succeeded() };
            }
            prop_assert!(circuit.allows(at(now + 30)));
        }
    }
}
