//! Mail: a transcript as a [`letter`], and the [`post`] that takes it.

pub mod letter;
pub mod post;

pub use letter::{Letter, LetterError, compose};
pub use post::{Accepted, MemoryPost, Post, PostError};
