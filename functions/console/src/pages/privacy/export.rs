//! Everything that is held of somebody, as one file, or as several where it is much.

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::store::{ConversationKey, Store as _};

use super::beside::{Beside, value};
use super::who::Found;
use crate::console::Console;
use crate::problem::Problem;

/// How much a part holds at most, in bytes of JSON: Lambda answers with 6 MB.
const PART_BYTES: usize = 4 * 1024 * 1024;

/// A part of an export.
pub(super) struct Part {
    pub(super) json: Value,
    /// Conversations in it.
    pub(super) conversations: usize,
}

/// The part of this number, from 1.
///
/// # Errors
/// The table can't be reached.
pub(super) async fn export(console: &Console, found: &Found, number: usize, now: Timestamp) -> Result<Part, Problem> {
    let mut parts = Parts { wanted: number.max(1), at: 1, bytes: 0, taken: Vec::new(), more: false };
    if let Some(first) = found.conversations.first() {
        let beside = Beside::read(console, &first.key).await?;
        for held in &found.conversations {
            let conversation = conversation(console, &beside, &held.key).await?;
            if !parts.take(conversation) {
                break;
            }
        }
    }
    let conversations = parts.taken.len();
    let json = json!({
        "exported_at": now.to_string(),
        "part": parts.wanted,
        "more_parts": parts.more,
        "more_conversations_than_listed": found.more,
        "what_is_elsewhere": "SalesIQ's own records, mails that were sent, and the functions' logs, which hold ids only",
        "conversations": parts.taken,
    });
    Ok(Part { json, conversations })
}

async fn conversation(console: &Console, beside: &Beside, key: &ConversationKey) -> Result<Value, Problem> {
    let held = console.store.held(key).await?;
    let of = |prefix: &str| -> Vec<Value> {
        let those = held.iter().filter(|(name, _)| name.starts_with(prefix));
        those.map(|(name, body)| json!({"item": name, "holds": value(body)})).collect()
    };
    let one = |name: &str| held.iter().find(|(its, _)| its == name).map(|(_, body)| value(body));
    Ok(json!({
        "conversation": key.conversation.as_str(),
        "state": one("S"),
        "log": of("L#"),
        "unread_events": of("U#"),
        "kept_events": of("D#"),
        "counted": one("K"),
        "beside": beside.of(console, key).await?,
    }))
}

/// Conversations fill part after part; only those of the wanted one are kept.
struct Parts {
    wanted: usize,
    at: usize,
    bytes: usize,
    taken: Vec<Value>,
    more: bool,
}

impl Parts {
    /// Whether further conversations are wanted.
    fn take(&mut self, mut conversation: Value) -> bool {
        let bytes = clip(&mut conversation);
        if self.bytes > 0 && self.bytes + bytes > PART_BYTES {
            if self.at == self.wanted {
                self.more = true;
                return false;
            }
            self.at += 1;
            self.bytes = 0;
        }
        self.bytes += bytes;
        if self.at == self.wanted {
            self.taken.push(conversation);
        }
        true
    }
}

/// Leaves the oldest lines of a conversation out that is too large for a part by itself, and says how many.
fn clip(conversation: &mut Value) -> usize {
    let size = |value: &Value| value.to_string().len();
    let mut bytes = size(conversation);
    let mut left_out = 0;
    if let Some(lines) = conversation["log"].as_array_mut() {
        while bytes > PART_BYTES && !lines.is_empty() {
            bytes -= size(&lines.remove(0)) + 1;
            left_out += 1;
        }
    }
    if left_out > 0 {
        conversation["oldest_lines_left_out"] = json!(left_out);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(lines: usize, bytes: usize) -> Value {
        let line = json!({"holds": "x".repeat(bytes)});
        json!({"log": vec![line; lines]})
    }

    fn part(number: usize, conversations: &[Value]) -> (usize, bool) {
        let mut parts = Parts { wanted: number, at: 1, bytes: 0, taken: Vec::new(), more: false };
        for conversation in conversations {
            if !parts.take(conversation.clone()) {
                break;
            }
        }
        (parts.taken.len(), parts.more)
    }

    #[test]
    fn each_conversation_is_in_exactly_one_part_and_the_last_says_that_there_is_no_more() {
        let all: Vec<Value> = (0..7).map(|_| conversation(3, 500_000)).collect();
        assert_eq!([1, 2, 3, 4, 5].map(|n| part(n, &all)), [(2, true), (2, true), (2, true), (1, false), (0, false)]);
        assert_eq!(part(1, &[]), (0, false));
    }

    #[test]
    fn of_a_conversation_that_is_too_large_the_oldest_lines_are_left_out_and_counted() {
        let mut large = conversation(60, 100_000);
        assert!(clip(&mut large) <= PART_BYTES);
        let left_out = large["oldest_lines_left_out"].as_u64().unwrap();
        assert_eq!(left_out + u64::try_from(large["log"].as_array().unwrap().len()).unwrap(), 60);
    }
}
