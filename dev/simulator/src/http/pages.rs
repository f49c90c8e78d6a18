//! The pages: be the visitor at `/widget`, be a human operator at `/desk`.

use super::App;
use axum::Router;
use axum::extract::State as Extract;
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use futures_util::Stream;
use std::convert::Infallible;
use tokio::sync::broadcast::error::RecvError;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(|| async { Html(include_str!("../assets/index.html")) }))
        .route("/widget", get(|| async { Html(include_str!("../assets/widget.html")) }))
        .route("/desk", get(|| async { Html(include_str!("../assets/desk.html")) }))
        .route("/_pages/style.css", get(|| async { typed("text/css", include_str!("../assets/style.css")) }))
        .route("/_pages/common.js", get(|| async { typed("text/javascript", include_str!("../assets/common.js")) }))
        .route("/_pages/widget.js", get(|| async { typed("text/javascript", include_str!("../assets/widget.js")) }))
        .route("/_pages/desk.js", get(|| async { typed("text/javascript", include_str!("../assets/desk.js")) }))
        .route("/_pages/events", get(events))
}

fn typed(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind)], text)
}

/// What changed, as it changes. A page that missed something is told to draw everything again.
async fn events(Extract(app): Extract<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = app.changes.subscribe();
    let stopped = app.stopped.clone();
    let stream = futures_util::stream::unfold((changes, stopped), |(mut changes, mut stopped)| async move {
        let data = tokio::select! {
            change = changes.recv() => match change {
                Ok(change) => serde_json::to_string(&change).unwrap_or_default(),
                Err(RecvError::Lagged(_)) => "{\"kind\":\"reset\"}".to_owned(),
                Err(RecvError::Closed) => return None,
            },
            // The stream would keep a stop waiting.
            _ = stopped.wait_for(|stop| *stop) => return None,
        };
        Some((Ok(Event::default().data(data)), (changes, stopped)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
