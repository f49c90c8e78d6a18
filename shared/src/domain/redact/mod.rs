//! Masks what the settings say is to be masked of what people write: account numbers, documents, addresses.
//!
//! Card numbers are masked in any case ([`super::card`]). What the rest is told by does not depend on the settings, only
//! what is done with it does: so a text has the same [`super::fingerprint::Fingerprint`] whatever was masked of it, and
//! masking twice is masking once. White space of any kind and amount counts as one space, since fingerprints fold it.

mod document;
mod iban;
mod log;
mod mail_address;
mod phone;
mod scan;

use std::borrow::Cow;

use super::card;
use super::settings::{RedactionSettings, Where};
use scan::{Found, Kind};

pub use iban::account_numbers;

/// What every mask begins with, and nothing that people write.
const MARK: char = '•';

/// What takes the place of all but the hint.
const MASK: &str = "••••";

/// What takes the place of something of which nothing is left. It is shorter than a mask with a hint behind it, so that what
/// follows is not taken for its hint.
const BLANK: &str = "•••";

/// How many characters of a number are left as a hint.
const SHOWN: usize = 4;

/// Where a text is on its way to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To a model.
    Model,
    /// Into the table.
    Log,
    /// Into a mail.
    Mail,
}

impl Place {
    fn is_set(self, of: Where) -> bool {
        match self {
            Self::Model => of.model,
            Self::Log => of.log,
            Self::Mail => of.mail,
        }
    }
}

/// The text with everything masked that may not get to `place`. Of an account or telephone number the last four characters
/// are left, of an e-mail address the domain, of a document's number nothing.
#[must_use]
pub fn redacted<'a>(text: &'a str, settings: &RedactionSettings, place: Place) -> Cow<'a, str> {
    masked(text, |kind| {
        place.is_set(match kind {
            Kind::Iban => settings.iban,
            Kind::Document => settings.documents,
            Kind::Email => settings.email,
            Kind::Phone => settings.phone,
        })
    })
}

/// The text with everything masked that can be.
#[must_use]
pub fn all_redacted(text: &str) -> Cow<'_, str> {
    masked(text, |_| true)
}

fn masked(text: &str, is_masked: impl Fn(Kind) -> bool) -> Cow<'_, str> {
    let without_cards = card::masked(text);
    let found: Vec<Found> = scan::find(&without_cards).into_iter().filter(|found| is_masked(found.kind)).collect();
    if found.is_empty() {
        return without_cards;
    }
    let mut out = String::with_capacity(without_cards.len());
    let mut from = 0;
    for Found { kind, start, end } in found {
        out.push_str(&without_cards[from..start]);
        out.push_str(&mask(kind, &without_cards[start..end]));
        from = end;
    }
    out.push_str(&without_cards[from..]);
    Cow::Owned(out)
}

fn mask(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Iban | Kind::Phone => {
            let signs: Vec<char> = text.chars().filter(char::is_ascii_alphanumeric).collect();
            let hint: String = signs[signs.len().saturating_sub(SHOWN)..].iter().collect();
            format!("{MASK} {hint}")
        }
        Kind::Email => format!("{MASK}{}", &text[text.rfind('@').unwrap_or(text.len())..]),
        Kind::Document => BLANK.to_owned(),
    }
}

#[cfg(test)]
mod tests;
