//! `cargo dev settings`: a workspace's settings as one file.

mod changes;
mod file;
mod schema;
mod table;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use shared::clock::Clock;
use shared::domain::id::WorkspaceId;
use shared::domain::settings::{SettingsProblem, WorkspaceSettings};
use shared::workspace::history::By;

use crate::error::Error;
use crate::output;
use crate::stack::StackName;
use crate::workspace::{Workspace, write_atomically};
use file::Format;

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Write the settings that are in the table as YAML or JSON.
    Get(GetArgs),
    /// Check a file and put its settings into the table. The file names the workspace.
    Set(SetArgs),
    /// Say all that is wrong with a file. Needs no stack.
    Check(CheckArgs),
    /// Print the JSON Schema of the file (docs/settings.schema.json).
    Schema,
}

/// Which table.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The local stack's name.
    #[arg(long, value_name = "NAME", default_value = StackName::DEFAULT)]
    stack: StackName,
    /// A table in AWS instead of a local stack's, with the credentials and the region of the environment.
    #[arg(long, value_name = "NAME", conflicts_with = "stack")]
    table: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// The workspace.
    #[arg(long, value_name = "ID", default_value = crate::seed::WORKSPACE)]
    workspace: WorkspaceId,
    #[command(flatten)]
    place: Place,
    /// Write JSON even if FILE doesn't end in .json.
    #[arg(long)]
    json: bool,
    /// Where to; without it, standard output.
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// YAML, or JSON if it ends in .json.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Show what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// YAML, or JSON if it ends in .json.
    file: PathBuf,
    /// Print `{ok, problems, warnings}`, each a list of `{field, problem, fix}`.
    #[arg(long)]
    json: bool,
}

/// What is to be said of a file.
#[derive(Debug, Serialize)]
struct Verdict {
    ok: bool,
    problems: Vec<SettingsProblem>,
    warnings: Vec<SettingsProblem>,
    #[serde(skip)]
    settings: Option<WorkspaceSettings>,
}

pub(crate) async fn run(workspace: &Workspace, command: SettingsCommand) -> Result<ExitCode, Error> {
    match command {
        SettingsCommand::Get(args) => get(workspace, &args).await,
        SettingsCommand::Set(args) => set(workspace, &args).await,
        SettingsCommand::Check(args) => check(&args),
        SettingsCommand::Schema => {
            output::text(schema::text()?.trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn get(workspace: &Workspace, args: &GetArgs) -> Result<ExitCode, Error> {
    let stored = table::of(workspace, &args.place)?.stored_settings(&args.workspace).await;
    let stored = stored.map_err(|error| table::failed(&args.workspace, &error))?;
    let stored = stored.ok_or_else(|| Error::NoSettings(args.workspace.to_string()))?;
    let settings = file::parse(&stored.body, Format::Json)
        .map_err(|problem| Error::Settings { workspace: args.workspace.to_string(), detail: problem.to_string() })?;
    let format = if args.json { Format::Json } else { args.file.as_deref().map_or(Format::Yaml, Format::of) };
    let text = file::text(&settings, format)?;
    match &args.file {
        None => output::text(text.trim_end()),
        Some(path) => {
            write_atomically(path, |new| fs::write(new, text))?;
            output::note(&format!("Wrote version {} of `{}` to {}.", stored.version, args.workspace, path.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn set(workspace: &Workspace, args: &SetArgs) -> Result<ExitCode, Error> {
    let verdict = judge(&args.file)?;
    let settings = match &verdict.settings {
        Some(settings) if verdict.ok => settings,
        _ => {
            tell_problems(&verdict);
            return Ok(ExitCode::FAILURE);
        }
    };
    let id = &settings.workspace;
    let workspaces = table::of(workspace, &args.place)?;
    let stored = workspaces.stored_settings(id).await.map_err(|error| table::failed(id, &error))?;
    let changes = changes::between(stored.as_ref().map(|stored| stored.body.as_str()), settings)?;
    for change in &changes {
        output::text(&format!("  {change}"));
    }
    for warning in &verdict.warnings {
        output::note(&format!("warning: {warning}"));
    }
    if changes.is_empty() {
        output::text(&format!("The settings of `{id}` are the same already."));
    } else if args.dry_run {
        output::text(&format!("Nothing was written to `{id}`."));
    } else {
        let by = By { name: "cargo dev settings set", note: None };
        let published = workspaces.publish(settings, stored.as_ref(), by, Clock::system().now()).await;
        published.map_err(|error| table::failed(id, &error))?;
        output::text(&format!("The settings of `{id}` are written; the functions follow them within a minute."));
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings that a file has, or all that is wrong with them.
pub(crate) fn usable(path: &Path) -> Result<Result<WorkspaceSettings, Vec<SettingsProblem>>, Error> {
    let verdict = judge(path)?;
    Ok(match verdict.settings {
        Some(settings) if verdict.ok => Ok(settings),
        _ => Err(verdict.problems),
    })
}

fn check(args: &CheckArgs) -> Result<ExitCode, Error> {
    let verdict = judge(&args.file)?;
    if args.json {
        output::json(&verdict);
    } else if verdict.ok {
        output::text("ok");
        for warning in &verdict.warnings {
            output::text(&format!("warning: {warning}"));
        }
    } else {
        tell_problems(&verdict);
    }
    Ok(if verdict.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell_problems(verdict: &Verdict) {
    for problem in &verdict.problems {
        output::note(&format!("error: {problem}"));
    }
}

fn judge(path: &Path) -> Result<Verdict, Error> {
    let text = fs::read_to_string(path).map_err(Error::file("read", path))?;
    Ok(judge_text(&text, Format::of(path)))
}

fn judge_text(text: &str, format: Format) -> Verdict {
    match file::parse(text, format) {
        Ok(settings) => {
            let (problems, warnings) = (settings.check(), settings.warnings());
            Verdict { ok: problems.is_empty(), problems, warnings, settings: Some(settings) }
        }
        Err(problem) => Verdict { ok: false, problems: vec![problem], warnings: Vec::new(), settings: None },
    }
}
