use super::history::{By, Changed};
use super::*;
use crate::store::Memory;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

fn id(name: &str) -> WorkspaceId {
    WorkspaceId::parse(name).unwrap()
}

fn settings(burst_window_ms: u32) -> WorkspaceSettings {
    serde_json::from_value(serde_json::json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "700",
        "default_department": "300", "escalation": {"last_resort_email": "duty@lumen.example"},
        "burst_window_ms": burst_window_ms,
    }))
    .unwrap()
}

fn article(name: &str) -> Article {
    let article = serde_json::json!({"id": name, "title": name, "markdown": "Withdrawals take a day."});
    serde_json::from_value(article).unwrap()
}

/// Workspaces as one function sees them, and as whoever writes settings does.
async fn reader_and_writer() -> (Workspaces<Memory>, Workspaces<Memory>) {
    let store = Memory::new();
    let writer = Workspaces::new(store.clone());
    writer.put_settings(&settings(1)).await.unwrap();
    (Workspaces::new(store), writer)
}

fn burst_window_ms(workspace: Option<Arc<Workspace>>) -> u32 {
    workspace.unwrap().settings.burst_window_ms
}

#[tokio::test]
async fn settings_and_knowledge_are_read_together() {
    let (reader, writer) = reader_and_writer().await;
    for name in ["withdrawals", "bonuses"] {
        writer.put_article(&id("demo"), &article(name)).await.unwrap();
    }
    let knowledge = vec![article("bonuses"), article("withdrawals")];
    let expected = Workspace { settings: settings(1), knowledge, echo_proven: false };
    assert_eq!(reader.get(&id("demo"), at(0)).await.unwrap(), Some(Arc::new(expected)));
    assert_eq!(reader.list().await.unwrap(), [id("demo")]);
}

#[tokio::test]
async fn new_settings_are_seen_after_a_minute() {
    let (reader, writer) = reader_and_writer().await;
    assert_eq!(burst_window_ms(reader.get(&id("demo"), at(0)).await.unwrap()), 1);
    writer.put_settings(&settings(2)).await.unwrap();
    assert_eq!(burst_window_ms(reader.get(&id("demo"), at(59)).await.unwrap()), 1);
    assert_eq!(burst_window_ms(reader.get(&id("demo"), at(60)).await.unwrap()), 2);
}

#[tokio::test]
async fn settings_are_read_anew_every_ten_seconds_at_most() {
    let (reader, writer) = reader_and_writer().await;
    assert_eq!(burst_window_ms(reader.get_anew(&id("demo"), at(0)).await.unwrap()), 1);
    writer.put_settings(&settings(2)).await.unwrap();
    assert_eq!(burst_window_ms(reader.get_anew(&id("demo"), at(9)).await.unwrap()), 1);
    assert_eq!(burst_window_ms(reader.get_anew(&id("demo"), at(10)).await.unwrap()), 2);
}

#[tokio::test]
async fn an_unknown_workspace_is_not_looked_for_again_within_a_minute() {
    let store = Memory::new();
    let reader = Workspaces::new(store.clone());
    assert_eq!(reader.get(&id("demo"), at(0)).await.unwrap(), None);
    Workspaces::new(store).put_settings(&settings(1)).await.unwrap();
    assert_eq!(reader.get(&id("demo"), at(59)).await.unwrap(), None);
    assert!(reader.get(&id("demo"), at(60)).await.unwrap().is_some());
}

#[tokio::test]
async fn names_that_anyone_may_ask_for_dont_fill_the_memory_and_known_ones_stay() {
    let (reader, writer) = reader_and_writer().await;
    reader.get(&id("demo"), at(0)).await.unwrap();
    writer.put_settings(&settings(2)).await.unwrap();
    for number in 0..=UNKNOWN_REMEMBERED {
        reader.get(&id(&format!("unknown-{number}")), at(1)).await.unwrap();
        assert!(reader.kept.lock().unwrap().len() <= UNKNOWN_REMEMBERED);
    }
    assert_eq!(burst_window_ms(reader.get(&id("demo"), at(2)).await.unwrap()), 1, "still kept");
}

#[tokio::test]
async fn a_proven_echo_is_seen_at_once_by_who_recorded_it() {
    let (reader, _) = reader_and_writer().await;
    assert!(!reader.get(&id("demo"), at(0)).await.unwrap().unwrap().echo_proven);
    reader.put_echo_proven(&id("demo")).await.unwrap();
    assert!(reader.get(&id("demo"), at(0)).await.unwrap().unwrap().echo_proven);
}

