//! The transcript of a conversation: what was said and by whom, and what was done to find a human.
//!
//! [`assemble`](assemble()) makes it of SalesIQ's rows, completed by our log; [`render`] writes it in one of five formats.
//! Texts are kept as they were written; making them harmless is each format's own work.

mod assemble;
mod csv;
mod html;
mod pairing;
mod pdf;
mod sheet;
#[cfg(test)]
pub(crate) mod specimen;
mod text;
pub mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::country::Country;
use crate::domain::email::EmailAddress;
use crate::domain::escalation::{Attempt, MailOccasion};
use crate::domain::id::{BrandId, ConversationId, OperatorId, PlayerId, WorkspaceId};
use crate::domain::player::{How, Level, Refused};
use crate::domain::router::Decision;

pub use assemble::{Sources, assemble};
pub use words::occasion_title;

/// The transcript's own words are English.
const LANGUAGE: &str = "en";

/// The transcript of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Why it was made; none when somebody asked for it.
    pub occasion: Option<MailOccasion>,
    /// When it was made.
    pub made_at: Timestamp,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The brand, if it is known.
    pub brand: Option<Brand>,
    /// The visitor, as SalesIQ or the page told: anybody can have written it.
    pub visitor: VisitorDetails,
    /// Who it is, and how sure we are.
    pub player: PlayerDetails,
    /// The page that the chat was started on.
    pub page_url: Option<String>,
    /// Where the visitor is.
    pub country: Option<Country>,
    /// In which times are shown: IANA.
    pub time_zone: String,
    /// When the chat was opened.
    pub opened_at: Option<Timestamp>,
    /// When it ended; none while it is open.
    pub ended_at: Option<Timestamp>,
    /// Why a human was looked for, and what came of it.
    pub escalation: Option<Request>,
    /// Every routing decision, oldest first.
    pub decisions: Vec<Decision>,
    /// Names of operators, as far as they are known.
    pub operators: BTreeMap<OperatorId, String>,
    /// SalesIQ told its own lines; else all are from our log.
    pub told_by_salesiq: bool,
    /// What was said, oldest first.
    pub lines: Vec<TranscriptLine>,
}

/// A brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// SalesIQ's id.
    pub id: BrandId,
    /// Its name, if the settings list it.
    pub name: Option<String>,
}

/// What is known of the visitor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorDetails {
    /// Display name.
    pub name: Option<String>,
    /// E-mail address, as it was told.
    pub email: Option<String>,
    /// Phone number, as it was told.
    pub phone: Option<String>,
}

/// What is known of the player, without what only the team's note shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerDetails {
    /// How sure we are.
    pub level: Level,
    /// Who; proven only at [`Level::Verified`].
    pub id: Option<PlayerId>,
    /// How we know.
    pub how: Option<How>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// An important customer.
    pub vip: bool,
    /// What the company's systems told; of whom, is not proven.
    pub told: BTreeMap<String, String>,
    /// Why proofs were refused, the newest last.
    pub refusals: Vec<Refused>,
}

/// Why a human was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The reason's code.
    pub code: String,
    /// The reason as a sentence.
    pub sentence: String,
    /// What the visitor wants.
    pub summary: String,
    /// Since when.
    pub since: Timestamp,
    /// Who was rung and did not take it, oldest first.
    pub attempts: Vec<Attempt>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptLine {
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: AuthorKind,
    /// The writer's name, if it is known.
    pub name: Option<String>,
    /// The text, or what was written with a file; empty if it was deleted.
    pub text: String,
    /// The file's name, for a file.
    pub file: Option<String>,
    /// It was edited; `text` is what it says now.
    pub edited: bool,
    /// It was deleted.
    pub deleted: bool,
    /// Where it was found.
    pub from: Origin,
}

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// The visitor.
    Visitor,
    /// The AI operator.
    Ai,
    /// A human operator.
    Human,
    /// A Zobot.
    Zobot,
    /// SalesIQ did not tell, and we never heard of the line.
    Unknown,
    /// Nobody said it: it is what a person did in the console.
    Console,
}

