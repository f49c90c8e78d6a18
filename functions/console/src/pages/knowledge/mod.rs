//! Knowledge: the articles that the AI answers from, each with a draft, a history and a preview; and a box to try them.

pub mod article;
mod edit;
mod list;
pub mod markdown;
pub mod trying;

use crate::routes::{ADMIN, Route, get, post};

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/w/{workspace}/knowledge", ADMIN, list::page),
        get("/console/w/{workspace}/knowledge/export", ADMIN, list::export),
        get("/console/w/{workspace}/knowledge/import", ADMIN, list::transfer),
        post("/console/w/{workspace}/knowledge/import", ADMIN, list::import),
        post("/console/w/{workspace}/knowledge/preview", ADMIN, edit::preview),
        get("/console/w/{workspace}/knowledge/new", ADMIN, edit::new),
        post("/console/w/{workspace}/knowledge/new", ADMIN, edit::create),
        get("/console/w/{workspace}/knowledge/article/{article}", ADMIN, edit::page),
        post("/console/w/{workspace}/knowledge/article/{article}", ADMIN, edit::save),
        post("/console/w/{workspace}/knowledge/article/{article}/discard", ADMIN, edit::forget),
        post("/console/w/{workspace}/knowledge/article/{article}/delete", ADMIN, edit::delete),
        post("/console/w/{workspace}/knowledge/article/{article}/restore/{entry}", ADMIN, edit::restore),
    ]
}
