//! What is written, and on which conditions.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use super::attributes::{self, Attributes, number, text};
use super::retry::{Patience, stamp};
use super::transaction::{Outcome, Transaction, condition, condition_failed};
use super::{DynamoDb, error};
use crate::domain::event::InboxEvent;
use crate::store::item::name;
use crate::store::limits::{self, Limit};
use crate::store::{Commit, ConversationKey, DocumentWrite, Expected, Item, Recorded, StoreError, Tally, keys, tally};

impl DynamoDb {
    pub(super) async fn record_event(&self, key: &ConversationKey, event: &InboxEvent) -> Result<Recorded, StoreError> {
        let item = Item::unread(key, event)?;
        let what = item.name();
        limits::item(&item).map_err(|limit| limit.refused("record", what.clone()))?;
        let marker = self.absent(&item.pk, &keys::marker(&event.dedup));
        let unread = self.put(&item, Expected::Absent);
        let actions = all([marker, unread]).map_err(|error| error::unbuilt(error, "record", &what))?;
        // After a lost answer the SDK repeats with the same token and hears of success: still `New`. When even that fails
        // the caller does not know, SalesIQ delivers again, and `StillUnread` wakes the conversation once more.
        match (Transaction { operation: "record", what: &what, token: stamp(), actions }).run(self).await? {
            Outcome::Done => Ok(Recorded::New),
            Outcome::ConditionsFailed(reasons) if reasons.first().is_some_and(condition_failed) => {
                Ok(Recorded::AlreadyRead)
            }
            Outcome::ConditionsFailed(_) => Ok(Recorded::StillUnread),
        }
    }

    pub(super) async fn write_commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let what = limits::commit_name(commit);
        let stamp = stamp();
        let state = Item { stamp: Some(stamp.clone()), ..Item::state(&commit.key, &commit.state) };
        let markers: Vec<Item> = commit.read.iter().map(|read| Item::marker(&commit.key, read, commit.now)).collect();
        let lines: Vec<Item> = commit.log.iter().map(|line| Item::log(&commit.key, line)).collect();
        let documents: Vec<Item> =
            commit.documents.iter().map(|write| stamped(Item::document(write, next(write.expected)), &stamp)).collect();
        let puts = [&state].into_iter().chain(&markers).chain(&lines).chain(&documents);
        limits::commit(commit, puts).map_err(|limit| limit.refused("commit", what.clone()))?;

