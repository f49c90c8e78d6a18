//! Reads a text once from left to right and finds what can be masked. What is masked already is passed over.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{MARK, MASK, SHOWN, document, iban, mail_address, phone};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An international bank account number.
    Iban,
    /// The number of an identity document.
    Document,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

/// Where it stands, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A text whose characters can be looked at by their number.
pub(super) struct Chars {
    chars: Vec<char>,
}

impl Chars {
    pub(super) fn at(&self, index: usize) -> Option<char> {
        self.chars.get(index).copied()
    }

    pub(super) fn is(&self, index: usize, test: impl Fn(char) -> bool) -> bool {
        self.at(index).is_some_and(test)
    }

    /// Whether something may begin here: it is no part of what stands before.
    pub(super) fn begins(&self, index: usize) -> bool {
        index == 0 || !self.is(index - 1, joins)
    }

    /// Whether something may end here.
    pub(super) fn ends(&self, index: usize) -> bool {
        !self.is(index, joins)
    }

    /// The first index from here on that is no white space.
    pub(super) fn after_space(&self, mut index: usize) -> usize {
        while self.is(index, char::is_whitespace) {
            index += 1;
        }
        index
    }

    /// Up to `count` words right before, the nearest first, folded; none beyond one with a digit, an `@` or a mask.
    pub(super) fn words_before(&self, index: usize, count: usize) -> Vec<String> {
        let before = self.chars.get(..index).unwrap_or_default();
        let words = before.rsplit(|c| c.is_whitespace()).filter(|word| !word.is_empty()).map(|word| plain(word.iter()));
        words.take_while(Option::is_some).flatten().take(count).collect()
    }

    /// Up to `count` words right after, the nearest first, in the same way.
    pub(super) fn words_after(&self, index: usize, count: usize) -> Vec<String> {
        let after = self.chars.get(index..).unwrap_or_default();
        let words = after.split(|c| c.is_whitespace()).filter(|word| !word.is_empty()).map(|word| plain(word.iter()));
        words.take_while(Option::is_some).flatten().take(count).collect()
    }
}

fn joins(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '@' | '_' | MARK)
}

/// A word in small letters without accents; none if it has anything in it that may be masked.
fn plain<'a>(word: impl Iterator<Item = &'a char> + Clone) -> Option<String> {
    if word.clone().any(|c| c.is_numeric() || matches!(*c, '@' | '<' | MARK)) {
        return None;
    }
    // "d'identité"
    let length = word.clone().count();
    let elided = word.clone().position(|c| matches!(c, '\'' | '’')).filter(|at| at + 1 < length).map_or(0, |at| at + 1);
    let letters = word.skip(elided).flat_map(|c| c.nfd().collect::<Vec<_>>()).filter(|c| !is_combining_mark(*c));
    Some(
        letters
            .flat_map(char::to_lowercase)
            .map(|c| if c == 'đ' { 'd' } else { c })
            .filter(|c| c.is_alphanumeric())
            .collect(),
    )
}

/// All that can be masked, from left to right, never two in one place.
pub(super) fn find(text: &str) -> Vec<Found> {
    // Most texts have nothing of the kind.
    if !text.contains(['@', '<']) && text.bytes().filter(u8::is_ascii_digit).count() < document::DIGITS {
        return Vec::new();
    }
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let chars = Chars { chars: text.chars().collect() };
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.chars.len() {
        if let Some(end) = mask_at(&chars, at) {
            at = end;
        } else if let Some((kind, end)) = thing_at(&chars, at) {
            if let (Some(kind), Some(start), Some(end)) = (kind, offsets.get(at), offsets.get(end)) {
                found.push(Found { kind, start: *start, end: *end });
            }
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// What begins here, and where it ends. A row of digits that is nothing is passed over as a whole, so that no part of it is
/// taken for something.
fn thing_at(chars: &Chars, at: usize) -> Option<(Option<Kind>, usize)> {
    if !chars.begins(at) {
        return None;
    }
    marked_at(chars, at).map(|(kind, end)| (Some(kind), end)).or_else(|| phone::at(chars, at))
}

/// What is told without looking at rows of digits.
pub(super) fn marked_at(chars: &Chars, at: usize) -> Option<(Kind, usize)> {
    mail_address::at(chars, at)
        .map(|end| (Kind::Email, end))
        .or_else(|| iban::at(chars, at).map(|end| (Kind::Iban, end)))
        .or_else(|| document::at(chars, at).map(|end| (Kind::Document, end)))
}

/// Where a mask ends that begins here: with its hint, if it is one of those that have one.
fn mask_at(chars: &Chars, at: usize) -> Option<usize> {
    let mut end = at;
    while chars.is(end, |c| c == MARK) {
        end += 1;
    }
    if end == at {
        return None;
    }
    if chars.is(end, |c| c == '@') {
        return Some(mail_address::domain(chars, end + 1).unwrap_or(end));
    }
    let hint = chars.after_space(end);
    let hint_end = hint + (hint..hint + SHOWN).take_while(|index| chars.is(*index, is_sign)).count();
    let has_hint = end - at == MASK.chars().count() && hint > end && hint_end == hint + SHOWN && chars.ends(hint_end);
    Some(if has_hint { hint_end } else { end })
}

fn is_sign(c: char) -> bool {
    c.is_ascii_alphanumeric()
}
