//! The pages, one file or folder each.

pub mod account;
pub mod chats;
pub mod people;
pub mod workspaces;
