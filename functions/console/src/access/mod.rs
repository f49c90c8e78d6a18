//! Who may do what: users, sessions, and the guard that every route stands behind.

pub mod guard;
pub mod password;
pub mod role;
pub mod session;
pub mod sign_in;
pub mod user;

pub use guard::SignedIn;
pub use role::Role;
pub use user::{User, UserKey, Users};
