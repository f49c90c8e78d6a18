//! What every function of salesiq-operator shares.
//!
//! `domain` decides and knows no I/O; the other modules carry its decisions out. The folder names are the table of
//! contents; ARCHITECTURE.md tells the way of a message through them.

/// The version of what was built.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub mod agent;
pub mod attachments;
pub mod bus;
pub mod clock;
pub mod config;
pub mod dead_letter;
pub mod deployment;
pub mod doctor;
pub mod domain;
pub mod engine;
pub mod findings;
pub mod http;
pub mod identity;
pub mod mail;
pub mod named_secrets;
pub mod note;
pub mod salesiq;
pub mod sentinel;
pub mod store;
pub mod telemetry;
pub mod tools;
pub mod transcript;
pub mod wake_up;
pub mod workspace;
