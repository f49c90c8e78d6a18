//! The pages, one file or folder each.

pub mod account;
pub mod chats;
pub mod knowledge;
pub mod settings;
pub mod workspaces;
