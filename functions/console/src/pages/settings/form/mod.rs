//! Forms made of the schema of the settings: a value and the schema make fields, what a form sends and the schema make a value.
//! Pure: nothing here reads or writes anything.

pub mod act;
pub mod control;
pub mod names;
pub mod pointer;
pub mod problems;
pub mod read;
#[cfg(test)]
pub(crate) mod scan;
pub mod schema;
#[cfg(test)]
mod tests;
pub mod view;
pub mod words;
