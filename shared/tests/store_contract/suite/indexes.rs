use shared::domain::id::{ConversationId, WorkspaceId};
use shared::store::{Commit, ConversationKey, LiveEntry, StateItem, Store, VisitorEntry, WORK_SHARDS, work_shard};

use crate::build::{at, commit, event, key, read, state, workspace};
use crate::subject::Subject;

async fn due(subject: &impl Subject, seconds: i64) -> Vec<ConversationKey> {
    let mut due = Vec::new();
    for shard in 0..WORK_SHARDS {
        due.extend(subject.store().due(&workspace(), shard, at(seconds), 100).await.unwrap());
    }
    due
}

async fn wake(subject: &impl Subject, conversation: &str, after: u64, wake_at: Option<i64>) {
    let state = StateItem { wake_at: wake_at.map(at), ..state(after + 1) };
    subject.store().commit(&Commit { state, ..commit(&key(conversation), after) }).await.unwrap();
}

/// So many conversations on one shard.
fn neighbours(count: usize) -> Vec<String> {
    let ids = (1000..).map(|n: u32| n.to_string());
    ids.filter(|id| work_shard(&ConversationId::parse(id).unwrap()) == 3).take(count).collect()
}

pub async fn an_unread_event_is_due_after_thirty_seconds(subject: &impl Subject) {
    subject.store().record(&key("1"), &event("a", 0)).await.unwrap();
    assert!(due(subject, 29).await.is_empty());
    assert_eq!(due(subject, 30).await, [key("1")]);
    subject.store().commit(&Commit { read: vec![read("a")], ..commit(&key("1"), 0) }).await.unwrap();
    assert!(due(subject, 30).await.is_empty(), "once it is read");
}

pub async fn a_state_is_due_when_it_says(subject: &impl Subject) {
    wake(subject, "1", 0, Some(10)).await;
    assert!(due(subject, 9).await.is_empty());
    assert_eq!(due(subject, 10).await, [key("1")]);
    wake(subject, "1", 1, Some(20)).await;
    assert!(due(subject, 19).await.is_empty(), "it was put off");
}

pub async fn who_waits_longest_comes_first_and_once(subject: &impl Subject) {
    let ids = neighbours(3);
    wake(subject, &ids[0], 0, Some(40)).await;
    wake(subject, &ids[1], 0, Some(5)).await;
    for (n, name) in ["a", "b", "c"].into_iter().enumerate() {
        subject.store().record(&key(&ids[2]), &event(name, i64::try_from(n).unwrap())).await.unwrap();
    }
    wake(subject, &ids[2], 0, Some(50)).await;
    let due = subject.store().due(&workspace(), 3, at(60), 100).await.unwrap();
    assert_eq!(due, [key(&ids[1]), key(&ids[2]), key(&ids[0])]);
}

pub async fn a_conversation_that_waits_for_nothing_is_not_due(subject: &impl Subject) {
    wake(subject, "1", 0, Some(10)).await;
    wake(subject, "1", 1, None).await;
    assert!(due(subject, 100_000).await.is_empty());
}

pub async fn due_gives_no_more_than_asked(subject: &impl Subject) {
    let ids = neighbours(4);
    for (n, id) in ids.iter().enumerate() {
        let n = i64::try_from(n).unwrap();
        wake(subject, id, 0, Some(n)).await;
        for name in ["a", "b", "c"] {
            subject.store().record(&key(id), &event(name, n - 30)).await.unwrap();
        }
    }
    let due = subject.store().due(&workspace(), 3, at(60), 3).await.unwrap();
    assert_eq!(due, [key(&ids[0]), key(&ids[1]), key(&ids[2])], "though each is twelve rows apart");
    assert!(subject.store().due(&workspace(), 3, at(60), 0).await.unwrap().is_empty());
}

pub async fn due_sees_one_shard_of_one_workspace(subject: &impl Subject) {
    let id = &neighbours(1)[0];
    wake(subject, id, 0, Some(0)).await;
    assert!(subject.store().due(&workspace(), 4, at(60), 10).await.unwrap().is_empty());
    let other = WorkspaceId::parse("demo-2").unwrap();
    assert!(subject.store().due(&other, 3, at(60), 10).await.unwrap().is_empty());
}

async fn show(subject: &impl Subject, conversation: &str, after: u64, live: Option<(&str, &str)>) {
    let live = live.map(|(sort, body)| LiveEntry { sort: sort.to_owned(), body: body.to_owned() });
    let state = StateItem { live, ..state(after + 1) };
    subject.store().commit(&Commit { state, ..commit(&key(conversation), after) }).await.unwrap();
}

