//! What is said to people (stderr) and printed for machines (stdout).

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::error::Error;

/// Prints text on stdout. A reader that went away (`| head`) is no error.
pub(crate) fn text(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints one JSON document on stdout.
pub(crate) fn json<T: Serialize>(value: &T) {
    match serde_json::to_string(value) {
        Ok(line) => text(&line),
        Err(error) => note(&format!("could not write JSON: {error}")),
    }
}

/// Says on stderr why the command failed.
pub(crate) fn error(error: &Error) {
    note(&format!("error: {error}"));
}

/// Says a line on stderr.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Begins a step: a spinner at a terminal, a line elsewhere. The caller ends it with [`Step::done`]; dropped without, it
/// leaves no tick: it failed.
pub(crate) fn step(what: &str) -> Step {
    if !io::stderr().is_terminal() {
        return loud_step(what);
    }
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    Step { what: what.to_owned(), bar: Some(bar), begun: Instant::now() }
}

/// Begins a step whose program itself writes to the terminal: no spinner.
pub(crate) fn loud_step(what: &str) -> Step {
    note(&format!("  {what} ..."));
    Step { what: what.to_owned(), bar: None, begun: Instant::now() }
}

/// Shows how many of `length` things are done, at a terminal and only if that takes `long`.
pub(crate) fn progress(what: &str, length: usize, long: bool) -> Progress {
    let bar = (long && io::stderr().is_terminal()).then(|| {
        let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX)).with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta:.dim}") {
            bar.set_style(style);
        }
        bar
    });
    Progress { bar }
}

/// Many things under way. Dropped, it is gone from the terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// One more is done.
    pub(crate) fn advance(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A step under way.
#[derive(Debug)]
pub(crate) struct Step {
    what: String,
    bar: Option<ProgressBar>,
    begun: Instant,
}

impl Step {
    /// Ends the step well.
    pub(crate) fn done(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        note(&format!("✓ {} ({:.1} s)", self.what, self.begun.elapsed().as_secs_f64()));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
