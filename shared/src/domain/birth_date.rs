//! A date of birth as people write it.

use jiff::civil::Date;
use thiserror::Error;

/// Why a text is no date of birth. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BirthDateError {
    /// Day, month and year can't be told.
    #[error("day, month and year can't be told; write it as YYYY-MM-DD")]
    Unclear,
    /// Day and month may be either way round.
    #[error("day and month could be either way round; ask which is the month, and write it as YYYY-MM-DD")]
    Ambiguous,
    /// There is no such day.
    #[error("there is no such day")]
    NoSuchDay,
}

/// The beginnings of the months' names in the languages of our texts, lower-case, none of which begins another month's.
/// Vietnamese has numbers for them.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "ene", "gen", "oca"],
    &["feb", "fév", "fev", "şub", "sub"],
    &["mar", "mär", "maer"],
    &["apr", "abr", "avr", "nis"],
    &["may", "mai", "mag"],
    &["jun", "juin", "giu", "haz"],
    &["jul", "juil", "lug", "tem"],
    &["aug", "ago", "aoû", "aou", "ağu", "agu"],
    &["sep", "set", "eyl"],
    &["oct", "okt", "out", "ott", "eki"],
    &["nov", "kas"],
    &["dec", "dez", "déc", "dic", "ara"],
];

/// Takes what a visitor wrote, such as `1990-03-04`, `4.3.1990`, `4 March 1990`, `March 4th, 1990` or `4 de março de 1990`. Two
/// numbers that could each be the month are refused unless points stand between, where the day comes first; so are years of two
/// digits.
///
/// # Errors
/// It can't be told which day is meant.
pub fn parse(text: &str) -> Result<Date, BirthDateError> {
    let lower = text.trim().to_lowercase();
    let (numbers, month) = parts(&lower)?;
    let (year, month, day) = match (&numbers[..], month) {
        ([first, second], Some(month)) => match (first.digits, second.digits) {
            (1..=2, 4) => (second.value, month, first.value),
            (4, 1..=2) => (first.value, month, second.value),
            _ => return Err(BirthDateError::Unclear),
        },
        ([year, month, day], None) if year.digits == 4 => (year.value, month.value, day.value),
        ([first, second, year], None) if year.digits == 4 => {
            let (first, second) = (first.value, second.value);
            let points = lower.matches('.').count() >= 2 || lower.contains("tháng");
            match (first > 12, second > 12) {
                (false, false) if points || first == second => (year.value, second, first),
                (false, false) => return Err(BirthDateError::Ambiguous),
                (false, true) => (year.value, first, second),
                (true, _) => (year.value, second, first),
            }
        }
        _ => return Err(BirthDateError::Unclear),
    };
    let small = |number: i16| i8::try_from(number).map_err(|_| BirthDateError::NoSuchDay);
    Date::new(year, small(month)?, small(day)?).map_err(|_| BirthDateError::NoSuchDay)
}

struct Number {
    value: i16,
    digits: usize,
}

/// The numbers of a text in their order, and the month that is written as a word.
fn parts(text: &str) -> Result<(Vec<Number>, Option<i16>), BirthDateError> {
    let (mut numbers, mut named) = (Vec::new(), None);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same = |c: char| if first.is_ascii_digit() { c.is_ascii_digit() } else { c.is_alphabetic() };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (part, after) = rest.split_at(end);
        if first.is_ascii_digit() {
            let value = part.parse().ok().filter(|_| part.len() <= 4).ok_or(BirthDateError::Unclear)?;
            numbers.push(Number { value, digits: part.len() });
        } else if first.is_alphabetic()
            && let Some(month) = month(part)
            && named.replace(month).is_some()
        {
            return Err(BirthDateError::Unclear);
        }
        rest = after;
    }
    Ok((numbers, named))
}

fn month(word: &str) -> Option<i16> {
    let found = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    i16::try_from(found + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_same_however_it_is_written() {
        let spellings = [
            "1990-03-04",
            "1990/3/4",
            "1990.03.04",
            "4.3.1990",
            "04. 03. 1990",
            "4 March 1990",
            "March 4th, 1990",
            "4th of March 1990",
            "4. März 1990",
            "4 de marzo de 1990",
            "le 4 mars 1990",
            "4 de março de 1990",
            "4 marzo 1990",
            "4 Mart 1990",
            "ngày 4 tháng 3 năm 1990",
            "1990 mar 4",
            " 4-MAR-1990 ",
        ];
        for spelling in spellings {
            assert_eq!(parse(spelling).map(|date| date.to_string()).as_deref(), Ok("1990-03-04"), "{spelling}");
        }
    }

    #[test]
    fn each_month_is_known_by_its_names() {
        let months = [
            ["January", "Januar", "enero", "janvier", "janeiro", "gennaio", "Ocak"],
            ["February", "Februar", "febrero", "février", "fevereiro", "febbraio", "Şubat"],
            ["March", "März", "marzo", "mars", "março", "marzo", "Mart"],
            ["April", "April", "abril", "avril", "abril", "aprile", "Nisan"],
            ["May", "Mai", "mayo", "mai", "maio", "maggio", "Mayıs"],
            ["June", "Juni", "junio", "juin", "junho", "giugno", "Haziran"],
            ["July", "Juli", "julio", "juillet", "julho", "luglio", "Temmuz"],
            ["August", "August", "agosto", "août", "agosto", "agosto", "Ağustos"],
            ["September", "September", "septiembre", "septembre", "setembro", "settembre", "Eylül"],
            ["October", "Oktober", "octubre", "octobre", "outubro", "ottobre", "Ekim"],
            ["November", "November", "noviembre", "novembre", "novembro", "novembre", "Kasım"],
            ["December", "Dezember", "diciembre", "décembre", "dezembro", "dicembre", "Aralık"],
        ];
        for (index, names) in months.iter().enumerate() {
            for name in names {
                let date = parse(&format!("9 {name} 1985"));
                assert_eq!(date.map(|date| usize::try_from(date.month()).unwrap()), Ok(index + 1), "{name}");
            }
        }
    }

    #[test]
    fn day_and_month_are_told_apart_only_where_they_can_be() {
        assert_eq!(parse("04/03/1990"), Err(BirthDateError::Ambiguous));
        assert_eq!(parse("4-3-1990"), Err(BirthDateError::Ambiguous));
        assert_eq!(parse("25/12/1990").unwrap().to_string(), "1990-12-25");
        assert_eq!(parse("12/25/1990").unwrap().to_string(), "1990-12-25");
        assert_eq!(parse("5/5/1990").unwrap().to_string(), "1990-05-05");
    }

    #[test]
    fn what_is_no_whole_date_is_none() {
        for text in
            ["", "yesterday", "1990", "March 1990", "4.3.90", "3/4", "19900304", "1 2 3 4", "4 March April 1990"]
        {
            assert_eq!(parse(text), Err(BirthDateError::Unclear), "{text:?}");
        }
        for text in ["30.02.1990", "1990-13-13", "31 April 1990", "0.0.1990"] {
            assert_eq!(parse(text), Err(BirthDateError::NoSuchDay), "{text:?}");
        }
    }
}
