//! `cargo dev test`: everything that must hold before a change is merged.

use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::TestArgs;
use crate::error::Error;
use crate::output;
use crate::stack::{Stack, StackName};
use crate::workspace::Workspace;
use crate::{browser_tools, build, down, release, up};

/// The stack the end-to-end tests have to themselves.
const STACK: &str = "test";

/// The end-to-end tests each of which makes a world of its own; what one does, no other sees.
const WORLDS: [&str; 8] = ["agent", "handover", "idle", "mail", "ringing", "routing", "unattended", "world"];
/// How many of them run at once: they mostly wait for deadlines.
const WORLDS_AT_ONCE: &str = "4";

/// Runs all checks; the first that fails ends them.
pub(crate) async fn test(workspace: &Workspace, args: &TestArgs) -> Result<(), Error> {
    check(workspace, "the format check (`cargo fmt` puts it right)", &["fmt", "--all", "--check"]).await?;
    let lints = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    check(workspace, "clippy", &lints).await?;
    let tests = ["test", "--workspace", "--exclude", "tests", "--locked"];
    check(workspace, "the workspace's tests", &tests).await?;
    browser_tools::prepare(workspace)?;
    output::note("A release build, to see that it has no fault points:");
    release::lacks_fault_points(workspace).await?;
    end_to_end(workspace, args).await
}

/// Whatever happens in between, a fresh stack comes up before the tests and goes after them.
async fn end_to_end(workspace: &Workspace, args: &TestArgs) -> Result<(), Error> {
    let name: StackName = STACK.parse()?;
    down::down(workspace, &name).await?;
    let outcome = tokio::select! {
        outcome = on_a_stack(workspace, &name, args) => outcome,
        () = interrupted() => Err(Error::Interrupted),
    };
    // Silent when all is well: the test runner's summary stays the last thing said.
    let gone = down::down(workspace, &name).await;
    outcome.and(gone.map(drop))
}

async fn on_a_stack(workspace: &Workspace, name: &StackName, args: &TestArgs) -> Result<(), Error> {
    output::note("A stack for the end-to-end tests:");
    up::up(workspace, &up::Options { name: name.clone(), base_port: Some(args.port) }).await?;
    let state = Stack::file(&workspace.stack_folder(name));
    // No doctests: their empty summary would be the last one.
    let end_to_end = |targets: &[String], threads: &str| {
        let mut tests = cargo(workspace, ["test", "--package", "tests", "--locked"]);
        tests.args(targets.iter().flat_map(|target| ["--test", target.as_str()]));
        tests.env("SALESIQ_OPERATOR_STACK", &state);
        if args.full {
            tests.env("SALESIQ_OPERATOR_FULL", "1");
        }
        tests.args(["--", "--test-threads", threads]);
        tests
    };
    let (worlds, others) = targets(workspace)?;
    // One at a time: they set faults, fault points and settings of the one SalesIQ.
    finished("the end-to-end tests", run(end_to_end(&others, "1")).await?)?;
    finished("the end-to-end tests of worlds", run(end_to_end(&worlds, WORLDS_AT_ONCE)).await?)
}

/// The end-to-end tests that make worlds of their own, and all others.
fn targets(workspace: &Workspace) -> Result<(Vec<String>, Vec<String>), Error> {
    let folder = workspace.root().join("tests/tests");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(Error::file("read", &folder))? {
        let path = entry.map_err(Error::file("read", &folder))?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            all.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
        }
    }
    all.sort();
    Ok(all.into_iter().partition(|target| WORLDS.contains(&target.as_str())))
}

async fn check(workspace: &Workspace, step: &'static str, arguments: &[&str]) -> Result<(), Error> {
    output::note(&format!("$ cargo {}", arguments.join(" ")));
    finished(step, run(cargo(workspace, arguments)).await?)
}

fn cargo(workspace: &Workspace, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::from(build::cargo());
    command.args(arguments).current_dir(workspace.root()).stdin(Stdio::null()).kill_on_drop(true);
    command
}

async fn run(mut command: Command) -> Result<ExitStatus, Error> {
    command.status().await.map_err(|source| Error::Start { program: "cargo".to_owned(), source })
}

fn finished(step: &'static str, status: ExitStatus) -> Result<(), Error> {
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Error::Check { step, code })
}

/// Ends when the terminal or the CI asks us to stop.
pub(crate) async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
