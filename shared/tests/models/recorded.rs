//! A run with a model, recorded and repeated without it.

use shared::agent::model::recorded::Recording;
use shared::agent::{Agent as _, AgentError, Turn};
use shared::domain::id::ConversationId;

use crate::openai;
use crate::scene::{KEY, Scene, models, now, openai as on_openai, visitor};

const NOWHERE: &str = "http://127.0.0.1:1";

#[tokio::test]
async fn a_recorded_turn_is_repeated_without_the_model() {
    let folder = std::env::temp_dir().join(format!("recorded-turn-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("answers.jsonl");
    let script = vec![openai::called(&[("search_knowledge", "{\"query\": \"withdrawal\"}")]), openai::said("One day.")];
    let server = openai::start(script).await;
    let backends = [on_openai("main", &server.url)];
    let recording = models(NOWHERE).await.recorded(Recording::record(&path).unwrap());
    let (recorded, spent, _) = Scene::with_models(&backends, recording).turn().await;
    assert_eq!(server.asked().len(), 2);
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept.lines().count(), 2);
    assert!(!kept.contains(KEY) && !kept.contains("How long does"), "{kept}");

    let replay = models(NOWHERE).await.recorded(Recording::replay(&path).unwrap());
    let mut scene = Scene::with_models(&backends, replay);
    assert_eq!(scene.turn().await, (recorded, spent, 1));
    assert_eq!(server.asked().len(), 2, "nobody was asked");

    scene.lines = vec![visitor("Which bonus is there for new players?")];
    let conversation = ConversationId::parse("9001").unwrap();
    let turn = Turn::about(&conversation, &scene.settings, &scene.settings.brands[0], &scene.lines, now());
    let AgentError::Unavailable { backend, reason } = scene.assistant.think(&turn).await.unwrap_err() else {
        panic!("another failure")
    };
    assert!(backend == "main" && reason.contains("answers.jsonl") && reason.contains("recorded"), "{reason}");
    std::fs::remove_dir_all(&folder).unwrap();
}
