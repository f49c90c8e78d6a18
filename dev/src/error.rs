//! What can go wrong, each as one sentence that says what to do next.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Called outside the project.
    #[error("no template.yaml in this folder or above it: run `cargo dev` inside the project")]
    NoWorkspace,
    /// A stack's name that cannot be a folder's name.
    #[error("`{0}` is no name for a stack: use lower-case letters, digits and hyphens, 32 at most")]
    StackName(String),
    /// Reading or writing a file failed.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The state file is there but is not one.
    #[error("{} is damaged ({source}): stop the processes it names and delete it", path.display())]
    StateFile {
        /// The state file.
        path: PathBuf,
        /// Why it cannot be read.
        source: serde_json::Error,
    },
    /// Another `cargo dev` works on the same stack.
    #[error("another `cargo dev` is working on the stack `{0}`: wait until it has ended")]
    Locked(String),
    /// A program could not be started at all.
    #[error("cannot start `{program}` ({source}): is it installed and on PATH?")]
    Start {
        /// The program.
        program: String,
        /// Why it did not start.
        source: io::Error,
    },
    /// npm could not fetch what the browser tests look at pages with.
    #[error("`npm ci --prefix {}` failed; run it to see why", folder.display())]
    Axe {
        /// Where it was to go.
        folder: PathBuf,
    },
    /// No Python that is new enough.
    #[error(
        "Python 3.10 or newer is needed and was not found (looked for {looked_for}): install it and run this again"
    )]
    NoPython {
        /// The commands tried.
        looked_for: String,
    },
    /// A virtual environment could not be made.
    #[error("cannot make the Python environment {}: see {} (on Debian and Ubuntu the package python3-venv is needed)", environment.display(), log.display())]
    Venv {
        /// The environment's folder.
        environment: PathBuf,
        /// What Python said.
        log: PathBuf,
    },
    /// pip failed.
    #[error("cannot install {} into {}: see {}", requirements.display(), environment.display(), log.display())]
    Pip {
        /// The pinned packages.
        requirements: PathBuf,
        /// The environment's folder.
        environment: PathBuf,
        /// What pip said.
        log: PathBuf,
    },
    /// Compiling failed; cargo has already said why.
    #[error("the build failed: the compiler's messages above say why")]
    Build,
    /// A package has no binary of its own name.
    #[error("the build left no {}: does the package have a main.rs?", .0.display())]
    NoBinary(PathBuf),
    /// A port is taken.
    #[error(
        "port {port} on 127.0.0.1 is in use by another program: stop that, or choose other ports with `--port BASE`"
    )]
    PortBusy {
        /// The port.
        port: u16,
    },
    /// The stack runs on other ports than were asked for.
    #[error(
        "the stack `{name}` already runs on port {port}: run `cargo dev down --stack {name}` first, or name another with `--stack`"
    )]
    OtherPort {
        /// The stack.
        name: String,
        /// Where it runs.
        port: u16,
    },
    /// A started program ended or never answered.
    #[error("{program} did not come up within {seconds} s: see {}", log.display())]
    NotUp {
        /// The program.
        program: &'static str,
        /// How long was waited.
        seconds: u64,
        /// What it said.
        log: PathBuf,
    },
    /// A process did not end.
    #[error("{program} (process {pid}) does not stop: end it yourself, then run this again")]
    NotDown {
        /// The program.
        program: &'static str,
        /// Its process id.
        pid: u32,
    },
    /// `sam deploy` failed.
    #[error("deploying template.yaml failed: see {}", log.display())]
    Deploy {
        /// What the SAM CLI said.
        log: PathBuf,
    },
    /// The deployed template lacks an output.
    #[error("the deployed template has no output `{0}`: template.yaml must declare it")]
    NoOutput(&'static str),
    /// A call of the emulator or the simulator failed.
    #[error("{what} failed ({detail}): look into the stack's logs in .local/stacks")]
    Call {
        /// The call.
        what: &'static str,
        /// Status and body, or the connection's error.
        detail: String,
    },
    /// A command needs a stack that is up.
    #[error("the stack `{0}` is not up: run `cargo dev up --stack {0}`")]
    StackDown(String),
    /// No region of AWS is known.
    #[error("no region is set: set AWS_REGION, and the credentials beside it")]
    NoRegion,
    /// A workspace that has no settings.
    #[error("the workspace `{0}` has no settings: write them with `cargo dev settings set FILE`")]
    NoSettings(String),
    /// Settings in the table could not be read or written.
    #[error("the settings of `{workspace}` could not be read or written: {detail}")]
    Settings {
        /// The workspace.
        workspace: String,
        /// Why.
        detail: String,
    },
    /// Two people edit the same settings.
    #[error(
        "the settings of `{0}` were changed by somebody else meanwhile, and nothing was written: get them anew and repeat the change"
    )]
    SettingsChanged(String),
    /// The table knows no such conversation.
    #[error("there is no conversation `{0}`: look at its id, and at the workspace (`--workspace ID`)")]
    NoConversation(String),
    /// Only a chat that the AI serves is ended.
    #[error(
        "conversation {conversation} is `{phase}`, and only one that is `assisting` can be ended: end it in SalesIQ"
    )]
    NotServed {
        /// Which.
        conversation: String,
        /// Where it stands.
        phase: &'static str,
    },
    /// The visitor would be left without an answer.
    #[error("in conversation {0} something waits for an answer: ask again when it is answered")]
    VisitorWaits(String),
    /// The end of a chat could not be asked for.
    #[error("the end of conversation {conversation} could not be asked for: {detail}")]
    End {
        /// Which.
        conversation: String,
        /// Why.
        detail: String,
    },
    /// A function's name that is none.
    #[error("there is no function `{name}`: the functions are {known}")]
    NoFunction {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The queue of mails that were given up did not do what was asked of it.
    #[error("{what} failed ({detail}): look whether the queue's URL, the region and the credentials fit")]
    DeadLetters {
        /// The call.
        what: &'static str,
        /// The connection's or the service's error.
        detail: String,
    },
    /// No letter has that id.
    #[error("there is no dead letter `{0}`: `cargo dev mails list` shows those there are")]
    NoLetter(String),
    /// A message in the queue is no letter.
    #[error("the dead letter `{id}` is not readable ({source}): look at the message itself, in the queue")]
    UnreadableLetter {
        /// The message's id.
        id: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A letter without the whole mail.
    #[error("the dead letter `{0}` does not hold the whole mail: `cargo dev mails show {0}` prints its text")]
    NoMime(String),
    /// A backend was to be judged that the settings don't have.
    #[error(
        "the settings have no backend `{0}`: name one of `agent.backends`, or the settings that have it by `--settings FILE`"
    )]
    NoBackend(String),
    /// A recording can't be used.
    #[error(
        "the recording {path} can't be used: {detail}. `--record FILE` makes one, `--replay FILE` reads one that is there"
    )]
    Recording {
        /// The file.
        path: String,
        /// Why.
        detail: String,
    },
    /// The file of a key holds none.
    #[error("{0} holds no key: write the backend's key into it, and nothing else")]
    EmptyKey(String),
    /// A backend asks for a key that was not given.
    #[error(
        "the backend `{0}` needs its key: give a file that holds it by `--key FILE`, or recorded answers by `--replay FILE`"
    )]
    NoModelKey(String),
    /// The playbook asks nobody, so there is nothing to record and nothing to take from a record.
    #[error("the playbook asks no model: `--key`, `--record` and `--replay` go with `--backend NAME`")]
    NothingToRecord,
    /// No case came to a verdict of the backend.
    #[error(
        "the backend `{backend}` failed in {failed} of {cases} cases, and the figures would not be its own ({why}): look at its address, key and model in the settings"
    )]
    BackendSilent {
        /// Which.
        backend: String,
        /// In how many cases it failed, or another had to think in its place.
        failed: usize,
        /// How many there are.
        cases: usize,
        /// What the first case failed with.
        why: String,
    },
    /// A step of `cargo dev test` failed; its own output says why.
    #[error("{step} failed")]
    Check {
        /// The step.
        step: &'static str,
        /// Its exit code.
        code: u8,
    },
    /// A release build is not what it should be.
    #[error("the release build of the conversation function {found}")]
    FaultPoints {
        /// What was found.
        found: &'static str,
    },
    /// A signal ended the tests.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// The command's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Check { code, .. } => ExitCode::from(*code),
            Self::Interrupted => ExitCode::from(130),
            _ => ExitCode::FAILURE,
        }
    }

    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
