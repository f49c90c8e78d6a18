//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::ArgPredicate;
use clap::{Args, Parser, Subcommand};
use shared::domain::id::WorkspaceId;

use crate::console::ConsoleCommand;
use crate::error::Error;
use crate::output;
use crate::seed;
use crate::settings::{self, SettingsCommand};
use crate::stack::{Stack, StackName};
use crate::workspace::Workspace;
use crate::{console, demo, doctor, down, end, evaluate, logs, mails, simulate, test, up};

/// What template.yaml calls the bus unless told otherwise.
const DEFAULT_BUS: &str = "salesiq-operator";

/// The local stack: the template, the functions and a simulated SalesIQ, on this machine.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the local stack, or bring a running one up to date.
    Up(UpArgs),
    /// Who may sign in to the console: add, list, remove, and links to set a password.
    #[command(subcommand)]
    Console(ConsoleCommand),
    /// Play a scripted conversation on a stack of its own, and tell each step: ok or FAILED.
    Demo(DemoArgs),
    /// Check a workspace and its portal: accounts, operator, team, webhook, mail, and what is assumed of SalesIQ.
    ///
    /// Nothing is changed and no visitor notices. Exit code 0 when nothing failed, 1 when something did, 2 when it could
    /// not be checked.
    Doctor(DoctorArgs),
    /// Stop what `up` started. The Python environments stay.
    Down(DownArgs),
    /// Ask for the end of a chat that the AI serves: with the brand's countdown, which a line of the visitor cancels.
    End(end::EndArgs),
    /// Put written conversations to the AI and count how often it does the right thing.
    Evaluate(evaluate::EvaluateArgs),
    /// Show what the functions logged. A run's lines appear when it has ended.
    Logs(LogsArgs),
    /// Mails that SES refused for good: list them, show one, have them tried again.
    #[command(subcommand)]
    Mails(MailsCommand),
    /// Read, check and write a workspace's settings as one YAML or JSON file.
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Run the whole engine in one process against a model of SalesIQ, break things, and check what must hold.
    Simulate(SimulateArgs),
    /// Format, lints, all tests, then the end-to-end tests on a stack of their own.
    Test(TestArgs),
}

