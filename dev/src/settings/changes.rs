//! Which fields two settings differ in.

use std::fmt;

use serde_json::Value;
use shared::domain::settings::WorkspaceSettings;

use crate::error::Error;

/// A field that is about to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    kind: Kind,
    field: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Added,
    Changed,
    Removed,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.kind {
            Kind::Added => '+',
            Kind::Changed => '~',
            Kind::Removed => '-',
        };
        write!(f, "{mark} {}", self.field)
    }
}

/// From what lies in the table to what is to be there. A document that is damaged differs in everything.
pub(super) fn between(stored: Option<&str>, settings: &WorkspaceSettings) -> Result<Vec<Change>, Error> {
    let new = serde_json::to_value(settings)
        .map_err(|error| Error::Settings { workspace: settings.workspace.to_string(), detail: error.to_string() })?;
    let old =
        stored.and_then(|stored| serde_json::from_str(stored).ok()).unwrap_or(Value::Object(serde_json::Map::new()));
    let mut changes = Vec::new();
    compare("", Some(&old), Some(&new), &mut changes);
    Ok(changes)
}

fn compare(field: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    let kind = match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|name| !old.contains_key(*name));
            for name in old.keys().chain(added) {
                let inner = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                compare(&inner, old.get(name), new.get(name), changes);
            }
            return;
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                compare(&format!("{field}[{index}]"), old.get(index), new.get(index), changes);
            }
            return;
        }
        (old, new) if old == new => return,
        (None, _) => Kind::Added,
        (_, None) => Kind::Removed,
        _ => Kind::Changed,
    };
    changes.push(Change { kind, field: field.to_owned() });
}
