//! Erasing: item by item, so that it may be repeated at any point.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;

use super::read::pages;
use super::{DynamoDb, attributes, error};
use crate::store::erase::{Erasure, erasures, held};
use crate::store::item::name;
use crate::store::{ConversationKey, Item, StoreError, keys};

impl DynamoDb {
    pub(super) async fn erase_items_of(&self, key: &ConversationKey, version: Option<u64>) -> Result<u32, StoreError> {
        let pk = keys::conversation(key);
        let erasures = erasures(&pk, &self.all_of(&pk).await?, version)?;
        for erasure in &erasures.others {
            match erasure {
                Erasure::Remove { sk } => self.remove_document(&pk, sk).await?,
                Erasure::Empty { item } => self.put_emptied(item).await?,
            }
        }
        if let Some(version) = version {
            self.remove_state(&pk, version).await?;
        }
        Ok(erasures.count())
    }

    pub(super) async fn read_held(&self, key: &ConversationKey) -> Result<Vec<(String, String)>, StoreError> {
        Ok(held(self.all_of(&keys::conversation(key)).await?))
    }

    /// Takes the state away in this version. That it is gone is our own success, whose answer was lost.
    async fn remove_state(&self, pk: &str, version: u64) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&*self.table);
        let delete = delete
            .set_key(Some(attributes::key(pk, keys::STATE)))
            .condition_expression("attribute_not_exists(pk) OR version = :version")
            .expression_attribute_values(":version", attributes::number(version));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(failed) => match failed.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => {
                    Err(StoreError::Conflict { what: name(pk, keys::STATE) })
                }
                _ => Err(error::failed(failed, "delete", &name(pk, keys::STATE))),
            },
        }
    }

    pub(super) async fn erase_items(&self, partition: &str) -> Result<u32, StoreError> {
        let items = self.all_of(partition).await?;
        for item in &items {
            self.remove_document(partition, &item.sk).await?;
        }
        Ok(u32::try_from(items.len()).unwrap_or(u32::MAX))
    }

    pub(super) async fn remove_document(&self, partition: &str, sk: &str) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&*self.table).set_key(Some(attributes::key(partition, sk)));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(failed) => Err(error::failed(failed, "delete", &name(partition, sk))),
        }
    }

    async fn put_emptied(&self, item: &Item) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&*self.table).set_item(Some(attributes::write(item)));
        match put.send().await {
            Ok(_) => Ok(()),
            Err(failed) => Err(error::failed(failed, "erase", &item.name())),
        }
    }

    async fn all_of(&self, partition: &str) -> Result<Vec<Item>, StoreError> {
        let mut all = Vec::new();
        pages(self.beginning(partition, "").consistent_read(true), "erase", partition, |page| {
            all.extend(page);
            Ok(false)
        })
        .await?;
        Ok(all)
    }
}
