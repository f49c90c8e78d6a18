//! The table itself: made by template.yaml in AWS, and by this in tests.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification,
};

use super::{attributes, error};
use crate::store::{Item, StoreError};

/// Makes a table as template.yaml has it: keys, three indexes, stream, and the attribute by which items expire.
///
/// # Errors
/// The name is taken, or the endpoint can't be reached.
pub async fn create_table(client: &Client, name: &str) -> Result<(), StoreError> {
    let unbuilt = |error| error::unbuilt(error, "create_table", name);
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewImage)
        .build()
        .map_err(unbuilt)?;
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attribute_definitions().map_err(unbuilt)?))
        .set_key_schema(Some(key_schema("pk", "sk").map_err(unbuilt)?))
        .global_secondary_indexes(index("WORK", ("work_pk", "wake_at"), None).map_err(unbuilt)?)
        .global_secondary_indexes(index("LIVE", ("live_pk", "live_sk"), Some("live")).map_err(unbuilt)?)
        .global_secondary_indexes(index("VISITOR", ("visitor_pk", "visitor_sk"), None).map_err(unbuilt)?)
        .stream_specification(stream)
        .send()
        .await
        .map_err(|error| error::failed(error, "create_table", name))?;
    let expiry =
        TimeToLiveSpecification::builder().enabled(true).attribute_name("expires_at").build().map_err(unbuilt)?;
    let request = client.update_time_to_live().table_name(name).time_to_live_specification(expiry);
    request.send().await.map_err(|error| error::failed(error, "update_time_to_live", name))?;
    Ok(())
}

/// Everything a table holds, by partition and sort key: for tests, which lay it beside [`Memory::items`]. No function's
/// policy allows the scan that it makes.
///
/// [`Memory::items`]: crate::store::Memory::items
///
/// # Errors
/// The table can't be reached, or an item can't be read.
pub async fn items(client: &Client, name: &str) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut from) = (Vec::new(), None);
    loop {
        let page = client.scan().table_name(name).consistent_read(true).set_exclusive_start_key(from).send().await;
        let page = page.map_err(|error| error::failed(error, "scan", name))?;
        for attributes in page.items.unwrap_or_default() {
            items.push(attributes::read(attributes)?);
        }
        from = page.last_evaluated_key;
        if from.is_none() {
            items.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
            return Ok(items);
        }
    }
}

fn attribute_definitions() -> Result<Vec<AttributeDefinition>, BuildError> {
    let texts = ["pk", "sk", "work_pk", "live_pk", "live_sk", "visitor_pk", "visitor_sk"];
    let texts = texts.map(|name| (name, ScalarAttributeType::S));
    (texts.into_iter().chain([("wake_at", ScalarAttributeType::N)]))
        .map(|(name, kind)| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build())
        .collect()
}

fn key_schema(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build())
        .into_iter()
        .collect()
}

fn index(name: &str, keys: (&str, &str), included: Option<&str>) -> Result<GlobalSecondaryIndex, BuildError> {
    let kind = if included.is_some() { ProjectionType::Include } else { ProjectionType::KeysOnly };
    let included = included.map(|attribute| vec![attribute.to_owned()]);
    let projection = Projection::builder().projection_type(kind).set_non_key_attributes(included).build();
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema(keys.0, keys.1)?))
        .projection(projection)
        .build()
}
