//! Building the functions, and laying them out as the template expects them.

use std::env;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::workspace::{Workspace, write_atomically};

/// The package of the simulated SalesIQ.
const SIMULATOR: &str = "simulator";

/// Builds all functions and the simulator with one cargo, and puts each function where its `CodeUri` points.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Error> {
    let functions = workspace.functions()?;
    let mut cargo = cargo();
    cargo.current_dir(workspace.root()).args(["build", "--locked", "--profile", "local"]);
    if !io::stderr().is_terminal() {
        cargo.arg("--quiet");
    }
    for package in functions.iter().map(String::as_str).chain([SIMULATOR]) {
        // With its version: other crates have a plain name such as `console`, too.
        cargo.args(["--package", &format!("{package}@{}", env!("CARGO_PKG_VERSION"))]);
    }
    // Only the compiler's messages, and not among what a machine reads.
    let status = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|source| Error::Start { program: "cargo".to_owned(), source })?;
    if !status.success() {
        return Err(Error::Build);
    }
    for function in &functions {
        let folder = workspace.root().join("target/lambda").join(function);
        fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
        install(&built(workspace, function)?, &folder.join("bootstrap"))?;
    }
    Ok(())
}

/// The simulator that was built.
pub(crate) fn simulator(workspace: &Workspace) -> Result<PathBuf, Error> {
    built(workspace, SIMULATOR)
}

/// A program that was built for this machine.
pub(crate) fn program(workspace: &Workspace, package: &str) -> Result<PathBuf, Error> {
    built(workspace, package)
}

/// Copies a program as a whole, unless it is there already. Says whether it changed.
pub(crate) fn install(from: &Path, to: &Path) -> Result<bool, Error> {
    let new = fs::read(from).map_err(Error::file("read", from))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(false);
    }
    write_atomically(to, |path| fs::copy(from, path).map(drop))?;
    Ok(true)
}

/// The cargo that runs us, else the one on PATH; without the variables `cargo run` set about this package. Build scripts
/// (ring's) watch them: what is built here and what is built from a shell would each time undo the other.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

fn built(workspace: &Workspace, package: &str) -> Result<PathBuf, Error> {
    let binary = workspace.target().join("local").join(package);
    if binary.is_file() { Ok(binary) } else { Err(Error::NoBinary(binary)) }
}
