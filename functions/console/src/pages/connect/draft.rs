//! What is known of a portal before there are settings, and which account was connected as what.

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::domain::id::{OperatorId, ScreenName, WorkspaceId};
use shared::domain::settings::DataCentre;
use shared::salesiq::oauth::Principal;
use shared::store::{DocumentWrite, DynamoDb, Expected, Store as _, StoreError};

/// The partition of drafts, one document a workspace.
const DRAFTS: &str = "CONNECTING";

/// How long a draft waits to be finished.
const DRAFT_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A workspace that is being connected and has no settings yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Draft {
    /// Where the portal lives.
    pub(super) data_centre: DataCentre,
    /// The portal, once an account told which there are.
    #[serde(default)]
    pub(super) screen_name: Option<ScreenName>,
    /// What webhooks call `org_id`, if the list of portals told it.
    #[serde(default)]
    pub(super) org_id: Option<String>,
    /// The AI's operator.
    #[serde(default)]
    pub(super) bot: Option<OperatorId>,
    /// The facilitator.
    #[serde(default)]
    pub(super) facilitator: Option<OperatorId>,
    /// Since when.
    pub(super) begun_at: Timestamp,
}

/// An account that was connected here; one that was connected by hand has none of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    /// When.
    pub(super) at: Timestamp,
    /// Which operator; none for the organisation.
    #[serde(default)]
    pub(super) operator: Option<OperatorId>,
    /// The operator's name.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// SalesIQ let the account set this operator's status, which only its own can.
    #[serde(default)]
    pub(super) proven: bool,
    /// Where access was granted.
    pub(super) data_centre: DataCentre,
}

impl Draft {
    /// A workspace that was just begun.
    pub(super) fn new(data_centre: DataCentre, begun_at: Timestamp) -> Self {
        Self { data_centre, screen_name: None, org_id: None, bot: None, facilitator: None, begun_at }
    }
}

/// All drafts, by workspace.
pub(super) async fn all(store: &DynamoDb) -> Result<Vec<(WorkspaceId, Draft)>, StoreError> {
    let documents = store.documents(DRAFTS, "").await?;
    let read = documents.into_iter().filter_map(|document| {
        Some((WorkspaceId::parse(&document.name).ok()?, serde_json::from_str(&document.body).ok()?))
    });
    Ok(read.collect())
}

/// The draft of a workspace with its version.
pub(super) async fn find(store: &DynamoDb, workspace: &WorkspaceId) -> Result<Option<(Draft, u64)>, StoreError> {
    let document = store.document(DRAFTS, workspace.as_str()).await?;
    document.map(|document| Ok((parsed(DRAFTS, &document.body)?, document.version))).transpose()
}

/// Keeps a draft in place of the one of this version, or of none.
pub(super) async fn keep(
    store: &DynamoDb,
    workspace: &WorkspaceId,
    draft: &Draft,
    version: Option<u64>,
) -> Result<(), StoreError> {
    let write = DocumentWrite {
        partition: DRAFTS.to_owned(),
        name: workspace.as_str().to_owned(),
        expected: version.map_or(Expected::Absent, Expected::Version),
        body: written(DRAFTS, draft)?,
        expires_at: Some(draft.begun_at + DRAFT_KEPT),
    };
    store.put_document(&write).await
}

/// Forgets a draft: there are settings now.
pub(super) async fn forget(store: &DynamoDb, workspace: &WorkspaceId) -> Result<(), StoreError> {
    store.delete_document(DRAFTS, workspace.as_str()).await
}

/// The accounts of a workspace that were connected here.
pub(super) async fn accounts(
    store: &DynamoDb,
    workspace: &WorkspaceId,
) -> Result<Vec<(Principal, Account)>, StoreError> {
    let documents = store.documents(&partition(workspace), "").await?;
    let read = documents.into_iter().filter_map(|document| {
        let principal = Principal::ALL.into_iter().find(|principal| principal.as_str() == document.name)?;
        Some((principal, serde_json::from_str(&document.body).ok()?))
    });
    Ok(read.collect())
}

/// Writes down which account was connected as what.
pub(super) async fn keep_account(
    store: &DynamoDb,
    workspace: &WorkspaceId,
    principal: Principal,
    account: &Account,
) -> Result<(), StoreError> {
    put(store, workspace, principal.as_str(), account).await
}

/// A document of a workspace's connection.
pub(super) async fn read<T: DeserializeOwned>(
    store: &DynamoDb,
    workspace: &WorkspaceId,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let document = store.document(&partition(workspace), name).await?;
    // One that an older version of us wrote is made anew.
    Ok(document.and_then(|document| serde_json::from_str(&document.body).ok()))
}

/// Writes a document of a workspace's connection, whatever is there.
pub(super) async fn put<T: Serialize>(
    store: &DynamoDb,
    workspace: &WorkspaceId,
    name: &str,
    value: &T,
) -> Result<(), StoreError> {
    let write = DocumentWrite {
        partition: partition(workspace),
        name: name.to_owned(),
        expected: Expected::Anything,
        body: written(name, value)?,
        expires_at: None,
    };
    store.put_document(&write).await
}

fn partition(workspace: &WorkspaceId) -> String {
    format!("CONNECT#{workspace}")
}

fn parsed<T: DeserializeOwned>(what: &str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Corrupt { what: what.to_owned(), reason: error.to_string() })
}

fn written<T: Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Corrupt { what: what.to_owned(), reason: error.to_string() })
}
