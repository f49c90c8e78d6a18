//! What of a line may be kept.

use super::{Place, redacted};
use crate::domain::log_entry::{Deed, LogEntry};
use crate::domain::message::Content;
use crate::domain::settings::RedactionSettings;

impl LogEntry {
    /// The entry as it may be kept: what the settings say is masked in what people wrote.
    #[must_use]
    pub fn redacted(self, settings: &RedactionSettings) -> Self {
        let keep = |text: String| redacted(&text, settings, Place::Log).into_owned();
        match self {
            Self::Line { mut message, author, answers } => {
                message.content = match message.content {
                    Content::Text { text } => Content::Text { text: keep(text) },
                    Content::File { name, mime, url, attachment_id, comment } => {
                        Content::File { name, mime, url, attachment_id, comment: comment.map(keep) }
                    }
                };
                Self::Line { message, author, answers }
            }
            Self::Edited { message, text } => Self::Edited { message, text: text.map(keep) },
            Self::Asked { by, deed: Deed::Noted { text } } => {
                Self::Asked { by, deed: Deed::Noted { text: keep(text) } }
            }
            other => other,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::settings::Where;

    fn kept(entry: serde_json::Value) -> String {
        let email = Where { log: true, ..Where::default() };
        let settings = RedactionSettings { email, ..RedactionSettings::default() };
        let entry: LogEntry = serde_json::from_value(entry).unwrap();
        serde_json::to_string(&entry.redacted(&settings)).unwrap()
    }

    #[test]
    fn texts_comments_and_edits_are_masked_before_they_are_kept() {
        let line = |content: serde_json::Value| {
            let message =
                json!({"id": "1", "time": "2026-01-01T00:00:00Z", "sender": {"type": "unknown"}, "content": content});
            json!({"type": "line", "message": message, "author": "visitor"})
        };
        for entry in [
            line(json!({"type": "text", "text": "I'm ana@example.com"})),
            line(json!({"type": "file", "name": "a.png", "comment": "from ana@example.com"})),
            json!({"type": "edited", "message": "1", "text": "ana@example.com"}),
        ] {
            let kept = kept(entry);
            assert!(kept.contains("••••@example.com") && !kept.contains("ana"), "{kept}");
        }
    }
}