#[derive(Debug, Args)]
struct UpArgs {
    /// The stack's name: two names are two stacks side by side, with a port each.
    #[arg(long, value_name = "NAME", default_value = StackName::DEFAULT)]
    stack: StackName,
    /// First of the stack's two ports: AWS there, the simulator on the next. [default: 4700]
    #[arg(long, value_name = "BASE", value_parser = clap::value_parser!(u16).range(1024..65535))]
    port: Option<u16>,
    /// Print the running stack as JSON (what stack.json holds).
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// First of the two ports of the demo's stack.
    #[arg(long, value_name = "BASE", default_value_t = 4720, value_parser = clap::value_parser!(u16).range(1024..65535))]
    port: u16,
    /// Print one JSON object at the end, and nothing else, on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The local stack's name.
    #[arg(long, value_name = "NAME", default_value = StackName::DEFAULT)]
    pub(crate) stack: StackName,
    /// A table in AWS instead of a local stack's. Region and credentials come from AWS_REGION, AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; the portal is the one of the settings' data centre.
    #[arg(long, value_name = "NAME", conflicts_with = "stack", requires = "workspace")]
    pub(crate) table: Option<String>,
    /// The workspace. [default: demo]
    #[arg(long, value_name = "ID")]
    pub(crate) workspace: Option<WorkspaceId>,
    /// What the secrets' names begin with.
    #[arg(long, value_name = "PREFIX", default_value = "salesiq-operator/")]
    pub(crate) secret_prefix: String,
    /// Where SalesIQ should deliver to. [default: the local stack's, or sentinel.webhook_url of the settings]
    #[arg(long, value_name = "URL")]
    pub(crate) webhook_url: Option<String>,
    /// Where SalesIQ's API is, instead of the data centre or the stack's simulator.
    #[arg(long, value_name = "URL")]
    pub(crate) salesiq_url: Option<String>,
    /// Where Zoho's accounts server is, likewise.
    #[arg(long, value_name = "URL")]
    pub(crate) accounts_url: Option<String>,
    /// Also make calls that would change something, so that they change nothing: set the operator's availability to what
    /// it is, and ask for a conversation that does not exist.
    #[arg(long)]
    pub(crate) write: bool,
    /// Print one JSON array of {check, outcome, seen, fix, section}.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
struct DownArgs {
    /// The stack's name.
    #[arg(long, value_name = "NAME", default_value = StackName::DEFAULT)]
    stack: StackName,
    /// Print what was stopped as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// The function, such as `webhook`; without one, all of them.
    pub(crate) function: Option<String>,
    /// The stack's name.
    #[arg(long, value_name = "NAME", default_value = StackName::DEFAULT)]
    pub(crate) stack: StackName,
    /// Go on showing new lines until interrupted.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// One JSON object a line: `time_ms`, `function`, `message`.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MailsCommand {
    /// Show the mails that wait; they stay.
    List(MailsListArgs),
    /// Print one of them, to be sent by hand.
    Show(MailsShowArgs),
    /// Have them tried again. Exit code 0 only when each of them is on its way.
    Redrive(MailsRedriveArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MailsListArgs {
    #[command(flatten)]
    pub(crate) queue: MailsQueueArgs,
    /// One JSON object a line, without the mail's text.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MailsShowArgs {
    /// The id that `list` shows.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) queue: MailsQueueArgs,
    /// Write the whole mail, attachments included, to this file (MIME, .eml) instead.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct MailsQueueArgs {
    /// The stack's name.
    #[arg(long, value_name = "NAME", default_value = StackName::DEFAULT)]
    pub(crate) stack: StackName,
    /// The queue of a stack in AWS instead (output `TranscriptDeadLettersUrl`). Region and credentials come from
    /// AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
    #[arg(long, value_name = "URL", conflicts_with = "stack")]
    pub(crate) queue_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MailsRedriveArgs {
    /// The ids that `list` shows.
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub(crate) ids: Vec<String>,
    /// All that wait.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) queue: MailsQueueArgs,
    /// The bus of the stack in AWS (output `BusName`).
    #[arg(
        long,
        value_name = "NAME",
        requires = "queue_url",
        default_value_if("queue_url", ArgPredicate::IsPresent, DEFAULT_BUS)
    )]
    pub(crate) bus: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// How many conversations, twenty to a world. [default: 2000]
    #[arg(long, value_name = "N")]
    pub(crate) conversations: Option<usize>,
    /// The first world's seed; the others have the next ones. [default: 1]
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// What may be broken: `all`, `none`, or a list such as `crash,drop`; `all,-drop` is all but one. [default: all]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(crate) faults: Option<String>,
    /// Only these conversations of each world, counted from 1.
    #[arg(long, value_name = "LIST")]
    pub(crate) only: Option<String>,
    /// Visitors stop after so many steps.
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<usize>,
    /// How many worlds run at once. [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Print one JSON object, and nothing else, on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Do all of it: a thousand deliveries where a hundred are sent otherwise.
    #[arg(long)]
    pub(crate) full: bool,
    /// First of the two ports of the stack that the end-to-end tests run on.
    #[arg(long, value_name = "BASE", default_value_t = 4710, value_parser = clap::value_parser!(u16).range(1024..65535))]
    pub(crate) port: u16,
}

/// Parses the command line and runs it. Exit codes: 0 done, 1 failed (one sentence on stderr), 2 wrong usage; `test` ends
/// with the code of the step that failed, and `doctor` and `evaluate` say more in their help.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    // Their 1 means that something is wrong with what they looked at.
    let looks = matches!(cli.command, Command::Doctor(_) | Command::Evaluate(_));
    match execute(cli.command).await {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            if looks { ExitCode::from(2) } else { error.exit_code() }
        }
    }
}

