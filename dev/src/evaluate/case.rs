//! A conversation, and what an AI should make of it.

use serde::Deserialize;
use shared::domain::id::{ArticleId, BrandId};

/// A case of a set. How it is written is told in [`super::set`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    /// Its name.
    pub(super) id: String,
    /// Which brand is talked to, when it is not the settings' first automated one.
    pub(super) brand: Option<BrandId>,
    /// The visitor's language: BCP 47.
    pub(super) language: String,
    /// The lines, oldest first; the last is the visitor's.
    pub(super) messages: Vec<Message>,
    /// What is right.
    pub(super) expect: Expect,
}

impl Case {
    /// How many of the last lines wait for an answer: those of the visitor that nobody wrote after.
    pub(super) fn unanswered(&self) -> usize {
        self.messages.iter().rev().take_while(|message| message.from == Writer::Visitor).count()
    }

    /// The lines that wait for an answer, as one text.
    pub(super) fn question(&self) -> String {
        let first = self.messages.len().saturating_sub(self.unanswered());
        let lines: Vec<&str> = self.messages.iter().skip(first).map(|message| message.text.as_str()).collect();
        lines.join(" / ")
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    /// Whose it is.
    pub(super) from: Writer,
    /// What it says.
    pub(super) text: String,
    /// The operator asked the visitor to say more instead of answering.
    #[serde(default)]
    pub(super) clarifies: bool,
}

/// Whose a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Writer {
    /// The visitor.
    Visitor,
    /// The AI, under its operator.
    Operator,
}

/// What is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expect {
    /// An answer that rests on one of these articles. Never empty.
    Answer(Vec<ArticleId>),
    /// A human, for one of these reasons; counted under the first. Never empty.
    Escalate(Vec<String>),
    /// Being asked to say more.
    Clarify,
    /// Being replied to without knowledge: a greeting, thanks, or whether we are a machine.
    Reply,
}

impl Expect {
    /// The reason that it is counted under, if a human is needed.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Escalate(codes) => codes.first().map(String::as_str),
            Self::Answer(_) | Self::Clarify | Self::Reply => None,
        }
    }

    /// Its kind, as it stands in the set.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answer",
            Self::Escalate(_) => "escalate",
            Self::Clarify => "clarify",
            Self::Reply => "reply",
        }
    }

    /// In words, for people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Answer(articles) => {
                let articles: Vec<&str> = articles.iter().map(ArticleId::as_str).collect();
                format!("answer from {}", articles.join(" or "))
            }
            Self::Escalate(codes) => format!("escalate {}", codes.join(" or ")),
            Self::Clarify => "clarify".to_owned(),
            Self::Reply => "reply".to_owned(),
        }
    }
}
