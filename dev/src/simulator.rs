//! The simulated SalesIQ.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::stack::{Process, Stack};
use crate::workspace::Workspace;
use crate::{build, processes};

const PATIENCE: Duration = Duration::from_secs(20);

/// Starts the simulator as it was built last, or leaves one that is running and unchanged.
pub(crate) async fn start(
    workspace: &Workspace,
    stack: &Stack,
    before: Option<&Process>,
    folder: &Path,
) -> Result<Process, Error> {
    // A copy of its own: building again must not change the program under a running stack.
    let program = folder.join("simulator");
    let changed = build::install(&build::simulator(workspace)?, &program)?;
    if let Some(process) = before.filter(|process| processes::runs(process)) {
        if !changed {
            return Ok(process.clone());
        }
        processes::stop("the simulator", process).await?;
    }
    let port = stack.base_port + 1;
    processes::wait_for_port(port).await?;
    let mut command = Command::new(&program);
    command.current_dir(folder).args(["--port", &port.to_string(), "--ses-upstream", &stack.aws_url]);
    let (mut child, process) = processes::start(&mut command, &folder.join("simulator.log"))?;
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(process);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    processes::stop("the simulator", &process).await?;
    Err(Error::NotUp { program: "the simulator", seconds: PATIENCE.as_secs(), log: process.log })
}
