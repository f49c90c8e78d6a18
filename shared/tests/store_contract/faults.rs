//! What only the wire can do: conflicts, lost answers, time-outs; and how many requests each operation makes.

use shared::store::{Expected, Recorded, Store, StoreError};

use crate::build::{at, commit, document, event, key, line, read, tally, totals, workspace};
use crate::subject::{Subject, Table};
use crate::wire::Fault;

const CONFLICT: Fault = Fault::Cancelled(&["None", "TransactionConflict"]);

#[tokio::test]
async fn record_makes_one_request_whatever_its_outcome() {
    let table = Table::in_process().await;
    let mut outcomes = Vec::new();
    for committed in [false, false, true] {
        if committed {
            let read = vec![read("a")];
            table.store.commit(&shared::store::Commit { read, ..commit(&key("1"), 0) }).await.unwrap();
        }
        table.wire.reset();
        outcomes.push(table.store.record(&key("1"), &event("a", 0)).await.unwrap());
        assert_eq!(table.wire.requests(), 1);
    }
    assert_eq!(outcomes, [Recorded::New, Recorded::StillUnread, Recorded::AlreadyRead]);
}

#[tokio::test]
async fn record_outlasts_three_conflicts() {
    let table = Table::in_process().await;
    table.wire.fail([CONFLICT, CONFLICT, CONFLICT]);
    assert_eq!(table.store.record(&key("1"), &event("a", 0)).await.unwrap(), Recorded::New);
    assert_eq!(table.wire.requests(), 4);
}

