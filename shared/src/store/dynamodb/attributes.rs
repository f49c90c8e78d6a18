//! Items as DynamoDB writes them. These names are also in template.yaml and in the policies; they don't change.

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::store::{Item, StoreError};

/// An item of the SDK.
pub(super) type Attributes = HashMap<String, AttributeValue>;

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(super) fn number(number: impl Display + Copy) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The keys that name an item.
pub(super) fn key(pk: &str, sk: &str) -> Attributes {
    Attributes::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

pub(super) fn write(item: &Item) -> Attributes {
    let texts = [
        ("body", &item.body),
        ("work_pk", &item.work_pk),
        ("live_pk", &item.live_pk),
        ("live_sk", &item.live_sk),
        ("live", &item.live),
        ("visitor_pk", &item.visitor_pk),
        ("visitor_sk", &item.visitor_sk),
        ("stamp", &item.stamp),
    ];
    let numbers = [
        ("version", item.version.map(number)),
        ("wake_at", item.wake_at.map(number)),
        ("expires_at", item.expires_at.map(number)),
        ("count", item.count.map(number)),
    ];
    let texts = texts.into_iter().filter_map(|(name, value)| value.as_deref().map(|value| (name, text(value))));
    let numbers = numbers.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
    let named = texts.chain(numbers).map(|(name, value)| (name.to_owned(), value));
    key(&item.pk, &item.sk).into_iter().chain(named).collect()
}

pub(super) fn read(mut attributes: Attributes) -> Result<Item, StoreError> {
    let mut item = Item::default();
    item.pk = take_text(&mut attributes, "pk", &item)?.unwrap_or_default();
    item.sk = take_text(&mut attributes, "sk", &item)?.unwrap_or_default();
    item.version = take_number(&mut attributes, "version", &item)?;
    item.body = take_text(&mut attributes, "body", &item)?;
    item.wake_at = take_number(&mut attributes, "wake_at", &item)?;
    item.work_pk = take_text(&mut attributes, "work_pk", &item)?;
    item.live_pk = take_text(&mut attributes, "live_pk", &item)?;
    item.live_sk = take_text(&mut attributes, "live_sk", &item)?;
    item.live = take_text(&mut attributes, "live", &item)?;
    item.visitor_pk = take_text(&mut attributes, "visitor_pk", &item)?;
    item.visitor_sk = take_text(&mut attributes, "visitor_sk", &item)?;
    item.expires_at = take_number(&mut attributes, "expires_at", &item)?;
    item.count = take_number(&mut attributes, "count", &item)?;
    item.stamp = take_text(&mut attributes, "stamp", &item)?;
    Ok(item)
}

fn take_text(attributes: &mut Attributes, name: &str, item: &Item) -> Result<Option<String>, StoreError> {
    match attributes.remove(name) {
        None => Ok(None),
        Some(AttributeValue::S(text)) => Ok(Some(text)),
        Some(_) => Err(item.corrupt(&format!("{name} is not a text"))),
    }
}

fn take_number<N: std::str::FromStr>(
    attributes: &mut Attributes,
    name: &str,
    item: &Item,
) -> Result<Option<N>, StoreError> {
    match attributes.remove(name) {
        None => Ok(None),
        Some(AttributeValue::N(digits)) => {
            digits.parse().map(Some).map_err(|_| item.corrupt(&format!("{name} is not a number of its kind")))
        }
        Some(_) => Err(item.corrupt(&format!("{name} is not a number"))),
    }
}
