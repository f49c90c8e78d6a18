//! What a person asks for in the console. It lies in the conversation's inbox like any event: it is not lost, it has its
//! place among what SalesIQ tells, and the functions decide whether it can be done on the state that they commit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::card::masked;
use super::email::EmailAddress;
use super::event::{DedupKey, Event, EventKind, InboxEvent, Told};
use super::fingerprint::hex;
use super::id::{ConversationId, OperatorId};
use super::message::clip;
use super::router::Target;
use super::tool::IdempotencyKey;

/// Who asks: somebody who is signed in to the console.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Under which e-mail address they sign in.
    pub email: EmailAddress,
    /// Their name, as colleagues know them.
    pub name: String,
    /// The operator of SalesIQ that they are, if there is one with their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<OperatorId>,
}

/// How much of a person's name is kept, in bytes.
const NAME_KEPT_BYTES: usize = 60;

impl Person {
    /// With no more of the name than there is room for.
    #[must_use]
    pub fn clipped(&self) -> Self {
        Self { name: clip(self.name.trim(), NAME_KEPT_BYTES).trim_end().to_owned(), ..self.clone() }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Ask {
    /// To have the chat: the AI keeps out, and what the person writes goes to the visitor under the AI's operator, since
    /// SalesIQ takes lines only from the operator whose token it is (api.md §2.6).
    PickUp,
    /// To say something to the visitor.
    Say {
        /// The text.
        text: String,
    },
    /// To send a file to the visitor.
    SendFile {
        /// Where its bytes lie ([`crate::attachments`]).
        file: FileRef,
        /// What is said with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// To give the chat to a department or an operator of it, whoever has it that we may take it from: the AI, a search
    /// for a human, or the person.
    Reassign {
        /// To whom.
        target: Target,
        /// What they read while it rings.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// To end the chat.
    End {
        /// With the brand's countdown; else with a last word, and at once.
        countdown: bool,
    },
    /// To put tags on the chat.
    Tag {
        /// By the names that SalesIQ has.
        tags: Vec<String>,
    },
    /// To put a note for the team on the chat.
    Note {
        /// The text.
        text: String,
    },
    /// To give the chat back to the AI.
    HandBack,
    /// To mail the transcript.
    MailTranscript {
        /// To whom.
        to: Vec<EmailAddress>,
    },
    /// To decide about a call that waits for approval.
    Decide {
        /// Which call.
        call: IdempotencyKey,
        /// It is to be made; else it is not.
        approve: bool,
    },
}

impl Ask {
    /// The name in logs and in the audit trail.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PickUp => "pick_up",
            Self::Say { .. } => "say",
            Self::SendFile { .. } => "send_file",
            Self::Reassign { .. } => "reassign",
            Self::End { .. } => "end",
            Self::Tag { .. } => "tag",
            Self::Note { .. } => "note",
            Self::HandBack => "hand_back",
            Self::MailTranscript { .. } => "mail_transcript",
            Self::Decide { approve: true, .. } => "approve",
            Self::Decide { approve: false, .. } => "deny",
        }
    }

    /// With card numbers masked: no inbox, state or log has a whole one.
    #[must_use]
    fn masked(self) -> Self {
        match self {
            Self::Say { text } => Self::Say { text: masked(&text).into_owned() },
            Self::SendFile { file, comment } => {
                Self::SendFile { file, comment: comment.map(|comment| masked(&comment).into_owned()) }
            }
            Self::Reassign { target, note } => Self::Reassign { target, note: masked(&note).into_owned() },
            Self::Note { text } => Self::Note { text: masked(&text).into_owned() },
            other => other,
        }
    }
}

/// A file that a person wants to send: its bytes lie apart, since an event is small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Where its bytes lie.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its MIME type.
    pub mime: String,
    /// Its size, in bytes.
    pub size: u64,
}

/// The request as it is put into the conversation's inbox. `request` names it: the same one twice is one.
#[must_use]
pub fn asked(conversation: &ConversationId, by: Person, ask: Ask, request: &str, now: Timestamp) -> InboxEvent {
    let parts = format!("asked|{conversation}|{request}");
    let hash = ring::digest::digest(&ring::digest::SHA256, parts.as_bytes());
    InboxEvent {
        dedup: DedupKey::from_hex(hex(&hash.as_ref()[..16])),
        order: now,
        received_at: now,
        event: Event {
            conversation: conversation.clone(),
            time: Some(now),
            kind: EventKind::Asked { by, ask: ask.masked() },
            told: Told::default(),
        },
        raw: None,
    }
}
