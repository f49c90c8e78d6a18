//! The RSA keys that webhook bodies are signed with. They lie in the repository, so they protect nothing: simulator only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use std::sync::OnceLock;

/// One embedded key: the private half to sign with, the public half as SalesIQ shows it.
struct Embedded {
    private_pkcs8: &'static [u8],
    public_spki: &'static str,
}

macro_rules! embedded {
    ($name:literal) => {
        Embedded {
            private_pkcs8: include_bytes!(concat!("../keys/simulator-only-", $name, ".pk8.der")),
            public_spki: include_str!(concat!("../keys/simulator-only-", $name, ".spki.b64")),
        }
    };
}

/// The portal's keys are given to webhooks in turn; the stranger's belongs to nobody.
static EMBEDDED: [Embedded; 4] =
    [embedded!("portal-1"), embedded!("portal-2"), embedded!("portal-3"), embedded!("stranger")];

static PARSED: [OnceLock<Option<KeyPair>>; 4] = [const { OnceLock::new() }; 4];

/// Which embedded key: an index that can't be out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyNumber(usize);

impl KeyNumber {
    /// The key of a portal whose webhooks have none yet.
    pub(crate) const FIRST: Self = Self(0);
    /// A well-formed key that no webhook was ever given.
    pub(crate) const STRANGER: Self = Self(3);
    /// The keys a webhook may be given, in the order they are.
    pub(crate) const PORTAL: [Self; 3] = [Self(0), Self(1), Self(2)];

    /// The public key: base64 of the X.509 SPKI in DER (api.md 5.3).
    pub(crate) fn public(self) -> &'static str {
        EMBEDDED[self.0].public_spki.trim()
    }

    /// The signature of `body` as it stands in `x-siqsignature`; `None` only if the embedded key is damaged.
    pub(crate) fn sign(self, body: &[u8]) -> Option<String> {
        // Parsed once: checking a key costs more than signing with it.
        let parse = || KeyPair::from_pkcs8(EMBEDDED[self.0].private_pkcs8).ok();
        let key = PARSED[self.0].get_or_init(parse).as_ref()?;
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body, &mut signature).ok()?;
        Some(STANDARD.encode(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    /// An SPKI of a 2048-bit key is 24 bytes of algorithm, then the key that ring reads.
    fn verifies(public: KeyNumber, body: &[u8], signature: &str) -> bool {
        let spki = STANDARD.decode(public.public()).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki[24..].to_vec());
        key.verify(body, &STANDARD.decode(signature).unwrap()).is_ok()
    }

    #[test]
    fn each_key_verifies_what_it_signed_and_nothing_else() {
        for key in [KeyNumber(0), KeyNumber(1), KeyNumber(2), KeyNumber::STRANGER] {
            let signature = key.sign(b"a body").unwrap();
            assert!(verifies(key, b"a body", &signature));
            assert!(!verifies(key, b"another body", &signature));
        }
        let by_stranger = KeyNumber::STRANGER.sign(b"a body").unwrap();
        assert!(!verifies(KeyNumber::FIRST, b"a body", &by_stranger));
    }
}
