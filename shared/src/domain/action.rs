//! What is to be done outside: stored with the state, claimed by one, cancelled when stale (ARCHITECTURE.md, "Actions and their promises").

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ask::{FileRef, Person};
pub use super::covers::{Covers, UNANSWERED_BY_ID};
use super::email::EmailAddress;
use super::escalation::MailOccasion;
use super::fingerprint::Fingerprint;
use super::id::{MessageId, OperatorId};
use super::router::Target;

/// Who carries out: one invocation of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holder(pub String);

/// What a function is there for. Each runs the same loop; what only another may do is left to that one, and it is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Think.
    Conversation,
    /// Find a human.
    Escalation,
    /// Mail transcripts.
    Transcript,
}

/// Numbers the actions of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionId(pub u32);

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its number.
    pub id: ActionId,
    /// What to do.
    pub kind: ActionKind,
    /// How far it is.
    pub state: ActionState,
    /// The turn epoch it was decided in. A reply is sent only while it still holds.
    pub epoch: u64,
    /// How often it failed for certain.
    #[serde(default)]
    pub failures: u8,
    /// Its last try may still land: the claim only waits for that.
    #[serde(default)]
    pub unsure: bool,
    /// One of its tries may have landed, whatever later ones came to.
    #[serde(default)]
    pub may_have_landed: bool,
    /// SalesIQ's echo of it was seen; each echo is used once.
    #[serde(default)]
    pub echoed: bool,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ActionKind {
    /// Become the attender. Effectively once.
    Pickup,
    /// The AI's reply. At most once.
    Reply {
        /// The text; dropped once it is settled.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// Recognises its echo.
        print: Fingerprint,
        /// The visitor's lines that it answers; unanswered again when it is cancelled.
        covers: Covers,
        /// Visitor lines after `epoch` no longer hold it back.
        overrides_visitor: bool,
        /// What the AI asked instead of answering.
        clarifies: bool,
    },
    /// A text of ours that is not an answer. At least once.
    Notice {
        /// The text; dropped once it is settled.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// Recognises its echo.
        print: Fingerprint,
    },
    /// What a person writes in the console, or a file that they send. At most once.
    Line {
        /// The text, or what is said with the file; dropped once it is settled.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// The file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<FileRef>,
        /// Recognises its echo.
        print: Fingerprint,
        /// Who writes.
        by: Person,
        /// What the visitor wrote up to then is answered by it.
        answers_up_to: Timestamp,
    },
    /// Put a note for the team on the chat. At least once; one that fails goes with the transfer.
    Note {
        /// The text; dropped once it is settled.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// Put a note of a person for the team on the chat. At least once.
    TeamNote {
        /// The text, with the person's name; dropped once it is settled.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// Ring a department, or one operator of it. Effectively once.
    Transfer {
        /// Who.
        target: Target,
        /// What they read while it rings; dropped once it is settled.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        /// Whose ring may still go on, and is taken back first.
        take_back: Option<Target>,
    },
    /// Stop a ring: the visitor needs no human any more. Effectively once.
    TakeBack {
        /// Who is rung.
        target: Target,
    },
    /// Count the chat no more as one that an operator is being rung for. At least once.
    Release {
        /// Who.
        operator: OperatorId,
    },
    /// Mail the transcript. At least once.
    Mail {
        /// Why.
        occasion: MailOccasion,
    },
    /// Mail the transcript to whom a person named. At least once; nothing waits for it.
    MailCopy {
        /// To whom; dropped once it is settled.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<EmailAddress>,
    },
    /// Look in SalesIQ's list for lines that no webhook told of: the chat was ended by somebody else. At least once.
    LookBack {
        /// A reply that may have been on its way then: until that is known, what it answers is not answered anew.
        after: Option<ActionId>,
    },
    /// Put tags on the chat. Effectively once: what is on it already stays.
    Tag {
        /// By the names that the settings give.
        tags: Vec<String>,
    },
    /// Close the chat. Effectively once.
    Close,
}

impl ActionKind {
    /// It says something to the visitor.
    #[must_use]
    pub fn speaks(&self) -> bool {
        matches!(self, Self::Reply { .. } | Self::Notice { .. } | Self::Line { .. })
    }

    /// A person says it.
    #[must_use]
    pub fn is_persons_line(&self) -> bool {
        matches!(self, Self::Line { .. })
    }

    /// The person who says it; none: the AI does.
    #[must_use]
    pub fn speaker(&self) -> Option<&Person> {
        match self {
            Self::Line { by, .. } => Some(by),
            _ => None,
        }
    }

    /// Recognises it where it must not be said twice; none: it is no such line.
    #[must_use]
    pub fn print_of_line(&self) -> Option<&Fingerprint> {
        match self {
            Self::Reply { print, .. } | Self::Line { print, .. } => Some(print),
            _ => None,
        }
    }

    /// It is a reply, or a part of one.
    #[must_use]
    pub fn is_reply(&self) -> bool {
        matches!(self, Self::Reply { .. })
    }

    /// It outlives the chat.
    #[must_use]
    pub fn outlives_the_chat(&self) -> bool {
        matches!(
            self,
            Self::Mail { .. }
                | Self::MailCopy { .. }
                | Self::TeamNote { .. }
                | Self::Release { .. }
                | Self::LookBack { .. }
        )
    }

    /// Which function carries it out; none: whichever holds the conversation.
    #[must_use]
    pub fn duty(&self) -> Option<Duty> {
        match self {
            Self::Note { .. } | Self::Transfer { .. } | Self::TakeBack { .. } => Some(Duty::Escalation),
            Self::Mail { .. } | Self::MailCopy { .. } => Some(Duty::Transcript),
            Self::Pickup
            | Self::Line { .. }
            | Self::TeamNote { .. }
            | Self::Reply { .. }
            | Self::Notice { .. }
            | Self::Release { .. }
            | Self::LookBack { .. }
            | Self::Tag { .. }
            | Self::Close => None,
        }
    }

    /// The name in logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pickup => "pickup",
            Self::Reply { .. } => "reply",
            Self::Notice { .. } => "notice",
            Self::Line { .. } => "line",
            Self::Note { .. } => "note",
            Self::TeamNote { .. } => "team_note",
            Self::Transfer { .. } => "transfer",
            Self::TakeBack { .. } => "take_back",
            Self::Release { .. } => "release",
            Self::Mail { .. } => "mail",
            Self::MailCopy { .. } => "mail_copy",
            Self::LookBack { .. } => "look_back",
            Self::Tag { .. } => "tag",
            Self::Close => "close",
        }
    }

    fn print(&self) -> Option<&Fingerprint> {
        match self {
            Self::Reply { print, .. } | Self::Notice { print, .. } | Self::Line { print, .. } => Some(print),
            _ => None,
        }
    }
}

