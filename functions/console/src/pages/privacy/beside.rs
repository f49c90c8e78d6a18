//! What is held beside a conversation's own items, and names it.

use serde_json::{Value, json};
use shared::attachments;
use shared::dead_letter::waiting::{DeadLetters, Fate, Holds, Kind};
use shared::engine::{decisions, tries};
use shared::findings::{self, Kept};
use shared::identity::Used;
use shared::sentinel::compared_partition;
use shared::store::{ConversationKey, Store as _};

use super::who::Sought;
use crate::console::Console;
use crate::pages::health::dead_letters_url;
use crate::problem::Problem;

/// Documents of a workspace that name conversations, read once for all of them.
pub(super) struct Beside {
    /// Tokens that were used: the document's name and body, and in which conversation.
    nonces: Vec<(String, String, Used)>,
    findings: Vec<(String, String, Kept)>,
}

impl Beside {
    /// Reads them.
    pub(super) async fn read(console: &Console, key: &ConversationKey) -> Result<Self, Problem> {
        let nonces = console.store.documents(&Used::partition(&key.workspace), "").await?;
        let findings = console.store.documents(&findings::partition(&key.workspace), "").await?;
        Ok(Self {
            nonces: nonces
                .into_iter()
                .filter_map(|document| {
                    let used = serde_json::from_str(&document.body).ok()?;
                    Some((document.name, document.body, used))
                })
                .collect(),
            findings: findings
                .into_iter()
                .filter_map(|document| {
                    let kept = serde_json::from_str(&document.body).ok()?;
                    Some((document.name, document.body, kept))
                })
                .collect(),
        })
    }

    /// All of it that is about a conversation, for an export.
    pub(super) async fn of(&self, console: &Console, key: &ConversationKey) -> Result<Value, Problem> {
        let workspace = &key.workspace;
        let decisions = console.store.documents(&decisions::partition(key), "").await?;
        let compared = console.store.document(&compared_partition(workspace), key.conversation.as_str()).await?;
        let nonces = self.nonces.iter().filter(|(_, _, used)| used.conversation == key.conversation);
        let findings =
            self.findings.iter().filter(|(_, _, kept)| kept.conversation.as_ref() == Some(&key.conversation));
        Ok(json!({
            "routing_decisions": decisions.iter().map(|document| value(&document.body)).collect::<Vec<_>>(),
            "messages_compared_at_ms": compared.map(|document| value(&document.body)),
            "tokens_used": nonces.map(|(_, body, _)| value(body)).collect::<Vec<_>>(),
            "findings": findings.map(|(_, body, _)| value(body)).collect::<Vec<_>>(),
        }))
    }

    /// Takes it away; says how many documents went. Files are found by what the conversation's items tell of them.
    pub(super) async fn erase(
        &self,
        console: &Console,
        key: &ConversationKey,
        held: &[(String, String)],
    ) -> Result<u32, Problem> {
        let (store, workspace) = (&console.store, &key.workspace);
        let mut erased = store.erase_documents(&decisions::partition(key)).await?;
        for file in held.iter().flat_map(|(_, body)| files(&value(body))) {
            erased += store.erase_documents(&attachments::partition(workspace, &file)).await?;
        }
        let compared = compared_partition(workspace);
        if store.document(&compared, key.conversation.as_str()).await?.is_some() {
            store.delete_document(&compared, key.conversation.as_str()).await?;
            erased += 1;
        }
        for (name, _, used) in &self.nonces {
            if used.conversation == key.conversation {
                store.delete_document(&Used::partition(workspace), name).await?;
                erased += 1;
            }
        }
        for (name, _, kept) in &self.findings {
            if kept.conversation.as_ref() == Some(&key.conversation) {
                store.delete_document(&findings::partition(workspace), name).await?;
                erased += 1;
            }
        }
        Ok(erased)
    }
}

/// Takes away tries to be checked as somebody; says how many days' counts went.
pub(super) async fn erase_tries(
    console: &Console,
    workspace: &shared::domain::id::WorkspaceId,
    sought: &Sought,
) -> Result<u32, Problem> {
    let Sought::Visitor(_, value) = sought else { return Ok(0) };
    let (partition, mut erased) = (tries::partition(workspace), 0);
    for name in tries::names(value, console.clock.now()) {
        if console.store.document(&partition, &name).await?.is_some() {
            console.store.delete_document(&partition, &name).await?;
            erased += 1;
        }
    }
    Ok(erased)
}

/// Takes mails about conversations out of the queue of those that SES refused; says how many.
pub(super) async fn erase_mails(console: &Console, keys: &[ConversationKey]) -> Result<u32, Problem> {
    let kind = Kind::Transcripts;
    let Some(url) = dead_letters_url(console, kind) else { return Ok(0) };
    let letters = DeadLetters { queues: console.queues.clone(), bus: console.bus.clone(), kind, url: url.to_owned() };
    let theirs = |holds: &Holds| holds.key().is_some_and(|key| keys.contains(&key));
    let settled = letters.settle(Fate::Delete, |waiting| theirs(&waiting.holds)).await;
    let settled = settled.map_err(|error| Problem::failed("Reading the mails that were refused", &error))?;
    if let Some((_, why)) = settled.failed.first() {
        tracing::error!(why, "a refused mail could not be erased");
        let what = "A mail that SES refused could not be erased";
        return Err(Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, what, "Erase again in a minute."));
    }
    Ok(u32::try_from(settled.done.len()).unwrap_or(u32::MAX))
}

/// JSON as it is, or as text where it is none.
pub(super) fn value(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()))
}

/// The ids of files that some JSON tells of, wherever it does: what has an id, a MIME type and a size.
fn files(told: &Value) -> Vec<String> {
    match told {
        Value::Object(object) => {
            let is_file = object.contains_key("mime") && object.contains_key("size");
            let id = object.get("id").and_then(Value::as_str).filter(|_| is_file).map(str::to_owned);
            id.into_iter().chain(object.values().flat_map(files)).collect()
        }
        Value::Array(all) => all.iter().flat_map(files).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_wherever_they_are_told_of() {
        let told = json!({"actions": [{"kind": {"type": "file", "file": {"id": "f1", "name": "a", "mime": "b", "size": 1}}}], "id": "no"});
        assert_eq!(files(&told), ["f1"]);
    }
}
