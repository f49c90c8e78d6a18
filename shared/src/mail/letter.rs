//! A transcript as mail: text and HTML, with the transcript as JSON and CSV beside it.
//!
//! Nothing that a visitor wrote can begin a header: control characters are dropped, lengths are clipped, and addresses are
//! parsed. Nothing in the HTML is a tag that a visitor made: the template escapes.

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use thiserror::Error;

use crate::domain::email::{EmailAddress, EmailError, Mailbox};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::settings::{BrandSettings, WorkspaceSettings};
use crate::transcript::{self, Extent, Format, RenderError, Transcript, occasion_title};

/// The longest message: SES takes 10 MB (`SendRawEmail`, after encoding), and the rest is a margin.
pub const RAW_LIMIT_BYTES: usize = 9_000_000;

/// The longest subject, in characters.
const SUBJECT_LIMIT: usize = 200;

/// The longest name within a subject or before an address, in characters.
const NAME_LIMIT: usize = 80;

/// What is left out until a message is small enough, from nothing to most of it.
const EXTENTS: [(Attached, Extent); 6] = [
    (Attached::JsonAndCsv, Extent::WHOLE),
    (Attached::Json, Extent::WHOLE),
    (Attached::Json, Extent { lines: 1_000, line_bytes: 1_500, json_beside: true }),
    (Attached::Json, Extent { lines: 200, line_bytes: 500, json_beside: true }),
    (Attached::Nothing, Extent { lines: 1_000, line_bytes: 1_500, json_beside: false }),
    (Attached::Nothing, Extent { lines: 200, line_bytes: 500, json_beside: false }),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attached {
    JsonAndCsv,
    Json,
    Nothing,
}

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The recipients' addresses.
    pub to: Vec<String>,
    /// The sender's address, without the name.
    pub from: String,
    /// The visitor's address, if it is one.
    pub reply_to: Option<String>,
    /// The subject, as a reader sees it.
    pub subject: String,
    /// The message (RFC 5322).
    pub raw: Vec<u8>,
    /// The plain text part.
    pub text: String,
}

/// A letter could not be written. Repeating it does not help; changing the settings may.
#[derive(Debug, Error)]
pub enum LetterError {
    /// No sender is set.
    #[error("{field} is missing; set it to an address that SES may send as")]
    NoSender {
        /// The setting.
        field: &'static str,
    },
    /// The sender is not usable.
    #[error("{field} is not usable: {source}")]
    Sender {
        /// The setting.
        field: &'static str,
        /// What is wrong.
        source: EmailError,
    },
    /// Nobody to write to.
    #[error("the transcript of conversation {conversation} has no recipient; set escalation.last_resort_email")]
    NoRecipient {
        /// Whose.
        conversation: crate::domain::id::ConversationId,
    },
    /// A recipient is not usable.
    #[error("recipient {number} of the transcript is not usable: {source}; correct the escalation e-mail address")]
    Recipient {
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        source: EmailError,
    },
    /// The transcript could not be written.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The message could not be written.
    #[error("the mail about conversation {conversation} can't be written")]
    Build {
        /// Whose.
        conversation: crate::domain::id::ConversationId,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Even the shortest form is too large.
    #[error("the mail about conversation {conversation} has {bytes} bytes at the least, SES takes {RAW_LIMIT_BYTES}")]
    TooLarge {
        /// Whose.
        conversation: crate::domain::id::ConversationId,
        /// The least size.
        bytes: usize,
    },
}

/// Writes a transcript as mail to `to`.
///
/// # Errors
/// A setting is missing or not usable, or the transcript can't be written; see [`LetterError`].
pub fn compose(
    transcript: &Transcript,
    settings: &WorkspaceSettings,
    brand: Option<&BrandSettings>,
    to: &[String],
) -> Result<Letter, LetterError> {
    compose_within(RAW_LIMIT_BYTES, transcript, settings, brand, to)
}

fn compose_within(
    limit: usize,
    transcript: &Transcript,
    settings: &WorkspaceSettings,
    brand: Option<&BrandSettings>,
    to: &[String],
) -> Result<Letter, LetterError> {
    let from = sender(settings, brand)?;
    let recipients = recipients(transcript, to)?;
    let envelope = Envelope {
        from,
        to: recipients,
        reply_to: transcript.reply_address(),
        subject: subject(transcript, brand.and_then(|brand| brand.escalation.subject.as_deref())),
    };
    let mut least = usize::MAX;
    for (attached, extent) in EXTENTS {
        let letter = envelope.letter(transcript, attached, extent)?;
        if letter.raw.len() <= limit {
            return Ok(letter);
        }
        least = least.min(letter.raw.len());
    }
    Err(LetterError::TooLarge { conversation: transcript.conversation.clone(), bytes: least })
}

fn sender(settings: &WorkspaceSettings, brand: Option<&BrandSettings>) -> Result<Mailbox, LetterError> {
    let brands = brand.and_then(|brand| brand.escalation.sender.as_deref());
    let (field, text) = match (brands, settings.escalation.sender.as_deref()) {
        (Some(text), _) => ("brands[].escalation.sender", text),
        (None, Some(text)) => ("escalation.sender", text),
        (None, None) => return Err(LetterError::NoSender { field: "escalation.sender" }),
    };
    Mailbox::parse(text).map_err(|source| LetterError::Sender { field, source })
}

fn recipients(transcript: &Transcript, to: &[String]) -> Result<Vec<EmailAddress>, LetterError> {
    if to.is_empty() {
        return Err(LetterError::NoRecipient { conversation: transcript.conversation.clone() });
    }
    let parsed = to.iter().enumerate().map(|(index, text)| {
        EmailAddress::parse(text).map_err(|source| LetterError::Recipient { number: index + 1, source })
    });
    parsed.collect()
}

/// The subject: the brand's, else a built-in one.
fn subject(transcript: &Transcript, template: Option<&str>) -> String {
    let brand = header_text(transcript.brand_label(), NAME_LIMIT);
    let visitor = transcript.visitor.name.as_deref().map(|name| header_text(name, NAME_LIMIT));
    let visitor = visitor.filter(|name| !name.is_empty()).unwrap_or_else(|| "Visitor".to_owned());
    let reason = transcript.escalation.as_ref().map(|request| request.code.as_str());
    let reference = transcript.conversation.as_str();
    let filled = if let Some(template) = template.filter(|template| !template.trim().is_empty()) {
        let reason = reason.unwrap_or("no reason");
        let values = [("{brand}", &*brand), ("{visitor}", &*visitor), ("{reason}", reason), ("{reference}", reference)];
        filled(template, &values)
    } else {
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("[{brand}] {}: {visitor}{reason} #{reference}", occasion_title(transcript.occasion))
    };
    header_text(&filled, SUBJECT_LIMIT)
}

/// Fills a template in one pass: what is filled in is not filled again.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (token, value) = values.iter().find(|(token, _)| rest.starts_with(token)).copied().unwrap_or(("{", "{"));
        out.push_str(value);
        rest = &rest[token.len()..];
    }
    out.push_str(rest);
    out
}

