//! Whether a token by which a site vouches for a player holds. Pure: no I/O, no clock.
//!
//! Two forms are taken, told apart by their beginning:
//! - compact ([`compact`]): `v1.{player}.{expiry}.{nonce}[.{visitor}].{signature}`;
//! - JWT ([`jwt`]): HS256 and nothing else.
//!
//! Both are signed with HMAC-SHA256 by `ring`, which the TLS stack brings along: the crates for JWT bring a second
//! provider of cryptography and many algorithms, of which exactly one is wanted here. A signature is compared in constant
//! time, and nothing behind it is read before it holds.

mod compact;
mod jwt;
mod nonce;

use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::facts::VisitorFacts;
use crate::domain::id::PlayerId;
use crate::domain::player::Refusal;
use crate::domain::settings::SignedIdentity;

pub use nonce::Used;

/// The longest token, in bytes.
pub const TOKEN_LIMIT_BYTES: usize = 4_096;

/// The shortest secret, in bytes: as long as the hash, below which HMAC loses strength (RFC 2104 §3).
pub const SECRET_LEAST_BYTES: usize = 32;

/// How much the site's clock and ours may differ.
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

/// The longest nonce and visitor of a token, in bytes.
const WORD_LIMIT_BYTES: usize = 256;

/// Who a token that holds is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPlayer {
    /// Who.
    pub player: PlayerId,
    /// Tells this token from others of the player.
    pub nonce: String,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// The visitor that it was made for, if it says so: an e-mail address, or SalesIQ's id.
    pub visitor: Option<String>,
}

/// What a token says, before its times are looked at.
struct Claims {
    player: PlayerId,
    nonce: String,
    expires_at: Timestamp,
    not_before: Option<Timestamp>,
    visitor: Option<String>,
}

/// Whether a token holds now, and whom it is about. Whether it was used elsewhere is not seen here ([`Used`]), nor whether
/// it was made for this visitor ([`SignedPlayer::is_for`]).
///
/// # Errors
/// Why it does not hold.
pub fn verify(
    token: &str,
    secrets: &[SecretString],
    settings: &SignedIdentity,
    now: Timestamp,
) -> Result<SignedPlayer, Refusal> {
    if token.len() > TOKEN_LIMIT_BYTES {
        return Err(Refusal::Malformed);
    }
    let claims = if token.starts_with(compact::BEGINNING) {
        compact::read(token, secrets)?
    } else {
        jwt::read(token, secrets, settings.audience.as_deref())?
    };
    // What was told is not added to: it may be the last moment that there is.
    if claims.expires_at <= now - LEEWAY {
        return Err(Refusal::Expired);
    }
    if claims.not_before.is_some_and(|not_before| not_before > now + LEEWAY) {
        return Err(Refusal::NotYet);
    }
    if claims.expires_at > now + SignedDuration::from_secs(i64::from(settings.longest_s)) + LEEWAY {
        return Err(Refusal::TooLong);
    }
    let Claims { player, nonce, expires_at, visitor, .. } = claims;
    Ok(SignedPlayer { player, nonce, expires_at, visitor })
}

/// Whether a secret is long enough to sign with.
#[must_use]
pub fn is_strong(secret: &SecretString) -> bool {
    secret.expose_secret().len() >= SECRET_LEAST_BYTES
}

impl SignedPlayer {
    /// Whether it was made for this visitor, as far as it says for whom.
    #[must_use]
    pub fn is_for(&self, visitor: &VisitorFacts) -> bool {
        let Some(wanted) = self.visitor.as_deref().map(str::trim) else { return true };
        let same_email = visitor.email().is_some_and(|email| email.trim().to_lowercase() == wanted.to_lowercase());
        same_email || visitor.id() == Some(wanted)
    }
}

/// Checks a signature with every secret that is strong enough.
fn signed(text: &str, signature: &[u8], secrets: &[SecretString]) -> Result<(), Refusal> {
    let mut strong = secrets.iter().filter(|secret| is_strong(secret)).peekable();
    if strong.peek().is_none() {
        return Err(Refusal::NoSecret);
    }
    let fits = |secret: &SecretString| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        hmac::verify(&key, text.as_bytes(), signature).is_ok()
    };
    if strong.any(fits) { Ok(()) } else { Err(Refusal::Signature) }
}

/// A player's id exactly as it was signed: one that only fits after trimming would be another text than the signed one.
fn player(text: &str) -> Result<PlayerId, Refusal> {
    PlayerId::parse(text).ok().filter(|id| id.as_str() == text).ok_or(Refusal::Malformed)
}

/// A nonce, or the visitor that a token is made for.
fn word(text: String) -> Result<String, Refusal> {
    let odd = text.trim().is_empty() || text.len() > WORD_LIMIT_BYTES || text.chars().any(char::is_control);
    if odd { Err(Refusal::Malformed) } else { Ok(text) }
}

#[cfg(test)]
mod tests;
