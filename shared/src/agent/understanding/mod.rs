//! What a visitor's words mean, as far as wording tells: intents, languages, the phrases of each language.
//!
//! Every backend is guarded by it, so it needs no knowledge, no model and no network.

pub(in crate::agent) mod intent;
pub(in crate::agent) mod language;
pub(in crate::agent) mod pattern;
pub(in crate::agent) mod phrases;
pub(in crate::agent) mod question;
pub(in crate::agent) mod solved;
#[cfg(test)]
mod told_tests;
mod typo;
pub(in crate::agent) mod words;
