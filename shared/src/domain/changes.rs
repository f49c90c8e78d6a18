//! What differs between two documents, field by field, and how a change is put on top of another.
//!
//! Elements of lists are told apart by their `id`, `name` or `date` where all have one, else by their place: a brand that is
//! taken out of the list is one change, and no change of all brands behind it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an element of a list may be known by, the first that all have.
const KEYS: [&str; 3] = ["id", "name", "date"];

/// A field that differs. Without an old value it was added, without a new one it was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where: names of fields, and elements of lists in brackets.
    pub path: Vec<String>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path.iter().enumerate() {
            if index > 0 && !step.starts_with('[') {
                f.write_str(".")?;
            }
            f.write_str(step)?;
        }
        Ok(())
    }
}

/// A field that two have changed, each in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where, as in [`Change::path`].
    pub path: Vec<String>,
    /// What one of them wants there; it is kept.
    pub mine: Option<Value>,
    /// What the other has put there.
    pub theirs: Option<Value>,
}

/// A change on top of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebased {
    /// Both changes; where they contradict each other, mine.
    pub value: Value,
    /// Where they contradict each other.
    pub conflicts: Vec<Conflict>,
}

/// Which fields differ, in the order of the documents.
#[must_use]
pub fn between(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(&mut Vec::new(), Some(old), Some(new), &mut changes);
    changes
}

fn compare(path: &mut Vec<String>, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for name in names(&[before, after]) {
                path.push(name.clone());
                compare(path, before.get(&name), after.get(&name), changes);
                path.pop();
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            let Some(key) = key_of(&[before, after]) else {
                return by_place(path, before, after, changes);
            };
            let known = changes.len();
            for element in elements(key, &[before, after]) {
                path.push(format!("[{}]", label(key, &element, &[after, before])));
                compare(path, find(key, &element, before), find(key, &element, after), changes);
                path.pop();
            }
            if changes.len() == known {
                // The same elements, in another order.
                changes.push(Change { path: path.clone(), old: old.cloned(), new: new.cloned() });
            }
        }
        _ => changes.push(Change { path: path.clone(), old: old.cloned(), new: new.cloned() }),
    }
}

fn by_place(path: &mut Vec<String>, before: &[Value], after: &[Value], changes: &mut Vec<Change>) {
    for index in 0..before.len().max(after.len()) {
        path.push(format!("[{}]", index + 1));
        compare(path, before.get(index), after.get(index), changes);
        path.pop();
    }
}

/// Puts what was changed from `base` to `mine` on top of what was changed from `base` to `theirs`.
#[must_use]
pub fn rebase(base: &Value, mine: &Value, theirs: &Value) -> Rebased {
    let mut conflicts = Vec::new();
    let value = merge(&mut Vec::new(), Some(base), Some(mine), Some(theirs), &mut conflicts);
    Rebased { value: value.unwrap_or(Value::Null), conflicts }
}

fn merge(
    path: &mut Vec<String>,
    base: Option<&Value>,
    mine: Option<&Value>,
    theirs: Option<&Value>,
    conflicts: &mut Vec<Conflict>,
) -> Option<Value> {
    if mine == theirs || base == theirs {
        return mine.cloned();
    }
    if base == mine {
        return theirs.cloned();
    }
    match (mine, theirs) {
        (Some(Value::Object(own)), Some(Value::Object(other))) => {
            let nothing = Map::new();
            let before = base.and_then(Value::as_object).unwrap_or(&nothing);
            let mut merged = Map::new();
            for name in names(&[own, other]) {
                path.push(name.clone());
                let value = merge(path, before.get(&name), own.get(&name), other.get(&name), conflicts);
                merged.extend(value.map(|value| (name, value)));
                path.pop();
            }
            return Some(Value::Object(merged));
        }
        (Some(Value::Array(own)), Some(Value::Array(other))) => {
            let before = base.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            if let Some(key) = key_of(&[before, own, other]) {
                let mut merged = Vec::new();
                for element in elements(key, &[own, other]) {
                    path.push(format!("[{}]", label(key, &element, &[own, other])));
                    let of = |list| find(key, &element, list);
                    merged.extend(merge(path, of(before), of(own), of(other), conflicts));
                    path.pop();
                }
                return Some(Value::Array(merged));
            }
        }
        _ => {}
    }
    conflicts.push(Conflict { path: path.clone(), mine: mine.cloned(), theirs: theirs.cloned() });
    mine.cloned()
}

/// The names of all fields, those of the first in front, each once.
fn names(objects: &[&Map<String, Value>]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    objects.iter().flat_map(|object| object.keys()).filter(|name| seen.insert((*name).clone())).cloned().collect()
}

/// By what the elements of these lists can be told apart: all are objects that have it, and no two of a list the same.
fn key_of(lists: &[&[Value]]) -> Option<&'static str> {
    KEYS.into_iter().find(|key| {
        lists.iter().all(|list| {
            let mut seen = BTreeSet::new();
            list.iter().all(|one| one.get(key).and_then(Value::as_str).is_some_and(|text| seen.insert(text)))
        }) && lists.iter().any(|list| !list.is_empty())
    })
}

/// What the elements are known by, those of the first list in front, each once.
fn elements(key: &str, lists: &[&[Value]]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let texts = lists.iter().flat_map(|list| list.iter()).filter_map(|one| one.get(key)?.as_str());
    texts.filter(|text| seen.insert((*text).to_owned())).map(str::to_owned).collect()
}

fn find<'a>(key: &str, element: &str, list: &'a [Value]) -> Option<&'a Value> {
    list.iter().find(|one| one.get(key).and_then(Value::as_str) == Some(element))
}

/// How people know an element: by its name, if it has one.
fn label(key: &str, element: &str, lists: &[&[Value]]) -> String {
    let named = lists.iter().find_map(|list| find(key, element, list)?.get("name")?.as_str());
    named.unwrap_or(element).to_owned()
}

#[cfg(test)]
mod tests;
