//! What no function took, and what becomes of it: it is looked at, sent on again, or deleted by a person.
//!
//! Here: a mail that SES refused for good, with all that a person needs to send it by hand. It waits in a queue of its own (`TranscriptDeadLetters` in template.yaml) while the chat stays open: a visitor's request
//! is never lost. `cargo dev mails` shows the letters, and has them tried again.

pub mod queue;
pub mod waiting;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::id::{ConversationId, WorkspaceId};
use crate::store::ConversationKey;

/// The longest body, in bytes. SQS takes 256 KiB, attributes included; none are sent.
pub const LONGEST_BODY: usize = 250_000;

/// What stands where a text was cut.
const CUT: &str = "\n[The rest did not fit here. SalesIQ has the whole conversation.]\n";

/// The body of a message in the queue. The message's own id is what `cargo dev mails` calls the letter's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The conversation that the mail is about.
    pub conversation: ConversationId,
    /// When it was given up.
    pub at: Timestamp,
    /// What the mail was for, such as that nobody was available.
    pub occasion: String,
    /// The code with which SES refused it.
    pub reason: String,
    /// How often it was tried.
    pub failures: u32,
    /// The sender's address.
    pub from: String,
    /// The recipients' addresses.
    pub to: Vec<String>,
    /// Whom an answer reaches: the visitor, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The subject.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The whole mail as it would have been sent, attachments included; absent when it did not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_base64: Option<String>,
}

impl DeadLetter {
    /// Which conversation.
    #[must_use]
    pub fn key(&self) -> ConversationKey {
        ConversationKey { workspace: self.workspace.clone(), conversation: self.conversation.clone() }
    }

    /// With the whole mail.
    #[must_use]
    pub fn with_mime(mut self, mime: &[u8]) -> Self {
        self.mime_base64 = Some(STANDARD.encode(mime));
        self
    }

    /// The whole mail, unless it is absent or damaged.
    #[must_use]
    pub fn mime(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.mime_base64.as_ref()?).ok()
    }

    /// The letter with what makes its body longer than `limit_bytes` left out: first the whole mail, then the end of the
    /// text. Addresses and subject stay whatever the limit: without them nobody could send it.
    #[must_use]
    pub fn fit(mut self, limit_bytes: usize) -> Self {
        if self.length() <= limit_bytes {
            return self;
        }
        self.mime_base64 = None;
        if self.length() <= limit_bytes {
            return self;
        }
        let text = std::mem::take(&mut self.text);
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let cut_at = |end: usize| Self { text: format!("{}{CUT}", &text[..end]), ..self.clone() };
        let fitting = ends.partition_point(|end| cut_at(*end).length() <= limit_bytes);
        // None fits, not even the empty text's mark: then the mark is all there is.
        cut_at(fitting.checked_sub(1).map_or(0, |last| ends[last]))
    }

    /// The letter as JSON, in the characters that SQS takes: it refuses a message with U+FFFE or U+FFFF, which a visitor can
    /// type. JSON can name them.
    ///
    /// # Errors
    /// It can't be written as JSON, which can't happen.
    pub fn body(&self) -> Result<String, serde_json::Error> {
        let json = serde_json::to_string(self)?;
        Ok(json.replace('\u{fffe}', r"\ufffe").replace('\u{ffff}', r"\uffff"))
    }

    fn length(&self) -> usize {
        self.body().map_or(usize::MAX, |body| body.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn letter(text: &str) -> DeadLetter {
        DeadLetter {
            workspace: WorkspaceId::parse("demo").unwrap(),
            conversation: ConversationId::parse("9001").unwrap(),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            occasion: "nobody_available".to_owned(),
            reason: "MessageRejected".to_owned(),
            failures: 5,
            from: "Lumen Casino <support@lumen.example>".to_owned(),
            to: vec!["team@lumen.example".to_owned()],
            reply_to: None,
            subject: "Chat with Mia".to_owned(),
            text: text.to_owned(),
            mime_base64: None,
        }
    }

    #[test]
    fn the_body_has_all_that_is_needed_to_send_the_mail() {
        let letter = DeadLetter { reply_to: Some("mia@example.com".to_owned()), ..letter("Hello") }.with_mime(b"MIME");
        let body: serde_json::Value = serde_json::from_str(&letter.body().unwrap()).unwrap();
        let expected = json!({
            "workspace": "demo", "conversation": "9001", "at": "2026-01-01T00:00:00Z", "occasion": "nobody_available",
            "reason": "MessageRejected", "failures": 5, "from": "Lumen Casino <support@lumen.example>",
            "to": ["team@lumen.example"], "reply_to": "mia@example.com", "subject": "Chat with Mia", "text": "Hello",
            "mime_base64": "TUlNRQ==",
        });
        assert_eq!(body, expected);
        assert_eq!(letter.mime().unwrap(), b"MIME");
    }

    #[test]
    fn a_letter_that_fits_stays_whole() {
        let letter = letter("Hello").with_mime(&[7; 1_000]);
        assert_eq!(letter.clone().fit(LONGEST_BODY), letter);
    }

    #[test]
    fn the_whole_mail_goes_before_any_of_the_text() {
        let letter = letter("Hello");
        assert_eq!(letter.clone().with_mime(&vec![7; LONGEST_BODY]).fit(LONGEST_BODY), letter);
    }

    #[test]
    fn a_cut_text_says_so_and_fills_the_limit() {
        let fitted = letter(&"x".repeat(LONGEST_BODY)).with_mime(b"MIME").fit(LONGEST_BODY);
        assert_eq!(fitted.body().unwrap().len(), LONGEST_BODY);
        assert!(fitted.text.ends_with(CUT));
        assert_eq!(fitted.mime(), None);
    }

    #[test]
    fn addresses_and_subject_stay_when_nothing_fits() {
        let fitted = letter("Hello").fit(0);
        assert_eq!(fitted, DeadLetter { text: CUT.to_owned(), ..letter("") });
    }

    #[test]
    fn the_body_has_no_character_that_sqs_refuses() {
        let letter = letter("a\u{0}b\u{fffe}c\u{ffff}d\u{7f}");
        let body = letter.body().unwrap();
        assert!(body.chars().all(|c| matches!(c, '\u{20}'..='\u{fffd}' | '\u{10000}'..)), "{body}");
        assert_eq!(serde_json::from_str::<DeadLetter>(&body).unwrap(), letter);
    }

    proptest! {
        #[test]
        fn a_fitted_body_is_under_the_limit_and_begins_as_the_text_did(text in any::<String>(), spare in 0_usize..200) {
            let limit = letter(CUT).body().unwrap().len() + spare;
            let fitted = letter(&text).fit(limit);
            prop_assert!(fitted.body().unwrap().len() <= limit);
            let kept = fitted.text.strip_suffix(CUT).unwrap_or(&fitted.text);
            prop_assert!(text.starts_with(kept));
        }
    }
}
