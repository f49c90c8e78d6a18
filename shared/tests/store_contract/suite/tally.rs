use std::collections::BTreeMap;

use shared::domain::id::WorkspaceId;
use shared::store::{Store, StoreError, Tally};

use crate::build::{key, tally, totals, workspace};
use crate::subject::Subject;

async fn counters(subject: &impl Subject, prefix: &str) -> BTreeMap<String, u64> {
    subject.store().counters(&workspace(), prefix).await.unwrap()
}

pub async fn totals_are_counted_once_per_version(subject: &impl Subject) {
    for _ in 0..2 {
        subject.store().tally(&tally(&key("1"), 1, [("chats", 1), ("lines", 3)])).await.unwrap();
    }
    assert_eq!(counters(subject, "").await, totals([("chats", 1), ("lines", 3)]));
}

pub async fn an_older_version_changes_nothing(subject: &impl Subject) {
    subject.store().tally(&tally(&key("1"), 2, [("lines", 3)])).await.unwrap();
    subject.store().tally(&tally(&key("1"), 1, [("lines", 1)])).await.unwrap();
    assert_eq!(counters(subject, "").await, totals([("lines", 3)]));
}

pub async fn a_gap_between_versions_loses_nothing(subject: &impl Subject) {
    subject.store().tally(&tally(&key("1"), 1, [("lines", 1)])).await.unwrap();
    subject.store().tally(&tally(&key("1"), 9, [("lines", 7), ("closed", 1)])).await.unwrap();
    assert_eq!(counters(subject, "").await, totals([("closed", 1), ("lines", 7)]));
}

pub async fn a_total_that_falls_is_taken_back(subject: &impl Subject) {
    subject.store().tally(&tally(&key("1"), 1, [("assumed", 1), ("lines", 2)])).await.unwrap();
    subject.store().tally(&tally(&key("1"), 2, [("confirmed", 1), ("lines", 2)])).await.unwrap();
    assert_eq!(counters(subject, "").await, totals([("assumed", 0), ("confirmed", 1), ("lines", 2)]));
}

pub async fn counters_sum_over_conversations(subject: &impl Subject) {
    for n in 0..20 {
        subject.store().tally(&tally(&key(&n.to_string()), 1, [("chats", 1)])).await.unwrap();
    }
    assert_eq!(counters(subject, "").await, totals([("chats", 20)]));
    let other = WorkspaceId::parse("demo-2").unwrap();
    assert!(subject.store().counters(&other, "").await.unwrap().is_empty());
}

pub async fn counters_are_listed_by_prefix(subject: &impl Subject) {
    let day = [("2026-11-20#b#chats", 1), ("2026-11-21#b#chats", 2)];
    subject.store().tally(&tally(&key("1"), 1, day)).await.unwrap();
    assert_eq!(counters(subject, "2026-11-21#").await, totals([("2026-11-21#b#chats", 2)]));
}

pub async fn a_tally_of_too_many_counters_is_refused(subject: &impl Subject) {
    let many =
        |count: u32| Tally { totals: (0..count).map(|n| (format!("c{n:03}"), 1)).collect(), ..tally(&key("1"), 1, []) };
    let error = subject.store().tally(&many(91)).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    subject.store().tally(&many(90)).await.unwrap();
    assert_eq!(counters(subject, "").await.len(), 90);
}

pub async fn counters_are_listed_by_range(subject: &impl Subject) {
    let days = [("2026-11-20#b#chats", 1), ("2026-11-21#b#chats", 2), ("2026-11-22#b#chats", 4), ("2026-11-23", 8)];
    subject.store().tally(&tally(&key("1"), 1, days)).await.unwrap();
    let sums = subject.store().counters_between(&workspace(), "2026-11-21", "2026-11-23").await.unwrap();
    assert_eq!(sums, totals([("2026-11-21#b#chats", 2), ("2026-11-22#b#chats", 4)]));
}
