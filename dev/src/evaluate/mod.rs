//! `cargo dev evaluate`: puts written conversations to the AI and counts how often it does the right thing.
//!
//! The way of a case: [`set`] reads it, [`play`] puts it to the [`thinker`], [`score`] says what is wrong with what came of
//! it, [`report`] counts, [`statistics`] says how far the counts can be trusted, [`table`] shows it.

mod args;
mod calls;
mod case;
mod play;
mod report;
mod score;
mod set;
mod spoken;
mod statistics;
mod table;
#[cfg(test)]
mod tests;
mod thinker;

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use shared::agent::Library;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::Error;
use crate::output;
use crate::seed;
use crate::settings;
use crate::workspace::Workspace;
pub(crate) use args::EvaluateArgs;
use play::{Bench, Got, Played};
use report::Report;
use set::Known;
use thinker::Thinker;

/// The set of the demo's brands, in the project's folder.
const BUNDLED_SET: &str = "dev/demo/evaluation.jsonl";
/// The demo's articles, likewise.
const BUNDLED_KNOWLEDGE: &str = "dev/demo/knowledge";

/// The exit code when nothing could be measured.
const NOT_RUN: u8 = 2;

/// Runs a set. Exit codes: 0 no grave escalation was missed, 1 some were, 2 it could not be run; an error means that, too.
pub(crate) async fn run(workspace: &Workspace, args: &EvaluateArgs) -> Result<ExitCode, Error> {
    let (thinker, bench) = match bench(workspace, args).await? {
        Ok(made) => made,
        Err(problems) => {
            for problem in problems {
                output::note(&format!("error: {problem}"));
            }
            return Ok(ExitCode::from(NOT_RUN));
        }
    };
    let bench = Arc::new(bench);
    let played = play_all(Arc::new(thinker), &bench, args.threads).await?;
    let report = Report::of(&args.backend, &bench.cases, &played);
    if report.too_little_measured() {
        let (failed, cases) = (report.errors + report.fallbacks, report.cases);
        return Err(Error::BackendSilent { backend: args.backend.clone(), failed, cases, why: first_failure(&played) });
    }
    if args.json {
        output::json(&report);
        for warning in report.warnings() {
            output::note(&format!("warning: {warning}"));
        }
    } else {
        output::text(&table::text(&report));
    }
    Ok(if report.missed_grave > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Who is judged and what is played with, or all that is wrong with the files that were given.
async fn bench(workspace: &Workspace, args: &EvaluateArgs) -> Result<Result<(Thinker, Bench), Vec<String>>, Error> {
    let mut settings = match &args.settings {
        None => seed::demo_settings(&[])?,
        Some(path) => match settings::usable(path)? {
            Ok(settings) => settings,
            Err(problems) => {
                let place = |problem| format!("{}: {problem}", path.display());
                return Ok(Err(problems.into_iter().map(place).collect()));
            }
        },
    };
    let thinker = Thinker::of(args, &mut settings).await?;
    let Some(brand) = settings.brands.iter().find(|brand| brand.automated).or(settings.brands.first()).cloned() else {
        return Ok(Err(vec!["the settings have no brand: name one that the cases are about".to_owned()]));
    };
    let in_project = |path: &str| workspace.root().join(path);
    let knowledge = seed::articles(&args.knowledge.clone().unwrap_or_else(|| in_project(BUNDLED_KNOWLEDGE)))?;
    let path: PathBuf = args.set.clone().unwrap_or_else(|| in_project(BUNDLED_SET));
    let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    // The bundled set names the demo's brands.
    let any_brand = args.set.is_none() && args.settings.is_some();
    let cases = set::parse(&text, Known { settings: &settings, knowledge: &knowledge, any_brand });
    Ok(match cases {
        Ok(cases) => {
            let (library, quotes) = (Library::default(), thinker.quotes());
            Ok((thinker, Bench { settings, brand, knowledge, cases, library, quotes }))
        }
        Err(problems) => Err(problems.iter().map(|problem| format!("{}, {problem}", path.display())).collect()),
    })
}

/// Puts all cases to the agent, some at once. What comes back has the cases' order.
async fn play_all(
    thinker: Arc<Thinker>,
    bench: &Arc<Bench>,
    threads: Option<NonZeroUsize>,
) -> Result<Vec<Played>, Error> {
    let at_once = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let places = Arc::new(Semaphore::new(at_once));
    let progress = output::progress("Asking", bench.cases.len(), thinker.is_slow());
    let mut running = JoinSet::new();
    for index in 0..bench.cases.len() {
        let (thinker, bench, places) = (Arc::clone(&thinker), Arc::clone(bench), Arc::clone(&places));
        running.spawn(async move {
            // Never closed, so a place always comes.
            let _place = places.acquire_owned().await;
            let case = bench.cases.get(index)?;
            Some((index, play::play(&*thinker, &bench, index, case).await))
        });
    }
    let mut played = Vec::with_capacity(bench.cases.len());
    while let Some(ended) = running.join_next().await {
        progress.advance();
        let ended = ended.map_err(|error| Error::Call { what: "playing a case", detail: error.to_string() })?;
        played.extend(ended);
    }
    played.sort_by_key(|(index, _)| *index);
    Ok(played.into_iter().map(|(_, played)| played).collect())
}

/// Why the backend did not think, as the first case has it.
fn first_failure(played: &[Played]) -> String {
    let failed = played.iter().find_map(|played| match &played.got {
        Got::Failed(why) => Some(why.clone()),
        _ => None,
    });
    failed.unwrap_or_else(|| "each time another had to think in its place".to_owned())
}
