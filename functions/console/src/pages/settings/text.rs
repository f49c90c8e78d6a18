//! Settings as a file: YAML or JSON.

use serde_json::Value;
use shared::domain::settings::WorkspaceSettings;

use super::form::schema::{Kind, Node, workspace};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2.
    Yaml,
    /// JSON.
    Json,
}

impl Format {
    /// By what a link says.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name == "json" { Self::Json } else { Self::Yaml }
    }

    /// How names of such files end.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }

    /// The media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Yaml => "application/yaml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// Writes a value.
///
/// # Errors
/// It can't be written; says why.
pub fn write(value: &impl serde::Serialize, format: Format) -> Result<String, String> {
    match format {
        Format::Json => serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| error.to_string()),
        Format::Yaml => serde_saphyr::to_string(value).map_err(|error| error.to_string()),
    }
}

/// Reads settings, or what might become some: whatever is an object.
///
/// # Errors
/// It is neither YAML nor JSON, or no object; says where and why.
pub fn settings(text: &str) -> Result<Value, String> {
    if let Ok(settings) = read::<WorkspaceSettings>(text) {
        return serde_json::to_value(settings).map_err(|error| error.to_string());
    }
    let value = fitted(workspace(), read::<Value>(text)?);
    if value.is_object() { Ok(value) } else { Err("there is no list of settings in it".to_owned()) }
}

/// Reads YAML, or JSON if it begins like it.
///
/// # Errors
/// It is neither, or something else is in it; says where and why.
pub fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    if text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| error.render_with_formatter(&serde_saphyr::UserMessageFormatter))
}

/// What YAML takes for numbers, such as ids without quotes, as the texts that they are.
fn fitted(node: &Node, value: Value) -> Value {
    match (&node.kind, value) {
        (Kind::Text { .. } | Kind::Choice(_), value @ (Value::Number(_) | Value::Bool(_))) => value.to_string().into(),
        (Kind::List { element, .. }, Value::Array(list)) => list.into_iter().map(|one| fitted(element, one)).collect(),
        (Kind::Object(_) | Kind::Map { .. } | Kind::Variants { .. }, Value::Object(object)) => {
            let whole = Value::Object(object.clone());
            let field = |(name, value): (String, Value)| {
                let fitted = node.child(&name, Some(&whole)).map(|node| fitted(node, value.clone()));
                (name, fitted.unwrap_or(value))
            };
            Value::Object(object.into_iter().map(field).collect())
        }
        (_, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_read_and_written_in_both_ways() {
        let sample = settings(include_str!("../../../../../docs/settings.sample.yaml")).unwrap();
        assert_eq!(sample["brands"][0]["name"], "Lumen Casino");
        for format in [Format::Yaml, Format::Json] {
            assert_eq!(settings(&write(&sample, format).unwrap()).unwrap(), sample);
        }
    }

    #[test]
    fn what_can_not_be_read_as_settings_is_kept_and_ids_stay_texts() {
        let value = settings("bot_operator: 82000000001007\nretention_days: 30\ncolour: red\n").unwrap();
        assert_eq!(value, serde_json::json!({"bot_operator": "82000000001007", "retention_days": 30, "colour": "red"}));
    }

    #[test]
    fn what_is_no_file_of_settings_is_told() {
        assert!(settings("a: [1").unwrap_err().contains("line"));
        assert!(settings("{\"a\": }").unwrap_err().contains("line 1"));
        assert_eq!(settings("- a").unwrap_err(), "there is no list of settings in it");
    }
}
