//! The attributes as they lie in the table: template.yaml, the stream's readers and the policies rely on these names.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::store::{Commit, LiveEntry, StateItem, Store, VisitorEntry, work_shard};

use crate::build::{at, commit, event, key, state, tally};
use crate::subject::Table;

async fn attributes(table: &Table, pk: &str, sk: &str) -> BTreeMap<String, String> {
    let request = table.client.get_item().table_name(&table.name);
    let request = request.key("pk", AttributeValue::S(pk.to_owned())).key("sk", AttributeValue::S(sk.to_owned()));
    let item = request.send().await.unwrap().item.unwrap();
    let shown = item.into_iter().filter(|(name, _)| name != "stamp").map(|(name, value)| match value {
        AttributeValue::S(text) => (name, format!("S {text}")),
        AttributeValue::N(number) => (name, format!("N {number}")),
        other => (name, format!("{other:?}")),
    });
    shown.collect()
}

fn expected<const N: usize>(attributes: [(&str, &str); N]) -> BTreeMap<String, String> {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[tokio::test]
async fn a_state_with_everything_has_these_attributes() {
    let table = Table::in_process().await;
    let state = StateItem {
        wake_at: Some(at(1)),
        live: Some(LiveEntry { sort: "1#a".to_owned(), body: "{}".to_owned() }),
        visitor: Some(VisitorEntry { identity: "f00d".to_owned(), opened_at: at(0) }),
        expires_at: Some(at(9)),
        ..state(1)
    };
    table.store.commit(&Commit { state, ..commit(&key("100"), 0) }).await.unwrap();
    let work = format!("S WORK#demo#{}", work_shard(&key("100").conversation));
    let found = attributes(&table, "C#demo#100", "S").await;
    assert_eq!(
        found,
        expected([
            ("pk", "S C#demo#100"),
            ("sk", "S S"),
            ("version", "N 1"),
            ("body", r#"S {"at":1}"#),
            ("wake_at", "N 1760000001000"),
            ("work_pk", &work),
            ("live_pk", "S LIVE#demo"),
            ("live_sk", "S 1#a#100"),
            ("live", "S {}"),
            ("visitor_pk", "S VISITOR#demo#f00d"),
            ("visitor_sk", "S 1760000000000#100"),
            ("expires_at", "N 1760000009"),
        ])
    );
}

#[tokio::test]
async fn an_unread_event_has_a_place_among_the_waiting_and_no_expiry() {
    let table = Table::in_process().await;
    table.store.record(&key("100"), &event("ab", 0)).await.unwrap();
    let found = attributes(&table, "C#demo#100", "U#ab").await;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["body", "pk", "sk", "wake_at", "work_pk"]);
    assert_eq!(found["wake_at"], "N 1760000030000");
}

#[tokio::test]
async fn a_counter_lies_in_a_shard_of_its_workspace() {
    let table = Table::in_process().await;
    table.store.tally(&tally(&key("100"), 3, [("chats", 2)])).await.unwrap();
    let totals = attributes(&table, "C#demo#100", "K").await;
    assert_eq!((&*totals["version"], &*totals["body"]), ("N 3", r#"S {"chats":2}"#));
    let items = shared::store::dynamodb::items(&table.client, &table.name).await.unwrap();
    let counter = items.iter().find(|item| item.sk == "chats").unwrap();
    assert!(counter.pk.starts_with("COUNT#demo#"));
    assert_eq!(attributes(&table, &counter.pk, "chats").await["count"], "N 2");
}

#[tokio::test]
async fn the_table_has_its_indexes_stream_and_expiry() {
    let table = Table::in_process().await;
    let description = table.client.describe_table().table_name(&table.name).send().await.unwrap().table.unwrap();
    let mut indexes: Vec<_> =
        description.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, ["LIVE", "VISITOR", "WORK"]);
    let stream = description.stream_specification().unwrap().stream_view_type().unwrap();
    assert_eq!(stream.as_str(), "NEW_IMAGE");
    let expiry = table.client.describe_time_to_live().table_name(&table.name).send().await.unwrap();
    assert_eq!(expiry.time_to_live_description().unwrap().attribute_name(), Some("expires_at"));
}
