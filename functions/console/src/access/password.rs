//! Passwords of built-in users: Argon2id.

use std::sync::OnceLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;

/// The shortest password, in characters.
pub const SHORTEST: usize = 12;

/// The longest, in bytes: hashing takes longer the longer it is.
pub const LONGEST_BYTES: usize = 256;

/// Memory in KiB, passes and lanes: OWASP's smallest for Argon2id, about 20 ms in a Lambda.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Too short to withstand guessing.
    #[error("the password has {length} characters; use at least {SHORTEST}")]
    Short {
        /// Its length.
        length: usize,
    },
    /// Too long to be hashed in reasonable time.
    #[error("the password has more than {LONGEST_BYTES} bytes; use a shorter one")]
    Long,
    /// It can be guessed from who it is for.
    #[error("the password contains the address that you sign in with; use another one")]
    Guessable,
    /// Hashing failed.
    #[error("the password could not be hashed; try again")]
    Hash,
}

fn argon2() -> Option<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).ok()?))
}

/// Looks at a password that somebody chose.
///
/// # Errors
/// It is too short, too long, or easily guessed.
pub fn check(password: &str, email: &str) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordError::Short { length });
    }
    if password.len() > LONGEST_BYTES {
        return Err(PasswordError::Long);
    }
    let (password, email) = (password.to_lowercase(), email.to_lowercase());
    let local = email.split('@').next().unwrap_or_default();
    if password.contains(&email) || local.len() >= 6 && password.contains(local) {
        return Err(PasswordError::Guessable);
    }
    Ok(())
}

/// The hash of a password that was looked at, in the PHC format.
///
/// # Errors
/// Hashing failed.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    let argon2 = argon2().ok_or(PasswordError::Hash)?;
    argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| PasswordError::Hash)
}

/// Whether a password is the one that was hashed. Without a hash the same time is taken, so that an answer's time does not
/// tell who has an account.
#[must_use]
pub fn verify(password: &str, hashed: Option<&str>) -> bool {
    static NOBODYS: OnceLock<Option<String>> = OnceLock::new();
    let nobodys = NOBODYS.get_or_init(|| hash("nobody has this password").ok());
    let Some(kept) = hashed.or(nobodys.as_deref()) else { return false };
    if password.len() > LONGEST_BYTES {
        return false;
    }
    let Ok(parsed) = PasswordHash::new(kept) else { return false };
    let Some(argon2) = argon2() else { return false };
    argon2.verify_password(password.as_bytes(), &parsed).is_ok() && hashed.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let hashed = hash("correct horse battery").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(verify("correct horse battery", Some(&hashed)));
        assert!(!verify("correct horse batterx", Some(&hashed)));
        assert!(!verify("correct horse battery", None));
        assert!(!verify("nobody has this password", None));
        assert!(!verify("correct horse battery", Some("plain text")));
    }

    #[test]
    fn a_password_that_is_short_long_or_the_address_is_refused() {
        assert_eq!(check("short", "a@b.example"), Err(PasswordError::Short { length: 5 }));
        assert_eq!(check(&"x".repeat(257), "a@b.example"), Err(PasswordError::Long));
        assert_eq!(check("Miranda2026!!", "miranda@b.example"), Err(PasswordError::Guessable));
        assert_eq!(check("a sentence to remember", "mia@b.example"), Ok(()));
    }
}
