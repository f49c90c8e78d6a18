//! One transaction: sent, repeated while others hold its items, and its cancellation read.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::attributes::{self, number};
use super::retry::Patience;
use super::{DynamoDb, error};
use crate::store::{Expected, Item, StoreError};

/// What stands at a condition that failed.
const CONDITION_FAILED: &str = "ConditionalCheckFailed";

/// What stands at an action that may succeed when it is repeated.
const TEMPORARY: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// How a transaction ended.
pub(super) enum Outcome {
    /// All was written.
    Done,
    /// Nothing was written; for each action, whether its condition failed and what was there.
    ConditionsFailed(Vec<CancellationReason>),
}

/// A transaction in the making.
pub(super) struct Transaction<'a> {
    pub(super) operation: &'static str,
    pub(super) what: &'a str,
    /// The same through all retries: when an attempt that seemed lost arrives late, DynamoDB knows the next one as the
    /// same and answers "done" instead of failing its conditions. A cancelled attempt is not remembered.
    pub(super) token: String,
    pub(super) actions: Vec<TransactWriteItem>,
}

impl Transaction<'_> {
    pub(super) async fn run(self, store: &DynamoDb) -> Result<Outcome, StoreError> {
        let mut patience = Patience::default();
        loop {
            let sent = store
                .client
                .transact_write_items()
                .client_request_token(&self.token)
                .set_transact_items(Some(self.actions.clone()))
                .send()
                .await;
            let Err(error) = sent else { return Ok(Outcome::Done) };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
            else {
                return Err(error::failed(error, self.operation, self.what));
            };
            let reasons = cancelled.cancellation_reasons();
            if reasons.iter().any(condition_failed) {
                return Ok(Outcome::ConditionsFailed(reasons.to_vec()));
            }
            if !reasons.iter().any(|reason| reason.code().is_some_and(|code| TEMPORARY.contains(&code))) {
                return Err(error::failed(error, self.operation, self.what));
            }
            if !patience.wait().await {
                return Err(StoreError::Busy { what: self.what.to_owned() });
            }
        }
    }
}

pub(super) fn condition_failed(reason: &CancellationReason) -> bool {
    reason.code() == Some(CONDITION_FAILED)
}

/// The condition that an expectation makes, if it makes one.
pub(super) fn condition(expected: Expected) -> Option<&'static str> {
    match expected {
        Expected::Anything => None,
        Expected::Absent => Some("attribute_not_exists(pk)"),
        Expected::Version(_) => Some("version = :expected"),
    }
}

impl DynamoDb {
    pub(super) fn absent(&self, pk: &str, sk: &str) -> Result<TransactWriteItem, BuildError> {
        let check = ConditionCheck::builder()
            .table_name(&*self.table)
            .set_key(Some(attributes::key(pk, sk)))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    pub(super) fn put(&self, item: &Item, expected: Expected) -> Result<TransactWriteItem, BuildError> {
        let mut put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(attributes::write(item)))
            .set_condition_expression(condition(expected).map(str::to_owned))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Expected::Version(version) = expected {
            put = put.expression_attribute_values(":expected", number(version));
        }
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    pub(super) fn delete(&self, pk: &str, sk: &str) -> Result<TransactWriteItem, BuildError> {
        let delete = Delete::builder().table_name(&*self.table).set_key(Some(attributes::key(pk, sk))).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Writes a document over whatever is there; its version counts on.
    pub(super) fn overwrite(&self, item: &Item) -> Result<TransactWriteItem, BuildError> {
        let (expression, values) = super::write::overwriting(item);
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(attributes::key(&item.pk, &item.sk)))
            .update_expression(expression)
            .set_expression_attribute_values(Some(values))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    pub(super) fn add(&self, pk: &str, sk: &str, delta: i64) -> Result<TransactWriteItem, BuildError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(attributes::key(pk, sk)))
            .update_expression("ADD #count :delta")
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":delta", number(delta))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