async fn execute(command: Command) -> Result<ExitCode, Error> {
    let workspace = Workspace::find()?;
    match command {
        Command::Up(args) => {
            let options = up::Options { name: args.stack, base_port: args.port };
            let stack = up::up(&workspace, &options).await?;
            if args.json {
                output::json(&stack);
            } else {
                output::text(&summary(&stack));
            }
        }
        Command::Demo(args) => {
            let report = demo::demo(&workspace, args.port, args.json).await?;
            if args.json {
                output::json(&report);
            }
            return Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Console(command) => return console::run(&workspace, &command).await,
        Command::Doctor(args) => return doctor::run(&workspace, &args).await,
        Command::Down(args) => {
            let stopped = down::down(&workspace, &args.stack).await?;
            if args.json {
                output::json(&stopped);
            } else if stopped.stopped.is_empty() {
                output::text(&format!("Nothing of the stack `{}` is running.", args.stack));
            } else {
                output::text(&format!("Stopped {}.", stopped.stopped.join(" and ")));
            }
        }
        Command::End(args) => end::run(&workspace, &args).await?,
        Command::Evaluate(args) => return evaluate::run(&workspace, &args).await,
        Command::Logs(args) => logs::logs(&workspace, &args).await?,
        Command::Mails(command) => return mails::run(&workspace, &command).await,
        Command::Settings(command) => return settings::run(&workspace, command).await,
        Command::Simulate(args) => return simulate::simulate(&workspace, &args).await,
        Command::Test(args) => test::test(&workspace, &args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn summary(stack: &Stack) -> String {
    let mut lines = vec![
        format!("The stack `{}` is up.", stack.name),
        String::new(),
        format!("  Visitor's widget   {}/widget", stack.simulator_url),
        format!("  Operator's desk    {}/desk?operator={}", stack.simulator_url, seed::ADA),
        format!("  Simulated SalesIQ  {}", stack.simulator_url),
        format!("  AWS (MiniStack)    {}", stack.aws_url),
    ];
    if let Some(deployed) = &stack.deployed {
        lines.push(format!("  Console            {}", deployed.console_url));
        lines.push(format!("    sign in as       {} / {}", seed::PEOPLE[0].0, seed::CONSOLE_PASSWORD));
        lines.push(format!("  Webhook            {}{}", deployed.webhook_url, seed::WORKSPACE));
        lines.push(format!("  Table              {}", deployed.table_name));
    }
    let option = if stack.name.is_default() { String::new() } else { format!(" --stack {}", stack.name) };
    lines.push(String::new());
    lines.push(format!("  cargo dev logs{option} --follow    what the functions say"));
    lines.push(format!("  cargo dev down{option}             stop it"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command, DEFAULT_BUS, MailsCommand};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn somebody_is_added_with_a_role_and_links_of_a_stack_in_aws_need_its_table() {
        let fits = |arguments: &str| {
            let words = "dev console".split(' ').chain(arguments.split_whitespace());
            Cli::try_parse_from(words).is_ok()
        };
        assert!(
            fits("add a@b.example --role admin") && fits("add a@b.example --role Agent --workspace w --workspace v")
        );
        assert!(fits("add a@b.example --role admin --table t --console-url https://c.example") && fits("list --json"));
        assert!(fits("add a@b.example --role admin --password-stdin") && fits("remove a@b.example --stack s"));
        assert!(!fits("add a@b.example") && !fits("add nobody --role admin") && !fits("add a@b.example --role owner"));
        assert!(!fits("link a@b.example --console-url https://c.example") && !fits("list --table t --stack s"));
    }

    #[test]
    fn a_workspace_in_aws_is_named_to_the_doctor() {
        let fits = |arguments: &str| {
            let words = "dev doctor".split(' ').chain(arguments.split_whitespace());
            Cli::try_parse_from(words).is_ok()
        };
        assert!(fits("") && fits("--stack test --workspace w --write --json") && fits("--table t --workspace w"));
        assert!(!fits("--table t") && !fits("--table t --workspace w --stack s") && !fits("--workspace Nobody's"));
    }

    #[test]
    fn redrive_wants_ids_or_all_and_knows_the_bus_of_a_queue_in_aws() {
        let redrive = |arguments: &str| {
            let words = "dev mails redrive".split(' ').chain(arguments.split_whitespace());
            match Cli::try_parse_from(words).ok()?.command {
                Command::Mails(MailsCommand::Redrive(args)) => Some(args),
                _ => None,
            }
        };
        assert!(redrive("").is_none());
        assert!(redrive("m1 --all").is_none());
        assert!(redrive("--all --bus b").is_none());
        assert!(redrive("--all --stack test --queue-url u").is_none());
        assert_eq!(redrive("m1 m2").expect("ids").ids, ["m1", "m2"]);
        assert_eq!(redrive("--all").expect("all").bus, None);
        assert_eq!(redrive("--all --queue-url u").expect("a queue").bus.as_deref(), Some(DEFAULT_BUS));
        assert_eq!(redrive("--all --queue-url u --bus b").expect("both").bus.as_deref(), Some("b"));
    }
}
