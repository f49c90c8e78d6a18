//! A conversation as SalesIQ keeps it.

use std::collections::BTreeSet;

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Waiting,
    Connected,
    Missed,
    Closed,
}

impl Status {
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Connected)
    }
}

/// Who wrote a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    Visitor,
    Operator(String),
    Info,
}

/// A line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// 13 digits: when it was written, and its id.
    pub(crate) id: i64,
    pub(crate) who: Who,
    pub(crate) text: String,
    pub(crate) thread: u32,
    pub(crate) deleted: bool,
}

/// A transfer that rings, or rang.
#[derive(Debug, Clone)]
pub(crate) struct Ring {
    pub(crate) number: u64,
    pub(crate) from: String,
    pub(crate) department: usize,
    pub(crate) operator: Option<String>,
    /// With whom it rings.
    pub(crate) rang: Vec<String>,
    pub(crate) over_for: BTreeSet<String>,
}

/// A time in which somebody attended.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) who: String,
    pub(crate) from: i64,
    pub(crate) to: Option<i64>,
}

/// A conversation.
#[derive(Debug, Clone)]
pub(crate) struct Chat {
    pub(crate) number: usize,
    pub(crate) brand: usize,
    pub(crate) department: usize,
    pub(crate) question: String,
    pub(crate) email: Option<String>,
    pub(crate) status: Status,
    pub(crate) attender: Option<String>,
    pub(crate) participants: Vec<String>,
    pub(crate) ring: Option<Ring>,
    /// Rings of this thread that are over.
    pub(crate) past: Vec<Ring>,
    pub(crate) lines: Vec<Line>,
    pub(crate) notes: Vec<String>,
    pub(crate) thread: u32,
    pub(crate) thread_from: i64,
    pub(crate) started: i64,
    pub(crate) attended: Option<i64>,
    pub(crate) ended: Option<i64>,
    pub(crate) missed: Option<i64>,
    pub(crate) ended_by: Option<&'static str>,
    pub(crate) modified: i64,
    /// Who attended when, over all threads.
    pub(crate) spans: Vec<Span>,
    /// When each thread ended, so far.
    pub(crate) ends: Vec<i64>,
    /// Transfers that SalesIQ took from us.
    pub(crate) rung_by_us: u32,
}

impl Chat {
    /// A time after all that happened before: SalesIQ's clock never stands still.
    pub(crate) fn stamp(&mut self, now: i64) -> i64 {
        self.modified = now.max(self.modified + 1);
        self.modified
    }

    pub(crate) fn includes(&self, operator: &str) -> bool {
        self.participants.iter().any(|one| one == operator)
    }

    /// A human attended it at that time or later.
    pub(crate) fn had_a_human_from(&self, time: i64, us: &str) -> bool {
        self.spans.iter().any(|span| span.who != us && span.to.is_none_or(|to| to >= time))
    }

    /// When a thread ended, if it did.
    pub(crate) fn end_of(&self, thread: u32) -> Option<i64> {
        self.ends.get(usize::try_from(thread).ok()?.checked_sub(1)?).copied()
    }

    /// We became the attender after that, and not later than at the end.
    pub(crate) fn came_to_us_within(&self, from: i64, to: i64, us: &str) -> bool {
        self.spans.iter().any(|span| span.who == us && span.from > from && span.from <= to)
    }
}
