//! The rules of the product, pure: no I/O, no clock, no randomness, no async.
//!
//! Everything else in the project imports this module; it imports nothing of the project.

pub mod event;
pub mod id;
pub mod message;
pub mod settings;
pub mod verdict;
