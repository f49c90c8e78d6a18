//! Knowledge.
use crate::routes::Route;
/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> { vec![] }
