use shared::store::{Commit, Expected, LiveEntry, Loaded, StateItem, Store, StoreError, VisitorEntry};

use crate::build::{at, commit, document, event, key, line, read, state};
use crate::subject::Subject;

async fn conflict(subject: &impl Subject, commit: &Commit) {
    let before = subject.items().await;
    let error = subject.store().commit(commit).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert!(!error.is_retryable());
    assert_eq!(subject.items().await, before, "nothing is written");
}

async fn refused(subject: &impl Subject, commit: &Commit) {
    let error = subject.store().commit(commit).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { operation: "commit", .. }), "{error:?}");
    assert!(subject.items().await.is_empty(), "nothing is written");
}

pub async fn a_first_commit_makes_the_state(subject: &impl Subject) {
    subject.store().commit(&commit(&key("1"), 0)).await.unwrap();
    let loaded = subject.store().load(&key("1")).await.unwrap();
    assert_eq!(loaded, Loaded { state: Some(state(1)), ..Loaded::default() });
}

pub async fn a_state_is_loaded_as_it_was_committed(subject: &impl Subject) {
    let full = StateItem {
        wake_at: Some(at(1)),
        live: Some(LiveEntry { sort: "ringing#0001".to_owned(), body: r#"{"a":"ä"}"#.to_owned() }),
        visitor: Some(VisitorEntry { identity: "f00d".to_owned(), opened_at: at(2) }),
        expires_at: Some(at(3)),
        ..state(1)
    };
    subject.store().commit(&Commit { state: full.clone(), ..commit(&key("1"), 0) }).await.unwrap();
    assert_eq!(subject.store().load(&key("1")).await.unwrap().state, Some(full));
    subject.store().commit(&commit(&key("1"), 1)).await.unwrap();
    assert_eq!(subject.store().load(&key("1")).await.unwrap().state, Some(state(2)), "nothing of before is left");
}

pub async fn a_first_commit_on_an_existing_state_is_a_conflict(subject: &impl Subject) {
    subject.store().commit(&commit(&key("1"), 0)).await.unwrap();
    conflict(subject, &commit(&key("1"), 0)).await;
}

pub async fn of_two_commits_on_one_version_the_second_is_a_conflict(subject: &impl Subject) {
    subject.store().commit(&commit(&key("1"), 0)).await.unwrap();
    subject.store().commit(&commit(&key("1"), 1)).await.unwrap();
    conflict(subject, &commit(&key("1"), 1)).await;
    subject.store().commit(&commit(&key("1"), 2)).await.unwrap();
}

pub async fn of_two_concurrent_commits_one_is_a_conflict(subject: &impl Subject) {
    subject.store().record(&key("1"), &event("a", 0)).await.unwrap();
    let one = Commit { read: vec![read("a")], log: vec![line("a", 0)], ..commit(&key("1"), 0) };
    let two = commit(&key("1"), 0);
    let (one, two) = tokio::join!(subject.store().commit(&one), subject.store().commit(&two));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let error = one.and(two).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}

pub async fn a_commit_on_a_state_that_is_not_there_is_a_conflict(subject: &impl Subject) {
    conflict(subject, &commit(&key("1"), 1)).await;
    conflict(subject, &Commit { log: vec![line("a", 0)], ..commit(&key("1"), 1) }).await;
}

pub async fn a_conflict_with_events_writes_nothing(subject: &impl Subject) {
    subject.store().commit(&commit(&key("1"), 0)).await.unwrap();
    subject.store().record(&key("1"), &event("a", 0)).await.unwrap();
    let late = Commit {
        read: vec![read("a")],
        log: vec![line("a", 0)],
        documents: vec![document("d", Expected::Anything)],
        ..commit(&key("1"), 0)
    };
    conflict(subject, &late).await;
}

pub async fn a_version_that_does_not_follow_is_refused(subject: &impl Subject) {
    refused(subject, &Commit { state: state(2), ..commit(&key("1"), 0) }).await;
}

pub async fn read_events_are_gone_and_others_stay(subject: &impl Subject) {
    for event in [event("a", 0), event("b", 1)] {
        subject.store().record(&key("1"), &event).await.unwrap();
    }
    subject.store().commit(&Commit { read: vec![read("a")], ..commit(&key("1"), 0) }).await.unwrap();
    assert_eq!(subject.store().load(&key("1")).await.unwrap().unread, [event("b", 1)]);
}

pub async fn sixty_events_are_read_in_two_commits(subject: &impl Subject) {
    for n in 0..60 {
        subject.store().record(&key("1"), &event(&format!("{n:02}"), n)).await.unwrap();
    }
    for after in 0..2 {
        let loaded = subject.store().load(&key("1")).await.unwrap();
        let read: Vec<_> = loaded.unread.iter().take(30).map(|event| read(event.dedup.as_str())).collect();
        let log = read.iter().map(|read| line(read.dedup.as_str(), 0)).collect();
        subject.store().commit(&Commit { read, log, ..commit(&key("1"), after) }).await.unwrap();
    }
    let loaded = subject.store().load(&key("1")).await.unwrap();
    assert_eq!((loaded.unread.len(), loaded.log.len()), (0, 60));
}

pub async fn more_than_thirty_events_are_refused(subject: &impl Subject) {
    let read = (0..31).map(|n| read(&n.to_string())).collect();
    refused(subject, &Commit { read, ..commit(&key("1"), 0) }).await;
}

pub async fn more_than_a_hundred_actions_are_refused(subject: &impl Subject) {
    let log = (0..100).map(|n| line(&n.to_string(), n)).collect();
    refused(subject, &Commit { log, ..commit(&key("1"), 0) }).await;
    let log = (0..99).map(|n| line(&n.to_string(), n)).collect();
    subject.store().commit(&Commit { log, ..commit(&key("1"), 0) }).await.unwrap();
}

pub async fn too_much_data_is_refused(subject: &impl Subject) {
    let mut large = line("a", 0);
    large.body = "x".repeat(400 * 1024);
    refused(subject, &Commit { log: vec![large.clone()], ..commit(&key("1"), 0) }).await;
    large.body.truncate(390 * 1024);
    let log = (0..12).map(|n| shared::store::LogLine { time: at(n), ..large.clone() }).collect();
    refused(subject, &Commit { log, ..commit(&key("1"), 0) }).await;
}

pub async fn the_same_line_twice_is_refused(subject: &impl Subject) {
    refused(subject, &Commit { log: vec![line("a", 0), line("a", 0)], ..commit(&key("1"), 0) }).await;
    refused(subject, &Commit { read: vec![read("a"), read("a")], ..commit(&key("1"), 0) }).await;
}

pub async fn a_commit_writes_its_documents_or_nothing(subject: &impl Subject) {
    let with = |after, expected| Commit {
        documents: vec![document("other", Expected::Anything), document("load", expected)],
        ..commit(&key("1"), after)
    };
    subject.store().commit(&with(0, Expected::Absent)).await.unwrap();
    conflict(subject, &with(1, Expected::Absent)).await;
    let error = subject.store().commit(&with(1, Expected::Version(7))).await.unwrap_err();
    assert!(error.to_string().contains("W#demo/load"), "it says whose version it was: {error}");
    subject.store().commit(&with(1, Expected::Version(1))).await.unwrap();
    let documents = subject.store().documents("W#demo", "").await.unwrap();
    assert_eq!(documents.iter().map(|document| document.version).collect::<Vec<_>>(), [2, 2]);
}
