//! When the sentinel last ran: one document of the deployment, written once a run, so that people see that it lives.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Report;
use crate::store::{DocumentWrite, Expected, Store, StoreError};
use crate::telemetry::Chain;

const PARTITION: &str = "SENTINEL#";
const NAME: &str = "LAST_RUN";

/// A run that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The version of what ran.
    pub version: String,
    /// What it came to.
    pub report: Report,
}

/// Keeps it. That it can't be kept is logged: the next run is near.
pub(super) async fn keep(store: &impl Store, began: Timestamp, ended: Timestamp, report: &Report) {
    let run = LastRun { began, ended, version: crate::VERSION.to_owned(), report: report.clone() };
    let Ok(body) = serde_json::to_string(&run) else { return };
    let (partition, name) = (PARTITION.to_owned(), NAME.to_owned());
    let write = DocumentWrite { partition, name, expected: Expected::Anything, body, expires_at: None };
    if let Err(error) = store.put_document(&write).await {
        tracing::warn!(error = %Chain(&error), "that the sentinel ran could not be written down");
    }
}

/// The last run, if there was one that can be read.
///
/// # Errors
/// The table can't be reached.
pub async fn last_run(store: &impl Store) -> Result<Option<LastRun>, StoreError> {
    let document = store.document(PARTITION, NAME).await?;
    Ok(document.and_then(|document| serde_json::from_str(&document.body).ok()))
}
