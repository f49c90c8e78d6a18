//! Calls of declared tools, against servers of this process.
#![allow(clippy::unwrap_used, missing_docs)]

mod answers;
mod reach;
mod secrets;
mod world;
mod writes;
