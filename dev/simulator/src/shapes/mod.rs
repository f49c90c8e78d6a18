//! How SalesIQ writes things: ids as strings, times as strings of milliseconds, some booleans as strings (api.md 1.6).

pub(crate) mod rest;
pub(crate) mod webhook;

use serde_json::{Value, json};

/// A time as SalesIQ writes it.
pub(crate) fn ms(time: i64) -> Value {
    json!(time.to_string())
}

/// Puts a time in when it happened.
fn put_time(object: &mut Value, key: &str, time: Option<i64>) {
    if let Some(time) = time {
        object[key] = ms(time);
    }
}
