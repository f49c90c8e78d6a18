//! Dead letters: looked at, sent on again, or deleted. The queues are the deployment's; of their messages a person sees
//! those of the workspace, and what is of none if they see all workspaces.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use serde::Deserialize;
use shared::dead_letter::queue::QueueError;
use shared::dead_letter::waiting::{DeadLetters, Fate, Holds, Kind, Waiting};
use shared::domain::hours::zone;

use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html, shown};
use crate::problem::Problem;
use crate::routes::{ADMIN, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/console/w/{workspace}/health/dead-letters/{queue}", ADMIN, page),
        post("/console/w/{workspace}/health/dead-letters/{queue}/send", ADMIN, send),
        post("/console/w/{workspace}/health/dead-letters/{queue}/delete", ADMIN, delete),
    ]
}

/// How a queue is called.
pub(super) fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::WakeUps => "Wake-ups",
        Kind::Alarms => "Alarms",
        Kind::Transcripts => "Mails",
        Kind::Counters => "Counters",
    }
}

fn explained(kind: Kind) -> &'static str {
    match kind {
        Kind::WakeUps => {
            "Wake-ups that reached no function. No request is lost with them, since the sentinel finds what waits; but what SES \
             told of a mail that came back is told by nobody else. Sending one on wakes its conversation again."
        }
        Kind::Alarms => {
            "Alarms that failed three times. Sending one on wakes its conversation now; it sees itself what is due."
        }
        Kind::Transcripts => {
            "Mails that SES refused for good. Their chats are open. Mend what SES refuses first, then send them on: the mail is \
             made anew."
        }
        Kind::Counters => {
            "Batches of changes that the counters could not take in. Such a message holds positions in the table's stream and \
             nothing of what changed, so it can't be sent on. Nothing is lost for good: a conversation is counted anew, and \
             whole, with its next change. Only what changed no more after that is missing from Analytics. Delete them when you \
             have seen why it failed, in the sentinel's log."
        }
    }
}

/// The queue's URL, if the deployment names one.
pub(crate) fn url(console: &Console, kind: Kind) -> Option<&str> {
    let queues = &console.config.dead_letters;
    match kind {
        Kind::WakeUps => queues.wake_ups.as_deref(),
        Kind::Alarms => queues.alarms.as_deref(),
        Kind::Transcripts => queues.transcripts.as_deref(),
        Kind::Counters => queues.counters.as_deref(),
    }
}

fn open(console: &Console, queue: &str) -> Result<DeadLetters, Problem> {
    let kind = Kind::parse(queue).ok_or_else(|| Problem::not_found("There is no such queue"))?;
    let url = url(console, kind).ok_or_else(|| Problem::not_found("This deployment names no such queue"))?;
    Ok(DeadLetters { queues: console.queues.clone(), bus: console.bus.clone(), kind, url: url.to_owned() })
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: QueueError) -> Problem {
    Problem::failed("Reading the queue", &error)
}

/// Whether somebody may see a message in a workspace.
fn sees(who: &SignedIn, waiting: &Waiting) -> bool {
    match waiting.holds.key() {
        Some(key) => who.workspace.as_ref() == Some(&key.workspace),
        None => who.user.workspaces.is_empty(),
    }
}

struct Row {
    id: String,
    since: Option<(String, String)>,
    what: String,
    conversation: Option<String>,
    /// Of a mail: its text, for whoever sends it by hand.
    text: Option<String>,
    can_be_sent: bool,
}

impl Row {
    fn of(waiting: Waiting, zone: &TimeZone) -> Self {
        let since = match &waiting.holds {
            Holds::Letter(letter) => Some(letter.at),
            _ => waiting.message.sent_at,
        };
        let text = match &waiting.holds {
            Holds::Letter(letter) => Some(format!(
                "From: {}\nTo: {}\nSubject: {}\n\n{}",
                letter.from,
                letter.to.join(", "),
                letter.subject,
                letter.text
            )),
            _ => None,
        };
        Self {
            since: since.map(|at| (at.to_string(), shown(at, zone))),
            what: told(&waiting.holds),
            conversation: waiting.holds.key().map(|key| key.conversation.to_string()),
            can_be_sent: waiting.holds.can_be_sent(),
            text,
            id: waiting.message.id,
        }
    }
}

