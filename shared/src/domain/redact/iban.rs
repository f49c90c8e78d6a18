//! International bank account numbers (ISO 13616): a country, two check digits, and as many characters as the country has.

use super::scan::{Chars, Kind, find};

/// How long they are, by country (SWIFT's IBAN registry, release 99).
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 \
    EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 \
    KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 \
    PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// Where one ends that begins here. It may be written in groups.
pub(super) fn at(chars: &Chars, start: usize) -> Option<usize> {
    let country: String = [chars.at(start)?, chars.at(start + 1)?].iter().map(char::to_ascii_uppercase).collect();
    let length = length_of(&country)?;
    let mut signs = String::with_capacity(length);
    let mut at = start;
    while signs.len() < length {
        match chars.at(at)? {
            c if c.is_ascii_alphanumeric() => {
                signs.push(c.to_ascii_uppercase());
                at += 1;
            }
            c if c.is_whitespace() => {
                let next = chars.after_space(at);
                // Groups have four characters.
                if !signs.len().is_multiple_of(4) {
                    return None;
                }
                at = next;
            }
            _ => return None,
        }
    }
    (chars.ends(at) && is_valid(&signs)).then_some(at)
}

fn length_of(country: &str) -> Option<usize> {
    LENGTHS
        .split_ascii_whitespace()
        .find_map(|entry| entry.strip_prefix(country))
        .and_then(|length| length.parse().ok())
}

/// The check of ISO 7064 MOD 97-10: the first four characters go to the end, letters count from 10 on, the rest is 1.
fn is_valid(signs: &str) -> bool {
    let moved = signs.chars().skip(4).chain(signs.chars().take(4));
    let rest = moved.filter_map(|c| c.to_digit(36)).fold(0_u32, |rest, value| {
        let shifted = if value > 9 { rest * 100 } else { rest * 10 };
        (shifted + value) % 97
    });
    rest == 1
}

/// The account numbers in a text, in capitals and without white space.
#[must_use]
pub fn account_numbers(text: &str) -> Vec<String> {
    let found = find(text).into_iter().filter(|found| found.kind == Kind::Iban);
    let numbers =
        found.map(|found| text[found.start..found.end].chars().filter(|c| !c.is_whitespace()).collect::<String>());
    numbers.map(|number| number.to_ascii_uppercase()).collect()
}
