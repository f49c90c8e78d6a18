//! What every function of salesiq-operator shares.
//!
//! `domain` decides and knows no I/O; the other modules carry its decisions out. The folder names are the table of
//! contents; ARCHITECTURE.md tells the way of a message through them.

pub mod agent;
pub mod domain;
pub mod http;
pub mod salesiq;
pub mod store;
