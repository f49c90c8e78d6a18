//! Settings as text. What can't be read is told with its place.

use std::path::Path;

use serde_path_to_error::Segment;
use shared::domain::settings::{SettingsProblem, WorkspaceSettings};

use crate::error::Error;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Json,
}

impl Format {
    /// By the file's name.
    pub(super) fn of(path: &Path) -> Self {
        let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        if json { Self::Json } else { Self::Yaml }
    }
}

/// Reads settings; what they must be is another question.
pub(super) fn parse(text: &str, format: Format) -> Result<WorkspaceSettings, SettingsProblem> {
    match format {
        Format::Json => json(text),
        Format::Yaml => yaml(text),
    }
}

fn json(text: &str) -> Result<WorkspaceSettings, SettingsProblem> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let settings = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = field(error.path());
        let wrong_value = error.inner().classify() == serde_json::error::Category::Data;
        unreadable(field, error.inner().to_string(), wrong_value)
    })?;
    match deserializer.end() {
        Ok(()) => Ok(settings),
        Err(error) => Err(unreadable(None, error.to_string(), false)),
    }
}

fn yaml(text: &str) -> Result<WorkspaceSettings, SettingsProblem> {
    let mut place = None;
    // Without the lines around the place: they would make the message several lines long.
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            place = field(error.path());
            error.into_inner()
        })
    })
    .map_err(|error| {
        let wrong_value = place.is_some();
        // The other formatter advises on the options above.
        let problem = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
        unreadable(place, problem, wrong_value)
    })
}

/// The path as `check` writes it; none is the whole file.
fn field(path: &serde_path_to_error::Path) -> Option<String> {
    let known: Vec<_> = path.iter().take_while(|segment| !matches!(segment, Segment::Unknown)).collect();
    (!known.is_empty()).then(|| {
        known.iter().fold(String::new(), |path, segment| match segment {
            Segment::Seq { index } => format!("{path}[{index}]"),
            segment if path.is_empty() => segment.to_string(),
            segment => format!("{path}.{segment}"),
        })
    })
}

fn unreadable(field: Option<String>, problem: String, wrong_value: bool) -> SettingsProblem {
    let fix = if wrong_value || field.is_some() {
        "write what the schema (cargo dev settings schema) has for it"
    } else {
        "compare with docs/settings.sample.yaml"
    };
    SettingsProblem { field: field.unwrap_or_else(|| "the file".to_owned()), problem, fix: fix.to_owned() }
}

/// Writes settings.
pub(super) fn text(settings: &WorkspaceSettings, format: Format) -> Result<String, Error> {
    let failed = |detail: String| Error::Settings { workspace: settings.workspace.to_string(), detail };
    match format {
        Format::Json => {
            let text = serde_json::to_string_pretty(settings).map_err(|error| failed(error.to_string()))?;
            Ok(text + "\n")
        }
        Format::Yaml => serde_saphyr::to_string(settings).map_err(|error| failed(error.to_string())),
    }
}
