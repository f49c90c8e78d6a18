//! `cargo dev simulate`: builds the simulation as fast as the local stack is, and runs it.

use std::process::{ExitCode, Stdio};

use tokio::process::Command;

use crate::build;
use crate::cli::SimulateArgs;
use crate::error::Error;
use crate::output;
use crate::workspace::Workspace;

/// The package, and its program.
const SIMULATION: &str = "simulation";

/// Runs the simulation; its exit code is ours.
pub(crate) async fn simulate(workspace: &Workspace, args: &SimulateArgs) -> Result<ExitCode, Error> {
    output::note("Building the simulation (the first time takes some minutes) ...");
    let build = ["build", "--quiet", "--locked", "--profile", "local", "--package", SIMULATION];
    let mut cargo = Command::from(build::cargo());
    cargo.args(build).current_dir(workspace.root()).stdin(Stdio::null()).kill_on_drop(true);
    let start = |program: &str| {
        let program = program.to_owned();
        move |source| Error::Start { program, source }
    };
    if !cargo.status().await.map_err(start("cargo"))?.success() {
        return Err(Error::Build);
    }
    let mut simulation = Command::new(build::program(workspace, SIMULATION)?);
    simulation.args(arguments(args)).stdin(Stdio::null()).kill_on_drop(true);
    let status = simulation.status().await.map_err(start(SIMULATION))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// What was asked for, as the program takes it.
fn arguments(args: &SimulateArgs) -> Vec<String> {
    let SimulateArgs { conversations, seed, faults, only, steps, threads, json } = args;
    let number = |number: &Option<usize>| number.as_ref().map(ToString::to_string);
    let options = [
        ("--conversations", number(conversations)),
        ("--seed", seed.as_ref().map(ToString::to_string)),
        ("--faults", faults.clone()),
        ("--only", only.clone()),
        ("--steps", number(steps)),
        ("--threads", number(threads)),
    ];
    let given = options.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    given.chain(json.then(|| "--json".to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_is_passed_on() {
        let args = SimulateArgs {
            conversations: Some(60),
            seed: None,
            faults: Some("all,-drop".to_owned()),
            only: Some("3,7".to_owned()),
            steps: None,
            threads: None,
            json: true,
        };
        assert_eq!(arguments(&args), ["--conversations=60", "--faults=all,-drop", "--only=3,7", "--json"]);
    }
}
