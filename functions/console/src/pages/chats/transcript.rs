//! Downloads of a conversation's transcript.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use shared::domain::id::OperatorId;
use shared::engine::decisions;
use shared::telemetry::Chain;
use shared::transcript::{Format, Sources, assemble, render};

use super::conversation::{load, names};
use crate::access::guard::InWorkspace;
use crate::console::Console;
use crate::problem::Problem;

/// The forms that can be had.
const FORMATS: [Format; 4] = [Format::Html, Format::Pdf, Format::Json, Format::Csv];

/// A transcript as a file. SalesIQ's own lines stand in it, unless SalesIQ can't be asked: then it says so.
///
/// # Errors
/// There is no such conversation or form, or the table can't be reached.
pub(super) async fn download(
    State(console): State<Arc<Console>>,
    InWorkspace { id, workspace }: InWorkspace,
    Path((_, conversation, format)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let format = FORMATS.into_iter().find(|one| one.extension() == format);
    let format = format.ok_or_else(|| Problem::not_found("There is no transcript of that form"))?;
    let (settings, now) = (&workspace.settings, console.clock.now());
    let chat = load(&console, &id, &conversation).await?;
    let log = chat.log(&console).await?;
    let decisions = decisions::read(&console.store, &chat.key).await?;
    let salesiq = match console.portals.of(settings) {
        Ok(portal) => {
            let lines = portal.lines(&chat.key.conversation, chat.conversation.facts.opened_at, now).await;
            lines.map_err(|error| tracing::warn!(workspace = %id, conversation = %chat.key.conversation, error = %Chain(&error), "the transcript is made of our log alone")).ok()
        }
        Err(_) => None,
    };
    let names = names(&console, settings).await;
    let considered = decisions.iter().flat_map(|decision| &decision.considered);
    let mut operators: BTreeMap<OperatorId, String> =
        considered.filter_map(|one| Some((one.operator.clone(), one.name.clone()?))).collect();
    operators.extend(names.operators.iter().filter_map(|(id, member)| Some((id.clone(), member.name.clone()?))));
    let state = &chat.conversation;
    let transcript = assemble(Sources {
        settings,
        brand: state.brand(settings),
        id: &chat.key.conversation,
        conversation: state,
        occasion: None,
        escalation: state.escalation().or(state.last_escalation.as_ref()),
        decisions: &decisions,
        salesiq,
        log: &log,
        operators: &operators,
        now,
    });
    let bytes = render(&transcript, format).map_err(|error| Problem::failed("Writing the transcript", &error))?;
    // Ids are letters, digits, _ and -.
    let name = format!("attachment; filename=\"transcript-{}.{}\"", chat.key.conversation, format.extension());
    let mime = match format {
        Format::Pdf | Format::Json => format.media_type().to_owned(),
        Format::Html | Format::Csv | Format::Text => format!("{}; charset=utf-8", format.media_type()),
    };
    let value = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"));
    Ok(([(header::CONTENT_TYPE, value(mime)), (header::CONTENT_DISPOSITION, value(name))], bytes).into_response())
}
