//! Calls a function of the stack directly: for tests that can't wait for what would call it.

use serde_json::Value;

use crate::aws;
use crate::error::Error;
use crate::http;
use crate::stack::{CLOUDFORMATION_STACK, Stack};

/// Calls a function and waits for it. A function that fails answers too, with an `errorMessage`.
///
/// # Errors
/// When the stack does not answer, or with something that is no JSON.
pub async fn invoke(stack: &Stack, function: &str, payload: &Value) -> Result<Value, Error> {
    const WHAT: &str = "calling a function";
    let name = format!("{CLOUDFORMATION_STACK}-{function}");
    let body = http::body(WHAT, aws::invocation(&http::client()?, stack, &name).body(payload.to_string())).await?;
    serde_json::from_str(&body).map_err(|error| Error::Call { what: WHAT, detail: error.to_string() })
}
