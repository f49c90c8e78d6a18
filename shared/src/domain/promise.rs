//! What a reply claims to have happened, and what has.

use serde::{Deserialize, Serialize};

/// Something that a reply may say only when it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// "You are being transferred." Never so while the AI still has the chat.
    HandedOver,
    /// "The money was refunded."
    Refunded,
    /// "I have sent you an e-mail."
    Mailed,
    /// "I'll get back to you." Never so: nothing wakes the AI by itself.
    WillReturn,
    /// "Your account is closed", "your limit is set", "the bonus is credited".
    AccountChanged,
}

impl Claim {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::HandedOver, Self::Refunded, Self::Mailed, Self::WillReturn, Self::AccountChanged];
}
