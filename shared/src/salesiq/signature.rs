//! Who sent a webhook: `x-siqsignature`, SHA256 with RSA over the raw body (api.md §5.3).
//!
//! SalesIQ holds at most two public keys and signs with the older, so while keys are rotated two are trusted.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use thiserror::Error;

/// The header that carries the signature, in lower case.
pub const SIGNATURE_HEADER: &str = "x-siqsignature";

/// The DER of the algorithm identifier `rsaEncryption`, without its parameters.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A webhook's public key, ready to verify with.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookKey {
    // ring wants the PKCS#1 RSAPublicKey that is inside the SPKI.
    pkcs1: Vec<u8>,
    bits: usize,
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookKey").field("bits", &self.bits).finish_non_exhaustive()
    }
}

/// Why a text is not a usable public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Nothing there.
    #[error("the webhook key is empty; paste the public key that SalesIQ shows for the webhook")]
    Empty,
    /// A PEM block of another kind.
    #[error("the webhook key is a PEM block of another kind; it must be -----BEGIN PUBLIC KEY-----")]
    OtherPem,
    /// Not base64.
    #[error("the webhook key is not base64")]
    NotBase64,
    /// Base64 of something else.
    #[error("the webhook key is not an X.509 SubjectPublicKeyInfo (DER)")]
    NotSpki,
    /// A key, but not for RSA.
    #[error("the webhook key is not an RSA key")]
    NotRsa,
    /// Too short to be safe, or longer than is supported.
    #[error("the webhook key has {bits} bits; it must have 2048 to 8192")]
    Size {
        /// Its length.
        bits: usize,
    },
}

/// Why a delivery is not taken as SalesIQ's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// No key is known for the webhook.
    #[error("no public key of the webhook is known")]
    NoKey,
    /// The header is missing or empty.
    #[error("the header x-siqsignature is missing")]
    Missing,
    /// The header is not base64.
    #[error("the header x-siqsignature is not base64")]
    NotBase64,
    /// It is the signature of another body or by another key.
    #[error("the signature fits none of {keys} known keys")]
    Mismatch {
        /// How many keys were tried.
        keys: usize,
    },
}

impl WebhookKey {
    /// Takes a public key as SalesIQ shows it: base64 of the SPKI DER, or the same as PEM.
    ///
    /// # Errors
    /// The text is not such a key; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let body = unwrap_pem(text.trim())?;
        let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        if compact.is_empty() {
            return Err(KeyError::Empty);
        }
        let der = BASE64.decode(compact).map_err(|_| KeyError::NotBase64)?;
        let pkcs1 = rsa_public_key(&der)?;
        let bits = modulus_bits(pkcs1).ok_or(KeyError::NotSpki)?;
        if !(2048..=8192).contains(&bits) {
            return Err(KeyError::Size { bits });
        }
        Ok(Self { pkcs1: pkcs1.to_vec(), bits })
    }

    /// The length of the key.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.bits
    }

    fn verifies(&self, body: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.pkcs1).verify(body, signature).is_ok()
    }
}

/// Checks that `body`, the raw bytes of a delivery, was signed with one of `keys`.
///
/// # Errors
/// It was not, or there is nothing to check with; the delivery must be refused.
pub fn verify(keys: &[WebhookKey], body: &[u8], header: Option<&str>) -> Result<(), SignatureError> {
    let header = header.map(str::trim).filter(|text| !text.is_empty()).ok_or(SignatureError::Missing)?;
    if keys.is_empty() {
        return Err(SignatureError::NoKey);
    }
    let signature = BASE64.decode(header).map_err(|_| SignatureError::NotBase64)?;
    if keys.iter().any(|key| key.verifies(body, &signature)) {
        return Ok(());
    }
    Err(SignatureError::Mismatch { keys: keys.len() })
}

fn unwrap_pem(text: &str) -> Result<&str, KeyError> {
    if !text.starts_with("-----") {
        return Ok(text);
    }
    text.strip_prefix("-----BEGIN PUBLIC KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"))
        .ok_or(KeyError::OtherPem)
}

// SubjectPublicKeyInfo ::= SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, parameters }, BIT STRING }
fn rsa_public_key(spki: &[u8]) -> Result<&[u8], KeyError> {
    let (info, rest) = element(spki, SEQUENCE).ok_or(KeyError::NotSpki)?;
    if !rest.is_empty() {
        return Err(KeyError::NotSpki);
    }
    let (algorithm, rest) = element(info, SEQUENCE).ok_or(KeyError::NotSpki)?;
    let (oid, _parameters) = element(algorithm, OBJECT_IDENTIFIER).ok_or(KeyError::NotSpki)?;
    if oid != RSA_ENCRYPTION {
        return Err(KeyError::NotRsa);
    }
    let (bits, rest) = element(rest, BIT_STRING).ok_or(KeyError::NotSpki)?;
    match bits.split_first() {
        Some((0, key)) if rest.is_empty() => Ok(key),
        _ => Err(KeyError::NotSpki),
    }
}

// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
fn modulus_bits(pkcs1: &[u8]) -> Option<usize> {
    let (key, rest) = element(pkcs1, SEQUENCE)?;
    let (modulus, exponent) = element(key, INTEGER)?;
    let (_, behind) = element(exponent, INTEGER)?;
    if !rest.is_empty() || !behind.is_empty() {
        return None;
    }
    let first = modulus.iter().position(|byte| *byte != 0)?;
    let digits = &modulus[first..];
    Some(digits.len() * 8 - usize::try_from(digits[0].leading_zeros()).ok()?)
}

/// The content of the DER element that `from` begins with, if it has the tag, and what follows it.
fn element(from: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = from.split_first()?;
    if found != tag {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=3).contains(&count) {
            return None;
        }
        let (bytes, rest) = rest.split_at_checked(count)?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = include_str!("../../tests/fixtures/keys/first.public.pem");
    const BODY: &[u8] = include_bytes!("../../tests/fixtures/keys/body.json");
    const SIGNATURE: &str = include_str!("../../tests/fixtures/keys/first.signature.txt");

    fn der(pem: &str) -> Vec<u8> {
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        BASE64.decode(body).unwrap()
    }

    #[test]
    fn every_cut_of_a_key_is_refused() {
        let der = der(KEY);
        for end in 0..der.len() {
            assert!(WebhookKey::parse(&BASE64.encode(&der[..end])).is_err(), "{end} bytes were taken as a key");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = WebhookKey::parse(&text);
        }

        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = WebhookKey::parse(&BASE64.encode(&bytes));
        }

        #[test]
        fn a_changed_key_never_panics(at in 0usize..294, to in any::<u8>()) {
            let mut der = der(KEY);
            der[at] = to;
            if let Ok(key) = WebhookKey::parse(&BASE64.encode(&der)) {
                let _ = verify(&[key], BODY, Some(SIGNATURE));
            }
        }

        #[test]
        fn a_changed_signature_never_verifies(header in any::<String>(), at in 0usize..256, by in 1u8..=255) {
            let key = WebhookKey::parse(KEY).unwrap();
            prop_assert!(verify(std::slice::from_ref(&key), BODY, Some(&header)).is_err());
            let mut signature = BASE64.decode(SIGNATURE.trim()).unwrap();
            signature[at] ^= by;
            prop_assert!(verify(&[key], BODY, Some(&BASE64.encode(&signature))).is_err());
        }
    }
}
