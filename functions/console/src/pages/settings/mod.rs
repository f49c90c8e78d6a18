//! Settings: every one of the reference, as forms made of its schema; edited in a draft, reviewed, published; with a history of
//! who changed what; exported and imported.

pub mod draft;
pub mod edit;
pub mod form;
pub mod frame;
pub mod history;
pub mod list;
pub mod parts;
pub mod review;
pub mod text;
pub mod told;
pub mod transfer;
pub mod trying;

use crate::routes::{ADMIN, Route, get, post};

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/w/{workspace}/settings", ADMIN, edit::front),
        get("/console/w/{workspace}/settings/review", ADMIN, review::page),
        post("/console/w/{workspace}/settings/publish", ADMIN, review::publish),
        post("/console/w/{workspace}/settings/discard", ADMIN, review::discard),
        post("/console/w/{workspace}/settings/rebase", ADMIN, review::rebase),
        get("/console/w/{workspace}/settings/history", ADMIN, history::page),
        post("/console/w/{workspace}/settings/history/{entry}/restore", ADMIN, history::restore),
        get("/console/w/{workspace}/settings/export", ADMIN, transfer::export),
        get("/console/w/{workspace}/settings/import", ADMIN, transfer::import_page),
        post("/console/w/{workspace}/settings/import", ADMIN, transfer::import),
        get("/console/w/{workspace}/settings/text", ADMIN, transfer::text_page),
        post("/console/w/{workspace}/settings/text", ADMIN, transfer::save_text),
        get("/console/w/{workspace}/settings/{part}", ADMIN, edit::part),
        post("/console/w/{workspace}/settings/{part}", ADMIN, edit::save_part),
        get("/console/w/{workspace}/settings/{part}/{index}", ADMIN, edit::element),
        post("/console/w/{workspace}/settings/{part}/{index}", ADMIN, edit::save_element),
    ]
}