/// Where a line was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// In SalesIQ's list.
    Salesiq,
    /// In our log alone.
    Ours,
}

/// The form of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One page without scripts or remote content, as mail clients show it.
    Html,
    /// Plain text, UTF-8.
    Text,
    /// A4 pages with an embedded font.
    Pdf,
    /// The model as it is.
    Json,
    /// The lines, one a row.
    Csv,
}

impl Format {
    /// The ending of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Text => "txt",
            Self::Pdf => "pdf",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html",
            Self::Text => "text/plain",
            Self::Pdf => "application/pdf",
            Self::Json => "application/json",
            Self::Csv => "text/csv",
        }
    }
}

/// A transcript could not be written. Repeating it does not help.
#[derive(Debug, Error)]
pub enum RenderError {
    /// The HTML template failed.
    #[error("the transcript of conversation {conversation} can't be written as HTML")]
    Html {
        /// Whose.
        conversation: ConversationId,
        /// Why not.
        #[source]
        source: askama::Error,
    },
    /// The JSON writer failed.
    #[error("the transcript of conversation {conversation} can't be written as JSON")]
    Json {
        /// Whose.
        conversation: ConversationId,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// The CSV writer failed.
    #[error("the transcript of conversation {conversation} can't be written as CSV")]
    Csv {
        /// Whose.
        conversation: ConversationId,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The PDF writer failed.
    #[error("the transcript of conversation {conversation} can't be written as PDF: {reason}")]
    Pdf {
        /// Whose.
        conversation: ConversationId,
        /// Why not.
        reason: String,
    },
}

/// How much of a transcript is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// At most so many lines, the newest.
    pub(crate) lines: usize,
    /// At most so many bytes of each.
    pub(crate) line_bytes: usize,
    /// The whole stands in a file beside it.
    pub(crate) json_beside: bool,
}

impl Extent {
    /// All of it.
    pub(crate) const WHOLE: Self = Self { lines: usize::MAX, line_bytes: usize::MAX, json_beside: false };
}

/// Writes a transcript.
///
/// # Errors
/// See [`RenderError`].
pub fn render(transcript: &Transcript, format: Format) -> Result<Vec<u8>, RenderError> {
    let conversation = || transcript.conversation.clone();
    match format {
        Format::Html => html(transcript, Extent::WHOLE).map(String::into_bytes),
        Format::Text => Ok(text(transcript, Extent::WHOLE).into_bytes()),
        Format::Pdf => pdf::write(&sheet::Sheet::of(transcript, Extent::WHOLE))
            .map_err(|reason| RenderError::Pdf { conversation: conversation(), reason }),
        Format::Json => serde_json::to_vec_pretty(transcript)
            .map_err(|source| RenderError::Json { conversation: conversation(), source }),
        Format::Csv => {
            csv::write(transcript).map_err(|source| RenderError::Csv { conversation: conversation(), source })
        }
    }
}

/// The HTML page.
pub(crate) fn html(transcript: &Transcript, extent: Extent) -> Result<String, RenderError> {
    html::write(&sheet::Sheet::of(transcript, extent))
        .map_err(|source| RenderError::Html { conversation: transcript.conversation.clone(), source })
}

/// The plain text.
pub(crate) fn text(transcript: &Transcript, extent: Extent) -> String {
    text::write(&sheet::Sheet::of(transcript, extent))
}

impl Transcript {
    /// The visitor's address, if it is one that can be written to.
    #[must_use]
    pub fn reply_address(&self) -> Option<EmailAddress> {
        self.visitor.email.as_deref().and_then(|email| EmailAddress::parse(email).ok())
    }

    /// The brand's name, else its id, else the workspace.
    #[must_use]
    pub fn brand_label(&self) -> &str {
        match &self.brand {
            Some(brand) => brand.name.as_deref().unwrap_or(brand.id.as_str()),
            None => self.workspace.as_str(),
        }
    }

    /// The zone of `time_zone`; UTC if there is none of that name.
    pub(crate) fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
