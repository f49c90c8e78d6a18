//! What a company's text is filled with: the fields of a tool's answer, and what visitors wrote.

use serde_json::Value;

use crate::domain::card::masked;

/// The most characters that are filled into one blank.
pub(super) const VALUE_LIMIT: usize = 200;

/// What is said of a text from outside: on one line, without signs that can't be seen, card numbers masked, clipped at
/// [`VALUE_LIMIT`]. Nothing of it: nothing.
pub(super) fn said(text: &str) -> Option<String> {
    let visible: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_unseen(*c)).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = masked(&line).chars().take(VALUE_LIMIT).collect();
    Some(line.trim_end().to_owned()).filter(|line| !line.is_empty())
}

/// What a tool's answer has under a path such as `payments.0.status`, as a text; the whole answer under an empty one. `yes` and
/// `no` stand for true and false. Only what is a single value can be said.
pub(super) fn field(answer: &Value, path: &str, [yes, no]: [&str; 2]) -> Option<String> {
    let parts = path.split('.').filter(|_| !path.is_empty());
    let found = parts.into_iter().try_fold(answer, |value, part| match value {
        Value::Object(fields) => fields.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })?;
    match found {
        Value::String(text) => said(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(if *is { yes } else { no }.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An argument as its schema wants it; a text where that does not fit.
pub(super) fn typed(text: String, wanted: Option<&Value>) -> Value {
    let is = |kind: &str| match wanted {
        Some(Value::String(wanted)) => wanted == kind,
        Some(Value::Array(all)) => {
            all.iter().any(|wanted| wanted == kind) && !all.iter().any(|other| other == "string")
        }
        _ => false,
    };
    let number = || text.parse::<serde_json::Number>().ok();
    match text.as_str() {
        "true" | "false" if is("boolean") => Value::Bool(text == "true"),
        _ if is("integer") => text.parse::<i64>().map_or(Value::String(text), Value::from),
        _ if is("number") => number().map_or(Value::String(text), Value::Number),
        _ => Value::String(text),
    }
}

/// Control characters, and those that turn the direction of what follows or have no width.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn single_values_of_an_answer_can_be_said() {
        let answer = json!({"status": "on\u{202e} hold\n", "amount": 12.5, "items": [{"n": 3}], "paid": false, "empty": "", "none": null});
        let at = |path| field(&answer, path, ["yes", "no"]);
        assert_eq!(at("status").as_deref(), Some("on hold"));
        assert_eq!(at("amount").as_deref(), Some("12.5"));
        assert_eq!(at("items.0.n").as_deref(), Some("3"));
        assert_eq!(at("paid").as_deref(), Some("no"));
        for path in ["", "empty", "none", "items", "items.1.n", "items.x", "status.x", "missing", ".", "items."] {
            assert_eq!(at(path), None, "{path}");
        }
        assert_eq!(field(&json!("done"), "", ["yes", "no"]).as_deref(), Some("done"));
    }

    #[test]
    fn an_argument_is_what_its_schema_wants_where_that_can_be() {
        for (text, wanted, value) in [
            ("48213", json!("integer"), json!(48213)),
            ("48213", json!("string"), json!("48213")),
            ("48213", json!(null), json!("48213")),
            ("12.5", json!("number"), json!(12.5)),
            ("12.5", json!("integer"), json!("12.5")),
            ("true", json!("boolean"), json!(true)),
            ("7", json!(["integer", "null"]), json!(7)),
            ("7", json!(["integer", "string"]), json!("7")),
        ] {
            assert_eq!(typed(text.to_owned(), Some(&wanted)), value, "{text} {wanted}");
        }
    }

    #[test]
    fn a_card_number_in_an_answer_is_masked() {
        assert_eq!(said("card 4111 1111 1111 1111").as_deref(), Some("card •••• •••• •••• 1111"));
    }

    proptest! {
        #[test]
        fn whatever_comes_from_outside_is_one_short_line(text in "(?s).{0,400}") {
            if let Some(line) = said(&text) {
                prop_assert!(line.chars().count() <= VALUE_LIMIT && !line.trim().is_empty());
                prop_assert!(!line.chars().any(is_unseen));
            }
        }
    }
}