#[tokio::test]
async fn a_document_that_is_not_valid_is_named() {
    let (reader, writer) = reader_and_writer().await;
    let article = serde_json::json!({"id": "bonuses"});
    writer.put(&id("demo"), "W#demo", "K#bonuses", &article).await.unwrap();
    let error = reader.get(&id("demo"), at(0)).await.unwrap_err();
    assert!(matches!(&error, WorkspaceError::Document { name, .. } if name == "K#bonuses"), "{error:?}");
}

#[tokio::test]
async fn settings_that_are_not_usable_are_not_written() {
    let (reader, writer) = reader_and_writer().await;
    let mut incomplete = settings(2);
    incomplete.escalation.last_resort_email = None;
    let error = writer.put_settings(&incomplete).await.unwrap_err();
    assert!(error.to_string().contains("demo are refused: escalation.last_resort_email: there is none"), "{error}");
    assert_eq!(burst_window_ms(reader.get(&id("demo"), at(0)).await.unwrap()), 1);
}

#[tokio::test]
async fn settings_that_are_only_incomplete_are_served() {
    let (reader, writer) = reader_and_writer().await;
    let mut incomplete = settings(2);
    incomplete.default_department = None;
    writer.put_settings_as_is(&incomplete).await.unwrap();
    assert_eq!(burst_window_ms(reader.get(&id("demo"), at(0)).await.unwrap()), 2);
}

#[tokio::test]
async fn settings_that_do_harm_are_not_served() {
    let (reader, writer) = reader_and_writer().await;
    writer.put_settings_as_is(&settings(60_000)).await.unwrap();
    let error = reader.get(&id("demo"), at(0)).await.unwrap_err();
    assert!(error.to_string().contains("burst_window_ms: it is 60000"), "{error}");
}

#[tokio::test]
async fn two_editors_dont_overwrite_each_other() {
    let (reader, writer) = reader_and_writer().await;
    let seen = writer.stored_settings(&id("demo")).await.unwrap().unwrap();
    assert_eq!(seen.version, 1);
    writer.replace_settings(&settings(2), Some(seen.version)).await.unwrap();
    let error = writer.replace_settings(&settings(3), Some(seen.version)).await.unwrap_err();
    assert!(matches!(error, WorkspaceError::Changed { .. }), "{error:?}");
    let error = writer.replace_settings(&settings(3), None).await.unwrap_err();
    assert!(matches!(error, WorkspaceError::Changed { .. }), "{error:?}");
    assert_eq!(burst_window_ms(reader.get(&id("demo"), at(0)).await.unwrap()), 2);
}

#[tokio::test]
async fn the_first_settings_of_a_workspace_take_the_place_of_none() {
    let workspaces = Workspaces::new(Memory::new());
    assert_eq!(workspaces.stored_settings(&id("demo")).await.unwrap(), None);
    workspaces.replace_settings(&settings(1), None).await.unwrap();
    assert_eq!(workspaces.list().await.unwrap(), [id("demo")]);
    assert_eq!(workspaces.stored_settings(&id("demo")).await.unwrap().unwrap().version, 1);
}

fn by(name: &str) -> By<'_> {
    By { name, note: None }
}

#[tokio::test]
async fn what_was_published_tells_who_when_and_what_was_there_before() {
    let (reader, writer) = reader_and_writer().await;
    let stored = writer.stored_settings(&id("demo")).await.unwrap();
    writer.publish(&settings(2), stored.as_ref(), by("ada@lumen.example"), at(60)).await.unwrap();
    let stored = writer.stored_settings(&id("demo")).await.unwrap();
    writer.publish(&settings(3), stored.as_ref(), by("bo@lumen.example"), at(120)).await.unwrap();
    let entries = reader.history(&id("demo"), &Changed::Settings, None, 10).await.unwrap();
    let told: Vec<_> = entries.iter().map(|(_, entry)| (entry.by.as_str(), entry.at, entry.version)).collect();
    assert_eq!(told, [("bo@lumen.example", at(120), Some(2)), ("ada@lumen.example", at(60), Some(1))]);
    let (name, newest) = &entries[0];
    assert_eq!(newest.changes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["burst_window_ms"]);
    assert_eq!(newest.before.as_ref().unwrap()["burst_window_ms"], 2);
    let older = reader.history(&id("demo"), &Changed::Settings, Some(name), 10).await.unwrap();
    assert_eq!(older, entries[1..]);
    assert_eq!(reader.history_entry(&id("demo"), &Changed::Settings, name).await.unwrap().as_ref(), Some(newest));
    assert_eq!(reader.history_entry(&id("demo"), &Changed::Settings, "SETTINGS").await.unwrap(), None);
}