        let expected = commit.expected.map_or(Expected::Absent, Expected::Version);
        if markers.is_empty() && lines.is_empty() && documents.is_empty() {
            return self.put_alone(&state, expected, "commit").await;
        }
        let first = [self.put(&state, expected)].into_iter();
        let deletions = commit.read.iter().map(|read| self.delete(&state.pk, &keys::unread(&read.dedup)));
        let appended = markers.iter().chain(&lines).map(|item| self.put(item, Expected::Anything));
        let documents = commit.documents.iter().zip(&documents).map(|(write, item)| match write.expected {
            Expected::Anything => self.overwrite(item),
            expected => self.put(item, expected),
        });
        // The documents come before the events, so that a failed condition's place tells whose it was.
        let actions = all(first.chain(documents).chain(deletions).chain(appended))
            .map_err(|error| error::unbuilt(error, "commit", &what))?;
        let token = stamp.clone();
        let Outcome::ConditionsFailed(reasons) =
            (Transaction { operation: "commit", what: &what, token, actions }).run(self).await?
        else {
            return Ok(());
        };
        if reasons.first().and_then(|reason| reason.item()).is_some_and(|there| is_ours(there, &stamp)) {
            return Ok(());
        }
        let place = reasons.iter().position(condition_failed).unwrap_or(0);
        let what = place
            .checked_sub(1)
            .and_then(|document| commit.documents.get(document))
            .map_or(what, |write| name(&write.partition, &write.name));
        Err(StoreError::Conflict { what })
    }

    pub(super) async fn write_document(&self, write: &DocumentWrite) -> Result<(), StoreError> {
        let what = name(&write.partition, &write.name);
        let item = stamped(Item::document(write, next(write.expected)), &stamp());
        limits::document(write)
            .and_then(|()| limits::item(&item))
            .map_err(|limit: Limit| limit.refused("put_document", what))?;
        match write.expected {
            Expected::Anything => self.overwrite_alone(&item).await,
            expected => self.put_alone(&item, expected, "put_document").await,
        }
    }

    /// A conditional put, which knows its own success again by the stamp.
    async fn put_alone(&self, item: &Item, expected: Expected, operation: &'static str) -> Result<(), StoreError> {
        let what = item.name();
        let mut patience = Patience::default();
        loop {
            let mut put = self
                .client
                .put_item()
                .table_name(&*self.table)
                .set_item(Some(attributes::write(item)))
                .set_condition_expression(condition(expected).map(str::to_owned))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            if let Expected::Version(version) = expected {
                put = put.expression_attribute_values(":expected", number(version));
            }
            let Err(error) = put.send().await else { return Ok(()) };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    let ours =
                        item.stamp.as_deref().zip(failed.item()).is_some_and(|(stamp, there)| is_ours(there, stamp));
                    return if ours { Ok(()) } else { Err(StoreError::Conflict { what }) };
                }
                Some(PutItemError::TransactionConflictException(_)) => {
                    if !patience.wait().await {
                        return Err(StoreError::Busy { what });
                    }
                }
                _ => return Err(error::failed(error, operation, &what)),
            }
        }
    }

    /// An unconditional write; its one condition is that it was not done before, so that a repetition counts once.
    async fn overwrite_alone(&self, item: &Item) -> Result<(), StoreError> {
        let what = item.name();
        let mut patience = Patience::default();
        loop {
            let (expression, values) = overwriting(item);
            let update = self
                .client
                .update_item()
                .table_name(&*self.table)
                .set_key(Some(attributes::key(&item.pk, &item.sk)))
                .update_expression(expression)
                .condition_expression("attribute_not_exists(stamp) OR stamp <> :stamp")
                .set_expression_attribute_values(Some(values));
            let Err(error) = update.send().await else { return Ok(()) };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => return Ok(()),
                Some(UpdateItemError::TransactionConflictException(_)) => {
                    if !patience.wait().await {
                        return Err(StoreError::Busy { what });
                    }
                }
                _ => return Err(error::failed(error, "put_document", &what)),
            }
        }
    }

    pub(super) async fn write_tally(&self, tally: &Tally) -> Result<(), StoreError> {
        let pk = keys::conversation(&tally.key);
        let what = name(&pk, keys::COUNTED);
        let mut patience = Patience::default();
        loop {
            let counted = self.get("tally", &pk, keys::COUNTED).await?;
            let Some(change) = tally::change(tally, counted.as_ref())? else { return Ok(()) };
            let expected = change.expected.map_or(Expected::Absent, Expected::Version);
            let counted = self.put(&change.counted, expected);
            let added = change.deltas.iter().map(|(name, delta)| self.add(&change.partition, name, *delta));
            let actions =
                all([counted].into_iter().chain(added)).map_err(|error| error::unbuilt(error, "tally", &what))?;
            match (Transaction { operation: "tally", what: &what, token: stamp(), actions }).run(self).await? {
                Outcome::Done => return Ok(()),
                // Another tally of this conversation came between: what is left to add has changed.
                Outcome::ConditionsFailed(_) => {
                    if !patience.wait().await {
                        return Err(StoreError::Busy { what });
                    }
                }
            }
        }
    }
}

/// The update that writes a document over whatever is there, and its values.
pub(super) fn overwriting(item: &Item) -> (&'static str, Attributes) {
    let mut values = Attributes::from([
        (":zero".to_owned(), number(0)),
        (":one".to_owned(), number(1)),
        (":body".to_owned(), text(item.body.as_deref().unwrap_or_default())),
        (":stamp".to_owned(), text(item.stamp.as_deref().unwrap_or_default())),
    ]);
    let Some(expires_at) = item.expires_at else {
        return (
            "SET version = if_not_exists(version, :zero) + :one, body = :body, stamp = :stamp REMOVE expires_at",
            values,
        );
    };
    values.insert(":expires_at".to_owned(), number(expires_at));
    (
        "SET version = if_not_exists(version, :zero) + :one, body = :body, stamp = :stamp, expires_at = :expires_at",
        values,
    )
}

fn stamped(item: Item, stamp: &str) -> Item {
    Item { stamp: Some(stamp.to_owned()), ..item }
}

/// The version that a document has after the write, where that is known beforehand.
fn next(expected: Expected) -> u64 {
    match expected {
        Expected::Version(version) => version + 1,
        Expected::Absent | Expected::Anything => 1,
    }
}

fn is_ours(there: &Attributes, stamp: &str) -> bool {
    matches!(there.get("stamp"), Some(AttributeValue::S(text)) if text == stamp)
}

fn all(
    actions: impl IntoIterator<Item = Result<TransactWriteItem, BuildError>>,
) -> Result<Vec<TransactWriteItem>, BuildError> {
    actions.into_iter().collect()
}
