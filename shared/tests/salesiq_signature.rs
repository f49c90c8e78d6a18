//! The webhook signature, with keys and signatures made by openssl.

#![allow(clippy::unwrap_used, missing_docs)]

use shared::salesiq::signature::{KeyError, SignatureError, WebhookKey, verify};

const BODY: &[u8] = include_bytes!("fixtures/keys/body.json");
const FIRST: &str = include_str!("fixtures/keys/first.public.pem");
const SECOND: &str = include_str!("fixtures/keys/second.public.pem");
const SIGNED_BY_FIRST: &str = include_str!("fixtures/keys/first.signature.txt");
const SIGNED_BY_SECOND: &str = include_str!("fixtures/keys/second.signature.txt");

fn key(text: &str) -> WebhookKey {
    WebhookKey::parse(text).unwrap()
}

fn bare(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

#[test]
fn a_body_signed_with_the_webhooks_key_is_accepted() {
    assert_eq!(verify(&[key(FIRST)], BODY, Some(SIGNED_BY_FIRST)), Ok(()));
}

#[test]
fn a_key_is_taken_as_pem_and_as_bare_base64() {
    assert_eq!(key(FIRST), key(&bare(FIRST)));
    assert_eq!(key(FIRST), key(&FIRST.replace('\n', "\r\n")));
    assert_eq!(key(FIRST).bits(), 2048);
}

#[test]
fn while_keys_are_rotated_either_key_may_have_signed() {
    let keys = [key(FIRST), key(SECOND)];
    assert_eq!(verify(&keys, BODY, Some(SIGNED_BY_FIRST)), Ok(()));
    assert_eq!(verify(&keys, BODY, Some(SIGNED_BY_SECOND)), Ok(()));
}

#[test]
fn after_the_rotation_the_old_key_no_longer_counts() {
    assert_eq!(verify(&[key(SECOND)], BODY, Some(SIGNED_BY_FIRST)), Err(SignatureError::Mismatch { keys: 1 }));
}

#[test]
fn one_changed_byte_of_the_body_is_noticed() {
    let mut body = BODY.to_vec();
    body[10] ^= 1;
    assert_eq!(verify(&[key(FIRST)], &body, Some(SIGNED_BY_FIRST)), Err(SignatureError::Mismatch { keys: 1 }));
}

#[test]
fn a_missing_or_unreadable_signature_is_refused() {
    let keys = [key(FIRST)];
    assert_eq!(verify(&keys, BODY, None), Err(SignatureError::Missing));
    assert_eq!(verify(&keys, BODY, Some("  ")), Err(SignatureError::Missing));
    assert_eq!(verify(&keys, BODY, Some("no base64!")), Err(SignatureError::NotBase64));
    assert_eq!(verify(&keys, BODY, Some("AAAA")), Err(SignatureError::Mismatch { keys: 1 }));
}

#[test]
fn without_a_key_nothing_is_accepted() {
    assert_eq!(verify(&[], BODY, Some(SIGNED_BY_FIRST)), Err(SignatureError::NoKey));
}

#[test]
fn a_key_of_another_kind_is_refused_with_the_reason() {
    assert_eq!(WebhookKey::parse(" "), Err(KeyError::Empty));
    assert_eq!(WebhookKey::parse("45678998765!"), Err(KeyError::NotBase64));
    assert_eq!(WebhookKey::parse("45678998"), Err(KeyError::NotSpki));
    assert_eq!(WebhookKey::parse(include_str!("fixtures/keys/elliptic.public.pem")), Err(KeyError::NotRsa));
    assert_eq!(WebhookKey::parse(include_str!("fixtures/keys/short.public.pem")), Err(KeyError::Size { bits: 1024 }));
    assert_eq!(WebhookKey::parse(include_str!("fixtures/keys/first.pkcs1.pem")), Err(KeyError::OtherPem));
}
