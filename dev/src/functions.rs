//! Running a function of the stack at once, as its schedule or the bus would later.

use serde_json::Value;

use crate::aws;
use crate::error::Error;
use crate::http;
use crate::stack::{CLOUDFORMATION_STACK, Stack};

/// Runs a function, such as `sentinel`, with an event and waits for its answer.
///
/// # Errors
/// The stack does not answer, or the function failed.
pub async fn run(stack: &Stack, function: &str, event: &Value) -> Result<Value, Error> {
    aws::invoke(&http::client()?, stack, &format!("{CLOUDFORMATION_STACK}-{function}"), event).await
}
