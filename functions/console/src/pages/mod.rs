//! The pages, one file or folder each.

pub mod account;
pub mod chats;
pub mod router;
pub mod workspaces;
