//! The simulation itself: two runs of a seed are the same, nothing is violated in a fixed set of worlds, and each rule that
//! is broken on purpose is noticed.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::BTreeSet;

use simulation::faults::{Fault, FaultSet};
use simulation::report::{Order, PER_WORLD, Report};
use simulation::{Plan, Sabotage, run};

fn faults(text: &str) -> FaultSet {
    text.parse().unwrap()
}

/// What is violated in some worlds when we are broken so, until all that is `wanted` was.
fn noticed(
    sabotage: Sabotage,
    faults: FaultSet,
    seeds: std::ops::Range<u64>,
    wanted: &[&str],
) -> BTreeSet<&'static str> {
    shared::telemetry::without_metrics();
    let http = shared::http::reqwest_client().unwrap();
    let mut noticed = BTreeSet::new();
    for seed in seeds {
        let plan = Plan { sabotage: Some(sabotage), ..Plan::new(seed, PER_WORLD, faults) };
        noticed.extend(run(plan, &http).unwrap().violations.into_iter().map(|found| found.invariant));
        if !noticed.is_empty() && wanted.iter().all(|invariant| noticed.contains(invariant)) {
            break;
        }
    }
    noticed
}

fn order(conversations: usize, seed: u64, faults: FaultSet) -> Order {
    Order { conversations, seed, faults, only: None, steps: None, threads: 2 }
}

#[test]
fn a_seed_gives_the_same_report_to_the_byte() {
    shared::telemetry::without_metrics();
    let report = || {
        let order = order(60, 77, FaultSet::all());
        let worlds = order.run(&|_| ()).unwrap();
        let violations: Vec<_> = worlds.iter().map(|(_, outcome)| outcome.violations.clone()).collect();
        serde_json::to_string(&(Report::of(&order, &worlds), violations)).unwrap()
    };
    let first = report();
    assert_eq!(first, report());
    assert!(first.contains("\"crash\""), "{first}");
}

#[test]
fn steps_that_are_kept_change_nothing() {
    shared::telemetry::without_metrics();
    let http = shared::http::reqwest_client().unwrap();
    let plan = Plan::new(5, PER_WORLD, FaultSet::all());
    let traced = run(Plan { traced: true, ..plan.clone() }, &http).unwrap();
    let untraced = run(plan, &http).unwrap();
    assert_eq!((traced.checked, traced.faults), (untraced.checked, untraced.faults));
}

#[test]
fn nothing_is_violated_in_a_fixed_set_of_worlds_with_every_fault() {
    shared::telemetry::without_metrics();
    let order = order(1_000, 1, FaultSet::all());
    let worlds = order.run(&|_| ()).unwrap();
    let violations: Vec<_> = worlds.iter().flat_map(|(_, outcome)| &outcome.violations).collect();
    assert_eq!(violations, [] as [&simulation::judge::Violation; 0]);
    let report = Report::of(&order, &worlds);
    let idle: Vec<_> = report.faults.iter().filter(|(_, count)| **count == 0).collect();
    assert!(idle.is_empty(), "never struck: {idle:?}");
}

/// Rule 1, inbox first.
#[test]
fn an_acknowledgement_without_storing_is_noticed() {
    let seen = noticed(Sabotage::AckWithoutStoring, FaultSet::NONE, 1..3, &["stored"]);
    assert!(seen.contains("stored"), "{seen:?}");
}

/// Rule 2, the bus event is only a wake-up.
#[test]
fn lost_wake_ups_that_nobody_sweeps_are_noticed() {
    let seen =
        noticed(Sabotage::NoSweep, FaultSet::NONE.with(Fault::LostWakeUp), 1..5, &["answered", "nothing-overdue"]);
    assert!(seen.contains("answered") && seen.contains("nothing-overdue"), "{seen:?}");
}

/// Rule 3, anyone drains, one thinks.
#[test]
fn commits_that_ignore_the_version_are_noticed() {
    let seen =
        noticed(Sabotage::IgnoreVersion, faults("duplicate,duplicate-wake-up,reorder,slow-agent"), 1..8, &["answered"]);
    assert!(seen.contains("answered"), "{seen:?}");
}

/// Rule 4, actions are claimed by one.
#[test]
fn claims_that_do_not_hold_are_noticed() {
    let seen = noticed(Sabotage::NoClaims, faults("duplicate-wake-up,timeout,slow-agent"), 1..4, &[]);
    assert!(!seen.is_empty(), "{seen:?}");
}

/// Rule 5, facts don't depend on the order of events.
#[test]
fn events_in_the_order_of_their_arrival_are_noticed() {
    let seen = noticed(Sabotage::OrderByArrival, faults("reorder,delay,duplicate,reject"), 1..20, &[]);
    assert!(!seen.is_empty(), "{seen:?}");
}

/// Rule 6, the AI never talks over a human.
#[test]
fn a_last_look_that_sees_no_humans_is_noticed() {
    let seen = noticed(Sabotage::BlindLastLook, faults("slow-agent,duplicate-wake-up"), 1..120, &["over-a-human"]);
    assert!(seen.contains("over-a-human"), "{seen:?}");
}

/// Rule 7, nothing is claimed that has not happened.
#[test]
fn an_early_claim_is_noticed() {
    let seen = noticed(Sabotage::EarlyClaim, FaultSet::NONE, 1..2, &["claimed-early"]);
    assert!(seen.contains("claimed-early"), "{seen:?}");
}

/// The order of mail and close.
#[test]
fn a_chat_that_is_closed_without_its_mail_is_noticed() {
    let seen = noticed(Sabotage::MailLost, FaultSet::NONE, 1..5, &["answered", "closed-over-a-line"]);
    assert!(seen.contains("closed-over-a-line") && seen.contains("answered"), "{seen:?}");
}

#[test]
fn what_is_broken_is_noticed_again_with_the_same_seed() {
    let seen = || noticed(Sabotage::MailLost, FaultSet::all(), 3..4, &[]);
    assert_eq!(seen(), seen());
}
