//! Recognises a text that comes back from SalesIQ: NFC, HTML unescaped, white space folded, all masked that
//! can be, since what comes back may have been masked on its way (ARCHITECTURE.md, "Facts and progress").

use std::fmt;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::redact::all_redacted;

/// Sixteen hexadecimal digits, equal for texts that differ only in composition, HTML escapes, white space, and what was
/// masked of them ([`super::redact`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let hash = digest(&SHA256, all_redacted(&normalised(text)).as_bytes());
        Self(hex(&hash.as_ref()[..8]))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text as it is compared.
#[must_use]
pub fn normalised(text: &str) -> String {
    let unescaped = html_escape::decode_html_entities(text);
    let composed: String = unescaped.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_recognised_after_escaping_composition_and_white_space() {
        let sent = "Caf\u{e9} & \"more\"\n  here";
        let back = "Cafe\u{301} &amp; &quot;more&quot; here ";
        assert_eq!(Fingerprint::of(sent), Fingerprint::of(back));
    }

    #[test]
    fn other_words_have_another_fingerprint() {
        assert_ne!(Fingerprint::of("yes"), Fingerprint::of("no"));
    }
}
