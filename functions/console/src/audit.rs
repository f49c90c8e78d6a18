//! Who changed what: the audit trail.
//!
//! Each entry is a document of its own in the partition of its workspace, `AUDIT#{workspace}`; what concerns the whole
//! deployment, such as who may sign in, is in `AUDIT#`. Names begin with the time, so that pages of the newest are one query.

use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use shared::domain::fingerprint::hex;
use shared::domain::id::WorkspaceId;
use shared::store::{DocumentWrite, DynamoDb, Expected, Store as _, StoreError};
use thiserror::Error;

use crate::access::{Role, SignedIn};
use crate::console::Console;
use crate::problem::Problem;

/// How long an entry is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who: the address that they sign in with.
    pub by: String,
    /// Their role at that time.
    pub role: Role,
    /// What was done: a short code such as `settings.publish`.
    pub what: String,
    /// With what: an id or a field.
    pub about: String,
    /// A short text; no secrets, and nothing that a visitor wrote.
    pub detail: String,
}

/// The system gives no random numbers.
#[derive(Debug, Error)]
#[error("the system gives no random numbers")]
struct NoRandomness;

/// The partition of a workspace's entries; without one, of the deployment's.
#[must_use]
pub fn partition(workspace: Option<&WorkspaceId>) -> String {
    workspace.map_or_else(|| "AUDIT#".to_owned(), |workspace| format!("AUDIT#{workspace}"))
}

/// Writes down what somebody did, in the workspace that the request names.
///
/// # Errors
/// The table can't be reached.
pub async fn record(console: &Console, who: &SignedIn, what: &str, about: &str, detail: &str) -> Result<(), Problem> {
    let at = console.clock.now();
    let entry = Entry {
        at,
        by: who.user.email.as_str().to_owned(),
        role: who.user.role,
        what: what.to_owned(),
        about: about.to_owned(),
        detail: detail.to_owned(),
    };
    let mut random = [0_u8; 4];
    SystemRandom::new().fill(&mut random).map_err(|_| Problem::failed("Writing the audit trail", &NoRandomness))?;
    let write = DocumentWrite {
        partition: partition(who.workspace.as_ref()),
        name: format!("{}#{}", digits(at), hex(&random)),
        expected: Expected::Absent,
        body: serde_json::to_string(&entry).map_err(|error| Problem::failed("Writing the audit trail", &error))?,
        expires_at: Some(at + KEPT),
    };
    console.store.put_document(&write).await?;
    Ok(())
}

/// The newest entries of a partition with their names; with `before`, those that are older than the one of that name.
///
/// # Errors
/// The table can't be reached.
pub async fn newest(
    store: &DynamoDb,
    partition: &str,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<(String, Option<Entry>)>, StoreError> {
    let documents = store.newest_documents(partition, "", before, limit).await?;
    // What can't be read is passed over: it must not hide the rest of the trail.
    Ok(documents.into_iter().map(|document| (document.name, serde_json::from_str(&document.body).ok())).collect())
}

/// What names of entries of this time begin with.
fn digits(at: Timestamp) -> String {
    format!("{:013}", at.as_millisecond().max(0))
}
