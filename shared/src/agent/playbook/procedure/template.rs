//! A company's text with blanks in it, and what they are filled with.
//!
//! `{name}` is a blank; `{{` and `}}` stand for the braces themselves. A text with a blank that nothing is known for, or with
//! a brace that belongs to nothing, can't be said: half a sentence is worse than a human. What is filled in is not read for
//! blanks again, so nobody can write one into a text.

use serde_json::Value;

use crate::domain::card::masked;

/// The most characters that are filled into one blank.
pub(super) const VALUE_LIMIT: usize = 200;

/// The template with its blanks filled, unless one of them can't be.
pub(super) fn fill(template: &str, known: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            filled.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            filled.push('}');
            rest = after;
        } else {
            let (name, after) = from.strip_prefix('{')?.split_once('}')?;
            filled.push_str(&known(name)?);
            rest = after;
        }
    }
    filled.push_str(rest);
    Some(filled)
}

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

    fn filled(template: &str) -> Option<String> {
        fill(template, |name| (name == "name").then(|| "{name} }}".to_owned()))
    }

    #[test]
    fn blanks_are_filled_once() {
        assert_eq!(filled("Hi {name}, {name}!").as_deref(), Some("Hi {name} }}, {name} }}!"));
        assert_eq!(filled("plain").as_deref(), Some("plain"));
        assert_eq!(filled("").as_deref(), Some(""));
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(filled("{{name}} is {name}").as_deref(), Some("{name} is {name} }}"));
    }

    #[test]
    fn what_cannot_be_filled_is_not_said() {
        for template in ["{other}", "{ name }", "{}", "{name", "name}", "a } b", "{{name}"] {
            assert_eq!(filled(template), None, "{template}");
        }
    }

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
    fn a_card_number_in_an_answer_is_masked() {
        assert_eq!(said("card 4111 1111 1111 1111").as_deref(), Some("card •••• •••• •••• 1111"));
    }

    proptest! {
        #[test]
        fn nothing_that_is_filled_in_is_read_again(value in "\\PC{0,20}|\\{[a-z]{1,5}\\}", before in "[^{}]{0,9}", after in "[^{}]{0,9}") {
            let filled = fill(&format!("{before}{{x}}{after}"), |_| Some(value.clone()));
            prop_assert_eq!(filled, Some(format!("{before}{value}{after}")));
        }

        #[test]
        fn doubling_the_braces_keeps_any_text(text in "\\PC{0,30}|[{}a-z]{0,12}") {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            prop_assert_eq!(fill(&doubled, |_| None), Some(text));
        }

        #[test]
        fn whatever_comes_from_outside_is_one_short_line(text in "(?s).{0,400}") {
            if let Some(line) = said(&text) {
                prop_assert!(line.chars().count() <= VALUE_LIMIT && !line.trim().is_empty());
                prop_assert!(!line.chars().any(is_unseen));
            }
        }

        #[test]
        fn any_template_is_filled_or_not_said(template in "[{}a-z. ]{0,24}") {
            let filled = fill(&template, |name| (name == "a").then(|| "x".to_owned()));
            prop_assert!(filled.is_none_or(|text| text.len() <= template.len()));
        }
    }
}