/// A text as a header may hold it: without control characters and line separators, clipped.
fn header_text(text: &str, limit: usize) -> String {
    let harmless = |c: &char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}');
    let kept: String = text.chars().filter(harmless).collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    let text = words.join(" ");
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

struct Envelope {
    from: Mailbox,
    to: Vec<EmailAddress>,
    reply_to: Option<EmailAddress>,
    subject: String,
}

impl Envelope {
    fn letter(&self, transcript: &Transcript, attached: Attached, extent: Extent) -> Result<Letter, LetterError> {
        let text = transcript::text(transcript, extent);
        let html = transcript::html(transcript, extent)?;
        let id = format!("{}/{}", transcript.workspace, transcript.conversation);
        let to = self.to.iter().map(|address| Address::new_address(None::<&str>, address.as_str())).collect();
        let mut message = MessageBuilder::new()
            .from(Address::new_address(self.from.name.as_deref(), self.from.address.as_str()))
            .to(Address::new_list(to))
            .subject(self.subject.as_str())
            .date(transcript.made_at.as_second())
            // The same letter has the same id, should it be sent twice. (SES puts its own in its place.)
            .message_id(MessageId::new(format!("{}@{}", self.message_id(transcript), self.from.address.domain())))
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .header("X-Salesiq-Conversation", Raw::new(id))
            .text_body(text.as_str())
            .html_body(html);
        if let Some(address) = &self.reply_to {
            message = message.reply_to(Address::new_address(None::<&str>, address.as_str()));
        }
        for format in attached.formats() {
            let name =
                format!("transcript-{}-{}.{}", transcript.workspace, transcript.conversation, format.extension());
            // As bytes: what is attached arrives as it was made.
            message = message.attachment(format.media_type(), name, transcript::render(transcript, *format)?);
        }
        let raw = message
            .write_to_vec()
            .map_err(|source| LetterError::Build { conversation: transcript.conversation.clone(), source })?;
        Ok(Letter {
            to: self.to.iter().map(|address| address.as_str().to_owned()).collect(),
            from: self.from.address.as_str().to_owned(),
            reply_to: self.reply_to.as_ref().map(|address| address.as_str().to_owned()),
            subject: self.subject.clone(),
            raw,
            text,
        })
    }

    fn message_id(&self, transcript: &Transcript) -> String {
        let of = format!("{}/{}/{}", transcript.workspace, self.subject, transcript.made_at);
        format!("{}.{}", transcript.conversation, Fingerprint::of(&of))
    }
}

impl Attached {
    fn formats(self) -> &'static [Format] {
        match self {
            Self::JsonAndCsv => &[Format::Json, Format::Csv],
            Self::Json => &[Format::Json],
            Self::Nothing => &[],
        }
    }
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
