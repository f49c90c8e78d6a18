//! What end-to-end tests stand on: the deployed stack, a hand on its SalesIQ, and a look into its table.
//!
//! `cargo dev test` brings the stack up and names its state file in `SALESIQ_OPERATOR_STACK`. Tests that use [`World`]
//! have a brand, a department and a workspace of their own and disturb nobody; those that use [`Deployed`] alone share the
//! demo workspace and its faults.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, reason = "a test may panic")]

pub mod browser;
mod company;
mod deployed;
pub mod escalating;
mod log;
mod look;
mod mail;
mod sentinel;
mod waiting;
mod world;

use std::time::Duration;

pub use browser::Browser;
pub use company::Company;
pub use deployed::{Deployed, Kept};
pub use log::{answered_lines, visitor_lines};
pub use look::{never, until};
pub use mail::Mail;
pub use world::World;

/// How long something may take that should happen soon, on a busy machine.
pub const SOON: Duration = Duration::from_mins(1);
/// How long is watched that something does not happen: longer than a burst window and a wake-up.
pub const WATCHED: Duration = Duration::from_secs(4);
/// A question that the demo's knowledge answers.
pub const QUESTION: &str = "How long does a withdrawal take?";
