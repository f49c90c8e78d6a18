//! What of a conversation's items is erased when a visitor wants to be forgotten.

use super::{Item, keys};

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

/// What becomes of an item of a conversation's partition; none where there is nothing to do.
pub(super) fn erasure(item: &Item) -> Option<Erasure> {
    if item.sk == keys::COUNTED {
        return None;
    }
    if !keys::is_marker(&item.sk) {
        return Some(Erasure::Remove { sk: item.sk.clone() });
    }
    item.body.as_ref().map(|_| Erasure::Empty { item: Box::new(Item { body: None, ..item.clone() }) })
}
