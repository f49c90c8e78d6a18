//! HTML as mail clients show it: tables, inline styles, no scripts, nothing fetched. The template escapes all values.

use askama::Template;

use super::sheet::Sheet;

#[derive(Template)]
#[template(path = "transcript.html")]
struct Page<'a> {
    sheet: &'a Sheet,
}

pub(super) fn write(sheet: &Sheet) -> Result<String, askama::Error> {
    Page { sheet }.render()
}
