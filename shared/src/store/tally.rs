//! What a tally adds to the counters.
//!
//! A stream delivers at least once and a consumer may fall behind, so a tally carries totals, not increments: what was
//! counted before is kept beside the conversation (item `K`) with its version, and only the difference is added.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::item::Item;
use super::limits::{self, Limit};
use super::{StoreError, Tally, keys};

/// What a tally writes.
pub(super) struct Change {
    /// The item `K` as it will be.
    pub(super) counted: Item,
    /// The version of `K` that this was computed from.
    pub(super) expected: Option<u64>,
    /// The partition of the counters.
    pub(super) partition: String,
    /// By how much each counter changes; none is zero.
    pub(super) deltas: BTreeMap<String, i64>,
}

/// What is to be written, given the item `K` as it is now; nothing if that version was counted already.
pub(super) fn change(tally: &Tally, counted: Option<&Item>) -> Result<Option<Change>, StoreError> {
    let expected = counted.map(Item::required_version).transpose()?;
    if expected.is_some_and(|version| tally.version <= version) {
        return Ok(None);
    }
    let before: BTreeMap<String, u64> = match counted {
        Some(item) => serde_json::from_str(item.required_body()?).map_err(|error| item.corrupt(&error.to_string()))?,
        None => BTreeMap::new(),
    };
    let deltas: BTreeMap<String, i64> = (before.keys().chain(tally.totals.keys()))
        .map(|name| {
            let value =
                |totals: &BTreeMap<String, u64>| totals.get(name).map_or(0, |n| i64::try_from(*n).unwrap_or(i64::MAX));
            (name.clone(), value(&tally.totals) - value(&before))
        })
        .filter(|(_, delta)| *delta != 0)
        .collect();

    let mut item = Item::new(keys::conversation(&tally.key), keys::COUNTED.to_owned());
    let refused =
        |limit: Limit| limit.refused("tally", super::item::name(&keys::conversation(&tally.key), keys::COUNTED));
    limits::counters(deltas.len()).map_err(refused)?;
    if deltas.contains_key("") {
        return Err(refused(Limit::Nameless));
    }
    item.version = Some(tally.version);
    item.expires_at = tally.expires_at.map(Timestamp::as_second);
    item.body = Some(serde_json::to_string(&tally.totals).map_err(|error| item.corrupt(&error.to_string()))?);
    limits::item(&item).map_err(refused)?;
    let partition = keys::counters(&tally.key.workspace, keys::counter_shard(&tally.key.conversation));
    Ok(Some(Change { counted: item, expected, partition, deltas }))
}

/// Adds a counter's value to the sums. A correction may come before what it corrects, in another shard: a sum below
/// zero is shown as zero.
pub(super) fn add(sums: &mut BTreeMap<String, i64>, counter: &Item) {
    *sums.entry(counter.sk.clone()).or_default() += counter.count.unwrap_or(0);
}

pub(super) fn shown(sums: BTreeMap<String, i64>) -> BTreeMap<String, u64> {
    sums.into_iter().map(|(name, sum)| (name, u64::try_from(sum).unwrap_or(0))).collect()
}
