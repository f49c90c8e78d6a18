//! A long reply, said in several messages.

/// The text in parts of at most `limit` characters each: parted between paragraphs, else between sentences, else between
/// words, else anywhere. No part is empty, and nothing but white space at the seams is lost.
#[must_use]
pub fn parts(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = end_of_first(rest, limit);
        let (part, later) = rest.split_at(end);
        parts.push(part.trim_end().to_owned());
        rest = later.trim_start();
    }
    parts
}

/// Where the first part ends, in bytes: after at least one character.
fn end_of_first(text: &str, limit: usize) -> usize {
    let Some((longest, _)) = text.char_indices().nth(limit) else { return text.len() };
    let head = &text[..longest];
    // A part of a few words and then a long one would look odd: a paragraph's end counts from a third on.
    let paragraph = head.rfind("\n\n").filter(|end| *end >= longest / 3);
    let line = || head.rfind('\n').filter(|end| *end >= longest / 2);
    paragraph
        .or_else(|| sentence_end(text, longest))
        .or_else(line)
        .or_else(|| head.rfind(char::is_whitespace))
        .filter(|end| *end > 0)
        .unwrap_or(longest)
}

/// Where the last sentence ends that fits: behind its mark.
fn sentence_end(text: &str, longest: usize) -> Option<usize> {
    let marks =
        text[..longest].char_indices().rev().filter(|(_, c)| matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？'));
    marks
        .map(|(at, c)| (at + c.len_utf8(), matches!(c, '。' | '！' | '？')))
        .find(|(end, unspaced)| *unspaced || text[*end..].starts_with(char::is_whitespace))
        .map(|(end, _)| end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_reply_is_one_message() {
        assert_eq!(parts("  Hello there. How are you?  ", 1_000), ["Hello there. How are you?"]);
        assert_eq!(parts(" \n ", 10), Vec::<String>::new());
    }

    #[test]
    fn a_long_one_is_parted_between_sentences() {
        assert_eq!(
            parts("It takes 2.5 days. Weekends don't count! Is that all right?", 45),
            ["It takes 2.5 days. Weekends don't count!", "Is that all right?"]
        );
    }

    #[test]
    fn paragraphs_go_before_sentences_and_words_before_nothing() {
        assert_eq!(parts("One. Two.\n\nThree. Four.", 18), ["One. Two.", "Three. Four."]);
        assert_eq!(parts("alpha beta gamma", 11), ["alpha beta", "gamma"]);
        assert_eq!(parts("abcdefgh", 3), ["abc", "def", "gh"]);
    }

    #[test]
    fn scripts_without_spaces_are_parted_behind_their_marks() {
        assert_eq!(parts("出金は三日です。週末は除きます。", 10), ["出金は三日です。", "週末は除きます。"]);
    }

    proptest! {
        #[test]
        fn no_part_is_too_long_or_empty_and_nothing_but_white_space_is_lost(
            text in "[a-zéß。 .!?\n]{0,200}", limit in 1_usize..60,
        ) {
            let parts = parts(&text, limit);
            prop_assert!(parts.iter().all(|part| !part.is_empty() && part.chars().count() <= limit));
            let solid = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(solid(&parts.concat()), solid(&text));
        }
    }
}
