//! The JSON Schema of the file, from the types themselves.

use schemars::generate::SchemaSettings;
use shared::domain::settings::WorkspaceSettings;

use crate::error::Error;

/// The schema as it is printed and committed.
pub(super) fn text() -> Result<String, Error> {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<WorkspaceSettings>();
    let text = serde_json::to_string_pretty(&schema);
    Ok(text.map_err(|error| Error::Call { what: "writing the schema", detail: error.to_string() })? + "\n")
}
