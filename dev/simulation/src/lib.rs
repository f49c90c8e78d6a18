//! The whole engine in one process, against a model of SalesIQ, under a seeded scheduler that breaks things (design.md §8).
//!
//! A *world* is one seed: one workspace with its team, and conversations that overlap in time. It runs on a runtime of its
//! own whose time is virtual, so that minutes pass in milliseconds and two runs of one seed are the same to the byte. The
//! engine, the sentinel, the SalesIQ client and the payload parser are the ones that are deployed; the store is the one in
//! memory, and SalesIQ is a model written from api.md. Between them everything may go wrong ([`faults`]); a process may die
//! at each of its steps. What must hold all the same is listed in [`judge`].
#![recursion_limit = "256"]

mod agent;
pub mod faults;
mod gateway;
pub mod judge;
mod portal;
mod process;
pub mod report;
mod sabotage;
pub mod shrink;
mod store;
mod webhook;
mod world;

use thiserror::Error;

pub use sabotage::Sabotage;
pub use world::{Outcome, Plan, run};

/// A simulation can't be run.
#[derive(Debug, Error)]
pub enum Error {
    /// No runtime.
    #[error("the runtime of a world can't be made")]
    Runtime(#[source] std::io::Error),
    /// A world is not consistent.
    #[error("a world can't be furnished: {0}")]
    Furnish(String),
    /// No HTTP client, which is never used but has to be there.
    #[error("the HTTP client can't be made")]
    Http(#[from] shared::http::HttpError),
}
