//! One handler for each thing that may be asked for: reads the form, checks it, asks.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::response::Response;
use shared::attachments::{FILE_LIMIT_BYTES, keep};
use shared::domain::ask::{Ask, FileRef};
use shared::domain::email::EmailAddress;
use shared::domain::fingerprint::hex;
use shared::domain::id::{DepartmentId, OperatorId};
use shared::domain::message::clip;
use shared::domain::router::Target;
use shared::domain::tool::IdempotencyKey;

use super::actions::{Wrong, limits};
use super::asking::{Asking, Sent, named};
use crate::console::Console;
use crate::problem::Problem;

/// To how many addresses a transcript is mailed at once.
const ADDRESSES: usize = 10;

/// How long the note of a reassignment may be, in characters: it is read while the desk rings.
pub(super) const REASSIGN_NOTE_CHARS: usize = 250;

/// The longest name of a file, in bytes.
const FILE_NAME_BYTES: usize = 200;

type Answer = Result<Response, Problem>;

pub(super) async fn pick_up(sent: Sent) -> Answer {
    sent.ask(Ask::PickUp).await
}

pub(super) async fn hand_back(sent: Sent) -> Answer {
    sent.ask(Ask::HandBack).await
}

pub(super) async fn end(sent: Sent) -> Answer {
    let countdown = sent.text("how") == "countdown";
    sent.ask(Ask::End { countdown }).await
}

/// A text, a link, or both: the link stands in a line of its own.
pub(super) async fn say(sent: Sent) -> Answer {
    let (text, link) = (sent.text("text"), sent.text("link"));
    if text.is_empty() && link.is_empty() {
        return sent.wrong("text", "Write an answer, or give a link.").await;
    }
    let is_web =
        |link: &str| url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !link.is_empty() && !is_web(link) {
        return sent.wrong("link", "Give the whole address of a page, beginning with https://.").await;
    }
    let whole = [text, link].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let (limit, _) = limits(&sent.asking.who, sent.asking.settings());
    if let Some(message) = too_long(&whole, limit) {
        return sent.wrong("text", message).await;
    }
    sent.ask(Ask::Say { text: whole }).await
}

pub(super) async fn note(sent: Sent) -> Answer {
    let text = sent.text("note").to_owned();
    if text.is_empty() {
        return sent.wrong("note", "Write what the team is to know.").await;
    }
    let (_, limit) = limits(&sent.asking.who, sent.asking.settings());
    if let Some(message) = too_long(&text, limit) {
        return sent.wrong("note", message).await;
    }
    sent.ask(Ask::Note { text }).await
}

pub(super) async fn tag(sent: Sent) -> Answer {
    let tags = sent.all("tags").map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned);
    let tags: Vec<String> = tags.collect();
    if tags.is_empty() {
        return sent.wrong("tags", "Choose at least one tag.").await;
    }
    sent.ask(Ask::Tag { tags }).await
}

pub(super) async fn mail(sent: Sent) -> Answer {
    let mut to = Vec::new();
    for address in sent.text("to").split([',', ';', '\n', ' ']).map(str::trim).filter(|text| !text.is_empty()) {
        match EmailAddress::parse(address) {
            Ok(address) => to.push(address),
            Err(error) => {
                let message = format!("{} is no address: {error}.", clip(address, 60));
                return sent.wrong("to", message).await;
            }
        }
    }
    to.sort();
    to.dedup();
    if to.is_empty() {
        return sent.wrong("to", "Give at least one e-mail address.").await;
    }
    if to.len() > ADDRESSES {
        return sent.wrong("to", format!("Give at most {ADDRESSES} addresses at once; these are {}.", to.len())).await;
    }
    sent.ask(Ask::MailTranscript { to }).await
}

pub(super) async fn reassign(sent: Sent) -> Answer {
    let note = sent.text("note").to_owned();
    let Some(target) = target(sent.text("target")) else {
        return sent.wrong("target", "Choose who is to be rung: open Reassign again, and choose one.").await;
    };
    if let Some(message) = too_long(&note, REASSIGN_NOTE_CHARS) {
        return sent.wrong("target", message).await;
    }
    sent.ask(Ask::Reassign { target, note }).await
}

/// `department` or `department/operator`.
fn target(text: &str) -> Option<Target> {
    let (department, operator) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let operator = match operator {
        Some(id) => Some(OperatorId::parse(id).ok()?),
        None => None,
    };
    Some(Target { department: DepartmentId::parse(department).ok()?, operator })
}

