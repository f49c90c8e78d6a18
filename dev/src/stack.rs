//! The state file of a running stack, `.local/stacks/NAME/stack.json`: what `up` started and where it answers.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::workspace::write_atomically;

/// The region every local stack claims to be in.
pub const REGION: &str = "eu-west-1";

/// The name the template is deployed under; functions are called `salesiq-operator-NAME`.
pub const CLOUDFORMATION_STACK: &str = "salesiq-operator";

/// What the local stack takes for SES on the default bus: nobody can put events there under the name `aws.ses`, on the
/// emulator or in AWS.
pub const MAIL_EVENT_SOURCE: &str = "simulator.ses";

/// A local stack's name, which is also its folder's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StackName(String);

impl StackName {
    /// The stack of whoever names none.
    pub const DEFAULT: &str = "local";

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }
}

impl FromStr for StackName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 32 || name.starts_with('-') || !name.chars().all(allowed) {
            return Err(Error::StackName(name.to_owned()));
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for StackName {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        name.parse()
    }
}

impl From<StackName> for String {
    fn from(name: StackName) -> Self {
        name.0
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A local stack, whole or half up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stack {
    /// Its name.
    pub name: StackName,
    /// First of its two ports.
    pub base_port: u16,
    /// The region it claims to be in.
    pub region: String,
    /// Where AWS answers: the value for `AWS_ENDPOINT_URL`.
    pub aws_url: String,
    /// Where the simulated SalesIQ answers: REST API, accounts, widget and desks.
    pub simulator_url: String,
    /// What the template made, once it is deployed.
    pub deployed: Option<Deployed>,
    /// The emulator's process.
    pub ministack: Option<Process>,
    /// The simulator's process.
    pub simulator: Option<Process>,
}

/// What the deployed template made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// Id of the HTTP API.
    pub api_id: String,
    /// Local URL of the webhooks, up to and including the slash before the workspace's name.
    pub webhook_url: String,
    /// Where people open the console: by the API's own host, as in AWS. Browsers know where `localhost` is.
    #[serde(default)]
    pub console_url: String,
    /// Name of the table.
    pub table_name: String,
    /// Name of the event bus.
    pub bus_name: String,
    /// URL of the alarm clock's queue.
    pub alarm_clock_queue_url: String,
    /// URL of the queue of mails that SES refused for good; empty for a stack of before there was one.
    #[serde(default)]
    pub transcript_dead_letters_url: String,
}

/// A process that `up` started, in a group of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Process id, and id of its group.
    pub pid: u32,
    /// When it began and its command line: a later process with the same id differs.
    pub identity: String,
    /// The file that takes its output.
    pub log: PathBuf,
}

impl Stack {
    /// A stack of which nothing runs yet.
    #[must_use]
    pub fn new(name: StackName, base_port: u16) -> Self {
        Self {
            name,
            base_port,
            region: REGION.to_owned(),
            aws_url: format!("http://127.0.0.1:{base_port}"),
            simulator_url: format!("http://127.0.0.1:{}", base_port + 1),
            deployed: None,
            ministack: None,
            simulator: None,
        }
    }

    /// Reads a state file.
    ///
    /// # Errors
    /// When the file cannot be read or is not a state file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read(path).map_err(Error::file("read", path))?;
        serde_json::from_slice(&text).map_err(|source| Error::StateFile { path: path.to_path_buf(), source })
    }

    /// The state file in a stack's folder.
    pub(crate) fn file(folder: &Path) -> PathBuf {
        folder.join("stack.json")
    }

    /// The stack in a folder, if there is one.
    pub(crate) fn find(folder: &Path) -> Result<Option<Self>, Error> {
        let path = Self::file(folder);
        if path.exists() { Self::read(&path).map(Some) } else { Ok(None) }
    }

    /// Writes the state file, as a whole.
    pub(crate) fn save(&self, folder: &Path) -> Result<(), Error> {
        let path = Self::file(folder);
        let text = serde_json::to_vec_pretty(self).map_err(|source| Error::StateFile { path: path.clone(), source })?;
        write_atomically(&path, |new| fs::write(new, text))
    }
}

#[cfg(test)]
mod tests {
    use super::{Deployed, Stack, StackName};

    #[test]
    fn a_name_that_leaves_its_folder_is_refused() {
        for name in ["", "../x", "a/b", "-rf", "UPPER", "a b", &"x".repeat(33)] {
            assert!(name.parse::<StackName>().is_err(), "{name}");
        }
        assert!("test-2".parse::<StackName>().is_ok());
    }

    #[test]
    fn a_stack_of_before_there_were_dead_letters_is_read() {
        let deployed = r#"{"api_id": "a1", "webhook_url": "http://x/", "table_name": "t", "bus_name": "b", "alarm_clock_queue_url": "http://q"}"#;
        let deployed: Deployed = serde_json::from_str(deployed).expect("readable");
        assert_eq!(deployed.transcript_dead_letters_url, "");
    }

    #[test]
    fn a_saved_stack_reads_back() {
        let folder = std::env::temp_dir().join(format!("stack-state-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("folder");
        let stack = Stack::new("test".parse().expect("name"), 4710);

        stack.save(&folder).expect("saved");
        let read = Stack::find(&folder).expect("readable").expect("there");

        assert_eq!(read.simulator_url, "http://127.0.0.1:4711");
        assert_eq!(read.name, stack.name);
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