async fn shown(subject: &impl Subject, limit: u32) -> Vec<(String, String, String)> {
    let live = subject.store().live(&workspace(), None, limit).await.unwrap();
    live.into_iter().map(|(conversation, entry)| (conversation.to_string(), entry.sort, entry.body)).collect()
}

fn entry(conversation: &str, sort: &str, body: &str) -> (String, String, String) {
    (conversation.to_owned(), sort.to_owned(), body.to_owned())
}

pub async fn an_open_conversation_is_live_until_it_is_closed(subject: &impl Subject) {
    show(subject, "1", 0, Some(("1", "{}"))).await;
    assert_eq!(shown(subject, 10).await, [entry("1", "1", "{}")]);
    show(subject, "1", 1, None).await;
    assert!(shown(subject, 10).await.is_empty());
}

pub async fn live_conversations_come_in_their_order(subject: &impl Subject) {
    show(subject, "1", 0, Some(("b#2", "{}"))).await;
    show(subject, "2", 0, Some(("a#9", "{}"))).await;
    show(subject, "3", 0, Some(("b#1", "{}"))).await;
    let all = [entry("2", "a#9", "{}"), entry("3", "b#1", "{}"), entry("1", "b#2", "{}")];
    assert_eq!(shown(subject, 10).await, all);
    assert_eq!(shown(subject, 2).await, all[..2]);
    assert!(shown(subject, 0).await.is_empty());
}

pub async fn live_conversations_are_read_in_pages(subject: &impl Subject) {
    for (n, sort) in ["a#9", "b#1", "b#1", "b#2", "c#0"].iter().enumerate() {
        show(subject, &n.to_string(), 0, Some((sort, "{}"))).await;
    }
    let mut pages: Vec<Vec<String>> = Vec::new();
    let mut after = None;
    while pages.len() < 9 {
        let page = subject.store().live(&workspace(), after.as_ref(), 2).await.unwrap();
        pages.push(page.iter().map(|(id, _)| id.to_string()).collect());
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
    }
    assert_eq!(pages, [vec!["0", "1"], vec!["2", "3"], vec!["4"], vec![]]);
}

pub async fn a_page_goes_on_though_the_last_one_of_the_page_before_is_closed(subject: &impl Subject) {
    for id in ["1", "2", "3"] {
        show(subject, id, 0, Some(("a", "{}"))).await;
    }
    let first = subject.store().live(&workspace(), None, 2).await.unwrap();
    show(subject, "2", 1, None).await;
    let second = subject.store().live(&workspace(), first.last(), 2).await.unwrap();
    assert_eq!(second.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["3"]);
}

pub async fn live_shows_the_newest_entry(subject: &impl Subject) {
    show(subject, "1", 0, Some(("1", "{}"))).await;
    show(subject, "1", 1, Some(("2", r#"{"n":2}"#))).await;
    assert_eq!(shown(subject, 10).await, [entry("1", "2", r#"{"n":2}"#)]);
}

async fn visit(subject: &impl Subject, conversation: &str, after: u64, visitor: Option<(&str, i64)>) {
    let visitor =
        visitor.map(|(identity, seconds)| VisitorEntry { identity: identity.to_owned(), opened_at: at(seconds) });
    let state = StateItem { visitor, ..state(after + 1) };
    subject.store().commit(&Commit { state, ..commit(&key(conversation), after) }).await.unwrap();
}

async fn visits(subject: &impl Subject, identity: &str, limit: u32) -> Vec<String> {
    let theirs = subject.store().conversations_of_visitor(&workspace(), identity, limit).await.unwrap();
    theirs.into_iter().map(String::from).collect()
}

pub async fn a_visitors_conversations_come_newest_first(subject: &impl Subject) {
    visit(subject, "1", 0, Some(("f00d", 10))).await;
    visit(subject, "2", 0, Some(("f00d", 30))).await;
    visit(subject, "3", 0, Some(("f00d", 20))).await;
    visit(subject, "4", 0, Some(("beef", 40))).await;
    assert_eq!(visits(subject, "f00d", 10).await, ["2", "3", "1"]);
    assert_eq!(visits(subject, "f00d", 2).await, ["2", "3"]);
    assert!(visits(subject, "f00d", 0).await.is_empty());
}

pub async fn a_conversation_leaves_the_visitor_index_with_its_identity(subject: &impl Subject) {
    visit(subject, "1", 0, Some(("f00d", 10))).await;
    visit(subject, "1", 1, None).await;
    assert!(visits(subject, "f00d", 10).await.is_empty());
}