pub(super) async fn decide(sent: Sent) -> Answer {
    let call = sent.text("call").to_owned();
    let approve = match sent.text("decision") {
        "approve" => true,
        "deny" => false,
        _ => return Err(Problem::bad_request("Nothing was decided", "Choose to approve or to deny the call.")),
    };
    let waits = super::waiting::approvals(&sent.asking.chat.conversation);
    if !waits.iter().any(|approval| approval.key == call) {
        return Err(Problem::not_found("No such call waits for approval in this chat"));
    }
    sent.ask(Ask::Decide { call: IdempotencyKey(call), approve }).await
}

/// A file with or without words to it, as a browser sends one.
pub(super) async fn send_file(State(console): State<Arc<Console>>, request: Request) -> Answer {
    let (asking, request) = Asking::of(request, &console).await?;
    let unreadable = || {
        Problem::bad_request("The file did not arrive whole", "Nothing was sent. Choose the file again and send it.")
    };
    let mut multipart = Multipart::from_request(request, &console).await.map_err(|_| unreadable())?;
    let (mut request, mut comment, mut file) = (String::new(), String::new(), None);
    while let Some(field) = multipart.next_field().await.map_err(|_| unreadable())? {
        match field.name() {
            Some("request") => request = field.text().await.map_err(|_| unreadable())?,
            Some("comment") => comment = field.text().await.map_err(|_| unreadable())?,
            Some("file") => {
                let name = file_name(field.file_name().unwrap_or_default());
                let mime = mime(field.content_type().unwrap_or_default());
                file = Some((name, mime, field.bytes().await.map_err(|_| unreadable())?));
            }
            _ => {}
        }
    }
    let request = named(&request)?;
    let comment = comment.trim().to_owned();
    let wrong = |message: String| Wrong { field: "file", message, typed: String::new() };
    let Some((name, mime, bytes)) = file.filter(|(_, _, bytes)| !bytes.is_empty()) else {
        return Box::pin(asking.refused(wrong("Choose a file that has something in it.".to_owned()))).await;
    };
    if bytes.len() > FILE_LIMIT_BYTES {
        let large = wrong("The file is larger than 4 MB. Send a smaller one, or a link to it.".to_owned());
        return Box::pin(asking.refused(large)).await;
    }
    let (limit, _) = limits(&asking.who, asking.settings());
    if let Some(message) = too_long(&comment, limit) {
        return Box::pin(asking.refused(wrong(message))).await;
    }
    // Named by what it holds and by the form: sent twice, it is one file.
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in [asking.chat.key.conversation.as_str().as_bytes(), b"|", request.as_bytes(), b"|", &bytes] {
        context.update(part);
    }
    let id = hex(&context.finish().as_ref()[..16]);
    let file = FileRef { id, name, mime, size: u64::try_from(bytes.len()).unwrap_or(u64::MAX) };
    keep(&console.store, &asking.chat.key.workspace, &file, &bytes, console.clock.now()).await?;
    let comment = Some(comment).filter(|comment| !comment.is_empty());
    Box::pin(asking.ask(Ask::SendFile { file, comment }, &request)).await
}

/// A name that can stand in a header and in a chat: no folders, no control characters, not endless.
fn file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control() && *c != '"').collect();
    let kept = clip(plain.trim(), FILE_NAME_BYTES).to_owned();
    if kept.trim_matches('.').is_empty() { "file".to_owned() } else { kept }
}

/// The media type, if it looks like one.
fn mime(sent: &str) -> String {
    let of =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
    let plain = sent.split(';').next().unwrap_or_default().trim();
    let fits = plain.len() <= 100 && plain.split_once('/').is_some_and(|(kind, rest)| of(kind) && of(rest));
    if fits { plain.to_owned() } else { "application/octet-stream".to_owned() }
}

fn too_long(text: &str, limit: usize) -> Option<String> {
    let count = text.chars().count();
    (count > limit).then(|| format!("It has {count} characters; at most {limit} can be sent. Shorten it."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_has_no_folders_and_nothing_that_ends_a_header() {
        let names = ["../../etc/passwd", "C:\\x\\a.pdf", "a\"b\r\n.png", "..", ""].map(file_name);
        assert_eq!(names, ["passwd", "a.pdf", "ab.png", "file", "file"]);
        assert!(file_name(&"ä".repeat(500)).len() <= FILE_NAME_BYTES);
    }

    #[test]
    fn what_is_no_media_type_is_any_bytes() {
        let types = ["image/png", "text/plain; charset=utf-8", "a b/c", "x", "text/html\r\nx: y"].map(mime);
        let any = "application/octet-stream";
        assert_eq!(types, ["image/png", "text/plain", any, any, any]);
    }

    #[test]
    fn who_is_rung_is_a_department_or_one_of_its_operators() {
        assert_eq!(target("9").map(|target| target.operator), Some(None));
        assert_eq!(target("9/7").and_then(|target| target.operator).map(|id| id.to_string()), Some("7".to_owned()));
        assert!(["", "/7", "9/", "9#"].iter().all(|text| target(text).is_none()));
    }
}