#[tokio::test]
async fn record_is_busy_after_the_fourth_conflict() {
    let table = Table::in_process().await;
    table.wire.fail([CONFLICT, CONFLICT, CONFLICT, CONFLICT]);
    let error = table.store.record(&key("1"), &event("a", 0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert!(error.is_retryable());
    assert_eq!(table.wire.requests(), 4);
    assert!(table.items().await.is_empty());
}

#[tokio::test]
async fn a_throttled_transaction_is_repeated_like_a_conflict() {
    let table = Table::in_process().await;
    table.wire.fail([Fault::Cancelled(&["ThrottlingError", "None"])]);
    assert_eq!(table.store.record(&key("1"), &event("a", 0)).await.unwrap(), Recorded::New);
    assert_eq!(table.wire.requests(), 2);
}

#[tokio::test]
async fn a_transaction_cancelled_for_good_is_refused_with_its_source() {
    let table = Table::in_process().await;
    table.wire.fail([Fault::Cancelled(&["None", "ValidationError"])]);
    let error = table.store.record(&key("1"), &event("a", 0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { operation: "record", .. }), "{error:?}");
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(table.wire.requests(), 1);
}

#[tokio::test]
async fn a_record_whose_answer_was_lost_is_still_new() {
    let table = Table::in_process().await;
    table.wire.fail([Fault::AnswerLost]);
    assert_eq!(table.store.record(&key("1"), &event("a", 0)).await.unwrap(), Recorded::New);
    assert_eq!(table.wire.requests(), 2);
}

#[tokio::test]
async fn a_record_that_is_done_and_then_meets_a_conflict_is_still_new() {
    let table = Table::in_process().await;
    table.wire.fail([Fault::AnswerLost, CONFLICT]);
    assert_eq!(table.store.record(&key("1"), &event("a", 0)).await.unwrap(), Recorded::New);
    assert_eq!(table.wire.requests(), 3, "the token is the same in all of them");
}

#[tokio::test]
async fn a_record_whose_answers_all_were_lost_is_unreachable_and_its_repetition_still_unread() {
    let table = Table::in_process().await;
    table.wire.fail([Fault::AnswerLost, Fault::AnswerLost, Fault::NeverArrives]);
    let error = table.store.record(&key("1"), &event("a", 0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { operation: "record", .. }), "{error:?}");
    assert_eq!(table.store.record(&key("1"), &event("a", 0)).await.unwrap(), Recorded::StillUnread);
}

#[tokio::test]
async fn a_commit_of_the_state_whose_answer_was_lost_succeeds() {
    let table = Table::in_process().await;
    for after in 0..2 {
        table.wire.reset();
        table.wire.fail([Fault::AnswerLost]);
        table.store.commit(&commit(&key("1"), after)).await.unwrap();
        assert_eq!(table.wire.requests(), 2);
    }
    assert_eq!(table.store.load(&key("1")).await.unwrap().state.unwrap().version, 2);
}

#[tokio::test]
async fn a_commit_of_events_whose_answer_was_lost_succeeds() {
    let table = Table::in_process().await;
    table.store.record(&key("1"), &event("a", 0)).await.unwrap();
    table.wire.fail([Fault::AnswerLost]);
    let write = shared::store::Commit { read: vec![read("a")], log: vec![line("a", 0)], ..commit(&key("1"), 0) };
    table.store.commit(&write).await.unwrap();
    assert_eq!(table.store.load(&key("1")).await.unwrap().state.unwrap().version, 1);
}

#[tokio::test]
async fn the_same_state_by_another_writer_is_a_conflict_all_the_same() {
    let table = Table::in_process().await;
    table.store.commit(&commit(&key("1"), 0)).await.unwrap();
    let error = table.store.commit(&commit(&key("1"), 0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}

#[tokio::test]
async fn a_commit_outlasts_conflicts_and_is_then_busy() {
    let table = Table::in_process().await;
    let write = shared::store::Commit { log: vec![line("a", 0)], ..commit(&key("1"), 0) };
    table.wire.fail([CONFLICT, CONFLICT, CONFLICT, CONFLICT]);
    let error = table.store.commit(&write).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    table.wire.fail([CONFLICT]);
    table.store.commit(&write).await.unwrap();
}

#[tokio::test]
async fn a_single_put_outlasts_conflicts_with_transactions() {
    let table = Table::in_process().await;
    let conflict = Fault::Answer(400, "TransactionConflictException");
    table.wire.fail([conflict.clone(), conflict.clone()]);
    table.store.commit(&commit(&key("1"), 0)).await.unwrap();
    assert_eq!(table.wire.requests(), 3);
    table.wire.fail([conflict.clone()]);
    table.store.put_document(&document("a", Expected::Anything)).await.unwrap();
    table.wire.fail([conflict.clone(), conflict.clone(), conflict.clone(), conflict]);
    let error = table.store.put_document(&document("b", Expected::Absent)).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
}

#[tokio::test]
async fn documents_whose_answers_were_lost_are_written_once() {
    let table = Table::in_process().await;
    for expected in [Expected::Absent, Expected::Version(1), Expected::Anything] {
        table.wire.fail([Fault::AnswerLost]);
        table.store.put_document(&document("a", expected)).await.unwrap();
    }
    assert_eq!(table.store.document("W#demo", "a").await.unwrap().unwrap().version, 3);
}

#[tokio::test]
async fn a_tally_whose_answer_was_lost_or_that_met_conflicts_counts_once() {
    let table = Table::in_process().await;
    table.wire.fail([Fault::Pass, Fault::AnswerLost]);
    table.store.tally(&tally(&key("1"), 1, [("chats", 1)])).await.unwrap();
    table.wire.fail([Fault::Pass, CONFLICT, Fault::Cancelled(&["ConditionalCheckFailed", "None"])]);
    table.store.tally(&tally(&key("1"), 2, [("chats", 2)])).await.unwrap();
    assert_eq!(table.store.counters(&workspace(), "").await.unwrap(), totals([("chats", 2)]));
}

#[tokio::test]
async fn a_server_error_and_throttling_are_unreachable_and_a_wrong_request_is_refused() {
    let table = Table::in_process().await;
    for (status, code, unreachable) in [
        (500, "InternalServerError", true),
        (503, "Unheard", true),
        (400, "ThrottlingException", true),
        (400, "ProvisionedThroughputExceededException", true),
        (400, "ValidationException", false),
        (400, "AccessDeniedException", false),
    ] {
        table.wire.reset();
        table.wire.fail(vec![Fault::Answer(status, code); 3]);
        let error = table.store.load(&key("1")).await.unwrap_err();
        assert_eq!(matches!(error, StoreError::Unreachable { .. }), unreachable, "{code}: {error:?}");
        assert_eq!(table.wire.requests(), if unreachable { 3 } else { 1 }, "{code}");
    }
}

#[tokio::test]
async fn each_operation_makes_the_requests_it_has_to() {
    let table = Table::in_process().await;
    let store = &table.store;
    let counted = |operation: &str, requests: usize| {
        assert_eq!(table.wire.requests(), requests, "{operation}");
        table.wire.reset();
    };
    store.record(&key("1"), &event("a", 0)).await.unwrap();
    counted("record", 1);
    store.load(&key("1")).await.unwrap();
    counted("load", 1);
    let write = shared::store::Commit { read: vec![read("a")], log: vec![line("a", 0)], ..commit(&key("1"), 0) };
    store.commit(&write).await.unwrap();
    counted("commit of events", 1);
    store.commit(&commit(&key("1"), 1)).await.unwrap();
    counted("commit of the state", 1);
    store.due(&workspace(), 0, at(60), 10).await.unwrap();
    counted("due", 1);
    store.live(&workspace(), None, 10).await.unwrap();
    counted("live", 1);
    store.conversations_of_visitor(&workspace(), "v", 10).await.unwrap();
    counted("conversations_of_visitor", 1);
    store.put_document(&document("a", Expected::Absent)).await.unwrap();
    counted("put_document", 1);
    store.document("W#demo", "a").await.unwrap();
    counted("document", 1);
    store.documents("W#demo", "").await.unwrap();
    counted("documents", 1);
    store.tally(&tally(&key("1"), 1, [("chats", 1)])).await.unwrap();
    counted("tally", 2);
    store.tally(&tally(&key("1"), 1, [("chats", 1)])).await.unwrap();
    counted("a tally again", 1);
    store.counters(&workspace(), "").await.unwrap();
    counted("counters", 16);
    for n in 0..130 {
        store.record(&key("2"), &event(&format!("{n:03}"), n)).await.unwrap();
    }
    table.wire.reset();
    store.load(&key("2")).await.unwrap();
    counted("load of more than a page", 2);
}
