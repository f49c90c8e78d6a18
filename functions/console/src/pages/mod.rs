//! The pages, one file or folder each.

pub mod account;
pub mod analytics;
pub mod audit;
pub mod chats;
pub mod connect;
pub mod health;
pub mod knowledge;
pub mod people;
pub mod privacy;
pub mod router;
pub mod settings;
pub mod workspaces;