/// How far an action is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ActionState {
    /// Nobody has tried it, or each try failed for certain.
    Waiting {
        /// Not to be tried before.
        not_before: Timestamp,
    },
    /// Somebody is at it, or was and may have done it.
    Claimed {
        /// Who.
        by: Holder,
        /// Since when.
        since: Timestamp,
        /// After that another may take it over.
        until: Timestamp,
    },
    /// Done.
    Done {
        /// When.
        at: Timestamp,
        /// SalesIQ's id of the message that it made.
        message: Option<MessageId>,
    },
    /// Not to be done any more.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// Whether it was done can't be told.
    Uncertain {
        /// Since when.
        at: Timestamp,
    },
}

impl Action {
    /// It is neither done nor given up.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, ActionState::Waiting { .. } | ActionState::Claimed { .. })
    }

    /// It may have been carried out, whatever we know.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        self.may_have_landed || !matches!(self.state, ActionState::Waiting { .. })
    }

    /// Whether a line under our operator's id is this action's echo, by SalesIQ's id or by text.
    #[must_use]
    pub fn is_echo(&self, message: &MessageId, print: &Fingerprint) -> bool {
        // A notice is said at least once, perhaps twice; and each time it echoes.
        let used = self.echoed && !matches!(self.kind, ActionKind::Notice { .. });
        if used || !self.may_have_happened() {
            return false;
        }
        let same_id = matches!(&self.state, ActionState::Done { message: Some(id), .. } if id == message);
        same_id || self.kind.print() == Some(print)
    }

    /// The lines that it answers.
    #[must_use]
    pub fn answers(&self) -> Covers {
        match &self.kind {
            ActionKind::Reply { covers, .. } => covers.clone(),
            _ => Covers::default(),
        }
    }

    /// Drops what only an open action needs.
    pub fn settle(&mut self, state: ActionState) {
        // What it answered stands in the log by then; a cancelled one may yet turn out to have been said.
        if let (ActionKind::Reply { covers, .. }, ActionState::Done { .. }) = (&mut self.kind, &state) {
            *covers = Covers::default();
        }
        self.state = state;
        if let ActionKind::Reply { text, .. }
        | ActionKind::Notice { text, .. }
        | ActionKind::Line { text, .. }
        | ActionKind::Note { text }
        | ActionKind::TeamNote { text }
        | ActionKind::Transfer { note: text, .. } = &mut self.kind
        {
            text.clear();
        }
        match &mut self.kind {
            ActionKind::Line { file, .. } => *file = None,
            ActionKind::MailCopy { to } => to.clear(),
            _ => {}
        }
    }
}
