//! `simulation`: what `cargo dev simulate` runs.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use simulation::faults::FaultSet;
use simulation::report::{Found, Order, Report, replay};
use simulation::{Error, shrink};

/// How many failing worlds are made smaller, and how many are shown.
const SHRUNK: usize = 5;

/// Runs the whole engine against a model of SalesIQ, and breaks things.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many conversations, twenty to a world.
    #[arg(long, default_value_t = 2_000)]
    conversations: usize,
    /// The first world's seed; the others have the next ones.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What may be broken: `all`, `none`, or a list; `all,-drop` is all but one.
    #[arg(long, default_value = "all", allow_hyphen_values = true)]
    faults: FaultSet,
    /// Only these conversations of each world, counted from 1.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    only: Vec<usize>,
    /// Visitors stop after so many steps.
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// How many worlds run at once; as many as there are processors.
    #[arg(long)]
    threads: Option<usize>,
    /// Prints one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    shared::telemetry::without_metrics();
    match simulate(&arguments) {
        Ok(report) if report.violations.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            note(&format!("error: {}", shared::telemetry::Chain(&error)));
            ExitCode::from(2)
        }
    }
}

fn simulate(arguments: &Arguments) -> Result<Report, Error> {
    let only: BTreeSet<usize> = arguments.only.iter().copied().collect();
    let processors = || std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let order = Order {
        conversations: arguments.conversations,
        seed: arguments.seed,
        faults: arguments.faults,
        only: (!only.is_empty()).then_some(only),
        steps: arguments.steps,
        threads: arguments.threads.unwrap_or_else(processors),
    };
    let begun = Instant::now();
    let bar = bar(order.conversations);
    let worlds = order.run(&|outcome| {
        bar.inc(u64::try_from(outcome.conversations).unwrap_or(0));
    })?;
    bar.finish_and_clear();
    let took = begun.elapsed().as_secs_f64();
    let mut report = Report::of(&order, &worlds);
    let http = shared::http::reqwest_client()?;
    for (plan, outcome) in &worlds {
        for violation in &outcome.violations {
            let many = report.violations.len() >= SHRUNK;
            let (plan, violation) =
                if many { (plan.clone(), violation.clone()) } else { shrink::shrink(plan, violation, &http)? };
            report.violations.push(Found { seed: plan.seed, replay: replay(&plan), violation });
        }
    }
    if arguments.json {
        match serde_json::to_string(&report) {
            Ok(json) => text(&json),
            Err(error) => note(&format!("the report can't be written: {error}")),
        }
    } else {
        show(&report, took);
    }
    Ok(report)
}

fn show(report: &Report, took: f64) {
    #[allow(clippy::cast_precision_loss, reason = "shown with no digits behind the point")]
    let each = report.conversations as f64 / took.max(0.001);
    text(&format!("{} conversations in {took:.1} s ({each:.0} a second)", report.conversations));
    let table = |title: &str, rows: &std::collections::BTreeMap<&'static str, u64>| {
        text(&format!("\n{title}"));
        for (name, count) in rows {
            text(&format!("  {name:<20} {count:>10}"));
        }
    };
    table("Faults that struck", &report.faults);
    table("Invariants checked", &report.invariants);
    if report.violations.is_empty() {
        text("\nNothing was violated.");
        return;
    }
    text(&format!("\n{} violations", report.violations.len()));
    let mut by_name = std::collections::BTreeMap::<&str, usize>::new();
    for found in &report.violations {
        *by_name.entry(found.violation.invariant).or_default() += 1;
    }
    for (name, count) in by_name {
        text(&format!("  {name:<20} {count:>10}"));
    }
    for found in report.violations.iter().take(SHRUNK) {
        let violation = &found.violation;
        text(&format!(
            "\n{} in world {}, conversation {}: {}",
            violation.invariant, found.seed, violation.conversation, violation.seen
        ));
        for step in &violation.steps {
            text(&format!("    {step}"));
        }
        text(&format!("  again: {}", found.replay));
    }
}

fn bar(conversations: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(conversations).unwrap_or(u64::MAX));
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} conversations, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn text(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
