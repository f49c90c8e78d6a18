//! Text as words that can be compared: lower-case, compatibility forms unified, accents folded.
//!
//! People write "ayuda humana", "AYUDA HUMANA" and, on a phone, "nguoi that" for "người thật". All of them have to
//! meet the same phrase.

use unicode_normalization::UnicodeNormalization;

/// Stands between two clauses in a list of words; no word is empty.
pub(in crate::agent) const BORDER: &str = "";

/// The text folded: lower-case, NFKC, without the accents of Latin, Greek and Cyrillic letters.
pub(in crate::agent) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase).filter(|c| !is_accent(*c)) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            other => folded.push(other),
        }
    }
    folded.nfc().collect()
}

/// The folded words of a text. Clauses are parted by [`BORDER`], so that a phrase never reaches over a comma.
pub(in crate::agent) fn clauses(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in fold(text).chars() {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if ends_clause(c) && words.last().is_some_and(|last| last != BORDER) {
            words.push(BORDER.to_owned());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The folded words of a text, without borders.
pub(in crate::agent) fn words(text: &str) -> Vec<String> {
    clauses(text).into_iter().filter(|word| word != BORDER).collect()
}

/// The longest head of `text` with at most `limit` characters that ends with a sentence, else with a word.
pub(in crate::agent) fn clip_sentence(text: &str, limit: usize) -> String {
    let text = text.trim();
    let Some((hard_end, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    let head = &text[..hard_end];
    let mut sentences =
        head.char_indices().filter(|(at, c)| closes_sentence(head, *at, *c)).map(|(at, c)| at + c.len_utf8());
    // A very early end would throw away most of what fits.
    if let Some(end) = sentences.next_back().filter(|end| *end * 3 > hard_end) {
        return head[..end].trim_end().to_owned();
    }
    // One character is kept free for the ellipsis.
    let room = head.char_indices().nth(limit.saturating_sub(1)).map_or(head, |(end, _)| &head[..end]);
    let end = room.rfind(char::is_whitespace).filter(|end| *end * 3 > hard_end).unwrap_or(room.len());
    format!("{}…", room[..end].trim_end())
}

fn closes_sentence(head: &str, at: usize, c: char) -> bool {
    match c {
        '\n' | '。' | '！' | '？' => true,
        '.' | '!' | '?' | '…' => head[at + c.len_utf8()..].starts_with(char::is_whitespace),
        _ => false,
    }
}

fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn ends_clause(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '¿' | '¡' | '(' | ')' | '。' | '、' | '，' | '！' | '？' | '…')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_make_no_difference() {
        for (written, folded) in [
            ("Menschlichen Größe", "menschlichen grosse"),
            ("NGƯỜI THẬT đây", "nguoi that day"),
            ("İnsan ışık", "insan isik"),
            ("não, ñandú, cœur", "nao, nandu, coeur"),
            ("ＡＢＣ ﬁn", "abc fin"),
        ] {
            assert_eq!(fold(written), folded);
        }
    }

    #[test]
    fn a_comma_parts_clauses() {
        assert_eq!(clauses("No, quiero... un agente!"), ["no", "", "quiero", "", "un", "agente", ""]);
        assert_eq!(words("don't   panic"), ["don", "t", "panic"]);
    }

    #[test]
    fn a_long_text_is_clipped_after_a_sentence() {
        assert_eq!(clip_sentence("One two. Three four. Five six.", 24), "One two. Three four.");
        assert_eq!(clip_sentence("short", 24), "short");
        assert_eq!(clip_sentence("nothing ends here at all", 12), "nothing…");
        assert_eq!(clip_sentence("nowordshereatall", 5), "nowo…");
    }
}