#[tokio::test]
async fn who_publishes_sees_it_at_once_and_functions_read_no_history() {
    let (_, writer) = reader_and_writer().await;
    assert_eq!(burst_window_ms(writer.get(&id("demo"), at(0)).await.unwrap()), 1);
    let stored = writer.stored_settings(&id("demo")).await.unwrap();
    writer.publish(&settings(2), stored.as_ref(), by("ada@lumen.example"), at(1)).await.unwrap();
    assert_eq!(burst_window_ms(writer.get(&id("demo"), at(1)).await.unwrap()), 2);
    let read = writer.store.documents("W#demo", "").await.unwrap();
    assert_eq!(read.iter().map(|document| document.name.as_str()).collect::<Vec<_>>(), ["SETTINGS"]);
}

#[tokio::test]
async fn who_publishes_over_another_version_leaves_no_trace() {
    let (_, writer) = reader_and_writer().await;
    let seen = writer.stored_settings(&id("demo")).await.unwrap();
    writer.put_settings(&settings(2)).await.unwrap();
    let error = writer.publish(&settings(3), seen.as_ref(), by("ada@lumen.example"), at(1)).await.unwrap_err();
    assert!(matches!(error, WorkspaceError::Changed { .. }), "{error:?}");
    assert_eq!(writer.history(&id("demo"), &Changed::Settings, None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_too_large_for_the_history_is_told_without_what_was_there() {
    let (_, writer) = reader_and_writer().await;
    let text = "x".repeat(300_000);
    let long = Article { markdown: text.clone(), ..article("long") };
    writer.publish_article(&id("demo"), &long, None, by("ada"), at(0)).await.unwrap();
    let stored = writer.article(&id("demo"), &long.id).await.unwrap();
    let other = Article { markdown: text.replace('x', "y"), ..long.clone() };
    writer.publish_article(&id("demo"), &other, stored.as_ref(), by("ada"), at(1)).await.unwrap();
    let entries = writer.history(&id("demo"), &Changed::Article(long.id), None, 10).await.unwrap();
    let newest = &entries[0].1;
    assert_eq!((newest.before.as_ref(), newest.changes.len()), (None, 1));
    assert_eq!((newest.changes[0].to_string().as_str(), newest.changes[0].old.as_ref()), ("markdown", None));
}

#[tokio::test]
async fn an_article_is_written_in_place_of_the_one_that_was_seen_and_deleted_with_what_it_said() {
    let (_, writer) = reader_and_writer().await;
    let first = article("bonuses");
    writer.publish_article(&id("demo"), &first, None, by("ada"), at(0)).await.unwrap();
    let error = writer.publish_article(&id("demo"), &first, None, by("bo"), at(1)).await.unwrap_err();
    assert!(matches!(error, WorkspaceError::Changed { .. }), "{error:?}");
    let edited = writer.edited(&id("demo")).await.unwrap();
    assert_eq!((edited["bonuses"].by.as_str(), edited["bonuses"].at), ("ada", at(0)));
    let stored = writer.article(&id("demo"), &first.id).await.unwrap().unwrap();
    assert_eq!(writer.articles(&id("demo")).await.unwrap(), std::slice::from_ref(&stored));
    writer.delete_article(&id("demo"), &stored, by("bo"), at(2)).await.unwrap();
    assert_eq!(writer.articles(&id("demo")).await.unwrap(), []);
    assert!(writer.edited(&id("demo")).await.unwrap().is_empty());
    let (_, newest) = &writer.history(&id("demo"), &Changed::Article(first.id), None, 1).await.unwrap()[0];
    assert_eq!(newest.before.as_ref().unwrap()["markdown"], "Withdrawals take a day.");
    assert!(newest.changes.iter().all(|change| change.new.is_none()));
}