fn told(holds: &Holds) -> String {
    match holds {
        Holds::WakeUp { detail_type, wake_up } => match wake_up.due_at {
            Some(due_at) => format!("An alarm that was due at {due_at}"),
            None => format!("{detail_type} was not heard"),
        },
        Holds::MailEvent { detail, .. } => {
            format!("SES told of a mail: {}", detail["eventType"].as_str().unwrap_or("it came back"))
        }
        Holds::Letter(letter) => {
            format!("A mail to {}: {} after {} attempts", letter.to.join(", "), letter.reason, letter.failures)
        }
        Holds::Batch { size, first } => {
            let size = size.map_or_else(|| "Changes".to_owned(), |size| format!("{size} changes"));
            first.as_ref().map_or_else(|| size.clone(), |first| format!("{size} since {first}"))
        }
        Holds::Unreadable(error) => format!("Not readable: {error}"),
    }
}

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct LettersPage {
    chrome: Chrome,
    kind: Kind,
    explained: &'static str,
    rows: Vec<Row>,
    /// Messages of other workspaces that were among them.
    others: usize,
}

/// Up to ten messages of a queue.
///
/// # Errors
/// There is no such queue, or it does not answer.
async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { workspace, .. }: InWorkspace,
    Path((_, queue)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let letters = open(&console, &queue)?;
    let looked_at = letters.look().await.map_err(failed)?;
    let all = looked_at.len();
    let theirs: Vec<Waiting> = looked_at.into_iter().filter(|waiting| sees(&who, waiting)).collect();
    let zone = zone(&workspace.settings.time_zone).unwrap_or(TimeZone::UTC);
    let title = format!("Dead letters: {}", title(letters.kind));
    html(&LettersPage {
        chrome: Chrome::new(title, Section::Health, &who),
        kind: letters.kind,
        explained: explained(letters.kind),
        others: all - theirs.len(),
        rows: theirs.into_iter().map(|waiting| Row::of(waiting, &zone)).collect(),
    })
}

/// Which messages; none named: all that the person sees.
#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    id: String,
}

/// Sends messages on again.
///
/// # Errors
/// There is no such queue, or it does not answer.
async fn send(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, queue)): Path<(String, String)>,
    Form(which): Form<Which>,
) -> Result<Response, Problem> {
    settle(&console, &who, &queue, &which, Fate::SendAgain).await
}

/// Deletes messages.
///
/// # Errors
/// There is no such queue, or it does not answer.
async fn delete(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, queue)): Path<(String, String)>,
    Form(which): Form<Which>,
) -> Result<Response, Problem> {
    settle(&console, &who, &queue, &which, Fate::Delete).await
}

async fn settle(
    console: &Console,
    who: &SignedIn,
    queue: &str,
    which: &Which,
    fate: Fate,
) -> Result<Response, Problem> {
    let letters = open(console, queue)?;
    let named = which.id.trim();
    let (what, verb) = match fate {
        Fate::SendAgain => ("health.redrive", "sent on"),
        Fate::Delete => ("health.delete", "deleted"),
    };
    if fate == Fate::Delete && named.is_empty() {
        return Err(Problem::bad_request("No message was named", "Go back, and delete one message at a time."));
    }
    let chosen = |waiting: &Waiting| sees(who, waiting) && (named.is_empty() || waiting.message.id == named);
    let settled = letters.settle(fate, chosen).await.map_err(failed)?;
    for id in &settled.done {
        audit::record(console, who, what, letters.kind.name(), id).await?;
    }
    for (id, why) in &settled.failed {
        tracing::warn!(queue = letters.kind.name(), id, why, "a dead letter stays");
    }
    let said = match (settled.done.len(), settled.failed.len()) {
        (0, 0) => "No such message waits; somebody else may have seen to it, or looks at it now.".to_owned(),
        (done, 0) => format!("{done} {verb}."),
        (done, failed) => {
            let why = settled.failed.first().map_or("", |(_, why)| why.as_str());
            format!("{done} {verb}; {failed} stay: {why}.")
        }
    };
    let workspace = who.workspace.as_ref().map(ToString::to_string).unwrap_or_default();
    Ok(done(&format!("/console/w/{workspace}/health/dead-letters/{}", letters.kind.name()), &said))
}
