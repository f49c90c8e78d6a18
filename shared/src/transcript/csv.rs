//! The lines as CSV (RFC 4180), one a row, for spreadsheets.

use std::borrow::Cow;

use super::{Transcript, words};

const COLUMNS: [&str; 9] = ["time", "time_utc", "author", "name", "text", "file", "edited", "deleted", "from"];

pub(super) fn write(transcript: &Transcript) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let zone = transcript.zone();
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for line in &transcript.lines {
        let local = line.at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let from = match line.from {
            super::Origin::Salesiq => "salesiq",
            super::Origin::Ours => "ours",
        };
        writer.write_record([
            local.as_str(),
            &line.at.to_string(),
            words::author(line.author),
            &inert(line.name.as_deref().unwrap_or_default()),
            &inert(&line.text),
            &inert(line.file.as_deref().unwrap_or_default()),
            yes_or_no(line.edited),
            yes_or_no(line.deleted),
            from,
        ])?;
    }
    Ok(writer.into_inner().map_err(::csv::IntoInnerError::into_error)?)
}

fn yes_or_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// A spreadsheet takes a cell that begins so for a formula, and may run it: an apostrophe makes it text.
fn inert(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { Cow::Owned(format!("'{cell}")) } else { cell.into() }
}
