//! A JWT (RFC 7519) signed with HS256 (RFC 7515).
//!
//! Required are `sub` (the player's id), `exp` and `jti`. `nbf`, `iat` and `aud` are respected: a token for an audience is
//! refused where the settings name none or another (RFC 7519 §4.1.3). `visitor` binds it to an e-mail address or SalesIQ's
//! id. Of the header only `alg` counts. A header that says where a key is to be found (`kid`, `jku`, `jwk`, `x5u`) is not
//! listened to, and one that wants something understood (`crit`) is refused.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Number;

use super::{Claims, player, signed, word};
use crate::domain::player::Refusal;

/// The only algorithm.
const ALGORITHM: &str = "HS256";

/// What is read of the header. A field that stands there twice can't be read.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// What is read of the payload. A field that stands there twice can't be read.
#[derive(Deserialize)]
struct Payload {
    sub: String,
    exp: Number,
    jti: String,
    #[serde(default)]
    nbf: Option<Number>,
    #[serde(default)]
    iat: Option<Number>,
    #[serde(default)]
    aud: Option<Audience>,
    #[serde(default)]
    visitor: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Whatever stands there, even `null`.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(from).map(|_| true)
}

pub(super) fn read(token: &str, secrets: &[SecretString], audience: Option<&str>) -> Result<Claims, Refusal> {
    let (text, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, payload) = text.split_once('.').ok_or(Refusal::Malformed)?;
    algorithm(header)?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Malformed)?;
    // A further dot in the payload makes it no base64.
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| Refusal::Malformed)?;
    signed(text, &signature, secrets)?;
    let payload: Payload = object(&payload)?;
    let fits = match (&payload.aud, audience) {
        (None, None) => true,
        (Some(Audience::One(told)), Some(wanted)) => told == wanted,
        (Some(Audience::Many(told)), Some(wanted)) => told.iter().any(|told| told == wanted),
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !fits {
        return Err(Refusal::Audience);
    }
    let not_before = payload.nbf.as_ref().map(time).transpose()?;
    let issued_at = payload.iat.as_ref().map(time).transpose()?;
    Ok(Claims {
        player: player(&payload.sub)?,
        nonce: word(payload.jti)?,
        expires_at: time(&payload.exp)?,
        not_before: not_before.max(issued_at),
        visitor: payload.visitor.map(word).transpose()?,
    })
}

fn algorithm(header: &str) -> Result<(), Refusal> {
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).map_err(|_| Refusal::Malformed)?;
    let header: Header = object(&header)?;
    if header.crit {
        return Err(Refusal::Malformed);
    }
    match header.alg.as_deref().map(str::trim) {
        None | Some("") => Err(Refusal::Unsigned),
        Some(none) if none.eq_ignore_ascii_case("none") => Err(Refusal::Unsigned),
        Some(_) if header.alg.as_deref() == Some(ALGORITHM) => Ok(()),
        Some(_) => Err(Refusal::Algorithm),
    }
}

/// A JSON object; serde would take an array for a struct as well.
fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, Refusal> {
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err(Refusal::Malformed);
    }
    serde_json::from_slice(json).map_err(|_| Refusal::Malformed)
}

/// Seconds since 1970, possibly with a fraction (RFC 7519 §2).
#[expect(clippy::cast_possible_truncation, reason = "what is out of range is no time of ours and refused")]
fn time(number: &Number) -> Result<Timestamp, Refusal> {
    let seconds = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds.floor() as i64));
    seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()).ok_or(Refusal::Malformed)
}
