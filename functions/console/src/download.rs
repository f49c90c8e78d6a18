//! Files that pages hand out: tables as CSV, the rest as JSON.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Whether JSON is asked for instead of a page.
#[must_use]
pub fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"))
}

/// A table as a file for spreadsheets (RFC 4180), one row a record.
///
/// # Errors
/// It can't be written, which can't happen: all is in memory.
pub fn csv<R, C>(file: &str, columns: &[&str], rows: R) -> Result<Response, Problem>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = String>,
{
    let unwritten = |error: csv::Error| Problem::failed("Writing the file", &error);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns).map_err(unwritten)?;
    for row in rows {
        let cells: Vec<String> = row.into_iter().map(|cell| inert(&cell).into_owned()).collect();
        writer.write_record(&cells).map_err(unwritten)?;
    }
    let bytes = writer.into_inner().map_err(|error| Problem::failed("Writing the file", error.error()))?;
    Ok(attached(file, "text/csv; charset=utf-8", bytes))
}

/// A file that the browser keeps instead of showing it. `file` is made of letters, digits, dots and hyphens.
#[must_use]
pub fn attached(file: &str, mime: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{file}\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(mime)), (header::CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}

/// A spreadsheet takes a cell that begins so for a formula, and may run it: an apostrophe makes it text.
fn inert(cell: &str) -> Cow<'_, str> {
    let is_number = cell.parse::<f64>().is_ok();
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula && !is_number { Cow::Owned(format!("'{cell}")) } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_becomes_text() {
        let cells = ["=1+1", "+49 170", "@x", "-2.5", "plain", "12"].map(|cell| inert(cell).into_owned());
        assert_eq!(cells, ["'=1+1", "'+49 170", "'@x", "-2.5", "plain", "12"]);
    }

    #[test]
    fn cells_with_commas_quotes_and_line_breaks_are_quoted() {
        let rows = [["a,b".to_owned(), "say \"hi\"\nthere".to_owned()]];
        let response = csv("x.csv", &["one", "two"], rows).unwrap();
        assert_eq!(response.headers()[header::CONTENT_DISPOSITION], "attachment; filename=\"x.csv\"");
        let body = axum::body::to_bytes(response.into_body(), 1_000);
        let body = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(body).unwrap();
        assert_eq!(&*body, b"one,two\r\n\"a,b\",\"say \"\"hi\"\"\nthere\"\r\n");
    }
}
