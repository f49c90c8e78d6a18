//! Schemas that were compiled already, by their content: settings are read anew each minute, and compiling takes longer than
//! all the rest of a decision.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::Value;

use crate::domain::tool::schema::{Arguments, SchemaError};

/// How many are kept: the tools of a few workspaces. What is dropped is only compiled again.
const KEPT: usize = 128;

/// A schema, or why it can't be used.
type Compiled = Arc<Result<Arguments, SchemaError>>;

/// The schema of a tool's arguments, compiled once per process.
pub(super) fn arguments(schema: &Value) -> Compiled {
    static ALL: LazyLock<Mutex<HashMap<String, Compiled>>> = LazyLock::new(Mutex::default);
    let content = schema.to_string();
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(compiled) = all.get(&content) {
        return Arc::clone(compiled);
    }
    if all.len() >= KEPT {
        all.clear();
    }
    let compiled = Arc::new(Arguments::compile(schema));
    all.insert(content, Arc::clone(&compiled));
    compiled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_compiled_once() {
        let schema = json!({"type": "object", "title": "compiled once"});
        assert!(Arc::ptr_eq(&arguments(&schema), &arguments(&schema.clone())));
        assert!(arguments(&json!({"type": "array"})).is_err());
    }
}
