//! The sentinel keeps the AI's operator available, and compares brands and webhook with the settings: in process, against
//! the simulated SalesIQ over HTTP.

#![allow(clippy::unwrap_used, missing_docs)]

mod drift;
mod presence;
#[path = "../support/mod.rs"]
mod support;
mod world;
