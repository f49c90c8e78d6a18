//! The console: pages and JSON for the people of support, who never see AWS (ARCHITECTURE.md, "The console").
//!
//! [`routes`] is the table of contents: every page, and who may see it.

pub mod access;
pub mod assets;
pub mod audit;
pub mod console;
pub mod page;
pub mod pages;
pub mod problem;
pub mod routes;

pub use console::Console;
