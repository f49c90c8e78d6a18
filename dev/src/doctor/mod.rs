//! `cargo dev doctor`: says what keeps a workspace from working, before a visitor finds out.
//!
//! What is seen ([`look`]) and what is to be said of it ([`verdict`]) are apart: verdicts call nobody.

mod look;
mod place;
mod report;
mod seen;
#[cfg(test)]
mod tests;
mod verdict;

use std::process::ExitCode;

use crate::cli::DoctorArgs;
use crate::error::Error;
use crate::output;
use crate::workspace::Workspace;
use place::Place;
use report::Outcome;

/// Checks a workspace. Exit codes: 0 nothing failed, 1 something did; an error means that it could not be checked.
pub(crate) async fn run(workspace: &Workspace, args: &DoctorArgs) -> Result<ExitCode, Error> {
    let place = Place::find(workspace, args).await?;
    let seen = look::look(&place, args.write).await;
    let checks = verdict::judge(&place.settings, &seen);
    if args.json {
        output::json(&checks);
    } else {
        output::text(&report::table(&checks));
    }
    let failed = report::count(&checks, Outcome::Fail) > 0;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
