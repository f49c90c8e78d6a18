//! Whether the arguments of a call fit what the tool declares.

use std::fmt;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Value, json};
use thiserror::Error;

/// The most characters of what is said about an argument.
const SAID: usize = 300;

/// A schema can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SchemaError {
    /// Its `type` is not `object`.
    #[error("its type is not object")]
    NotAnObject,
    /// It is no valid JSON Schema, refers to another document, or has a pattern that takes too long to match.
    #[error("it is no JSON Schema that can be used: {0}")]
    Invalid(String),
}

/// Arguments don't fit. The argument's value is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub struct Misfit {
    /// Which argument, as a JSON pointer.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

/// The arguments of a tool, as its schema has them.
pub struct Arguments(Validator);

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Arguments")
    }
}

impl Arguments {
    /// Takes a schema. What it does not name is no argument, unless it says otherwise itself: a model that was talked into
    /// it must not add a parameter that the company's system happens to know.
    ///
    /// # Errors
    /// It can't be used.
    pub fn compile(schema: &Value) -> Result<Self, SchemaError> {
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err(SchemaError::NotAnObject);
        }
        let mut schema = schema.clone();
        if let Value::Object(fields) = &mut schema
            && !fields.contains_key("additionalProperties")
            && !fields.contains_key("unevaluatedProperties")
        {
            fields.insert(undeclared(fields).to_owned(), json!(false));
        }
        // Patterns are matched in linear time: what they are matched with comes from visitors. Nothing is fetched.
        jsonschema::options()
            .offline()
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .build(&schema)
            .map(Self)
            .map_err(|error| SchemaError::Invalid(clip(&error.to_string())))
    }

    /// Whether arguments fit.
    ///
    /// # Errors
    /// They don't; the first that does not is named.
    pub fn check(&self, arguments: &Value) -> Result<(), Misfit> {
        self.0.validate(arguments).map_err(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the arguments".to_owned() } else { place };
            Misfit { place: clip(&place), problem: clip(&error.masked().to_string()) }
        })
    }
}

/// What shuts out arguments that nothing names: drafts before 2019-09 know only the one that does not look into
/// subschemas.
fn undeclared(fields: &serde_json::Map<String, Value>) -> &'static str {
    let draft = fields.get("$schema").and_then(Value::as_str).unwrap_or_default();
    if draft.contains("json-schema.org/draft-0") { "additionalProperties" } else { "unevaluatedProperties" }
}

fn clip(text: &str) -> String {
    crate::domain::message::clip(text, SAID).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &Value, arguments: &Value) -> Result<(), String> {
        Arguments::compile(schema).unwrap().check(arguments).map_err(|misfit| misfit.to_string())
    }

    #[test]
    fn the_argument_that_does_not_fit_is_named_without_its_value() {
        let schema = json!({
            "type": "object",
            "properties": {"order": {"type": "object", "properties": {"number": {"type": "integer"}}}, "why": {"type": "string"}},
            "required": ["order"],
        });
        assert_eq!(check(&schema, &json!({"order": {"number": 7}})), Ok(()));
        let wrong = check(&schema, &json!({"order": {"number": "secret"}})).unwrap_err();
        assert_eq!(wrong, "/order/number: value is not of type \"integer\"");
        let missing = check(&schema, &json!({"why": "late"})).unwrap_err();
        assert_eq!(missing, "the arguments: \"order\" is a required property");
    }

    #[test]
    fn what_the_schema_does_not_name_is_no_argument_unless_it_says_so() {
        let arguments = json!({"a": 1, "admin": true});
        let schema = |extra: Value| {
            let mut schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
            for (key, value) in extra.as_object().unwrap() {
                schema[key] = value.clone();
            }
            schema
        };
        assert!(check(&schema(json!({})), &arguments).is_err());
        let old = json!({"$schema": "http://json-schema.org/draft-07/schema#"});
        assert!(check(&schema(old), &arguments).is_err());
        assert!(check(&schema(json!({"additionalProperties": true})), &arguments).is_ok());
        let elsewhere = json!({"allOf": [{"properties": {"admin": {"type": "boolean"}}}]});
        assert!(check(&schema(elsewhere), &arguments).is_ok());
    }

    #[test]
    fn a_schema_must_be_of_an_object() {
        for schema in [json!({}), json!(true), json!({"type": "string"}), json!({"type": ["object", "null"]})] {
            assert_eq!(Arguments::compile(&schema).unwrap_err(), SchemaError::NotAnObject, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_another_document_or_matches_slowly_can_not_be_used() {
        let properties = [
            json!({"$ref": "https://127.0.0.1:1/other.json"}),
            json!({"$ref": "file:///etc/passwd"}),
            json!({"type": "nothing"}),
            json!({"pattern": "^(?!a)b$"}),
            json!({"pattern": "("}),
        ];
        for property in properties {
            let schema = json!({"type": "object", "properties": {"a": property}});
            assert!(matches!(Arguments::compile(&schema), Err(SchemaError::Invalid(_))), "{schema}");
        }
    }

    #[test]
    fn what_stands_within_the_schema_can_be_referred_to() {
        let schema = json!({
            "type": "object",
            "$defs": {"amount": {"type": "integer", "maximum": 100}},
            "properties": {"amount": {"$ref": "#/$defs/amount"}},
        });
        assert_eq!(check(&schema, &json!({"amount": 100})), Ok(()));
        assert!(check(&schema, &json!({"amount": 101})).is_err());
    }
}
