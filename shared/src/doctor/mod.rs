//! What keeps a workspace from working, said before a visitor finds out: `cargo dev doctor`, and the console.
//!
//! What is seen ([`look`]) and what is to be said of it ([`verdict`]) are apart: verdicts call nobody.

mod look;
mod report;
mod seen;
mod verdict;

use crate::domain::id::DepartmentId;
use crate::salesiq::client::Operator;
use crate::salesiq::oauth::Tokens;

pub use look::{Place, Stage};
pub use report::{Check, Outcome, Section, count, table};
pub use verdict::data_centre_of;

/// Checks a workspace; the checks come by section. Nothing is changed unless `write` is given: then what is set already is
/// set again, and what does not exist is asked for. `told` hears of each stage as it begins.
pub async fn examine<T: Tokens>(place: &Place<T>, write: bool, mut told: impl FnMut(Stage)) -> Vec<Check> {
    let seen = look::look(place, write, &mut told).await;
    verdict::judge(&place.settings, &seen)
}

/// What is to be said of an operator account that the AI shall speak as, before there are settings: whether it is switched
/// on, takes chats, has departments, and how many chats it may have. `home` is the department that it should be in.
#[must_use]
pub fn of_operator(operator: &Operator, home: Option<&DepartmentId>) -> Vec<Check> {
    verdict::of_operator(operator, home)
}
