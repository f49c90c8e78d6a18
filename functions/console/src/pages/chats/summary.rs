//! A conversation in a few bullets, made when somebody asks for it, and kept nowhere.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use shared::agent::summary::{By, Case, Summary};
use shared::domain::lines::standing_lines;

use super::asking::Sent;
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::wanted::Wanted;

/// How long a model may take: the HTTP API gives up after 30 s.
const WITHIN: Duration = Duration::from_secs(20);

#[derive(Template)]
#[template(path = "chats/summary.html")]
struct SummaryPart<'a> {
    summary: &'a Summary,
    by: String,
}

#[derive(Template)]
#[template(path = "chats/summary_page.html")]
struct SummaryPage<'a> {
    chrome: Chrome,
    base: String,
    summary: &'a Summary,
    by: String,
}

/// Sums the conversation up in the person's language.
///
/// # Errors
/// The brand is not known, or the table can't be reached.
pub(super) async fn summary(sent: Sent) -> Result<Response, Problem> {
    let asking = &sent.asking;
    let (settings, chat) = (asking.settings(), &asking.chat);
    let brand = chat.conversation.brand(settings).ok_or_else(|| {
        let what = "The settings don't list the brand of this chat";
        Problem::new(StatusCode::CONFLICT, what, "It can be summed up once its brand is listed under Settings.")
    })?;
    let log = chat.log(&asking.console).await?;
    let lines = standing_lines(log.iter().map(|(at, entry)| (*at, entry)), &chat.conversation.unanswered);
    let case = Case {
        id: &chat.key.conversation,
        settings,
        brand,
        conversation: &chat.conversation,
        lines: &lines,
        language: &asking.who.user.language,
        now: asking.console.clock.now(),
    };
    let summary = Box::pin(asking.console.summariser.summary(&case, WITHIN)).await;
    if asking.wanted == Wanted::Json {
        return Ok(axum::Json(summary).into_response());
    }
    if asking.wanted == Wanted::Fragment {
        return html(&SummaryPart { summary: &summary, by: by(&summary) });
    }
    let chrome = Chrome::new("Summary", Section::Chats, &asking.who);
    html(&SummaryPage { chrome, base: chat.base(), summary: &summary, by: by(&summary) })
}

fn by(summary: &Summary) -> String {
    match &summary.by {
        By::Model { name } => format!("Written by the model {name}: it may be wrong."),
        By::Extract => "An extract of the lines and of what is known, without a model.".to_owned(),
    }
}
