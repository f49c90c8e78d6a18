//! What is said to a visitor who says nothing more, and before a chat is ended.

use serde::Deserialize;

use super::texts::{built_in, own};
use crate::domain::settings::{BrandSettings, SECONDS};

/// The built-in texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndingTexts {
    /// Asks a silent visitor whether they are still there.
    pub(super) check_in: String,
    /// Tells how many seconds are left: [`SECONDS`].
    pub(super) countdown: String,
    /// Tells that the chat is being ended.
    pub(super) last_word: String,
}

/// What a silent visitor is asked, in their language, or the brand's `check_in`.
#[must_use]
pub fn check_in(brand: &BrandSettings, language: &str) -> String {
    let own = own(brand, language, |texts| texts.check_in.as_ref());
    own.unwrap_or_else(|| built_in(language, &brand.language).ending.check_in.clone())
}

/// What the visitor is told when the chat ends in so many seconds unless they write, or the brand's `countdown`.
#[must_use]
pub fn countdown(brand: &BrandSettings, language: &str, seconds: u32) -> String {
    let own = own(brand, language, |texts| texts.countdown.as_ref());
    let text = own.unwrap_or_else(|| built_in(language, &brand.language).ending.countdown.clone());
    text.replace(SECONDS, &seconds.to_string())
}

/// What the visitor is told when the chat is ended now, for silence or on request, or the brand's `last_word`.
#[must_use]
pub fn last_word(brand: &BrandSettings, language: &str) -> String {
    let own = own(brand, language, |texts| texts.last_word.as_ref());
    own.unwrap_or_else(|| built_in(language, &brand.language).ending.last_word.clone())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::settings::Texts;

    fn brand(texts: Option<Texts>) -> BrandSettings {
        let texts = texts.map(|texts| serde_json::json!({"en": texts})).unwrap_or_default();
        let texts = if texts.is_null() { serde_json::json!({}) } else { texts };
        let brand = serde_json::json!({"id": "1", "name": "Lumen", "automated": true, "texts": texts});
        serde_json::from_value(brand).unwrap()
    }

    #[test]
    fn a_silent_visitor_is_spoken_to_in_their_language() {
        let brand = brand(None);
        let said = |language| {
            [check_in(&brand, language), countdown(&brand, language, 90), last_word(&brand, language)].join(" | ")
        };
        insta::assert_snapshot!(said("en"), @"Are you still there? If I can help you with anything else, just write here. | This chat ends in 90 seconds. If you still need something, just write here. | I'm closing this chat now. If you need anything else, just write to us again.");
        insta::assert_snapshot!(said("de-AT"), @"Sind Sie noch da? Wenn ich Ihnen noch helfen kann, schreiben Sie einfach hier. | Dieser Chat endet in 90 Sekunden. Wenn Sie noch etwas brauchen, schreiben Sie einfach hier. | Ich schließe diesen Chat jetzt. Wenn Sie noch etwas brauchen, schreiben Sie uns einfach wieder.");
    }

    #[test]
    fn the_brands_own_words_take_their_place() {
        let texts = Texts {
            check_in: Some("Hello?".to_owned()),
            countdown: Some("{seconds}, then bye.".to_owned()),
            last_word: Some("Bye.".to_owned()),
            ..Texts::default()
        };
        let brand = brand(Some(texts));
        assert_eq!(check_in(&brand, "en-GB"), "Hello?");
        assert_eq!(countdown(&brand, "en", 45), "45, then bye.");
        assert_eq!(last_word(&brand, "en"), "Bye.");
        assert_eq!(check_in(&brand, "de"), built_in("de", "en").ending.check_in);
    }
}
