//! A company's text with blanks in it.
//!
//! `{name}` is a blank; `{{` and `}}` stand for the braces themselves. A text with a blank that nothing is known for, or with
//! a brace that belongs to nothing, can't be said: half a sentence is worse than a human. What is filled in is not read for
//! blanks again, so nobody can write one into a text.

/// The template with its blanks filled, unless one of them can't be.
#[must_use]
pub fn fill(template: &str, known: impl Fn(&str) -> Option<String>) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        fn any_template_is_filled_or_not_said(template in "[{}a-z. ]{0,24}") {
            let filled = fill(&template, |name| (name == "a").then(|| "x".to_owned()));
            prop_assert!(filled.is_none_or(|text| text.len() <= template.len()));
        }
    }
}
