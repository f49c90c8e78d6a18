//! The contract, a sentence each.

pub mod commit;
pub mod documents;
pub mod inbox;
pub mod indexes;
pub mod lifetimes;
pub mod load;
pub mod tally;
