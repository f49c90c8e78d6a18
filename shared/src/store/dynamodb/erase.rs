//! Erasing: item by item, so that it may be repeated at any point.

use super::read::pages;
use super::{DynamoDb, attributes, error};
use crate::store::erase::{Erasure, erasure};
use crate::store::item::name;
use crate::store::{ConversationKey, Item, StoreError, keys};

impl DynamoDb {
    pub(super) async fn erase_items_of(&self, key: &ConversationKey) -> Result<u32, StoreError> {
        let pk = keys::conversation(key);
        let erasures: Vec<Erasure> = self.all_of(&pk).await?.iter().filter_map(erasure).collect();
        for erasure in &erasures {
            match erasure {
                Erasure::Remove { sk } => self.remove_document(&pk, sk).await?,
                Erasure::Empty { item } => self.put_emptied(item).await?,
            }
        }
        Ok(u32::try_from(erasures.len()).unwrap_or(u32::MAX))
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
