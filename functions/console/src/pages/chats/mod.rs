//! Live chats, and single conversations: what is going on, and what people can do about it.

mod actions;
mod asking;
mod conversation;
mod entry;
mod filter;
mod find;
mod forms;
mod list;
mod reassign;
mod recent;
mod routing;
mod summary;
mod thread;
mod transcript;
mod visitor;
mod waiting;

use crate::access::guard::BODY_LIMIT_BYTES;
use crate::routes::{AGENT, Route, SUPERVISOR, VIEWER, get, post};
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;

pub(crate) use conversation::{load, names};
pub(crate) use reassign::roster;
pub(crate) use routing::DecisionView;

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/w/{workspace}/chats", VIEWER, list::page),
        get("/console/w/{workspace}/find", VIEWER, find::page),
        get("/console/w/{workspace}/chats/{conversation}", VIEWER, conversation::page),
        get("/console/w/{workspace}/chats/{conversation}/transcript/{format}", VIEWER, transcript::download),
        get("/console/w/{workspace}/chats/{conversation}/actions", AGENT, actions::part),
        get("/console/w/{workspace}/chats/{conversation}/reassign", SUPERVISOR, reassign::page),
        post("/console/w/{workspace}/chats/{conversation}/pick-up", AGENT, forms::pick_up),
        post("/console/w/{workspace}/chats/{conversation}/say", AGENT, forms::say),
        post(
            "/console/w/{workspace}/chats/{conversation}/send-file",
            AGENT,
            forms::send_file.layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES)),
        ),
        post("/console/w/{workspace}/chats/{conversation}/end", AGENT, forms::end),
        post("/console/w/{workspace}/chats/{conversation}/tag", AGENT, forms::tag),
        post("/console/w/{workspace}/chats/{conversation}/note", AGENT, forms::note),
        post("/console/w/{workspace}/chats/{conversation}/hand-back", AGENT, forms::hand_back),
        post("/console/w/{workspace}/chats/{conversation}/mail", AGENT, forms::mail),
        post("/console/w/{workspace}/chats/{conversation}/summary", AGENT, summary::summary),
        post("/console/w/{workspace}/chats/{conversation}/reassign", SUPERVISOR, forms::reassign),
        post("/console/w/{workspace}/chats/{conversation}/decide", SUPERVISOR, forms::decide),
    ]
}
