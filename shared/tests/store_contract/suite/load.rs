use shared::store::{Commit, Loaded, Store};

use crate::build::{commit, event, key, line, read, state, tally};
use crate::subject::Subject;

pub async fn nothing_is_loaded_of_an_unknown_conversation(subject: &impl Subject) {
    subject.store().record(&key("2"), &event("a", 0)).await.unwrap();
    assert_eq!(subject.store().load(&key("1")).await.unwrap(), Loaded::default());
}

pub async fn log_lines_come_oldest_first(subject: &impl Subject) {
    let log = vec![line("c", 5), line("a", 9), line("b", 0)];
    subject.store().commit(&Commit { log, ..commit(&key("1"), 0) }).await.unwrap();
    assert_eq!(subject.store().load(&key("1")).await.unwrap().log, [line("b", 0), line("c", 5), line("a", 9)]);
}

pub async fn a_load_reads_the_newest_lines_of_a_long_log(subject: &impl Subject) {
    for (after, first) in [(0, 0), (1, 60), (2, 120)] {
        let log = (first..first + 60).map(|n| line("a", n)).collect();
        subject.store().commit(&Commit { log, ..commit(&key("1"), after) }).await.unwrap();
    }
    let loaded = subject.store().load(&key("1")).await.unwrap();
    assert_eq!(loaded.state, Some(state(3)));
    assert_eq!(loaded.log, (61..180).map(|n| line("a", n)).collect::<Vec<_>>(), "one page, less the state");
}

pub async fn the_whole_of_a_long_log_is_read_oldest_first(subject: &impl Subject) {
    for (after, first) in [(0, 120), (1, 0), (2, 60)] {
        let log = (first..first + 60).map(|n| line("a", n)).collect();
        subject.store().commit(&Commit { log, ..commit(&key("1"), after) }).await.unwrap();
    }
    subject.store().record(&key("1"), &event("unread", 0)).await.unwrap();
    let log = subject.store().log(&key("1")).await.unwrap();
    assert_eq!(log, (0..180).map(|n| line("a", n)).collect::<Vec<_>>());
}

async fn many_unread(subject: &impl Subject, count: i64) {
    for n in 0..count {
        subject.store().record(&key("1"), &event(&format!("{:03}", 999 - n), n)).await.unwrap();
    }
}

pub async fn more_than_a_page_of_unread_events_is_read_up_to_the_state(subject: &impl Subject) {
    for after in 0..2 {
        let log = (0..60).map(|n| line(&after.to_string(), n)).collect();
        subject.store().commit(&Commit { log, ..commit(&key("1"), after) }).await.unwrap();
    }
    for count in [119, 120, 130] {
        many_unread(subject, count).await;
        let loaded = subject.store().load(&key("1")).await.unwrap();
        let unread: Vec<_> = (0..count).map(|n| event(&format!("{:03}", 999 - n), n)).collect();
        assert_eq!(loaded.unread, unread);
        assert_eq!(loaded.state, Some(state(2)));
        // What is left of the page that reached the state.
        assert_eq!(i64::try_from(loaded.log.len()).unwrap(), if count == 119 { 0 } else { 239 - count });
    }
}

pub async fn more_than_a_page_of_unread_events_is_read_without_a_state(subject: &impl Subject) {
    many_unread(subject, 125).await;
    let loaded = subject.store().load(&key("1")).await.unwrap();
    assert_eq!((loaded.unread.len(), loaded.state), (125, None));
}

pub async fn markers_and_counts_are_not_loaded(subject: &impl Subject) {
    subject.store().commit(&Commit { read: vec![read("a")], ..commit(&key("1"), 0) }).await.unwrap();
    subject.store().tally(&tally(&key("1"), 1, [("chats", 1)])).await.unwrap();
    assert_eq!(subject.items().await.len(), 4, "a marker, what was counted, the state, a counter");
    let loaded = subject.store().load(&key("1")).await.unwrap();
    assert_eq!(loaded, Loaded { state: Some(state(1)), ..Loaded::default() });
}
