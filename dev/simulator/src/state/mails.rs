//! The mails that SES took, whole: the emulator behind the gate keeps neither their bytes nor their envelopes.

use serde::Serialize;
use std::collections::VecDeque;

/// A mail that SES took.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mail {
    pub(crate) seq: u64,
    pub(crate) at_ms: i64,
    /// SES's id of it.
    pub(crate) message_id: String,
    /// The sender of the envelope.
    pub(crate) from: String,
    /// The recipients of the envelope.
    pub(crate) to: Vec<String>,
    /// The message as it was sent (RFC 5322), in base64.
    pub(crate) raw_base64: String,
}

/// How many mails are kept.
const KEPT: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Mails {
    next_seq: u64,
    kept: VecDeque<Mail>,
}

impl Mails {
    /// Keeps a mail under the next number.
    pub(crate) fn keep(&mut self, mut mail: Mail) {
        self.next_seq += 1;
        mail.seq = self.next_seq;
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(mail);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mail> {
        self.kept.iter()
    }
}
