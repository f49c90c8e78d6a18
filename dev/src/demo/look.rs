//! What a step looks at, and how long.

use std::time::Duration;

use serde_json::Value;

use crate::error::Error;
use crate::portal::{Opening, Portal, until};
use crate::seed::{NOVA, SUPPORT};

/// How long a step may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How long is watched that something does not happen: longer than a burst window and a wake-up.
const WATCHED: Duration = Duration::from_secs(5);

/// What a step found: whether it is as it should be, and what was seen.
pub(super) type Seen = Result<(bool, String), Error>;

pub(super) fn opening<'a>(brand: &'a str, question: &'a str, name: &'a str, email: &'a str) -> Opening<'a> {
    Opening { brand, department: SUPPORT, question, name, email }
}

/// Waits for the `count`-th line of ours and tells whether it holds `word`.
pub(super) async fn answered(portal: &Portal, conversation: &str, count: usize, word: &str) -> Seen {
    let said = until(PATIENCE, || async {
        let said = portal.said_by(conversation, NOVA).await?;
        Ok((said.len() >= count).then_some(said))
    })
    .await?;
    let Some(said) = said else { return Ok((false, format!("no answer within {} s", PATIENCE.as_secs()))) };
    let last = said.last().cloned().unwrap_or_default();
    Ok((said.len() == count && last.to_lowercase().contains(word), first_line(&last)))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(80).collect()
}

/// Whether the number of our lines stays what it is.
pub(super) async fn stays_at(portal: &Portal, conversation: &str, count: usize) -> Result<bool, Error> {
    let more = until(WATCHED, || async {
        let said = portal.said_by(conversation, NOVA).await?;
        Ok((said.len() != count).then_some(()))
    });
    Ok(more.await?.is_none())
}

/// Who attends, as SalesIQ has it.
pub(super) fn attender(conversation: &Value) -> &str {
    conversation["attender"]["id"].as_str().or(conversation["attender"].as_str()).unwrap_or("nobody")
}

/// Waits until a transfer rings desks of which `wanted` approves, and gives the operators' ids.
pub(super) async fn ringing(
    portal: &Portal,
    conversation: &str,
    wanted: impl Fn(&[String]) -> bool,
) -> Result<Option<Vec<String>>, Error> {
    until(PATIENCE, || async {
        let rings = rings_now(portal, conversation).await?;
        Ok((!rings.is_empty() && wanted(&rings)).then_some(rings))
    })
    .await
}

/// Whose desks a transfer rings. A new chat rings too, before the AI picks it up; that is not meant.
pub(super) async fn rings_now(portal: &Portal, conversation: &str) -> Result<Vec<String>, Error> {
    let conversation = portal.conversation(conversation).await?;
    let rings = conversation["ringing"].as_array().filter(|_| conversation["transfer"].is_object());
    let rings = rings.into_iter().flatten();
    Ok(rings.filter_map(|id| id.as_str().map(str::to_owned)).collect())
}
