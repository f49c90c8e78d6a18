//! The pages, one file or folder each.

pub mod account;
pub mod analytics;
pub mod audit;
pub mod chats;
pub mod health;
pub mod privacy;
pub mod workspaces;
