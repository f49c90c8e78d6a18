//! Deploying the template to the emulator with the SAM CLI, as it is deployed to AWS.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::Client;

use crate::aws;
use crate::error::Error;
use crate::python::Environment;
use crate::stack::{CLOUDFORMATION_STACK, Deployed, MAIL_EVENT_SOURCE, Stack};
use crate::workspace::Workspace;

/// Deploys whatever changed, and says what the template made.
pub(crate) async fn deploy(
    workspace: &Workspace,
    stack: &Stack,
    folder: &Path,
    client: &Client,
) -> Result<Deployed, Error> {
    let log = folder.join("deploy.log");
    let output = File::create(&log).map_err(Error::file("create", &log))?;
    let errors = output.try_clone().map_err(Error::file("open", &log))?;
    let status = sam(workspace, stack)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .status()
        .map_err(|source| Error::Start { program: "sam".to_owned(), source })?;
    if !status.success() {
        return Err(Error::Deploy { log });
    }
    deployed(stack, &aws::outputs(client, stack, CLOUDFORMATION_STACK).await?)
}

fn sam(workspace: &Workspace, stack: &Stack) -> Command {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let mut command = Command::new(Environment::Sam.program(workspace, "sam"));
    command
        .current_dir(workspace.root())
        .args(["deploy", "--config-env", "local", "--no-progressbar", "--region", &stack.region])
        .arg("--parameter-overrides")
        .arg(format!("Architecture={architecture}"))
        .arg(format!("SalesiqBaseUrl={}", stack.simulator_url))
        .arg(format!("AccountsBaseUrl={}", stack.simulator_url))
        // Through the simulator's gate, which keeps the mails and lets tests make SES fail.
        .arg(format!("SesEndpointUrl={}/_ses", stack.simulator_url))
        .arg(format!("MailEventSource={MAIL_EVENT_SOURCE}"))
        // Short, so that a killed function's work is taken over while one watches.
        .args(["FunctionTimeoutSeconds=20", "LeaseSeconds=25", "LandingSeconds=5"])
        .env("AWS_ENDPOINT_URL", &stack.aws_url)
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("SAM_CLI_TELEMETRY", "0")
        .env("SAM_CLI_POLL_DELAY", "0.5")
        .env("__SAM_CLI_APP_DIR", workspace.local().join("sam"))
        .env("NO_PROXY", "127.0.0.1,localhost")
        .env("no_proxy", "127.0.0.1,localhost");
    // Nothing of a real account may reach this call.
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN"] {
        command.env_remove(name);
    }
    for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        command.env(name, "/dev/null");
    }
    command
}

fn deployed(stack: &Stack, outputs: &[(String, String)]) -> Result<Deployed, Error> {
    let output = |name: &'static str| {
        outputs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).ok_or(Error::NoOutput(name))
    };
    let api_id = output("ApiId")?;
    Ok(Deployed {
        webhook_url: format!("{}/_aws/execute-api/{api_id}/$default/webhooks/salesiq/", stack.aws_url),
        console_url: format!("http://{api_id}.execute-api.localhost:{}/console", stack.base_port),
        api_id,
        table_name: output("TableName")?,
        bus_name: output("BusName")?,
        alarm_clock_queue_url: output("AlarmClockQueueUrl")?,
        transcript_dead_letters_url: output("TranscriptDeadLettersUrl")?,
    })
}

#[cfg(test)]
mod tests {
    use super::deployed;
    use crate::error::Error;
    use crate::stack::Stack;

    #[test]
    fn a_missing_output_is_named() {
        let stack = Stack::new("test".parse().expect("a name"), 4710);
        let outputs = [("ApiId".to_owned(), "a1".to_owned())];
        assert!(matches!(deployed(&stack, &outputs), Err(Error::NoOutput("TableName"))));
    }
}
