//! What a draft may not show: how we are built, gaps that were left in a form letter, numbers of cards and accounts.

use crate::agent::Turn;
use crate::agent::understanding::words;
use crate::domain::{card, redact};

/// Signs that are for models only.
const MARKERS: [&str; 14] = [
    "<|",
    "|>",
    "[inst]",
    "[/inst]",
    "<<sys>>",
    "<tool_call",
    "</tool_call",
    "<function",
    "<think>",
    "</think>",
    "\"tool_calls\"",
    "\"tool_use\"",
    "### instruction",
    "### system",
];

/// Tools that each backend has.
const TOOLS: [&str; 2] = ["search_knowledge", "lookup_player"];

/// What a placeholder in brackets says, folded.
const PLACEHOLDERS: &str = "your my name insert placeholder agent company brand customer date amount link email number phone \
    ihr ihre ihren name einfugen firma kunde betrag datum nombre su tu insertar empresa cliente fecha importe votre nom \
    inserer entreprise client montant lien seu sua nome inserir valor data vostro tuo inserire importo azienda isim adiniz \
    ad tarih tutar ten ban cua so tien ngay";

/// How long a placeholder is at most, in characters.
const PLACEHOLDER_LIMIT: usize = 40;

/// Whether a text shows what is for models only.
pub(super) fn shows_machinery(turn: &Turn<'_>, text: &str) -> bool {
    let text = text.to_lowercase();
    let names = turn.tools.iter().map(|tool| tool.name.as_str()).chain(TOOLS);
    // "close" and "tag" are words as well.
    let mut names = names.filter(|name| name.contains('_'));
    MARKERS.iter().any(|marker| text.contains(marker))
        || names.any(|name| text.contains(&name.to_lowercase()))
        || is_call(&text)
}

/// `{"name": "...", "arguments": {...}}`.
fn is_call(text: &str) -> bool {
    text.contains('{')
        && (text.contains("\"name\"") || text.contains("\"function\"") || text.contains("\"tool\""))
        && (text.contains("\"arguments\"") || text.contains("\"parameters\"") || text.contains("\"input\""))
}

/// Whether a text has a gap in it that somebody was to fill: `[Your Name]`, `{name}`.
pub(super) fn has_placeholder(text: &str) -> bool {
    let mut rest = text;
    while let Some(open) = rest.find(['[', '{', '<']) {
        let close = match rest.as_bytes().get(open) {
            Some(b'[') => ']',
            Some(b'{') => '}',
            _ => '>',
        };
        rest = &rest[open..];
        let inner = rest.get(1..).and_then(|tail| tail.split_once(close));
        if let Some((inner, after)) = inner
            && is_placeholder(inner, close, after)
        {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

fn is_placeholder(inner: &str, close: char, after: &str) -> bool {
    let inner = inner.trim_matches(['{', ' ']);
    let plain = !inner.is_empty()
        && inner.chars().count() <= PLACEHOLDER_LIMIT
        && inner.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '_' | '\'' | '’' | '-' | '/' | '.'));
    match close {
        '}' => plain,
        // A link.
        ']' if after.starts_with('(') => false,
        _ => plain && words::words(&inner.replace(['_', '/'], " ")).iter().any(|word| is_placeholders_word(word)),
    }
}

fn is_placeholders_word(word: &str) -> bool {
    PLACEHOLDERS.split_ascii_whitespace().any(|known| known == word)
}

/// Whether a text has the number of a card or of an account in it. The company's own accounts stand in its articles.
pub(super) fn has_number(turn: &Turn<'_>, text: &str) -> bool {
    if matches!(card::masked(text), std::borrow::Cow::Owned(_)) {
        return true;
    }
    let accounts = redact::account_numbers(text);
    let known = |account: &String| {
        turn.knowledge.iter().any(|article| redact::account_numbers(&article.markdown).contains(account))
    };
    !accounts.iter().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_a_form_letter_is_told() {
        for text in [
            "Dear [Your Name],",
            "Hello {name}!",
            "Hi {{customer_name}}",
            "Regards, [Insert agent name]",
            "Hallo [Ihr Name]",
            "Hola [Nombre]",
            "Dear <Your Name>",
        ] {
            assert!(has_placeholder(text), "{text}");
        }
        for text in [
            "See [your profile](https://lumen.example/profile).",
            "Choose [Withdraw] in the cashier",
            "odds {1.5}",
            "a < b and b > c",
            "[1]",
            "Press {",
            "[]{}<>",
        ] {
            assert!(!has_placeholder(text), "{text}");
        }
    }

    #[test]
    fn a_call_is_told_by_its_fields() {
        assert!(is_call(r#"{"name": "close", "arguments": {}}"#));
        assert!(!is_call("Your {name} and the arguments"));
    }
}
