//! The console in this process: its router on a real table (DynamoDB, in memory) and before the simulated SalesIQ.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic, unreachable_pub, reason = "tests")]

mod forms;
mod site;

mod knowledge;
mod settings;
mod signing_in;
mod who_may;
