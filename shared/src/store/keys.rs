//! The texts that keys are made of, in one place: a key that two writers spell differently is a lost request.

use jiff::Timestamp;

use super::{ConversationKey, WORK_SHARDS};
use crate::domain::event::DedupKey;
use crate::domain::id::{ConversationId, WorkspaceId};

/// The sort key of a conversation's state.
pub(super) const STATE: &str = "S";

/// The sort key of what was counted of a conversation. Outside `L..V`, so that no load reads it.
pub(super) const COUNTED: &str = "K";

/// What the sort keys of log lines begin with.
pub(super) const LOG_PREFIX: &str = "L#";

/// A load reads the sort keys from here ...
pub(super) const LOAD_FROM: &str = "L";

/// ... to here: log lines (`L#`), the state (`S`) and unread events (`U#`), but no markers (`D#`).
pub(super) const LOAD_TO: &str = "V";

/// Sixteen partitions take a thousand writes a second each, far more than the conversations of one workspace make.
pub(super) const COUNTER_SHARDS: u8 = 16;

/// The largest number of 13 digits: the year 2286.
const LAST_MILLISECOND: i64 = 9_999_999_999_999;

/// Which shard of the `WORK` index a conversation is on.
#[must_use]
pub fn work_shard(conversation: &ConversationId) -> u8 {
    shard(conversation, WORK_SHARDS)
}

pub(super) fn counter_shard(conversation: &ConversationId) -> u8 {
    shard(conversation, COUNTER_SHARDS)
}

// FNV-1a: its values lie in the table, so it has to stay the same through compilers and versions, which the standard
// library's hasher does not promise.
fn shard(conversation: &ConversationId, shards: u8) -> u8 {
    let hash = conversation
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    u8::try_from(hash % u64::from(shards)).unwrap_or(0)
}

pub(super) fn conversation(key: &ConversationKey) -> String {
    format!("C#{}#{}", key.workspace, key.conversation)
}

pub(super) fn parse_conversation(pk: &str) -> Option<ConversationKey> {
    let (workspace, conversation) = pk.strip_prefix("C#")?.split_once('#')?;
    Some(ConversationKey {
        workspace: WorkspaceId::parse(workspace).ok()?,
        conversation: ConversationId::parse(conversation).ok()?,
    })
}

pub(super) fn unread(dedup: &DedupKey) -> String {
    format!("U#{}", dedup.as_str())
}

pub(super) fn marker(dedup: &DedupKey) -> String {
    format!("D#{}", dedup.as_str())
}

pub(super) fn is_unread(sk: &str) -> bool {
    sk.starts_with("U#")
}

pub(super) fn is_marker(sk: &str) -> bool {
    sk.starts_with("D#")
}

pub(super) fn log(time: Timestamp, dedup: &DedupKey) -> String {
    format!("L#{}#{}", digits(time), dedup.as_str())
}

pub(super) fn parse_log(sk: &str) -> Option<(Timestamp, DedupKey)> {
    let (time, dedup) = sk.strip_prefix("L#")?.split_once('#')?;
    let time = Timestamp::from_millisecond(time.parse().ok()?).ok()?;
    Some((time, DedupKey::from_hex(dedup.to_owned())))
}

pub(super) fn work(workspace: &WorkspaceId, shard: u8) -> String {
    format!("WORK#{workspace}#{shard}")
}

pub(super) fn live(workspace: &WorkspaceId) -> String {
    format!("LIVE#{workspace}")
}

pub(super) fn live_sort(sort: &str, conversation: &ConversationId) -> String {
    format!("{sort}#{conversation}")
}

pub(super) fn visitor(workspace: &WorkspaceId, identity: &str) -> String {
    format!("VISITOR#{workspace}#{identity}")
}

pub(super) fn visitor_sort(opened_at: Timestamp, conversation: &ConversationId) -> String {
    format!("{}#{conversation}", digits(opened_at))
}

pub(super) fn counters(workspace: &WorkspaceId, shard: u8) -> String {
    format!("COUNT#{workspace}#{shard}")
}

/// What stands before and after the last separator: the sort and the conversation, whose id has no separator in it.
pub(super) fn parse_sort(text: &str) -> Option<(&str, ConversationId)> {
    let (sort, conversation) = text.rsplit_once('#')?;
    Some((sort, ConversationId::parse(conversation).ok()?))
}

// As text, times sort only while they are equally long. A time outside of 1970 to 2286 is a mistake of the sender; it
// is moved to the nearer end, since refusing it would lose the message.
fn digits(time: Timestamp) -> String {
    format!("{:013}", time.as_millisecond().clamp(0, LAST_MILLISECOND))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn id(text: &str) -> ConversationId {
        ConversationId::parse(text).unwrap()
    }

    #[test]
    fn a_shard_is_the_same_for_ever() {
        assert_eq!(work_shard(&id("19000000033103")), 3);
        assert_eq!(counter_shard(&id("19000000033103")), 3);
    }

    #[test]
    fn the_shards_are_about_equally_full() {
        let mut full = [0_u32; WORK_SHARDS as usize];
        for n in 0..8_000 {
            full[usize::from(work_shard(&id(&format!("1900000{n:07}"))))] += 1;
        }
        assert!(full.iter().all(|n| (700..1300).contains(n)), "{full:?}");
    }

    #[test]
    fn a_conversation_is_read_back_from_its_partition_key() {
        let key = ConversationKey { workspace: WorkspaceId::parse("demo").unwrap(), conversation: id("19_a-1") };
        assert_eq!(parse_conversation(&conversation(&key)), Some(key));
        assert_eq!(parse_conversation("W#demo"), None);
    }

    #[test]
    fn a_log_line_is_read_back_from_its_sort_key() {
        let (time, dedup) = (Timestamp::from_millisecond(1_700_000_000_123).unwrap(), DedupKey::from_hex("ab".into()));
        assert_eq!(parse_log(&log(time, &dedup)), Some((time, dedup)));
    }

    #[test]
    fn a_time_that_can_not_be_stays_sortable() {
        let dedup = DedupKey::from_hex("ab".into());
        assert_eq!(log(Timestamp::MIN, &dedup), "L#0000000000000#ab");
        assert_eq!(log(Timestamp::MAX, &dedup), "L#9999999999999#ab");
    }
}
