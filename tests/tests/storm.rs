//! A storm: deliveries are lost, sent twice and shuffled, calls are throttled, SalesIQ is down for two minutes, and visitors
//! write through all of it. After two runs of the sentinel every conversation is in its right state.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::conversation::Phase;
use shared::domain::drain::LogEntry;
use shared::domain::message::{Author, Content};
use shared::domain::reconcile::QUIET;
use tests::{Deployed, World, answered_lines, until, visitor_lines};

/// How many chats there are.
const CHATS: usize = 24;
/// How long SalesIQ is down.
const DOWN_S: u64 = 120;
/// How long things may take to come to rest: claims run out, deliveries are tried again minutes later.
const AT_REST: Duration = Duration::from_mins(10);

/// What visitors ask, and by what the answer is recognised. Each chat asks each thing once at most.
const TOPICS: [(&str, &str); 3] = [
    ("How long does a withdrawal take?", "nine fortnights"),
    ("How do I verify my account?", "a lantern and two herrings"),
    ("Which payment methods are there?", "cowrie shells"),
];

/// A chat, what its visitor wrote, and whether the visitor ended it.
struct Chat {
    id: String,
    asked: Vec<(&'static str, &'static str)>,
    ended: bool,
}

struct Storm<'a> {
    world: World<'a>,
    chats: Vec<Chat>,
}

impl Storm<'_> {
    /// A visitor opens a chat about the `n`th topic. It rings long: SalesIQ shall not call it missed while it is down.
    async fn open(&mut self, n: usize) {
        let topic = TOPICS[n % TOPICS.len()];
        let opening = |body: &mut Value| {
            body["question"] = json!(topic.0);
            body["wait_time_ms"] = json!(3_600_000);
        };
        let id = self.world.open_as(opening).await;
        self.chats.push(Chat { id, asked: vec![topic], ended: false });
    }

    /// Visitors of every so many chats write on, each about something new.
    async fn write_on(&mut self, every: usize) {
        for chat in self.chats.iter_mut().step_by(every).filter(|chat| !chat.ended) {
            let Some(topic) = TOPICS.into_iter().find(|topic| !chat.asked.contains(topic)) else { continue };
            self.world.says(&chat.id, topic.0).await;
            chat.asked.push(topic);
        }
    }

    /// Visitors of every so many chats leave.
    async fn leave(&mut self, every: usize) {
        for chat in self.chats.iter_mut().skip(1).step_by(every).filter(|chat| !chat.ended) {
            let path = format!("visitors/conversations/{}/end", chat.id);
            self.world.deployed.portal.control(Method::POST, &path, Some(json!({}))).await.expect("an end");
            chat.ended = true;
        }
    }

    fn ids(&self) -> Vec<String> {
        self.chats.iter().map(|chat| chat.id.clone()).collect()
    }
}

/// 30 % are lost, of the rest 20 % come twice, and all out of their order; now and then a call is throttled.
async fn raise(deployed: &Deployed) {
    deployed
        .faults(json!([
            {"match": {"what": "webhook"}, "do": {"drop": true}, "probability": 0.3},
            {"match": {"what": "webhook"}, "do": {"duplicate": 1}, "probability": 0.2, "go_on": true},
            {"match": {"what": "webhook"}, "do": {"shuffle_ms": 4_000}, "go_on": true},
            {"match": {"what": "rest"}, "do": {"throttle": {"form": "429", "lock_seconds": 2}},
                "probability": 0.05, "times": 2, "for_ms": 60_000},
        ]))
        .await;
}

/// How often each rule struck.
async fn hits(deployed: &Deployed) -> Vec<u64> {
    let rules = deployed.portal.control(Method::GET, "faults", None).await.expect("the faults");
    rules.as_array().unwrap().iter().map(|rule| rule["hits"].as_u64().unwrap()).collect()
}

async fn a_world(deployed: &Deployed) -> World<'_> {
    let world = World::new(deployed, |settings| {
        // Nobody is asked whether they are still there: silence is no part of this.
        settings["idle"] = json!({"check_in_s": 0, "close_s": 0});
    })
    .await;
    for (id, title, text) in [
        ("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights."),
        ("verification", "Verify your account", "To verify your account, send a lantern and two herrings."),
        ("payments", "Payment methods", "The payment methods are gold and cowrie shells."),
    ] {
        world.article(id, title, text).await;
    }
    world
}

