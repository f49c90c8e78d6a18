//! What the browser tests need besides Rust: Chromium with its driver, and axe-core, which npm fetches as it is pinned in
//! `dev/axe`.

use std::fs;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::workspace::Workspace;

/// The files that pin axe-core.
const PINS: [&str; 2] = ["package.json", "package-lock.json"];

/// Looks for the programs, and has axe-core fetched unless it is there as pinned.
pub(crate) fn prepare(workspace: &Workspace) -> Result<(), Error> {
    for program in ["chromium", "chromedriver"] {
        let asked = Command::new(program).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).status();
        asked.map_err(|source| Error::Start { program: program.to_owned(), source })?;
    }
    let (from, to) = (workspace.root().join("dev/axe"), workspace.local().join("axe"));
    let pinned = |name: &str| fs::read(from.join(name)).ok();
    let there = to.join("node_modules/axe-core/axe.min.js").is_file();
    if there && PINS.iter().all(|name| fs::read(to.join(name)).ok() == pinned(name)) {
        return Ok(());
    }
    fs::create_dir_all(&to).map_err(Error::file("create", &to))?;
    for name in PINS {
        fs::copy(from.join(name), to.join(name)).map_err(Error::file("write", to.join(name)))?;
    }
    let status = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
        .arg(&to)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|source| Error::Start { program: "npm".to_owned(), source })?;
    if status.success() { Ok(()) } else { Err(Error::Axe { folder: to }) }
}
