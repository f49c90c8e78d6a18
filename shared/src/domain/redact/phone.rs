//! Telephone numbers: with their country, with a trunk prefix, in brackets, or named as one. Dates, amounts and the numbers
//! of orders and payments are none.

use super::scan::{Chars, Kind, marked_at};

/// How many digits one has with its country (ITU-T E.164).
const WITH_COUNTRY: std::ops::RangeInclusive<usize> = 8..=15;

/// How many it has without.
const NATIONAL: std::ops::RangeInclusive<usize> = 9..=12;

/// How many it has when it is named as one.
const NAMED: std::ops::RangeInclusive<usize> = 7..=15;

/// How far before the number the word may stand that tells what it is, in words.
const BEFORE: usize = 3;

/// Words that name a telephone, folded.
const NAMES: &str = "phone telephone mobile cell cellphone tel call whatsapp telegram number sms viber reach contact \
    telefon handy nummer rufnummer handynummer telefonnummer mobil anrufen \
    telefono movil celular llamar llamame llamen numero \
    telephoner portable appeler appelez joindre \
    telemovel ligar liguem zap cellulare chiamare chiamatemi \
    telefonum numaram cep arayin ara dien thoai sdt goi";

/// Words that name other numbers.
const OTHERS: &str = "order ticket reference ref transaction txn invoice booking case code id account bet round card \
    bestellung bestellnummer transaktion referenz vorgang rechnung konto kontonummer \
    pedido transaccion referencia factura cuenta \
    commande transaction facture compte \
    transacao fatura conta protocolo \
    ordine transazione fattura conto \
    siparis islem fatura hesap kodu \
    don giao dich ma";

/// A row of digits that begins here: what it is, if it is anything, and where it ends.
pub(super) fn at(chars: &Chars, start: usize) -> Option<(Option<Kind>, usize)> {
    let row = Row::read(chars, start)?;
    let kind = row.is_phone(chars, start).then_some(Kind::Phone);
    Some((kind, row.end))
}

/// Digits in groups.
struct Row {
    /// How many digits each group has.
    groups: Vec<usize>,
    /// What stands between them: a space for white space of any amount.
    between: Vec<char>,
    plus: bool,
    bracket: bool,
    zero: bool,
    end: usize,
}

impl Row {
    fn read(chars: &Chars, start: usize) -> Option<Self> {
        let plus = chars.is(start, |c| c == '+');
        let bracket = chars.is(start, |c| c == '(');
        let first = start + usize::from(plus || bracket);
        if !chars.is(first, |c| c.is_ascii_digit()) {
            return None;
        }
        let mut row = Self {
            groups: Vec::new(),
            between: Vec::new(),
            plus,
            bracket,
            zero: chars.is(first, |c| c == '0'),
            end: start,
        };
        let mut group = first;
        loop {
            let mut end = group;
            while chars.is(end, |c| c.is_ascii_digit()) {
                end += 1;
            }
            if end == group || !chars.ends(end) {
                break;
            }
            row.groups.push(end - group);
            row.end = end;
            let (next, sign) = separator(chars, end);
            // What is something else is no part of it.
            if next == end || (sign == ' ' && marked_at(chars, next).is_some()) {
                break;
            }
            row.between.push(sign);
            group = next;
        }
        row.between.truncate(row.groups.len().saturating_sub(1));
        (!row.groups.is_empty()).then_some(row)
    }

    fn is_phone(&self, chars: &Chars, start: usize) -> bool {
        let digits: usize = self.groups.iter().sum();
        let by_signs = self.between.iter().all(|sign| *sign != ' ');
        if (by_signs && is_date(&self.groups)) || self.begins_with_date() {
            return false;
        }
        if self.plus {
            return WITH_COUNTRY.contains(&digits);
        }
        let words = chars.words_before(start, BEFORE);
        let named = |names: &str| words.iter().any(|word| names.split_ascii_whitespace().any(|name| name == word));
        if named(OTHERS) {
            return false;
        }
        let with_prefix = self.zero && self.groups.first().is_some_and(|first| *first > 1);
        ((with_prefix || self.bracket)
            && (NATIONAL.contains(&digits) || (with_prefix && digits <= *WITH_COUNTRY.end() && digits > 12)))
            || (self.groups == [3, 3, 4] && self.between == ['-', '-'])
            || (named(NAMES) && NAMED.contains(&digits))
    }

    /// "01.02.2026 10 30".
    fn begins_with_date(&self) -> bool {
        let signs = self.between.get(..2).is_some_and(|signs| signs.iter().all(|sign| matches!(sign, '.' | '/' | '-')));
        signs && self.groups.get(..3).is_some_and(is_date)
    }
}

/// Whether groups of so many digits are a date.
pub(super) fn is_date(groups: &[usize]) -> bool {
    matches!(groups, [1 | 2, 1 | 2, 2 | 4] | [4, 1 | 2, 1 | 2])
}

/// What may stand between two groups, and where it ends: white space, a dash, a dot, a stroke, brackets.
fn separator(chars: &Chars, at: usize) -> (usize, char) {
    let mut end = at;
    let mut sign = ' ';
    let mut signs = 0;
    while let Some(c) = chars.at(end) {
        match c {
            c if c.is_whitespace() => {}
            '-' | '.' | '/' | '(' | ')' => {
                sign = c;
                signs += 1;
            }
            _ => break,
        }
        end += 1;
    }
    if signs > 2 || !chars.is(end, |c| c.is_ascii_digit()) { (at, ' ') } else { (end, sign) }
}
