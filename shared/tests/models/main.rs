//! The models over HTTP, against servers of this process that speak their formats, and the assistant that asks them.

#![allow(clippy::unwrap_used, missing_docs)]

mod assistant;
mod backends;
mod bedrock;
mod openai;
mod recorded;
mod scene;
mod server;
mod summary;
