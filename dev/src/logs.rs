//! `cargo dev logs`: what the functions wrote, from the emulator's CloudWatch Logs.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::cli::LogsArgs;
use crate::error::Error;
use crate::stack::{CLOUDFORMATION_STACK, Stack};
use crate::workspace::Workspace;
use crate::{aws, http, output};

#[derive(Debug, Serialize)]
struct Line {
    time_ms: i64,
    function: String,
    message: String,
}

/// Prints the lines there are, then, when following, those that come.
pub(crate) async fn logs(workspace: &Workspace, args: &LogsArgs) -> Result<(), Error> {
    let functions = chosen(workspace, args)?;
    let stack = Stack::find(&workspace.stack_folder(&args.stack))?
        .filter(|stack| stack.deployed.is_some())
        .ok_or_else(|| Error::StackDown(args.stack.to_string()))?;
    let client = http::client()?;
    let mut seen = BTreeMap::new();
    loop {
        let mut lines = Vec::new();
        for function in &functions {
            let group = format!("/aws/lambda/{CLOUDFORMATION_STACK}-{function}");
            let (from_ms, shown) = seen.entry(function.clone()).or_insert((0_i64, 0_usize));
            let all = aws::log_lines(&client, &stack, &group, *from_ms).await?;
            // Lines of the last millisecond shown come again: more of them may have been added.
            let fresh = all.get(*shown..).unwrap_or_default();
            if let Some(last) = fresh.last() {
                *from_ms = last.time_ms;
                *shown = all.iter().filter(|line| line.time_ms == last.time_ms).count();
            }
            lines.extend(fresh.iter().map(|line| Line {
                time_ms: line.time_ms,
                function: function.clone(),
                message: line.message.trim_end().to_owned(),
            }));
        }
        lines.sort_by_key(|line| line.time_ms);
        for line in &lines {
            if args.json {
                output::json(line);
            } else {
                output::text(&for_people(line));
            }
        }
        if !args.follow {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn chosen(workspace: &Workspace, args: &LogsArgs) -> Result<Vec<String>, Error> {
    let known = workspace.functions()?;
    match &args.function {
        None => Ok(known),
        Some(name) if known.contains(name) => Ok(vec![name.clone()]),
        Some(name) => Err(Error::NoFunction { name: name.clone(), known: known.join(", ") }),
    }
}

fn for_people(line: &Line) -> String {
    let time = Timestamp::from_millisecond(line.time_ms)
        .map(|time| time.to_zoned(TimeZone::system()).strftime("%H:%M:%S%.3f").to_string())
        .unwrap_or_default();
    format!("{time} {:<12} {}", line.function, line.message)
}
