//! What a page tells of its visitor besides SalesIQ's own fields (`visitor.info` of the widget, api.md §8).
//!
//! Anybody can change what their page tells, and among it may be a token that says who they are: this type never shows a
//! value when it is printed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::event::InboxEvent;

/// How many entries are taken of one event, the first by key.
pub const KEYS: usize = 20;

/// The longest key, in bytes.
pub const KEY_LIMIT_BYTES: usize = 64;

/// The longest value, in bytes. A longer one would be of no use when clipped, so it is left out.
pub const VALUE_LIMIT_BYTES: usize = 2_000;

/// Custom information, by key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomInfo(BTreeMap<String, String>);

impl CustomInfo {
    /// The entries that can be taken: neither key nor value is blank or too long, and there is room.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let fits = |key: &str, value: &str| {
            let blank = key.trim().is_empty() || value.trim().is_empty();
            !blank && key.len() <= KEY_LIMIT_BYTES && value.len() <= VALUE_LIMIT_BYTES
        };
        let entries: BTreeMap<String, String> = entries.into_iter().filter(|(key, value)| fits(key, value)).collect();
        Self(entries.into_iter().take(KEYS).collect())
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All entries, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Nothing was told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The event without the custom information under these keys.
pub(super) fn without<'a, 'k>(inbox: &'a InboxEvent, keys: impl Iterator<Item = &'k str>) -> Cow<'a, InboxEvent> {
    let custom = inbox.event.told.visitor.as_ref().map(|visitor| &visitor.custom).filter(|custom| !custom.is_empty());
    let Some(custom) = custom else { return Cow::Borrowed(inbox) };
    let told: Vec<&str> = keys.filter(|key| custom.get(key).is_some()).collect();
    if told.is_empty() {
        return Cow::Borrowed(inbox);
    }
    let mut inbox = inbox.clone();
    if let Some(visitor) = &mut inbox.event.told.visitor {
        for key in told {
            visitor.custom.0.remove(key);
        }
    }
    Cow::Owned(inbox)
}

impl fmt::Debug for CustomInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn what_is_blank_or_too_long_is_left_out() {
        let custom = CustomInfo::of([
            entry("tier", "gold"),
            entry("", "x"),
            entry("empty", " "),
            entry(&"k".repeat(65), "x"),
            entry("long", &"x".repeat(2_001)),
        ]);
        assert_eq!(custom.iter().collect::<Vec<_>>(), [("tier", "gold")]);
    }

    #[test]
    fn there_are_at_most_twenty_entries() {
        let custom = CustomInfo::of((0..50).map(|n| entry(&format!("k{n:02}"), "x")));
        assert_eq!(custom.iter().count(), KEYS);
        assert_eq!((custom.get("k19"), custom.get("k20")), (Some("x"), None));
    }

    #[test]
    fn values_are_not_printed() {
        assert_eq!(format!("{:?}", CustomInfo::of([entry("token", "v1.secret")])), r#"{"token"}"#);
    }
}
