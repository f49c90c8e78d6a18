//! A world from its first minute to its last.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use tokio::time::sleep;

use super::furnish::{TROUBLED_MS, furnish};
use super::traffic::millis;
use super::{Plan, World};
use crate::Error;
use crate::judge::{self, Violation};
use crate::process;
use crate::sabotage::Sabotage;

/// How long after the last fault a world is given to come to rest.
const REST_MS: i64 = 40 * 60_000;

/// What became of a world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many conversations there were.
    pub conversations: usize,
    /// Faults that struck, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// How often each invariant was checked.
    pub checked: BTreeMap<&'static str, u64>,
    /// What was found wrong.
    pub violations: Vec<Violation>,
}

/// Runs one world, in virtual time, on this thread.
///
/// # Errors
/// The runtime or the world can't be made.
pub fn run(plan: Plan, http: &reqwest::Client) -> Result<Outcome, Error> {
    // The engine's jitter comes from the thread's generator.
    fastrand::seed(plan.seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(Error::Runtime)?;
    runtime.block_on(live(plan, http.clone()))
}

async fn live(plan: Plan, http: reqwest::Client) -> Result<Outcome, Error> {
    let (jobs, mut to_do) = unbounded_channel();
    let world = furnish(plan, http, jobs).await?;
    let doer = Arc::clone(&world);
    tokio::spawn(async move {
        while let Some(job) = to_do.recv().await {
            tokio::spawn(Arc::clone(&doer).perform(job));
        }
    });
    for conversation in 1..=world.plan.conversations {
        if world.plan.only.as_ref().is_none_or(|only| only.contains(&conversation)) {
            tokio::spawn(Arc::clone(&world).visit(conversation));
        }
    }
    if !world.is(Sabotage::NoSweep) {
        tokio::spawn(watch(Arc::clone(&world)));
    }
    sleep(millis(TROUBLED_MS)).await;
    world.lock().dice.calm();
    sleep(millis(REST_MS)).await;
    judge::at_the_end(&world).await;
    let mut inner = world.lock();
    let conversations = inner.salesiq.chats.iter().flatten().count();
    Ok(Outcome {
        conversations,
        faults: std::mem::take(&mut inner.dice.struck),
        checked: std::mem::take(&mut inner.judge.checked),
        violations: inner.judge.take_violations(),
    })
}

/// The sentinel, every minute.
async fn watch(world: Arc<World>) {
    loop {
        sleep(Duration::from_mins(1)).await;
        Box::pin(process::tick(&world)).await;
    }
}
