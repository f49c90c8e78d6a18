//! Python, and the two environments made with it: the emulator's and the SAM CLI's pins exclude each other.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::workspace::Workspace;

const CANDIDATES: [&str; 6] = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/// One of the two environments.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Environment {
    /// The AWS emulator.
    MiniStack,
    /// The SAM CLI.
    Sam,
}

impl Environment {
    fn name(self) -> &'static str {
        match self {
            Self::MiniStack => "ministack",
            Self::Sam => "sam",
        }
    }

    fn folder(self, workspace: &Workspace) -> PathBuf {
        workspace.local().join(format!("venv-{}", self.name()))
    }

    /// A program of this environment.
    pub(crate) fn program(self, workspace: &Workspace, program: &str) -> PathBuf {
        self.folder(workspace).join("bin").join(program)
    }

    fn requirements(self, workspace: &Workspace) -> PathBuf {
        workspace.root().join("dev").join(format!("{}-requirements.txt", self.name()))
    }

    /// What the environment was made from; absent in a half-made one.
    fn made_from(self, workspace: &Workspace) -> PathBuf {
        self.folder(workspace).join("made-from.txt")
    }

    /// Whether it was made from the requirements as they are now, and its Python is still there.
    pub(crate) fn is_ready(self, workspace: &Workspace) -> bool {
        let now = fs::read(self.requirements(workspace)).ok();
        let then = fs::read(self.made_from(workspace)).ok();
        now.is_some() && now == then && is_new_enough(&self.program(workspace, "python").to_string_lossy())
    }

    /// Makes it afresh.
    pub(crate) fn make(self, workspace: &Workspace, python: &str) -> Result<(), Error> {
        let folder = self.folder(workspace);
        let requirements = self.requirements(workspace);
        let log = workspace.local().join(format!("venv-{}.log", self.name()));
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::file("remove", &folder))?;
        }
        fs::create_dir_all(workspace.local()).map_err(Error::file("create", workspace.local()))?;
        let output = File::create(&log).map_err(Error::file("create", &log))?;

        if !run(Command::new(python).args(["-m", "venv"]).arg(&folder), &output)? {
            return Err(Error::Venv { environment: folder, log });
        }
        let mut pip = Command::new(self.program(workspace, "python"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r"]).arg(&requirements);
        if !run(&mut pip, &output)? {
            return Err(Error::Pip { requirements, environment: folder, log });
        }
        let made_from = self.made_from(workspace);
        fs::copy(&requirements, &made_from).map(drop).map_err(Error::file("write", made_from))
    }
}

/// The first Python on PATH that is new enough.
pub(crate) fn find() -> Result<&'static str, Error> {
    CANDIDATES
        .into_iter()
        .find(|candidate| is_new_enough(candidate))
        .ok_or_else(|| Error::NoPython { looked_for: CANDIDATES.join(", ") })
}

fn is_new_enough(python: &str) -> bool {
    Command::new(python)
        .args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn run(command: &mut Command, output: &File) -> Result<bool, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let log = || output.try_clone().map_err(Error::file("open", Path::new(&program)));
    let (out, err) = (log()?, log()?);
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .status()
        .map(|status| status.success())
        .map_err(|source| Error::Start { program, source })
}
