//! Numbers of identity documents. They look like nothing in particular, so a word beside them has to tell; the lines that
//! machines read (ICAO 9303) tell themselves.

use super::scan::Chars;

/// How many digits such a number has at least.
pub(super) const DIGITS: usize = 3;

/// How many letters and digits it has.
const LENGTH: std::ops::RangeInclusive<usize> = 6..=16;

/// How many characters a line for machines has at least (an identity card's).
const MACHINE_LINE: usize = 28;

/// How far before the number the word may stand, in words.
const BEFORE: usize = 4;

/// How far after it: "... is my passport".
const AFTER: usize = 3;

/// Words that name a document, folded. `id` is looked at by itself, since orders and players have ids as well.
const NAMES: &str = "passport passports passportnumber licence license drivinglicence driverslicense identity nationalid \
    idnumber idcard ssn nin \
    pass reisepass passnummer ausweis personalausweis ausweisnummer perso fuhrerschein fuhrerscheinnummer steuerid \
    pasaporte dni nie nif cedula licencia carne carnet curp rut \
    passeport identite permis cni \
    passaporte rg cpf cnh cidadao identidade carteira \
    passaporto patente identita codicefiscale fiscale \
    pasaport pasaportum kimlik kimligim tckn ehliyet ehliyetim \
    chieu cccd cmnd cuoc";

/// What stands before or after `id` when it is a document.
const OF_ID: [&str; 9] =
    ["my", "national", "identity", "photo", "government", "card", "document", "identification", "carte"];

/// Where a number ends that begins here.
pub(super) fn at(chars: &Chars, start: usize) -> Option<usize> {
    machine_line(chars, start).or_else(|| named(chars, start))
}

fn machine_line(chars: &Chars, start: usize) -> Option<usize> {
    let is_sign = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<';
    let mut end = start;
    let mut fillers = 0;
    while chars.is(end, is_sign) {
        fillers += usize::from(chars.is(end, |c| c == '<'));
        end += 1;
    }
    let alone = !chars.is(end, |c| !c.is_whitespace());
    (end - start >= MACHINE_LINE && fillers >= 2 && alone).then_some(end)
}

fn named(chars: &Chars, start: usize) -> Option<usize> {
    let mut end = start;
    let (mut signs, mut digits) = (0, 0);
    while chars.is(end, |c| c.is_ascii_alphanumeric())
        // Within it, not at its end.
        || (end > start
            && chars.is(end, |c| matches!(c, '.' | '-' | '/'))
            && chars.is(end - 1, |c| c.is_ascii_alphanumeric())
            && chars.is(end + 1, |c| c.is_ascii_alphanumeric()))
    {
        signs += usize::from(chars.is(end, |c| c.is_ascii_alphanumeric()));
        digits += usize::from(chars.is(end, |c| c.is_ascii_digit()));
        end += 1;
    }
    let looks_like_one = LENGTH.contains(&signs) && digits >= DIGITS && chars.ends(end) && !is_date(chars, start, end);
    (looks_like_one && (is_named(&chars.words_before(start, BEFORE)) || is_named(&chars.words_after(end, AFTER))))
        .then_some(end)
}

fn is_named(words: &[String]) -> bool {
    let is_name = |word: &str| NAMES.split_ascii_whitespace().any(|name| name == word);
    let is_id = |(index, word): (usize, &String)| {
        let beside = [index.checked_sub(1), Some(index + 1)];
        word == "id"
            && beside.iter().flatten().filter_map(|at| words.get(*at)).any(|word| OF_ID.contains(&word.as_str()))
    };
    words.iter().any(|word| is_name(word)) || words.iter().enumerate().any(is_id)
}

/// `24.12.2026` and the like.
fn is_date(chars: &Chars, start: usize, end: usize) -> bool {
    let text: String = (start..end).filter_map(|index| chars.at(index)).collect();
    super::phone::is_date(&text.split(['.', '-', '/']).map(str::len).collect::<Vec<_>>())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '/'))
}
