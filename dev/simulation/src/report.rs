//! Many worlds at once, and what came of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use crate::faults::{Fault, FaultSet};
use crate::judge::Violation;
use crate::{Error, Outcome, Plan, run};

/// How many conversations overlap in one world.
pub const PER_WORLD: usize = 20;

/// What is to be simulated.
#[derive(Debug, Clone)]
pub struct Order {
    /// How many conversations.
    pub conversations: usize,
    /// The first world's seed; the others have the next ones.
    pub seed: u64,
    /// What may be broken.
    pub faults: FaultSet,
    /// Only these conversations of each world.
    pub only: Option<BTreeSet<usize>>,
    /// Visitors stop after so many steps.
    pub steps: Option<usize>,
    /// How many worlds run at once.
    pub threads: usize,
}

/// Something that must not be, and where to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The world's seed.
    pub seed: u64,
    /// What.
    #[serde(flatten)]
    pub violation: Violation,
    /// The command that shows it again.
    pub replay: String,
}

/// What came of all worlds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many conversations there were.
    pub conversations: usize,
    /// The first world's seed.
    pub seed: u64,
    /// How often each kind of fault struck.
    pub faults: BTreeMap<&'static str, u64>,
    /// How often each invariant was checked.
    pub invariants: BTreeMap<&'static str, u64>,
    /// What was found wrong.
    pub violations: Vec<Found>,
}

impl Order {
    /// The worlds, one plan each.
    #[must_use]
    pub fn plans(&self) -> Vec<Plan> {
        let worlds = self.conversations.div_ceil(PER_WORLD);
        let plan = |world: usize| {
            let conversations = (self.conversations - world * PER_WORLD).min(PER_WORLD);
            let seed = self.seed.wrapping_add(u64::try_from(world).unwrap_or(0));
            let (only, steps) = (self.only.clone(), self.steps);
            Plan { only, steps, ..Plan::new(seed, conversations, self.faults) }
        };
        (0..worlds).map(plan).collect()
    }

    /// Runs all worlds; tells of each that is done.
    ///
    /// # Errors
    /// A world can't be made.
    pub fn run(&self, done: &(dyn Fn(&Outcome) + Sync)) -> Result<Vec<(Plan, Outcome)>, Error> {
        let http = shared::http::reqwest_client()?;
        let plans = self.plans();
        let next = AtomicUsize::new(0);
        let results: Mutex<Vec<(usize, Result<Outcome, Error>)>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    while let Some((number, plan)) = {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        plans.get(number).map(|plan| (number, plan))
                    } {
                        let outcome = run(plan.clone(), &http);
                        if let Ok(outcome) = &outcome {
                            done(outcome);
                        }
                        results.lock().unwrap_or_else(PoisonError::into_inner).push((number, outcome));
                    }
                });
            }
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_by_key(|(number, _)| *number);
        results.into_iter().zip(plans).map(|((_, outcome), plan)| Ok((plan, outcome?))).collect()
    }
}

impl Report {
    /// Adds up what came of the worlds. What was found is as it is; see [`crate::shrink`].
    #[must_use]
    pub fn of(order: &Order, worlds: &[(Plan, Outcome)]) -> Self {
        let mut report = Self { seed: order.seed, ..Self::default() };
        report.faults = order.faults.kinds().map(|fault: Fault| (fault.name(), 0)).collect();
        for (_, outcome) in worlds {
            report.conversations += outcome.conversations;
            for (kind, count) in &outcome.faults {
                *report.faults.entry(kind).or_default() += count;
            }
            for (invariant, count) in &outcome.checked {
                *report.invariants.entry(invariant).or_default() += count;
            }
        }
        report
    }
}

/// The command that runs a plan again.
#[must_use]
pub fn replay(plan: &Plan) -> String {
    let Plan { conversations, seed, faults, .. } = plan;
    let mut command =
        vec![format!("cargo dev simulate --conversations {conversations} --seed {seed} --faults {faults}")];
    if let Some(only) = &plan.only {
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        command.push(format!("--only {}", only.join(",")));
    }
    if let Some(steps) = plan.steps {
        command.push(format!("--steps {steps}"));
    }
    command.join(" ")
}
