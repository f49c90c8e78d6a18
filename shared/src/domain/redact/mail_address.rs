//! E-mail addresses in a text.

use super::scan::Chars;

/// Where an address ends that begins here.
pub(super) fn at(chars: &Chars, start: usize) -> Option<usize> {
    let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
    let mut at = start;
    while chars.is(at, is_local) {
        at += 1;
    }
    if at == start || !chars.is(start, char::is_alphanumeric) || !chars.is(at, |c| c == '@') {
        return None;
    }
    domain(chars, at + 1).filter(|end| chars.ends(*end))
}

/// Where a host's name ends that begins here. Its last label is a word: "50@1.5" is no address.
pub(super) fn domain(chars: &Chars, start: usize) -> Option<usize> {
    let mut found = None;
    let mut begin = start;
    loop {
        let mut end = begin;
        while chars.is(end, |c| c.is_alphanumeric() || c == '-') {
            end += 1;
        }
        if begin > start && end - begin > 1 && (begin..end).all(|index| chars.is(index, char::is_alphabetic)) {
            found = Some(end);
        }
        if end == begin || !chars.is(end, |c| c == '.') {
            return found;
        }
        begin = end + 1;
    }
}
