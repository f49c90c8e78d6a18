//! What both implementations make of the items that a query returns.

use super::item::Item;
use super::{ConversationKey, Loaded, StoreError, keys};

/// Puts an item of a load where it belongs. Whether the state was reached, or the place where it would be.
pub(super) fn take(loaded: &mut Loaded, item: &Item) -> Result<bool, StoreError> {
    if item.sk.starts_with("U#") {
        loaded.unread.push(item.to_unread()?);
        return Ok(false);
    }
    if item.sk == keys::STATE {
        loaded.state = Some(item.to_state()?);
    } else if item.sk.starts_with("L#") {
        loaded.log.push(item.to_log()?);
    }
    Ok(true)
}

/// Unread events in their order, log lines oldest first; the query returns both the other way.
pub(super) fn in_order(loaded: &mut Loaded) {
    loaded.unread.sort_by(|a, b| (a.order, &a.dedup).cmp(&(b.order, &b.dedup)));
    loaded.log.reverse();
}

/// Adds the conversation of a row of an index, unless it is there: one with many unread events is due once.
pub(super) fn once(due: &mut Vec<ConversationKey>, pk: &str, sk: &str) -> Result<(), StoreError> {
    let key = conversation_of(pk, sk)?;
    if !due.contains(&key) {
        due.push(key);
    }
    Ok(())
}

/// Which conversation an item is of.
pub(super) fn conversation_of(pk: &str, sk: &str) -> Result<ConversationKey, StoreError> {
    keys::parse_conversation(pk).ok_or_else(|| StoreError::Corrupt {
        what: super::item::name(pk, sk),
        reason: "its key is not a conversation's".to_owned(),
    })
}

/// A limit as a length.
pub(super) fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
