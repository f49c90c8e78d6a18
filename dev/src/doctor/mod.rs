//! `cargo dev doctor`: says what keeps a workspace from working, before a visitor finds out. What is looked at and what is
//! said of it is in `shared::doctor`, which the console uses too.

mod place;

use std::process::ExitCode;

use shared::doctor::{self, Outcome};

use crate::cli::DoctorArgs;
use crate::error::Error;
use crate::output;
use crate::workspace::Workspace;

/// Checks a workspace. Exit codes: 0 nothing failed, 1 something did; an error means that it could not be checked.
pub(crate) async fn run(workspace: &Workspace, args: &DoctorArgs) -> Result<ExitCode, Error> {
    let place = place::find(workspace, args).await?;
    let mut step: Option<output::Step> = None;
    let told = |stage: doctor::Stage| {
        let before = step.replace(output::step(stage.label()));
        before.into_iter().for_each(output::Step::done);
    };
    let checks = doctor::examine(&place, args.write, told).await;
    step.into_iter().for_each(output::Step::done);
    if args.json {
        output::json(&checks);
    } else {
        output::text(&doctor::table(&checks));
    }
    let failed = doctor::count(&checks, Outcome::Fail) > 0;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
