//! The sentinel compares with SalesIQ what webhooks may have lost. SalesIQ is the simulator; the store is in memory.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic, unreachable_pub, reason = "tests")]
#![recursion_limit = "256"]

#[path = "../support/mod.rs"]
mod support;
mod world;

mod lines;
mod many;
mod states;
