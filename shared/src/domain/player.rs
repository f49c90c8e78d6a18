//! Who writes, and how sure we are of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::id::PlayerId;

/// How many refusals are remembered.
pub const REFUSALS_REMEMBERED: usize = 8;

/// How long a proof is taken for true in its conversation: a working day with its evening. Afterwards, as in a chat that is
/// reopened the next day, somebody else may sit there, and a new proof is needed.
pub const VERIFIED_FOR: SignedDuration = SignedDuration::from_hours(12);

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
    /// When it was last told or proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    /// The last token that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<SeenToken>,
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

/// A token that was looked at: it comes again with each event of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenToken {
    /// The beginning of its hash.
    pub print: String,
    /// Where the event that brought it belongs among its neighbours: one that comes late does not undo a newer one.
    pub at: Timestamp,
    /// Why it was refused; none if it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Refusal>,
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
    /// Whether the same token can't come to hold in the same conversation any more. What else stands against one may
    /// change: a secret is set, SalesIQ tells more of the visitor, time goes by.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Malformed | Self::Unsigned | Self::Algorithm | Self::Expired | Self::Replayed)
    }

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
    told_at: None,
    token: None,
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
        self.told_at = Some(now);
        if level == self.level && self.how == Some(how) && self.id == id {
            return;
        }
        if self.id != id {
            // They were somebody else's.
            self.vip = false;
            self.details.clear();
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
                self.known(Level::Claimed, Some(id.clone()), How::Passive, now);
                if self.id.as_ref() == Some(id) {
                    self.vip |= vip;
                    self.details.clone_from(details);
                }
            }
            Learned::NobodyKnown => self.looked_up = true,
            Learned::Verified { id, vip } => {
                self.known(Level::Verified, Some(id.clone()), How::Conversational, now);
                self.vip |= vip;
            }
            Learned::Mismatch => {
                self.failed_checks = self.failed_checks.saturating_add(1);
                self.refused(Refusal::Mismatch, now);
            }
        }
    }

    /// How sure we are now: a proof does not hold for longer than [`VERIFIED_FOR`].
    #[must_use]
    pub fn level_at(&self, now: Timestamp) -> Level {
        let lapsed = self.told_at.or(self.since).is_some_and(|at| at <= now - VERIFIED_FOR);
        if self.level == Level::Verified && lapsed { Level::Claimed } else { self.level }
    }

    /// Lets a proof that is too old count as a claim. Who it was about is still known.
    pub fn lapse(&mut self, now: Timestamp) {
        self.level = self.level_at(now);
    }

    /// Whether a token is to be looked at: not if an event of later time brought another, not if it was refused for good,
    /// and not while it is what verifies the player. A token that held stays good for the conversation after its expiry.
    #[must_use]
    pub fn is_to_look_at(&self, print: &str, at: Timestamp, now: Timestamp) -> bool {
        let Some(seen) = &self.token else { return true };
        if seen.print != print {
            return seen.at <= at;
        }
        match seen.why {
            Some(why) => !why.is_final(),
            None => self.level_at(now) < Level::Verified,
        }
    }

    /// Takes up that the site vouches for somebody.
    pub fn signed(&mut self, id: PlayerId, token: (String, Timestamp), now: Timestamp) {
        self.known(Level::Verified, Some(id), How::Signed, now);
        self.token = Some(SeenToken { print: token.0, at: token.1, why: None });
    }

    /// Records why a token does not hold, once for each token and reason; true if that is news. What is known of the
    /// player otherwise stays.
    pub fn token_refused(&mut self, why: Refusal, token: (String, Timestamp), now: Timestamp) -> bool {
        let seen = SeenToken { print: token.0, at: token.1, why: Some(why) };
        let known = self.token.as_ref().is_some_and(|held| held.print == seen.print && held.why == seen.why);
        if !known {
            self.token = Some(seen);
            self.refused(why, now);
        }
        !known
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1_000 + hours)
    }

    fn id(text: &str) -> PlayerId {
        PlayerId::parse(text).unwrap()
    }

    fn token(print: &str, hours: i64) -> (String, Timestamp) {
        (print.to_owned(), at(hours))
    }

    #[test]
    fn a_proof_counts_as_a_claim_after_twelve_hours_unless_it_is_given_anew() {
        let mut player = Player::default();
        player.signed(id("P"), token("a", 0), at(0));
        player.signed(id("P"), token("b", 6), at(6));
        assert_eq!(player.since, Some(at(0)));
        assert_eq!(player.level_at(at(17)), Level::Verified);
        assert_eq!(player.level_at(at(18)), Level::Claimed);
        player.lapse(at(18));
        assert_eq!((player.level, player.id.clone()), (Level::Claimed, Some(id("P"))));
        player.signed(id("P"), token("c", 19), at(19));
        assert_eq!((player.level, player.since), (Level::Verified, Some(at(19))));
    }

    #[test]
    fn a_token_that_held_is_looked_at_again_only_when_its_proof_is_too_old() {
        let mut player = Player::default();
        assert!(player.is_to_look_at("a", at(0), at(0)));
        player.signed(id("P"), token("a", 0), at(0));
        assert!(!player.is_to_look_at("a", at(1), at(1)));
        assert!(player.is_to_look_at("a", at(12), at(12)));
        assert!(player.is_to_look_at("b", at(1), at(1)));
    }

    #[test]
    fn an_event_that_comes_late_does_not_bring_the_player_before_back() {
        let mut player = Player::default();
        player.signed(id("P"), token("b", 2), at(2));
        assert!(!player.is_to_look_at("a", at(1), at(3)));
    }

    #[test]
    fn a_token_is_refused_once_for_each_reason_and_leaves_what_is_known() {
        let mut player = Player::default();
        player.signed(id("P"), token("a", 0), at(0));
        assert!(player.token_refused(Refusal::NoSecret, token("b", 1), at(1)));
        assert!(player.is_to_look_at("b", at(2), at(2)));
        assert!(!player.token_refused(Refusal::NoSecret, token("b", 2), at(2)));
        assert!(player.token_refused(Refusal::Expired, token("b", 3), at(3)));
        assert!(!player.is_to_look_at("b", at(4), at(4)));
        assert_eq!(
            player.refusals.iter().map(|one| one.why).collect::<Vec<_>>(),
            [Refusal::NoSecret, Refusal::Expired]
        );
        assert_eq!((player.level, player.id), (Level::Verified, Some(id("P"))));
    }
}
