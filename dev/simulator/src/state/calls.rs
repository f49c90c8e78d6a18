//! The log of calls received, so that a test can count what a client really did; and the throttle that counts them too.

use crate::faults::ErrorCode;
use serde::Serialize;
use std::collections::VecDeque;

/// One call of the REST, visitor or OAuth API, or of SES.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Call {
    pub(crate) seq: u64,
    pub(crate) at_ms: i64,
    /// `rest`, `visitor`, `oauth` or `ses`.
    pub(crate) api: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    /// `None`: the caller got no answer (a fault).
    pub(crate) status: Option<u16>,
    pub(crate) error_code: Option<ErrorCode>,
    /// The operator's id, or `org`.
    pub(crate) principal: Option<String>,
    pub(crate) conversation: Option<String>,
    /// SES: where the mail goes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) to: Vec<String>,
    /// Whether the call took effect, whatever the caller was told.
    pub(crate) performed: bool,
    /// What a fault did to it.
    pub(crate) fault: Option<String>,
}

/// How many calls the log keeps.
const LOG_LENGTH: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct Calls {
    next_seq: u64,
    log: VecDeque<Call>,
    recent: VecDeque<i64>,
    locked_until: i64,
}

impl Calls {
    pub(crate) fn record(&mut self, mut call: Call) {
        self.next_seq += 1;
        call.seq = self.next_seq;
        if self.log.len() == LOG_LENGTH {
            self.log.pop_front();
        }
        self.log.push_back(call);
    }

    pub(crate) fn log(&self) -> impl Iterator<Item = &Call> {
        self.log.iter()
    }

    pub(crate) fn lock_until(&mut self, until: i64) {
        self.locked_until = self.locked_until.max(until);
    }

    pub(crate) fn is_locked(&self, now: i64) -> bool {
        now < self.locked_until
    }

    /// Counts a call; `true` when it is one too many for the window.
    pub(crate) fn is_too_many(&mut self, now: i64, calls: usize, window_ms: i64) -> bool {
        while self.recent.front().is_some_and(|at| *at <= now - window_ms) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.recent.len() > calls
    }
}
