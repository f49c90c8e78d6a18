//! A gate in front of SES: mails are sent on as they come, unless a fault meets them on the way.

use super::App;
use super::answer::{Answer, Content};
use super::incoming::{Incoming, Input};
use crate::faults::{Action, ErrorCode};
use crate::state::mails::Mail;
use axum::http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TRANSFER_ENCODING};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

/// How long the SES behind may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A field of the call; the query protocol of SES is a form.
fn field<'a>(incoming: &'a Incoming, name: &str) -> Option<&'a str> {
    match &incoming.input {
        Input::Form(fields) => fields.get(name).map(String::as_str),
        _ => None,
    }
}

/// Where a mail goes: the recipients that the call names, or else those in the message's head.
pub(super) fn destinations(incoming: &Incoming) -> Vec<String> {
    let Input::Form(fields) = &incoming.input else { return Vec::new() };
    let named = fields.iter().filter(|(name, _)| {
        name.starts_with("Destinations.member.") || (name.starts_with("Destination.") && name.contains(".member."))
    });
    let named: Vec<String> = named.map(|(_, to)| address(to).to_owned()).collect();
    if !named.is_empty() {
        return named;
    }
    let raw = field(incoming, "RawMessage.Data").and_then(|data| STANDARD.decode(data).ok());
    raw.map(|raw| recipients_in(&String::from_utf8_lossy(&raw))).unwrap_or_default()
}

/// The addresses of the head's To, Cc and Bcc. Good enough for mails of our own: no comments, no groups.
fn recipients_in(message: &str) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let lists = unfolded.lines().filter_map(|line| line.split_once(':'));
    lists
        .filter(|(name, _)| ["to", "cc", "bcc"].iter().any(|wanted| name.eq_ignore_ascii_case(wanted)))
        .flat_map(|(_, list)| list.split(','))
        .map(address)
        .filter(|address| address.contains('@'))
        .map(str::to_owned)
        .collect()
}

/// `Name <a@b>` as `a@b`.
fn address(text: &str) -> &str {
    let inside = text.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inside, _)| inside);
    inside.unwrap_or(text).trim()
}

/// The answer that a fault gives instead of sending the call on.
pub(super) fn refusal(fault: &Action) -> Option<Answer> {
    let (status, code) = match (fault.status, &fault.error_code) {
        (None, None) => return None,
        (status, Some(ErrorCode::Word(code))) => (status.unwrap_or(400), code.clone()),
        (status, Some(ErrorCode::Number(code))) => (status.unwrap_or(400), code.to_string()),
        (Some(status @ 500..), None) => (status, "ServiceUnavailable".to_owned()),
        (Some(status), None) => (status, "InvalidParameterValue".to_owned()),
    };
    Some(error(status, &code, "as a fault rule asks for"))
}

/// An error as SES writes it.
fn error(status: u16, code: &str, message: &str) -> Answer {
    let whose = if status >= 500 { "Receiver" } else { "Sender" };
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let xml = format!(
        "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>{whose}</Type><Code>{}</Code>\
         <Message>{}</Message></Error><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>",
        plain(code),
        plain(message)
    );
    let content = Content::Verbatim { mime: "text/xml".to_owned(), bytes: xml.into_bytes() };
    Answer { status, error_code: Some(ErrorCode::Word(code.to_owned())), ..Answer::ok(content) }
}

/// Sends the call on, and keeps the mail when SES took it.
pub(super) async fn perform(app: &App, incoming: &Incoming) -> Answer {
    let Some(upstream) = &app.ses_upstream else {
        return error(503, "ServiceUnavailable", "no SES is behind this gate: start it with --ses-upstream");
    };
    let path = incoming.path.trim_start_matches("/_ses").trim_start_matches('/');
    let mut headers = incoming.headers.clone();
    for own in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT, ACCEPT_ENCODING] {
        headers.remove(own);
    }
    let call = app.client.request(incoming.method.clone(), format!("{upstream}/{path}"));
    let call = call.query(&incoming.query).headers(headers).body(incoming.raw.clone()).timeout(TIMEOUT);
    let (status, mime, bytes) = match answer(call).await {
        Ok(answer) => answer,
        Err(problem) => return error(503, "ServiceUnavailable", &problem.without_url().to_string()),
    };
    let text = String::from_utf8_lossy(&bytes);
    if (200..300).contains(&status) && field(incoming, "Action") == Some("SendRawEmail") {
        let mail = Mail {
            seq: 0,
            at_ms: 0,
            message_id: tag(&text, "MessageId").unwrap_or_default().to_owned(),
            from: address(field(incoming, "Source").unwrap_or_default()).to_owned(),
            to: destinations(incoming),
            raw_base64: field(incoming, "RawMessage.Data").unwrap_or_default().to_owned(),
        };
        app.quietly(|state, now| state.mails.keep(Mail { at_ms: now, ..mail }));
    }
    let error_code = if status >= 400 { tag(&text, "Code").map(|code| ErrorCode::Word(code.to_owned())) } else { None };
    Answer { status, error_code, ..Answer::ok(Content::Verbatim { mime, bytes }) }
}

async fn answer(call: reqwest::RequestBuilder) -> reqwest::Result<(u16, String, Vec<u8>)> {
    let response = call.send().await?;
    let mime =
        response.headers().get(CONTENT_TYPE).and_then(|mime| mime.to_str().ok()).unwrap_or("text/xml").to_owned();
    Ok((response.status().as_u16(), mime, response.bytes().await?.to_vec()))
}

/// The text of the first such element: SES's answers are two elements deep, no need for an XML parser.
fn tag<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_read_from_the_head_when_the_call_names_none() {
        let message = "From: x@x.example\r\nTo: Inbox <in@a.example>,\r\n duty@a.example\r\nCc: c@a.example\r\n\r\nTo: no@a.example";
        assert_eq!(recipients_in(message), ["in@a.example", "duty@a.example", "c@a.example"]);
    }

    #[test]
    fn a_fault_answers_as_ses_does() {
        let fault = Action { error_code: Some(ErrorCode::Word("Throttling".to_owned())), ..Action::default() };
        let Answer { status, content: Content::Verbatim { bytes, .. }, .. } = refusal(&fault).unwrap() else {
            panic!("no XML");
        };
        let xml = String::from_utf8(bytes).unwrap();
        assert_eq!((status, tag(&xml, "Code"), tag(&xml, "Type")), (400, Some("Throttling"), Some("Sender")));
    }

    #[test]
    fn a_status_alone_is_the_services_fault_from_500_on() {
        let refused = |status| refusal(&Action { status: Some(status), ..Action::default() }).unwrap();
        assert_eq!(refused(503).error_code, Some(ErrorCode::Word("ServiceUnavailable".to_owned())));
        assert_eq!(refused(400).error_code, Some(ErrorCode::Word("InvalidParameterValue".to_owned())));
    }
}
