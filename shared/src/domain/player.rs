//! Who writes, and how sure we are of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::PlayerId;

/// How many refusals are remembered.
pub const REFUSALS_REMEMBERED: usize = 8;

/// How sure we are of who writes. Account data is told only at [`Level::Verified`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Anybody.
    #[default]
    Anonymous,
    /// Somebody who says who they are, or whose page does.
    Claimed,
    /// The site vouches for them, or they knew what only the player knows.
    Verified,
}

/// Who writes, as far as we know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Player {
    /// How sure we are.
    pub level: Level,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<PlayerId>,
    /// How we know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
    /// Since when we know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// An important customer, as the player's API says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub vip: bool,
    /// What the API tells the team of a claimed player; visitors are told none of it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// The page's own information was looked up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub looked_up: bool,
    /// How often the visitor was checked by what only the player knows, and failed.
    pub failed_checks: u8,
    /// Why proofs were refused, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refused>,
}

/// How we know who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The site signed it.
    Signed,
    /// The page's custom information was looked up.
    Passive,
    /// The visitor knew what only the player knows.
    Conversational,
}

/// A proof that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: Refusal,
}

/// Why a proof of who writes does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It is no token of a known form, or lacks a field.
    Malformed,
    /// It names no algorithm for its signature (`alg: none`).
    Unsigned,
    /// It names an algorithm that we don't take.
    Algorithm,
    /// The signature fits no secret.
    Signature,
    /// It is over.
    Expired,
    /// It holds for longer than is allowed.
    TooLong,
    /// It does not hold yet.
    NotYet,
    /// It is for somebody else's service.
    Audience,
    /// It was used in another conversation.
    Replayed,
    /// It was made for another visitor.
    OtherVisitor,
    /// The secret to check it with can't be had.
    NoSecret,
    /// What the visitor told does not fit.
    Mismatch,
    /// The check was tried too often.
    TooManyTries,
}

impl Refusal {
    /// The code, as it stands in logs, notes and analytics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unsigned => "unsigned",
            Self::Algorithm => "algorithm",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::TooLong => "too_long",
            Self::NotYet => "not_yet",
            Self::Audience => "audience",
            Self::Replayed => "replayed",
            Self::OtherVisitor => "other_visitor",
            Self::NoSecret => "no_secret",
            Self::Mismatch => "mismatch",
            Self::TooManyTries => "too_many_tries",
        }
    }
}

/// What was learned of who writes, by asking the player's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// The page's information was looked up, and is of this player.
    Claimed {
        /// Who.
        id: PlayerId,
        /// An important customer.
        vip: bool,
        /// What the team is to see.
        details: BTreeMap<String, String>,
    },
    /// The page's information was looked up, and is of nobody that is known.
    NobodyKnown,
    /// The visitor knew what only this player knows.
    Verified {
        /// Who.
        id: PlayerId,
        /// An important customer.
        vip: bool,
    },
    /// What the visitor told does not fit.
    Mismatch,
}

/// Somebody of whom nothing is known.
pub static ANYBODY: Player = Player {
    level: Level::Anonymous,
    id: None,
    how: None,
    since: None,
    vip: false,
    details: BTreeMap::new(),
    looked_up: false,
    failed_checks: 0,
    refusals: Vec::new(),
};

impl Player {
    /// Takes up that somebody is who they say. A surer knowledge is not replaced by a less sure one.
    pub fn known(&mut self, level: Level, id: Option<PlayerId>, how: How, now: Timestamp) {
        if level < self.level {
            return;
        }
        if level == self.level && self.how == Some(how) && self.id == id {
            return;
        }
        self.level = level;
        self.id = id;
        self.how = Some(how);
        self.since = Some(now);
    }

    /// Takes up what the player's API told.
    pub fn learn(&mut self, learned: &Learned, now: Timestamp) {
        match learned {
            Learned::Claimed { id, vip, details } => {
                self.looked_up = true;
                self.vip |= vip;
                self.details.clone_from(details);
                self.known(Level::Claimed, Some(id.clone()), How::Passive, now);
            }
            Learned::NobodyKnown => self.looked_up = true,
            Learned::Verified { id, vip } => {
                self.vip |= vip;
                self.known(Level::Verified, Some(id.clone()), How::Conversational, now);
            }
            Learned::Mismatch => {
                self.failed_checks = self.failed_checks.saturating_add(1);
                self.refused(Refusal::Mismatch, now);
            }
        }
    }

    /// Records why a proof does not hold.
    pub fn refused(&mut self, why: Refusal, now: Timestamp) {
        if self.refusals.last().is_some_and(|last| last.why == why && last.at == now) {
            return;
        }
        self.refusals.push(Refused { at: now, why });
        let surplus = self.refusals.len().saturating_sub(REFUSALS_REMEMBERED);
        self.refusals.drain(..surplus);
    }
}
