//! The pages, one file or folder each.

pub mod chats;
pub mod workspaces;
