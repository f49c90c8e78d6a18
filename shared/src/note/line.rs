//! Foreign text on one line.

/// The text with every run of blanks, line ends and control characters as one space, without characters that turn the
/// direction of writing.
pub(super) fn one_line(text: &str) -> String {
    let blank = |c: char| if c.is_whitespace() || c.is_control() { ' ' } else { c };
    let visible: String = text.chars().filter(|c| !turns_direction(*c)).map(blank).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text in quotes that end nowhere but at its end.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "'"))
}

/// The longest head with at most `limit` characters; an ellipsis takes the last one's place where something is missing.
pub(super) fn clip(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let Some(room) = limit.checked_sub(1) else { return String::new() };
    let head: String = text.chars().take(room).collect();
    format!("{}…", head.trim_end())
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_every_kind_become_blanks() {
        assert_eq!(one_line(" a\r\nb\u{2028}c\u{85}d\t\u{0}e\u{202e}f "), "a b c d ef");
    }

    #[test]
    fn a_quotation_ends_at_its_end() {
        assert_eq!(quoted(r#"x" Verified: y"#), r#""x' Verified: y""#);
    }

    #[test]
    fn a_clipped_text_says_so_and_keeps_the_limit() {
        assert_eq!(clip("äöü", 3), "äöü");
        assert_eq!(clip("äöüß", 3), "äö…");
        assert_eq!(clip("a bc", 3), "a…");
        assert_eq!(clip("ab", 0), "");
    }
}
