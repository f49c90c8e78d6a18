//! In which language a reply is, as far as a machine can tell.

use whatlang::{Detector, Lang};

/// Shorter texts are not judged, in characters: too few words to tell languages apart.
const SHORTEST: usize = 40;

/// The languages of the built-in texts, and how the detector names them.
const LANGUAGES: [(&str, Lang); 8] = [
    ("en", Lang::Eng),
    ("de", Lang::Deu),
    ("es", Lang::Spa),
    ("fr", Lang::Fra),
    ("it", Lang::Ita),
    ("pt", Lang::Por),
    ("tr", Lang::Tur),
    ("vi", Lang::Vie),
];

/// The language of a reply, if it certainly is in none of those that it may be in. Only the languages of the built-in texts
/// are told apart: a text that may be in another one is not judged.
pub(super) fn strayed(text: &str, may_be: &[&str]) -> Option<String> {
    let known = |language: &str| LANGUAGES.iter().any(|(code, _)| *code == primary(language));
    if text.chars().count() < SHORTEST || !may_be.iter().all(|language| known(language)) {
        return None;
    }
    let detector = Detector::with_allowlist(LANGUAGES.iter().map(|(_, lang)| *lang).collect());
    let found = detector.detect(text).filter(whatlang::Info::is_reliable)?;
    let (code, _) = LANGUAGES.iter().find(|(_, lang)| *lang == found.lang())?;
    (!may_be.iter().any(|language| primary(language) == *code)).then(|| (*code).to_owned())
}

/// `pt` of `pt-BR`.
pub(super) fn primary(language: &str) -> String {
    language.split('-').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GERMAN: &str = "Das habe ich leider nicht verstanden. Können Sie mir etwas genauer sagen, worum es geht?";

    #[test]
    fn a_reply_in_another_language_is_noticed() {
        assert_eq!(strayed(GERMAN, &["fr-CA"]), Some("de".to_owned()));
        assert_eq!(strayed(GERMAN, &["fr", "de-AT"]), None);
    }

    #[test]
    fn what_cannot_be_told_is_not_held_against_it() {
        assert_eq!(strayed("Ja, gerne!", &["en"]), None);
        assert_eq!(strayed(GERMAN, &["fi"]), None);
        assert_eq!(strayed("12345 12345 12345 12345 12345 12345 12345 12345", &["en"]), None);
    }
}
