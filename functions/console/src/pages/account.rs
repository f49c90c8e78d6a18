//! One's own account.

use askama::Template;
use axum::response::Response;

use crate::access::{SignedIn, User};
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::routes::{Route, VIEWER, get};

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![get("/console/account", VIEWER, page)]
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    chrome: Chrome,
    user: User,
}

/// The page.
///
/// # Errors
/// The page can't be shown.
pub async fn page(who: SignedIn) -> Result<Response, Problem> {
    html(&AccountPage { chrome: Chrome::new("Your account", Section::Account, &who), user: User::clone(&who.user) })
}
