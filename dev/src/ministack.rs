//! MiniStack, the AWS emulator: it runs the functions' binaries as plain processes.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use reqwest::Client;

use crate::error::Error;
use crate::processes;
use crate::python::Environment;
use crate::stack::{Process, Stack};
use crate::workspace::Workspace;

const PATIENCE: Duration = Duration::from_secs(90);

/// Starts the emulator with nothing in it, and waits until it answers.
pub(crate) async fn start(
    workspace: &Workspace,
    stack: &Stack,
    folder: &Path,
    client: &Client,
) -> Result<Process, Error> {
    let data = folder.join("ministack");
    if data.exists() {
        fs::remove_dir_all(&data).map_err(Error::file("remove", &data))?;
    }
    let temporary = data.join("tmp");
    fs::create_dir_all(&temporary).map_err(Error::file("create", &temporary))?;

    let mut command = Command::new(Environment::MiniStack.program(workspace, "python"));
    command
        .args(["-m", "ministack"])
        .current_dir(folder)
        // The functions inherit its environment: they shall see what Lambda gives them, not what this shell holds.
        .env_clear()
        .envs(["PATH", "HOME", "LANG", "SSL_CERT_FILE"].iter().filter_map(|name| Some((name, env::var_os(name)?))))
        .env("BIND_HOST", "127.0.0.1")
        // APIs answer at the host API_ID.execute-api.localhost, as in AWS; browsers know where localhost is.
        .env("MINISTACK_HOST", "localhost")
        .env("GATEWAY_PORT", stack.base_port.to_string())
        .env("MINISTACK_REGION", &stack.region)
        // What it hands to the functions as their endpoint, over whatever the template says.
        .env("AWS_ENDPOINT_URL", &stack.aws_url)
        .env("TMPDIR", &temporary)
        .env("STATE_DIR", data.join("state"))
        .env("S3_DATA_DIR", data.join("s3"))
        // Ports of services that the template does not use.
        .env("SFTP_ENABLED", "0")
        .env("IOT_MTLS_ENABLED", "0")
        .env("PYTHONUNBUFFERED", "1");
    let (child, process) = processes::start(&mut command, &folder.join("ministack.log"))?;
    if wait(child, client, stack).await {
        return Ok(processes::identified(process));
    }
    processes::stop("MiniStack", &process).await?;
    Err(Error::NotUp { program: "MiniStack", seconds: PATIENCE.as_secs(), log: process.log })
}

/// Whether the emulator answers.
pub(crate) async fn answers(client: &Client, stack: &Stack) -> bool {
    let health = client.get(format!("{}/_ministack/health", stack.aws_url)).timeout(Duration::from_secs(5));
    health.send().await.is_ok_and(|response| response.status().is_success())
}

async fn wait(mut child: Child, client: &Client, stack: &Stack) -> bool {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
        if answers(client, stack).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}
