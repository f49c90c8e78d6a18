//! Where settings lie: the table of a local stack, or one in AWS.

use std::error::Error as _;

use shared::domain::id::WorkspaceId;
use shared::store::dynamodb::DynamoDb;
use shared::workspace::{WorkspaceError, Workspaces};

use super::Place;
use crate::error::Error;
use crate::seed;
use crate::stack::Stack;
use crate::workspace::Workspace;

pub(super) fn of(workspace: &Workspace, place: &Place) -> Result<Workspaces<DynamoDb>, Error> {
    if let Some(table) = &place.table {
        let config = shared::http::aws_config();
        if config.region().is_none() {
            return Err(Error::NoRegion);
        }
        return Ok(Workspaces::new(DynamoDb::new(aws_sdk_dynamodb::Client::new(&config), table.clone())));
    }
    let stack = Stack::find(&workspace.stack_folder(&place.stack))?;
    let down = || Error::StackDown(place.stack.to_string());
    let stack = stack.ok_or_else(down)?;
    let deployed = stack.deployed.as_ref().ok_or_else(down)?;
    Ok(Workspaces::new(DynamoDb::new(seed::dynamodb(&stack), deployed.table_name.clone())))
}

/// A failed call, with what caused it.
pub(super) fn failed(workspace: &WorkspaceId, error: &WorkspaceError) -> Error {
    let workspace = workspace.to_string();
    if matches!(error, WorkspaceError::Changed { .. }) {
        return Error::SettingsChanged(workspace);
    }
    let mut detail = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        detail = format!("{detail}: {cause}");
        source = cause.source();
    }
    Error::Settings { workspace, detail }
}
