use shared::store::{Document, DocumentWrite, Expected, Store, StoreError};

use crate::build::{at, document};
use crate::subject::Subject;

async fn conflict(subject: &impl Subject, write: &DocumentWrite) {
    let before = subject.items().await;
    let error = subject.store().put_document(write).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert_eq!(subject.items().await, before);
}

async fn version(subject: &impl Subject, name: &str) -> Option<u64> {
    subject.store().document("W#demo", name).await.unwrap().map(|document| document.version)
}

pub async fn a_document_is_read_as_it_was_written(subject: &impl Subject) {
    subject.store().put_document(&document("a", Expected::Absent)).await.unwrap();
    let written = Document { name: "a".to_owned(), version: 1, body: r#"{"name":"a"}"#.to_owned() };
    assert_eq!(subject.store().document("W#demo", "a").await.unwrap(), Some(written));
    assert_eq!(subject.store().document("W#demo", "b").await.unwrap(), None);
}

pub async fn a_document_that_must_be_absent_is_written_once(subject: &impl Subject) {
    subject.store().put_document(&document("a", Expected::Absent)).await.unwrap();
    conflict(subject, &document("a", Expected::Absent)).await;
}

pub async fn a_document_of_another_version_is_a_conflict(subject: &impl Subject) {
    subject.store().put_document(&document("a", Expected::Absent)).await.unwrap();
    conflict(subject, &document("a", Expected::Version(2))).await;
    subject.store().put_document(&document("a", Expected::Version(1))).await.unwrap();
    conflict(subject, &document("a", Expected::Version(1))).await;
    assert_eq!(version(subject, "a").await, Some(2));
}

pub async fn a_missing_document_has_no_version(subject: &impl Subject) {
    conflict(subject, &document("a", Expected::Version(1))).await;
}

pub async fn an_overwritten_document_counts_on(subject: &impl Subject) {
    for expected in [Expected::Anything, Expected::Version(1), Expected::Anything] {
        subject.store().put_document(&document("a", expected)).await.unwrap();
    }
    assert_eq!(version(subject, "a").await, Some(3));
}

pub async fn an_overwritten_document_loses_its_expiry(subject: &impl Subject) {
    let lease = DocumentWrite { expires_at: Some(at(9)), ..document("a", Expected::Anything) };
    subject.store().put_document(&lease).await.unwrap();
    assert_eq!(subject.items().await[0].expires_at, Some(at(9).as_second()));
    subject.store().put_document(&document("a", Expected::Anything)).await.unwrap();
    assert_eq!(subject.items().await[0].expires_at, None);
}

pub async fn documents_are_listed_by_prefix(subject: &impl Subject) {
    for name in ["BRAND#2", "BRAND#1", "SETTINGS", "BRANDS"] {
        subject.store().put_document(&document(name, Expected::Absent)).await.unwrap();
    }
    let elsewhere = DocumentWrite { partition: "W#demo2".to_owned(), ..document("BRAND#3", Expected::Absent) };
    subject.store().put_document(&elsewhere).await.unwrap();
    let names = async |prefix| {
        let documents = subject.store().documents("W#demo", prefix).await.unwrap();
        documents.into_iter().map(|document| document.name).collect::<Vec<_>>()
    };
    assert_eq!(names("BRAND#").await, ["BRAND#1", "BRAND#2"]);
    assert_eq!(names("").await, ["BRAND#1", "BRAND#2", "BRANDS", "SETTINGS"]);
    assert!(names("NONE").await.is_empty());
}

pub async fn more_documents_than_a_page_are_all_listed(subject: &impl Subject) {
    // A page ends at a megabyte.
    for n in 0..5 {
        let write = DocumentWrite { body: "x".repeat(300 * 1024), ..document(&n.to_string(), Expected::Absent) };
        subject.store().put_document(&write).await.unwrap();
    }
    assert_eq!(subject.store().documents("W#demo", "").await.unwrap().len(), 5);
}

pub async fn a_nameless_document_is_refused(subject: &impl Subject) {
    let error = subject.store().put_document(&document("", Expected::Anything)).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
}

pub async fn a_deleted_document_is_gone_and_may_be_deleted_again(subject: &impl Subject) {
    subject.store().put_document(&document("a", Expected::Absent)).await.unwrap();
    subject.store().put_document(&document("b", Expected::Absent)).await.unwrap();
    for _ in 0..2 {
        subject.store().delete_document("W#demo", "a").await.unwrap();
        assert_eq!(version(subject, "a").await, None);
    }
    assert_eq!(version(subject, "b").await, Some(1));
}

pub async fn the_newest_documents_come_last_name_first_and_in_pages(subject: &impl Subject) {
    for name in ["A#1", "A#2", "A#3", "B#1", "0"] {
        subject.store().put_document(&document(name, Expected::Absent)).await.unwrap();
    }
    let names = async |before: Option<&str>, limit| {
        let documents = subject.store().newest_documents("W#demo", "A#", before, limit).await.unwrap();
        documents.into_iter().map(|document| document.name).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 2).await, ["A#3", "A#2"]);
    assert_eq!(names(Some("A#2"), 2).await, ["A#1"]);
    assert_eq!(names(None, 9).await, ["A#3", "A#2", "A#1"]);
    assert!(names(Some("A#1"), 9).await.is_empty());
}

pub async fn all_documents_of_a_partition_are_erased_and_no_others(subject: &impl Subject) {
    for name in ["a", "b"] {
        subject.store().put_document(&document(name, Expected::Absent)).await.unwrap();
    }
    let elsewhere = DocumentWrite { partition: "W#demo2".to_owned(), ..document("c", Expected::Absent) };
    subject.store().put_document(&elsewhere).await.unwrap();
    assert_eq!(subject.store().erase_documents("W#demo").await.unwrap(), 2);
    assert_eq!(subject.store().erase_documents("W#demo").await.unwrap(), 0);
    assert_eq!(subject.items().await.len(), 1);
}
