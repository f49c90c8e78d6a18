//! A line of a conversation, and the people who can write one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::card::masked;
use super::custom_info::CustomInfo;
use super::fingerprint::Fingerprint;
use super::id::{MessageId, OperatorId, VisitorId};

/// The longest text kept of one message, in bytes: SalesIQ keeps the whole, an item of the table has 400 KB.
pub const TEXT_LIMIT_BYTES: usize = 48 * 1024;

/// Who wrote a line, as SalesIQ tells it (api.md §5.6). Whether an operator's line is ours is decided later
/// ([`Author`]), since the AI writes under an ordinary operator's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Sender {
    /// The visitor; their id in a chat starts with `$`.
    Visitor {
        /// Display name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// An operator, human or ours.
    Operator {
        /// The operator's id.
        id: OperatorId,
        /// Display name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A Zobot.
    Bot {
        /// Display name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// SalesIQ named nobody that we know how to read.
    Unknown,
}

/// Whose line it is, once it has been told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The visitor.
    Visitor,
    /// The AI operator: the line matches an action of ours.
    Ours,
    /// A Zobot.
    Zobot,
    /// A human operator, under an own account or under ours.
    Human,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Text, possibly empty.
    Text {
        /// The text as SalesIQ sent it, card numbers masked, clipped at [`TEXT_LIMIT_BYTES`].
        text: String,
    },
    /// A file, possibly with a comment.
    File {
        /// The file's name.
        name: String,
        /// MIME type, when known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime: Option<String>,
        /// Where SalesIQ serves it; may be relative to SalesIQ's host (api.md §2.5).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// SalesIQ's id of the attachment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attachment_id: Option<String>,
        /// The text written with it, kept like a text ([`kept`]).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
}

impl Content {
    /// Text content, card numbers masked, clipped at [`TEXT_LIMIT_BYTES`] on a character's edge.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text { text: kept(text) }
    }

    /// What an echo of it is recognised by: the text, or a file's name.
    #[must_use]
    pub fn print(&self) -> Fingerprint {
        match self {
            Self::Text { text } => Fingerprint::of(text),
            Self::File { name, .. } => Fingerprint::of(&format!("file {name}")),
        }
    }

    /// What can be read of it: the text, or a file's comment.
    #[must_use]
    pub fn readable(&self) -> &str {
        match self {
            Self::Text { text } => text,
            Self::File { comment, .. } => comment.as_deref().unwrap_or_default(),
        }
    }
}

/// What is kept of a text that somebody wrote: card numbers masked, clipped at [`TEXT_LIMIT_BYTES`].
#[must_use]
pub fn kept(text: &str) -> String {
    clip(&masked(text), TEXT_LIMIT_BYTES).to_owned()
}

/// The longest head of `text` that has at most `limit` bytes and ends on a character's edge.
#[must_use]
pub fn clip(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// One line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// SalesIQ's `msgid`, else a hash of the message.
    pub id: MessageId,
    /// When it was written, as well as can be told.
    pub time: Timestamp,
    /// Who wrote it.
    pub sender: Sender,
    /// What it says.
    pub content: Content,
}

/// Who writes in the widget, as far as SalesIQ or the page told. All of it can be forged by the page's visitor (api.md §8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// SalesIQ's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<VisitorId>,
    /// Display name, such as `Visitor 51234` for an anonymous one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail address (`email_id` in webhooks, `email` in REST).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Two-letter country code, from the IP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The page the chat was started on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_url: Option<String>,
    /// What the page told besides (`customer_info` in webhooks, api.md §5.6).
    #[serde(default, skip_serializing_if = "CustomInfo::is_empty")]
    pub custom: CustomInfo,
}
