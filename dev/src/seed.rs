//! What a fresh stack holds: the demo workspace's secrets and settings.

use crate::error::Error;
use crate::stack::Stack;

/// Puts the demo workspace into a deployed stack. Called at every `up`, so it must leave alone what is already there.
#[allow(
    clippy::unused_async,
    clippy::unnecessary_wraps,
    reason = "seeding will call the stack's endpoints"
)]
pub(crate) async fn seed(_stack: &Stack) -> Result<(), Error> {
    Ok(())
}
