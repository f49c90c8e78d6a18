//! Makes a failing world smaller: fewer conversations, fewer kinds of faults, fewer steps, while the same invariant fails.

use std::collections::BTreeSet;

use crate::judge::Violation;
use crate::{Error, Plan, run};

/// The most runs that shrinking one world may take.
const RUNS: usize = 80;
/// More steps than any visitor takes.
const MOST_STEPS: usize = 9;

/// The smallest plan that was found to fail in the same way, and its failure with the last steps of the conversation.
///
/// # Errors
/// A world can't be made.
pub fn shrink(plan: &Plan, violation: &Violation, http: &reqwest::Client) -> Result<(Plan, Violation), Error> {
    let mut runs = 0;
    let mut fails = |plan: &Plan| -> Result<Option<Violation>, Error> {
        runs += 1;
        if runs > RUNS {
            return Ok(None);
        }
        let outcome = run(plan.clone(), http)?;
        Ok(outcome.violations.into_iter().find(|found| found.invariant == violation.invariant))
    };
    let mut least = Plan { traced: true, ..plan.clone() };
    let mut found = fails(&least)?.unwrap_or_else(|| violation.clone());
    // That conversation alone, if it fails without the others.
    let alone = Plan { only: Some([found.conversation].into()), ..least.clone() };
    if let Some(same) = fails(&alone)? {
        (least, found) = (alone, same);
    } else {
        let mut those: BTreeSet<usize> = least.only.clone().unwrap_or_else(|| (1..=least.conversations).collect());
        for conversation in those.clone() {
            let mut fewer = those.clone();
            fewer.remove(&conversation);
            let smaller = Plan { only: Some(fewer.clone()), ..least.clone() };
            if let Some(same) = fails(&smaller)? {
                (least, found, those) = (smaller, same, fewer);
            }
        }
    }
    for fault in least.faults.kinds() {
        let smaller = Plan { faults: least.faults.without(fault), ..least.clone() };
        if let Some(same) = fails(&smaller)? {
            (least, found) = (smaller, same);
        }
    }
    for steps in 0..least.steps.unwrap_or(MOST_STEPS) {
        let smaller = Plan { steps: Some(steps), ..least.clone() };
        if let Some(same) = fails(&smaller)? {
            (least, found) = (smaller, same);
            break;
        }
    }
    Ok((least, found))
}
