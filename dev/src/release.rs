//! Shows that a release build has no fault points: a test must not be able to stop a function in production.

use std::fs;
use std::process::Stdio;

use tokio::process::Command;

use crate::build;
use crate::error::Error;
use crate::workspace::Workspace;

/// The function whose steps can be stopped.
const FUNCTION: &str = "conversation";
/// What the code of a fault point asks; in a binary exactly if the code is.
const MARK: &[u8] = b"/_control/steps/";

/// Builds the function as a release does, and looks into it. Optimisation is left out: it takes minutes, and what
/// it could drop would not be found in the local build either, where it has to be.
pub(crate) async fn lacks_fault_points(workspace: &Workspace) -> Result<(), Error> {
    build::build(workspace)?;
    let mut release = Command::from(build::cargo());
    release
        .args(["build", "--release", "--locked", "--package", FUNCTION])
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .current_dir(workspace.root())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let status = release.status().await.map_err(|source| Error::Start { program: "cargo".to_owned(), source })?;
    if !status.success() {
        return Err(Error::Build);
    }
    let holds = |profile: &str| {
        let binary = workspace.target().join(profile).join(FUNCTION);
        let bytes = fs::read(&binary).map_err(Error::file("read", &binary))?;
        Ok::<bool, Error>(bytes.windows(MARK.len()).any(|window| window == MARK))
    };
    if holds("release")? {
        return Err(Error::FaultPoints { found: "has fault points; it must not" });
    }
    // Else the mark has changed, and its absence above would prove nothing.
    if !holds("local")? {
        return Err(Error::FaultPoints {
            found: "was compared with a local build that has none; the mark is out of date",
        });
    }
    Ok(())
}
