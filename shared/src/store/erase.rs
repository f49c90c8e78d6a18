//! What of a conversation's items is erased when a visitor wants to be forgotten.
//!
//! The state goes last, and only in the version that the caller knows: until then the conversation is found again should
//! erasing stop half way, and whatever happens in it meanwhile stops it.

use super::{Item, StoreError, keys};

/// What becomes of an item.
pub(super) enum Erasure {
    /// It goes.
    Remove {
        /// Its sort key.
        sk: String,
    },
    /// It stays, and tells nothing any more.
    Empty {
        /// The item without what it kept.
        item: Box<Item>,
    },
}

/// What becomes of a conversation's items.
pub(super) struct Erasures {
    /// All but the state's.
    pub(super) others: Vec<Erasure>,
    /// There is a state: it goes last.
    pub(super) state: bool,
}

impl Erasures {
    /// How many items go or are emptied.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.others.len() + usize::from(self.state)).unwrap_or(u32::MAX)
    }
}

/// What is to be done with the items of a conversation's partition, if its state has this version and nothing is unread.
pub(super) fn erasures(pk: &str, items: &[Item], version: Option<u64>) -> Result<Erasures, StoreError> {
    let state = items.iter().find(|item| item.sk == keys::STATE);
    let unread = items.iter().find(|item| keys::is_unread(&item.sk));
    if let Some(other) = unread.or(state.filter(|state| state.version != version)) {
        return Err(StoreError::Conflict { what: other.name() });
    }
    if state.is_none() && version.is_some() {
        return Err(StoreError::Conflict { what: super::item::name(pk, keys::STATE) });
    }
    let others = items.iter().filter(|item| item.sk != keys::STATE).filter_map(erasure).collect();
    Ok(Erasures { others, state: state.is_some() })
}

fn erasure(item: &Item) -> Option<Erasure> {
    if item.sk == keys::COUNTED {
        return None;
    }
    if !keys::is_marker(&item.sk) {
        return Some(Erasure::Remove { sk: item.sk.clone() });
    }
    item.body.as_ref().map(|_| Erasure::Empty { item: Box::new(Item { body: None, ..item.clone() }) })
}

/// What the items hold, by their sort keys.
pub(super) fn held(items: Vec<Item>) -> Vec<(String, String)> {
    items.into_iter().filter_map(|item| item.body.map(|body| (item.sk, body))).collect()
}
