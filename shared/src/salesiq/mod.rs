//! SalesIQ: REST client, OAuth, webhook signature, and payload to domain event (the anti-corruption layer).
//!
//! Nothing outside this module knows SalesIQ's wire formats. What SalesIQ doesn't document is named once, in
//! [`assumptions`].

pub mod assumptions;
pub mod client;
pub mod error;
mod lenient;
pub mod oauth;
pub mod signature;
pub mod webhook;
