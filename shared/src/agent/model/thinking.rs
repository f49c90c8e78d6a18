//! Reasoning that models write into their text. Amazon Nova does when it has tools, and so do reasoning models behind servers
//! that don't part it off. Visitors must not read it.

/// The names of the marks around it.
const MARKS: [&str; 2] = ["thinking", "think"];

/// The text without it. What begins and does not end is reasoning to the end; what ends and did not begin was begun by the
/// server.
pub(super) fn without(text: &str) -> String {
    MARKS.iter().fold(text.to_owned(), |text, mark| without_mark(&text, mark)).trim().to_owned()
}

fn without_mark(text: &str, mark: &str) -> String {
    let (open, close) = (format!("<{mark}>"), format!("</{mark}>"));
    let mut kept = String::new();
    let mut rest = text;
    if let Some(end) = rest.find(&close)
        && rest.find(&open).is_none_or(|start| start > end)
    {
        rest = &rest[end + close.len()..];
    }
    while let Some(start) = rest.find(&open) {
        kept.push_str(&rest[..start]);
        rest = &rest[start + open.len()..];
        rest = rest.find(&close).map_or("", |end| &rest[end + close.len()..]);
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_meant_for_the_visitor_is_left() {
        for (text, left) in [
            ("<thinking> They want\nmoney. </thinking>\n\nA day.", "A day."),
            ("<think>hm</think>A <think>hm</think>day.", "A day."),
            ("reasoning of the server</think> A day.", "A day."),
            ("A day. <thinking>and then", "A day."),
            ("<thinking>only</thinking>", ""),
            ("I think so. 1 < 2", "I think so. 1 < 2"),
        ] {
            assert_eq!(without(text), left, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_reasoning_is_left_whatever_is_around_it(before in "[a-z <>/]{0,9}", within in "[a-z ]{1,9}", after in "[a-z ]{0,9}") {
            let text = format!("{before}<think>{within}#</think>{after}");
            prop_assert!(!without(&text).contains('#'));
        }
    }
}
