//! What the types alone don't tell their JSON Schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::Span;
use crate::domain::verdict::EscalationReason;

/// What `check` demands although settings without it can be read.
pub(super) fn workspace(schema: &mut Schema) {
    require(schema, &["default_department", "escalation"]);
}

/// The same.
pub(super) fn escalation(schema: &mut Schema) {
    require(schema, &["last_resort_email"]);
}

fn require(schema: &mut Schema, fields: &[&str]) {
    let required = schema.ensure_object().entry("required").or_insert_with(|| json!([]));
    if let Value::Array(required) = required {
        required.extend(fields.iter().map(|field| json!(field)));
    }
}

/// A map whose keys are the codes of reasons.
pub(super) fn by_reason(schema: &mut Schema) {
    schema.insert("propertyNames".to_owned(), json!({ "enum": EscalationReason::CODES }));
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
            "examples": ["09:00-17:30", "22:00-06:00", "18:00-24:00"],
        })
    }
}
