//! Compares what SalesIQ shows of a chat with what we know of it, since webhooks get lost (ARCHITECTURE.md, "The sentinel").
//!
//! Nothing here closes a chat because a list lacks it: an operator sees its own departments only. Only what was read of the
//! chat itself ([`Source::Itself`]) ends or reopens it.

mod known;
mod lines;
mod tried;

use jiff::{SignedDuration, Timestamp};

use super::event::{OperatorRef, ReadStatus};
use super::id::{BrandId, OperatorId};
use super::phase::SECOND_WORD;
use super::same_line::SAME_LINE_WITHIN;
use super::settings::WorkspaceSettings;

pub use known::{Known, Open};
pub use lines::{HISTORY, KnownLine, ListedLine, MissingLine, known_lines, missing_lines};
pub use tried::Tried;

/// How long a chat must have been quiet before its messages are compared: what was written just now is still on its way.
/// Less than a minute: what one run sets going is compared in the next.
pub const QUIET: SignedDuration = SignedDuration::from_secs(30);

/// How long after the visitor's line its webhook is waited for.
pub const DELIVERY: SignedDuration = SignedDuration::from_secs(10);

/// A chat as SalesIQ has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// How it stands.
    pub status: ReadStatus,
    /// The brand.
    pub brand: Option<BrandId>,
    /// Who attends.
    pub attender: Option<OperatorRef>,
    /// When anything in it last changed.
    pub changed_at: Option<Timestamp>,
    /// When its last line was written, if that is the visitor's.
    pub visitor_wrote_at: Option<Timestamp>,
}

/// Where a chat was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In a list, which may lag behind.
    List,
    /// It was read by itself.
    Itself,
}

/// Why messages are to be compared; the more pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compare {
    /// The last line is the visitor's, and we have not heard of it.
    Unheard,
    /// Something changed since, and the chat is quiet now.
    Quiet,
}

/// What is to be done about a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// We never heard of it: what was read opens it here.
    Open,
    /// It may have been reopened: it has to be read by itself.
    Look,
    /// It is open here and there.
    Follow {
        /// What was read tells something new.
        record: bool,
        /// Its messages are to be compared.
        compare: Option<Compare>,
    },
    /// It was reopened.
    Reopen {
        /// When it had ended here.
        ended_at: Timestamp,
    },
    /// It is over: what was read closes it here, after its messages were compared if they are ours to answer.
    End {
        /// They are.
        compare: bool,
    },
}

impl Chat {
    /// Whether we care for it: its brand is in the settings or not told, or our operator attends it.
    #[must_use]
    pub fn concerns(&self, settings: &WorkspaceSettings) -> bool {
        let ours = self.attender.as_ref().is_some_and(|attender| attender.id == settings.bot_operator);
        ours || self.brand.as_ref().is_none_or(|brand| settings.brand(brand).is_some())
    }

    /// It waits, or somebody attends it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status, ReadStatus::Waiting | ReadStatus::Connected)
    }

    fn is_over(&self) -> bool {
        matches!(self.status, ReadStatus::Closed | ReadStatus::Missed)
    }
}

/// What to do about a chat. `compared` is how it stood when its messages were last compared.
#[must_use]
pub fn decide(
    known: &Known,
    chat: &Chat,
    source: Source,
    compared: Option<Timestamp>,
    us: &OperatorId,
    now: Timestamp,
) -> Step {
    match (known, source) {
        (Known::Nothing, _) if chat.is_open() || chat.status == ReadStatus::Missed => Step::Open,
        // It was reopened and missed, and we heard of neither.
        (Known::Closed { ended_at }, _)
            if chat.status == ReadStatus::Missed && chat.changed_at.is_some_and(|at| at > *ended_at + SECOND_WORD) =>
        {
            Step::Open
        }
        (Known::Open(open), _) if chat.is_open() => Step::Follow {
            record: open.phase != "observed" && tells_another_attender(open, chat),
            compare: compare(open, chat, compared, us, now),
        },
        (Known::Open(open), Source::Itself) if chat.is_over() => Step::End { compare: open.is_ours_to_answer(us) },
        (Known::Closed { ended_at }, _) if chat.is_open() && chat.changed_at.is_some_and(|at| at > *ended_at) => {
            match source {
                Source::List => Step::Look,
                Source::Itself => Step::Reopen { ended_at: *ended_at },
            }
        }
        _ => Step::Nothing,
    }
}

/// Only of a connected chat: a waiting one may name who had it before.
fn tells_another_attender(open: &Open, chat: &Chat) -> bool {
    let told = chat.attender.as_ref().map(|attender| &attender.id);
    chat.status == ReadStatus::Connected && told.is_some() && told != open.attender.as_ref()
}

fn compare(open: &Open, chat: &Chat, compared: Option<Timestamp>, us: &OperatorId, now: Timestamp) -> Option<Compare> {
    let changed_at = chat.changed_at?;
    if !open.is_ours_to_answer(us) || compared.is_some_and(|compared| compared >= changed_at) {
        return None;
    }
    let heard = open.heard_at();
    let unheard = chat.visitor_wrote_at.is_some_and(|wrote_at| {
        heard.is_none_or(|heard| wrote_at.duration_since(heard) > SAME_LINE_WITHIN)
            && now.duration_since(wrote_at) >= DELIVERY
    });
    if unheard {
        return Some(Compare::Unheard);
    }
    (now.duration_since(changed_at) >= QUIET).then_some(Compare::Quiet)
}

#[cfg(test)]
mod tests;
