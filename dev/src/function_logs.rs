//! What the functions logged, as JSON: for tests that count calls and look for what must not be there.

use serde_json::Value;

use crate::aws;
use crate::error::Error;
use crate::http;
use crate::stack::{CLOUDFORMATION_STACK, Stack};

/// The lines that a function logged since a moment, as they are; a run's lines appear when it has ended.
///
/// # Errors
/// When the stack does not answer.
pub async fn lines(stack: &Stack, function: &str, from_ms: i64) -> Result<Vec<String>, Error> {
    let group = format!("/aws/lambda/{CLOUDFORMATION_STACK}-{function}");
    let lines = aws::log_lines(&http::client()?, stack, &group, from_ms).await?;
    Ok(lines.into_iter().map(|line| line.message).collect())
}

/// Of those lines the ones that are JSON: what the function itself said.
///
/// # Errors
/// As [`lines`].
pub async fn records(stack: &Stack, function: &str, from_ms: i64) -> Result<Vec<Value>, Error> {
    let lines = lines(stack, function, from_ms).await?;
    Ok(lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