/// SalesIQ goes down; visitors open chats, write on and leave; it comes back.
async fn outage(storm: &mut Storm<'_>) {
    let portal = &storm.world.deployed.portal;
    portal.control(Method::POST, "down", Some(json!({"seconds": DOWN_S}))).await.expect("down");
    for n in storm.chats.len()..CHATS {
        storm.open(n).await;
    }
    storm.write_on(2).await;
    storm.leave(7).await;
    let patience = Duration::from_secs(DOWN_S + 30);
    until("SalesIQ to be back", patience, async || {
        let health = portal.control(Method::GET, "health", None).await.expect("the simulator's health");
        let rules = portal.control(Method::GET, "faults", None).await.expect("the faults");
        let ends = rules[0]["until_ms"].as_i64().expect("the end of the outage");
        (health["now_ms"].as_i64().expect("a time") >= ends).then_some(())
    })
    .await;
}

/// What a log has of the visitor, as texts.
fn texts_of_visitor(log: &[LogEntry]) -> Vec<String> {
    let mut texts: Vec<String> = log
        .iter()
        .filter_map(|entry| match entry {
            LogEntry::Line { message, author: Author::Visitor, .. } => match &message.content {
                Content::Text { text } => Some(text.clone()),
                Content::File { .. } => None,
            },
            _ => None,
        })
        .collect();
    texts.sort();
    texts
}

async fn is_in_its_right_state(world: &World<'_>, chat: &Chat) {
    let id = &chat.id;
    let kept = world.kept(id).await.unwrap_or_else(|| panic!("{id} was never heard of"));
    assert!(kept.is_quiet(), "{id}: something is left to be done");
    let held = world.deployed.portal.lines(id).await.unwrap();
    let mut held: Vec<String> =
        held.into_iter().filter(|line| line.sender_kind == "visitor").map(|line| line.text).collect();
    held.sort();
    assert_eq!(held.len(), chat.asked.len(), "{id}: the visitor's own side did not work");
    let answered = answered_lines(&kept.log);
    let once: BTreeSet<&String> = answered.iter().collect();
    assert_eq!(once.len(), answered.len(), "{id}: a line was answered twice");
    let said = world.said(id).await;
    for (question, mark) in &chat.asked {
        let answers = said.iter().filter(|line| line.contains(mark)).count();
        assert!(answers <= 1, "{id}: {question} was answered {answers} times");
    }
    if chat.ended {
        assert!(matches!(kept.conversation.phase, Phase::Closed { .. }), "{id}: {:?}", kept.conversation.phase);
        return;
    }
    assert!(!matches!(kept.conversation.phase, Phase::Closed { .. }), "{id}: {:?}", kept.conversation.phase);
    assert_eq!(world.status(id).await, "connected", "{id}");
    assert_eq!(texts_of_visitor(&kept.log), held, "{id}: what SalesIQ holds is not what we know");
    assert!(visitor_lines(&kept.log).iter().all(|line| once.contains(line)), "{id}: a line was not answered");
    // Two questions that met in one turn may have got one answer.
    if let [(_, mark)] = chat.asked.as_slice() {
        assert!(said.iter().any(|line| line.contains(mark)), "{id}: {said:?}");
    }
    assert!(!said.is_empty(), "{id}: nothing was said");
}

#[tokio::test]
async fn after_a_storm_two_runs_of_the_sentinel_put_every_conversation_right() {
    let deployed = Deployed::find();
    let mut storm = Storm { world: a_world(&deployed).await, chats: Vec::new() };
    raise(&deployed).await;
    for n in 0..CHATS / 2 {
        storm.open(n).await;
    }
    storm.write_on(3).await;
    storm.leave(6).await;
    outage(&mut storm).await;
    storm.write_on(4).await;
    // The outage's three rules stand before the storm's.
    let hits = hits(&deployed).await;
    assert!(hits[3] > 0 && hits[4] > 0 && hits[5] > 0, "the storm was none: {hits:?}");
    deployed.no_faults().await;

    let ids = storm.ids();
    deployed.run_sentinel().await;
    storm.world.quiet(&ids, AT_REST).await;
    // The schedule's next run comes a minute later; by then nothing of this is news.
    until("nothing to have changed for a while", AT_REST, async || {
        let now = deployed.portal.control(Method::GET, "health", None).await.ok()?["now_ms"].as_i64()?;
        for id in &ids {
            let chat = deployed.portal.control(Method::GET, &format!("conversations/{id}"), None).await.ok()?;
            if i128::from(now - chat["last_modified_time"].as_i64()?) <= QUIET.as_millis() {
                return None;
            }
        }
        Some(())
    })
    .await;
    deployed.run_sentinel().await;
    until("SalesIQ to have no delivery left", AT_REST, async || {
        (deployed.pending_deliveries().await == 0).then_some(())
    })
    .await;
    storm.world.quiet(&ids, AT_REST).await;

    for chat in &storm.chats {
        is_in_its_right_state(&storm.world, chat).await;
    }
    let due = storm.world.due().await;
    assert!(due.is_empty(), "still due: {due:?}");
}
