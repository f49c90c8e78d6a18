//! What is read. By key always consistently; from an index it may be some milliseconds old, and callers reload by key.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::attributes::{self, number, text};
use super::{DynamoDb, error};
use crate::domain::id::{ConversationId, WorkspaceId};
use crate::store::{
    ConversationKey, Document, Item, LOAD_LIMIT, LiveEntry, Loaded, LogLine, StoreError, item::name, keys, rows, tally,
};

impl DynamoDb {
    pub(super) async fn get(&self, operation: &'static str, pk: &str, sk: &str) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(attributes::key(pk, sk)));
        let answer = request.consistent_read(true).send().await;
        let answer = answer.map_err(|error| error::failed(error, operation, &name(pk, sk)))?;
        answer.item.map(attributes::read).transpose()
    }

    pub(super) async fn load_conversation(&self, key: &ConversationKey) -> Result<Loaded, StoreError> {
        let pk = keys::conversation(key);
        let query = self
            .query()
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(&pk))
            .expression_attribute_values(":from", text(keys::LOAD_FROM))
            .expression_attribute_values(":to", text(keys::LOAD_TO))
            .scan_index_forward(false)
            .limit(LOAD_LIMIT);
        let mut loaded = Loaded::default();
        pages(query, "load", &pk, |page| {
            let mut past_state = false;
            for item in &page {
                past_state |= rows::take(&mut loaded, item)?;
            }
            Ok(past_state)
        })
        .await?;
        rows::in_order(&mut loaded);
        Ok(loaded)
    }

    pub(super) async fn read_log(&self, key: &ConversationKey) -> Result<Vec<LogLine>, StoreError> {
        let pk = keys::conversation(key);
        let mut lines = Vec::new();
        pages(self.beginning(&pk, keys::LOG_PREFIX).consistent_read(true), "log", &pk, |page| {
            for item in &page {
                lines.push(item.to_log()?);
            }
            Ok(false)
        })
        .await?;
        Ok(lines)
    }

    pub(super) async fn read_due(
        &self,
        workspace: &WorkspaceId,
        shard: u8,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ConversationKey>, StoreError> {
        let partition = keys::work(workspace, shard);
        let mut due = Vec::new();
        if limit == 0 {
            return Ok(due);
        }
        let query = self
            .query()
            .index_name("WORK")
            .key_condition_expression("work_pk = :pk AND wake_at <= :now")
            .expression_attribute_values(":pk", text(&partition))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .limit(page_size(limit));
        pages(query, "due", &partition, |page| {
            for item in &page {
                if due.len() >= rows::count(limit) {
                    return Ok(true);
                }
                rows::once(&mut due, &item.pk, &item.sk)?;
            }
            Ok(due.len() >= rows::count(limit))
        })
        .await?;
        Ok(due)
    }

    pub(super) async fn read_live(
        &self,
        workspace: &WorkspaceId,
        after: Option<&(ConversationId, LiveEntry)>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, LiveEntry)>, StoreError> {
        let partition = keys::live(workspace);
        let mut open = Vec::new();
        if limit == 0 {
            return Ok(open);
        }
        let query = self.query().index_name("LIVE").expression_attribute_values(":pk", text(&partition));
        let query = match after {
            None => query.key_condition_expression("live_pk = :pk"),
            Some((id, entry)) => query
                .key_condition_expression("live_pk = :pk AND live_sk > :after")
                .expression_attribute_values(":after", text(&keys::live_sort(&entry.sort, id))),
        };
        let query = query.limit(page_size(limit));
        pages(query, "live", &partition, |page| {
            for item in &page {
                open.extend(item.live_entry()?);
            }
            Ok(open.len() >= rows::count(limit))
        })
        .await?;
        open.truncate(rows::count(limit));
        Ok(open)
    }

    pub(super) async fn read_visitor(
        &self,
        workspace: &WorkspaceId,
        identity: &str,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let partition = keys::visitor(workspace, identity);
        let mut theirs = Vec::new();
        if limit == 0 {
            return Ok(theirs);
        }
        let query = self
            .query()
            .index_name("VISITOR")
            .key_condition_expression("visitor_pk = :pk")
            .expression_attribute_values(":pk", text(&partition))
            .scan_index_forward(false)
            .limit(page_size(limit));
        pages(query, "conversations_of_visitor", &partition, |page| {
            for item in &page {
                theirs.push(rows::conversation_of(&item.pk, &item.sk)?.conversation);
            }
            Ok(theirs.len() >= rows::count(limit))
        })
        .await?;
        theirs.truncate(rows::count(limit));
        Ok(theirs)
    }

    pub(super) async fn read_documents(&self, partition: &str, prefix: &str) -> Result<Vec<Document>, StoreError> {
        let mut documents = Vec::new();
        pages(self.beginning(partition, prefix).consistent_read(true), "documents", partition, |page| {
            for item in &page {
                documents.push(item.to_document()?);
            }
            Ok(false)
        })
        .await?;
        Ok(documents)
    }

    pub(super) async fn read_newest_documents(
        &self,
        partition: &str,
        prefix: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Document>, StoreError> {
        let limit = rows::count(limit);
        let query = match before {
            // A condition on a key names one range: where the prefix ends is seen on the way.
            Some(before) => self
                .query()
                .key_condition_expression("pk = :pk AND sk < :before")
                .expression_attribute_values(":pk", text(partition))
                .expression_attribute_values(":before", text(before)),
            None => self.beginning(partition, prefix),
        };
        let query = query
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX));
        let mut newest = Vec::new();
        pages(query, "newest_documents", partition, |page| {
            for item in &page {
                let document = item.to_document()?;
                if !document.name.starts_with(prefix) {
                    return Ok(true);
                }
                newest.push(document);
            }
            Ok(newest.len() >= limit)
        })
        .await?;
        newest.truncate(limit);
        Ok(newest)
    }

    pub(super) async fn read_counters(
        &self,
        workspace: &WorkspaceId,
        prefix: &str,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        self.sum_counters(workspace, |partition| self.beginning(partition, prefix)).await
    }

    pub(super) async fn read_counters_between(
        &self,
        workspace: &WorkspaceId,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let between = |partition: &str| {
            self.query()
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", text(partition))
                .expression_attribute_values(":from", text(from))
                .expression_attribute_values(":to", text(to))
        };
        let mut sums = self.sum_counters(workspace, between).await?;
        // BETWEEN takes both ends.
        sums.remove(to);
        Ok(sums)
    }

    async fn sum_counters(
        &self,
        workspace: &WorkspaceId,
        query: impl Fn(&str) -> QueryFluentBuilder,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let query = &query;
        let shards = (0..keys::COUNTER_SHARDS).map(|shard| async move {
            let partition = keys::counters(workspace, shard);
            let mut counters = Vec::new();
            pages(query(&partition), "counters", &partition, |page| {
                counters.extend(page);
                Ok(false)
            })
            .await?;
            Ok::<_, StoreError>(counters)
        });
        let mut sums = BTreeMap::new();
        for counter in try_join_all(shards).await?.iter().flatten() {
            tally::add(&mut sums, counter);
        }
        Ok(tally::shown(sums))
    }

    fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&*self.table)
    }

    // DynamoDB takes no empty text in a condition on a key.
    pub(super) fn beginning(&self, partition: &str, prefix: &str) -> QueryFluentBuilder {
        let query = self.query().expression_attribute_values(":pk", text(partition));
        if prefix.is_empty() {
            return query.key_condition_expression("pk = :pk");
        }
        query
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":prefix", text(prefix))
    }
}

/// Gives the pages of a query to `take` until it says that it has enough, or there are no more.
pub(super) async fn pages(
    query: QueryFluentBuilder,
    operation: &'static str,
    what: &str,
    mut take: impl FnMut(Vec<Item>) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut from = None;
    loop {
        let page = query.clone().set_exclusive_start_key(from).send().await;
        let page = page.map_err(|error| error::failed(error, operation, what))?;
        let items = page.items.unwrap_or_default().into_iter().map(attributes::read).collect::<Result<_, _>>()?;
        from = page.last_evaluated_key;
        if take(items)? || from.is_none() {
            return Ok(());
        }
    }
}

fn page_size(limit: u32) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
