//! Who may do what: users, sessions, and the guard that every route stands behind.

pub mod attempts;
pub mod guard;
pub mod language;
pub mod oidc;
pub mod origin;
pub mod password;
pub mod people;
pub mod role;
pub mod session;
pub mod sign_in;
pub mod throttle;
pub mod user;
pub mod welcome;

use shared::domain::fingerprint::hex;

pub use guard::SignedIn;
pub use role::Role;
pub use user::{User, UserKey, Users};

/// What stands for a text where the text itself has no place: 128 bits of its SHA-256, hexadecimal.
fn hashed(text: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    hex(&hash.as_ref()[..16])
}

/// Compares two texts by their hashes: how long it takes tells nothing of where they differ.
fn same(one: &str, other: &str) -> bool {
    hashed(one) == hashed(other)
}
