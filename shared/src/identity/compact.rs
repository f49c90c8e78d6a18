//! The compact form: `v1.{player}.{expiry}.{nonce}[.{visitor}].{signature}`.
//!
//! - player: the player's id, base64url without padding;
//! - expiry: seconds since 1970, decimal;
//! - nonce: 1 to 256 of A-Z a-z 0-9 - _, another for every token;
//! - visitor (may be left out, with its dot): the e-mail address or SalesIQ's id of who may use it, base64url;
//! - signature: HMAC-SHA256 of all that stands before the last dot, base64url.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::SecretString;

use super::{Claims, player, signed, word};
use crate::domain::player::Refusal;

/// What every token of this form begins with.
pub(super) const BEGINNING: &str = "v1.";

/// The most digits of an expiry: the year 5138.
const EXPIRY_DIGITS: usize = 11;

pub(super) fn read(token: &str, secrets: &[SecretString]) -> Result<Claims, Refusal> {
    let (text, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let parts: Vec<&str> = text.split('.').collect();
    let (id, expiry, nonce, visitor) = match parts.as_slice() {
        [_, id, expiry, nonce] => (id, expiry, nonce, None),
        [_, id, expiry, nonce, visitor] => (id, expiry, nonce, Some(visitor)),
        _ => return Err(Refusal::Malformed),
    };
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Malformed)?;
    signed(text, &signature, secrets)?;
    let digits = (1..=EXPIRY_DIGITS).contains(&expiry.len()) && expiry.bytes().all(|byte| byte.is_ascii_digit());
    let expiry: i64 = expiry.parse().ok().filter(|_| digits).ok_or(Refusal::Malformed)?;
    if !nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Err(Refusal::Malformed);
    }
    Ok(Claims {
        player: player(&text_of(id)?)?,
        nonce: word((*nonce).to_owned())?,
        expires_at: Timestamp::from_second(expiry).map_err(|_| Refusal::Malformed)?,
        not_before: None,
        visitor: visitor.map(|visitor| text_of(visitor).and_then(word)).transpose()?,
    })
}

fn text_of(part: &str) -> Result<String, Refusal> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)?;
    String::from_utf8(bytes).map_err(|_| Refusal::Malformed)
}
