//! Fields of a control call's body, with errors that say what to send.

use super::{Failure, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub(super) &'a Value);

impl<'a> Fields<'a> {
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|v| !v.is_null())
    }

    pub(super) fn text(self, name: &str) -> Result<Option<String>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(Failure::field(name, format!("is {other}, not a text"), "send a JSON string")),
        }
    }

    pub(super) fn needed(self, name: &str, what: &str) -> Result<String> {
        let text = self.text(name)?.filter(|t| !t.is_empty());
        text.ok_or_else(|| Failure::field(name, "is absent or empty", format!("send {what}")))
    }

    pub(super) fn flag(self, name: &str) -> Result<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(Failure::field(name, format!("is {other}, not a boolean"), "send true or false")),
        }
    }

    pub(super) fn number(self, name: &str) -> Result<Option<i64>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| Failure::field(name, format!("is {value}, not a whole number"), "send a JSON number")),
        }
    }

    pub(super) fn map(self, name: &str) -> Result<Map<String, Value>> {
        match self.get(name) {
            None => Ok(Map::new()),
            Some(Value::Object(map)) => Ok(map.clone()),
            Some(other) => Err(Failure::field(name, format!("is {other}, not an object"), "send a JSON object")),
        }
    }

    pub(super) fn texts(self, name: &str) -> Result<Option<Vec<String>>> {
        self.parsed(name, "send a list of texts")
    }

    /// A field of any type that serde can read.
    pub(super) fn parsed<T: DeserializeOwned>(self, name: &str, fix: &str) -> Result<Option<T>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        serde_json::from_value(value.clone()).map(Some).map_err(|e| Failure::field(name, e.to_string(), fix))
    }
}

/// A list of rules: either the body itself, or its field `rules`.
pub(super) fn rules(body: &Value) -> Result<&Vec<Value>> {
    let rules = body.as_array().or_else(|| body.get("rules").and_then(Value::as_array));
    rules.ok_or_else(|| {
        Failure::field("rules", "is absent or not a list", "send a JSON list of rules, or {\"rules\": [...]}")
    })
}
