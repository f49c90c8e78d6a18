//! Nobody is there: the visitor is told, the transcript is mailed, then the chat is closed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use super::Script;
use super::look::{PATIENCE, Seen, answered, opening};
use super::team::Team;
use crate::error::Error;
use crate::portal::{Portal, until};
use crate::seed::MERIDIAN;

/// Where the brand's transcripts go (`seed.rs`).
const INBOX: &str = "inbox@meridian.example";

pub(super) async fn nobody_there(script: &mut Script, portal: &Portal, team: &Team) {
    const SCENARIO: &str = "nobody there";
    const TOLD: &str = "is told to the visitor";
    let asked = async {
        team.change_all(portal, &json!({"status": "Busy"})).await?;
        portal.open(&opening(MERIDIAN, "I want to talk to a real person", "Zoe", "zoe@example.com")).await
    };
    let conversation = match asked.await {
        Ok(conversation) => conversation,
        Err(error) => {
            script.saw(SCENARIO, TOLD, Err(error));
            return;
        }
    };
    script.saw(SCENARIO, TOLD, answered(portal, &conversation, 2, "").await);
    let mail = mailed(portal, &conversation).await;
    let mailed_at = mail.as_ref().ok().and_then(Option::as_ref).and_then(|mail| mail["at_ms"].as_i64());
    let seen = mail.map(|mail| match mail {
        Some(mail) => (true, format!("mail {} to {INBOX}", mail["message_id"].as_str().unwrap_or_default())),
        None => (false, format!("no mail to {INBOX} within {} s", PATIENCE.as_secs())),
    });
    script.saw(SCENARIO, "means a mail with the transcript", seen);
    script.saw(SCENARIO, "ends with the close, after the mail", closed(portal, &conversation, mailed_at).await);
}

/// The mail about a conversation, which names it in its subject.
async fn mailed(portal: &Portal, conversation: &str) -> Result<Option<Value>, Error> {
    let reference = format!("#{conversation}");
    until(PATIENCE, || async {
        let mails = portal.control(Method::GET, &format!("mails?to={INBOX}"), None).await?;
        let mails = mails.as_array().cloned().unwrap_or_default();
        Ok(mails.into_iter().find(|mail| {
            let raw = STANDARD.decode(mail["raw_base64"].as_str().unwrap_or_default()).unwrap_or_default();
            // A long subject is folded.
            let raw: String = String::from_utf8_lossy(&raw).split_whitespace().collect();
            raw.contains(&reference)
        }))
    })
    .await
}

async fn closed(portal: &Portal, conversation: &str, mailed_at: Option<i64>) -> Seen {
    let close = until(PATIENCE, || async {
        let calls = portal.calls(conversation).await?;
        let is_close = |call: &&Value| {
            call["performed"] == true && call["path"].as_str().is_some_and(|path| path.ends_with("/close"))
        };
        Ok(calls.iter().find(is_close).map(|call| call["at_ms"].as_i64()))
    });
    let closed_at = close.await?.flatten();
    let status = portal.conversation(conversation).await?["status"].as_str().unwrap_or_default().to_owned();
    Ok(match (mailed_at, closed_at) {
        (Some(mailed_at), Some(closed_at)) => (
            status == "closed" && mailed_at <= closed_at,
            format!("{status} {} ms after the mail", closed_at - mailed_at),
        ),
        (None, _) => (false, format!("{status}, and there is no mail")),
        (_, None) => (false, format!("{status}; the operator did not close it")),
    })
}
