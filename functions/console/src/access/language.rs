//! The languages that people choose among: those that the AI's own texts are written in.

/// Tags of BCP 47, and what those who speak the language call it.
pub const LANGUAGES: [(&str, &str); 8] = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("pt", "Português"),
    ("tr", "Türkçe"),
    ("vi", "Tiếng Việt"),
];

/// Whether a tag is one of them.
#[must_use]
pub fn is_known(tag: &str) -> bool {
    LANGUAGES.iter().any(|(known, _)| *known == tag)
}
