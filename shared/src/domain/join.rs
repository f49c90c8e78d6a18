//! Values that can be merged in any order and any number of times with the same result.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Keeps the value with the largest time; among equal times the largest value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Register<T>(Option<(Timestamp, T)>);

impl<T> Default for Register<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Ord> Register<T> {
    /// Takes a value in.
    pub fn join(&mut self, time: Timestamp, value: T) {
        if self.0.as_ref().is_none_or(|(at, held)| (*at, held) < (time, &value)) {
            self.0 = Some((time, value));
        }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    /// Puts what `change` makes of the value in its place, told at the same time.
    pub fn replace(&mut self, change: impl FnOnce(&T) -> T) {
        if let Some((_, value)) = &mut self.0 {
            *value = change(value);
        }
    }

    /// When the value was told.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        self.0.as_ref().map(|(time, _)| *time)
    }

    /// The value, if it was told after `mark` (or if there is no mark).
    #[must_use]
    pub fn after(&self, mark: Option<Timestamp>) -> Option<&T> {
        self.0.as_ref().filter(|(time, _)| mark.is_none_or(|mark| *time > mark)).map(|(_, value)| value)
    }

    /// Nothing was told yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

/// The largest `N` elements ever taken in: what is pushed out once would be pushed out again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Newest<T: Ord, const N: usize>(BTreeSet<T>);

impl<T: Ord, const N: usize> Default for Newest<T, N> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<T: Ord, const N: usize> Newest<T, N> {
    /// Takes an element in.
    pub fn join(&mut self, element: T) {
        self.0.insert(element);
        while self.0.len() > N {
            self.0.pop_first();
        }
    }

    /// The elements, smallest first.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter()
    }

    /// Nothing was taken in yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The largest of two times, where none is smaller than any.
pub fn latest(held: &mut Option<Timestamp>, time: Timestamp) {
    *held = Some(held.map_or(time, |at| at.max(time)));
}

/// The smallest of two times, where none is larger than any.
pub fn earliest(held: &mut Option<Timestamp>, time: Timestamp) {
    *held = Some(held.map_or(time, |at| at.min(time)));
}
