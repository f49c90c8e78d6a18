//! The visitor writes on, changes his mind or comes back; a human comes, goes, or hands the chat over.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use dev::seed::NOVA;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::conversation::{Closed, Phase};
use shared::domain::drain::LogEntry;
use shared::domain::message::Author;
use tests::escalating::{LOOKING, WISH};
use tests::{Deployed, QUESTION, SOON, World, never, until};

/// What only this world's knowledge says.
const ANSWER: &str = "nine fortnights";

/// A world that knows how long a withdrawal takes, and whose desks ring for a minute.
async fn world(deployed: &Deployed) -> World<'_> {
    let world = World::new(deployed, World::patient).await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    world
}

/// A chat that a human took.
async fn taken(world: &World<'_>, human: &str) -> String {
    let conversation = world.open(WISH).await;
    world.department_rings(&conversation, &world.department).await;
    world.accepts(human, &conversation).await;
    world.with_human(&conversation).await;
    conversation
}

async fn closed(world: &World<'_>, conversation: &str) -> Closed {
    until(&format!("{conversation} to be closed"), SOON, async || match world.phase(conversation).await? {
        Phase::Closed { how } => Some(how),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn while_it_rings_the_visitor_is_reassured_and_asked_and_never_answered_from_the_knowledge() {
    let deployed = Deployed::find();
    let world = world(&deployed).await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.open("agent please").await;
    world.department_rings(&conversation, &world.department).await;

    world.says(&conversation, "hello?").await;
    let said = world.answered(&conversation, 2).await;
    assert!(said[1].contains("still looking for a colleague"), "{said:?}");
    assert!(said[1].contains("what it is about"), "{said:?}");
    world.says(&conversation, QUESTION).await;
    world.answered(&conversation, 3).await;

    world.reacted(&conversation).await;
    let said = world.said(&conversation).await;
    assert_eq!(said[0], LOOKING);
    for line in &said {
        assert!(!line.contains(ANSWER) && !line.contains("connect") && !line.contains("on the way"), "{said:?}");
        assert!(line.contains("colleague"), "{said:?}");
    }
    assert_eq!(world.ringing(&conversation).await, [dana.as_str()], "it rings on");
    world.accepts(&dana, &conversation).await;
    world.with_human(&conversation).await;
    assert_eq!(world.past_transfers(&conversation).await, ["accepted"]);
}

#[tokio::test]
async fn a_visitor_who_says_it_is_solved_stops_the_ring_and_is_seen_off() {
    let deployed = Deployed::find();
    let world = world(&deployed).await;
    world.human("Dana", |_| {}).await;
    let conversation = world.open(WISH).await;
    world.department_rings(&conversation, &world.department).await;

    world.says(&conversation, "never mind, it's solved").await;

    assert_eq!(closed(&world, &conversation).await, Closed::Resolved);
    let said = world.said(&conversation).await;
    assert!(said.len() == 2 && said[1].contains("goodbye"), "{said:?}");
    assert_eq!(world.status(&conversation).await, "closed");
    assert_eq!(world.past_transfers(&conversation).await, ["withdrawn"], "stopped before the close");
    assert!(world.mails().await.is_empty());
}

#[tokio::test]
async fn a_human_who_writes_by_himself_while_it_rings_has_the_chat_at_once() {
    let deployed = Deployed::find();
    let world = world(&deployed).await;
    let dana = world.human("Dana", |_| {}).await;
    let emil = world.human("Emil", |human| human["role"] = json!("Supervisor")).await;
    let conversation = world.open(WISH).await;
    world.department_rings(&conversation, &world.department).await;

    world.human_does(&emil, "join", json!({}), &conversation).await;
    world.human_does(&emil, "messages", json!({"text": "I can see your bonus here."}), &conversation).await;

    world.with_human(&conversation).await;
    world.says(&conversation, QUESTION).await;
    never("the AI talked over a human", async || world.said(&conversation).await != [LOOKING]).await;
    assert!(matches!(world.phase(&conversation).await, Some(Phase::WithHuman { .. })));
    // Who is rung may still take it; it stays with a human.
    assert_eq!(world.transfers(&conversation).await.len(), 1);
    if world.ringing(&conversation).await.contains(&dana) {
        world.accepts(&dana, &conversation).await;
        world.with_human(&conversation).await;
    }
}

#[tokio::test]
async fn a_human_who_hands_back_leaves_what_he_said_and_no_old_reason() {
    let deployed = Deployed::find();
    let world = world(&deployed).await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = taken(&world, &dana).await;
    world.human_does(&dana, "messages", json!({"text": "Your bonus is booked."}), &conversation).await;

    world.human_does(&dana, "hand-back", json!({}), &conversation).await;
    until("the AI to have the chat", SOON, async || {
        matches!(world.phase(&conversation).await?, Phase::Assisting).then_some(())
    })
    .await;
    world.says(&conversation, QUESTION).await;
    let said = world.answered(&conversation, 2).await;

    assert!(said[1].contains(ANSWER), "{said:?}");
    let kept = world.settled(&conversation, SOON).await;
    let human = kept.log.iter().find_map(|entry| match entry {
        LogEntry::Line { message, author: Author::Human, .. } => Some(message.content.readable().to_owned()),
        _ => None,
    });
    assert_eq!(human.as_deref(), Some("Your bonus is booked."));
    never("the old reason rang again", async || {
        world.transfers(&conversation).await.iter().any(|one| one.outcome.is_none())
            || !matches!(world.phase(&conversation).await, Some(Phase::Assisting))
    })
    .await;
    assert_eq!(world.decisions(&conversation).await.len(), 1);
    assert_eq!(world.attender(&conversation).await.as_deref(), Some(NOVA));
}

#[tokio::test]
async fn a_reopened_chat_is_a_new_one_and_the_old_search_is_void() {
    let deployed = Deployed::find();
    let world = world(&deployed).await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = taken(&world, &dana).await;
    world.human_does(&dana, "messages", json!({"text": "Your bonus is booked."}), &conversation).await;
    world.human_does(&dana, "close", json!({}), &conversation).await;
    assert_eq!(closed(&world, &conversation).await, Closed::Human);

    world.says(&conversation, QUESTION).await;
    let said = world.answered(&conversation, 2).await;

    assert!(said[1].contains(ANSWER), "{said:?}");
    let kept = world.settled(&conversation, SOON).await;
    assert_eq!(kept.conversation.phase, Phase::Assisting);
    assert_eq!(kept.conversation.last_escalation, None);
    never("the old search rang again", async || {
        world.transfers(&conversation).await.len() > 1 || !world.mails().await.is_empty()
    })
    .await;
    assert_eq!(world.attender(&conversation).await.as_deref(), Some(NOVA));
    // The very first line once more: it is a new wish, no echo of the old one.
    world.says(&conversation, WISH).await;
    world.department_rings(&conversation, &world.department).await;
}

#[tokio::test]
async fn a_transfer_that_rings_to_the_ai_is_taken() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| settings["pickup"] = json!("wait_for_transfer")).await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.open(QUESTION).await;
    until("the chat to be watched", SOON, async || {
        matches!(world.phase(&conversation).await?, Phase::AwaitingHandoff).then_some(())
    })
    .await;
    assert_eq!(world.status(&conversation).await, "waiting");

    world.human_does(&dana, "pickup", json!({}), &conversation).await;
    let to_nova = json!({"department_id": world.department, "operator_id": NOVA});
    world.human_does(&dana, "transfer", to_nova, &conversation).await;

    let said = world.answered(&conversation, 1).await;
    assert!(said[0].contains(ANSWER), "{said:?}");
    assert_eq!(world.attender(&conversation).await.as_deref(), Some(NOVA));
    assert_eq!(world.past_transfers(&conversation).await, ["accepted"]);
}

#[tokio::test]
async fn a_chat_that_a_human_took_stays_with_him_in_whatever_order_the_events_come() {
    let deployed = Deployed::find();
    let world = world(&deployed).await;
    let dana = world.human("Dana", |human| human["maximum_concurrent_chat"] = json!("unlimited")).await;
    let (initiated, accepted, updated) =
        ("conversation.transfer.initiated", "conversation.transfer.accepted", "conversation.attender.updated");
    let orders = [
        json!({accepted: {"reorder": true}}),
        json!({initiated: {"delay_ms": 4000}, accepted: {"duplicate": 2}}),
        json!({accepted: {"delay_ms": 3000}, updated: {"duplicate": 2}}),
        json!({updated: {"delay_ms": 3000}, accepted: {"duplicate": 1}}),
        json!({accepted: {"drop": true}}),
        json!({updated: {"drop": true}}),
    ];
    for order in orders {
        let conversation = world.attended("Hello").await;
        let rules = order.as_object().unwrap().iter().map(|(event, fault)| {
            json!({"match": {"what": "webhook", "conversation": conversation, "event": event}, "do": fault, "times": 1})
        });
        world.faults(rules.collect::<Value>()).await;
        world.says(&conversation, WISH).await;
        world.department_rings(&conversation, &world.department).await;
        world.accepts(&dana, &conversation).await;

        world.with_human(&conversation).await;
        never(&format!("it did not stay with the human: {order}"), async || {
            let with_human = matches!(world.phase(&conversation).await, Some(Phase::WithHuman { .. }));
            !with_human || world.attender(&conversation).await.as_ref() != Some(&dana)
        })
        .await;
        assert_eq!(world.past_transfers(&conversation).await, ["accepted"], "{order}");
        let rules = deployed.portal.control(Method::GET, "faults", None).await.unwrap();
        let mut rules = rules.as_array().unwrap().iter().filter(|rule| rule["match"]["conversation"] == conversation);
        assert!(rules.all(|rule| rule["hits"] == 1), "a delivery was not struck: {order}");
    }
}

/// The first of two rejects, and SalesIQ's event of it meets a fault: the second rings on and takes the chat.
async fn rejected_and_taken(deployed: &Deployed, fault: Value, deliveries: usize) {
    let world = World::new(deployed, |settings| {
        World::direct(settings);
        settings["escalation"]["direct_deadline_s"] = json!(12);
    })
    .await;
    world.human("Dana", |_| {}).await;
    world.human("Emil", |_| {}).await;
    let conversation = world.attended("Hello").await;
    let rejected = "conversation.transfer.rejected";
    let matching = json!({"what": "webhook", "conversation": conversation, "event": rejected});
    world.faults(json!([{"match": matching, "do": fault, "times": 1}])).await;
    world.says(&conversation, WISH).await;
    let first = world.one_rings(&conversation, &[]).await;
    world.human_does(&first, "reject", json!({}), &conversation).await;

    let second = world.one_rings(&conversation, &[&first]).await;
    until("the rejection to come", SOON, async || {
        let all = deployed.portal.deliveries(&conversation).await.unwrap();
        let came = all.iter().filter(|one| one["event"] == rejected && one["outcome"] == "delivered");
        (came.count() == deliveries && world.kept(&conversation).await?.unread == 0).then_some(())
    })
    .await;
    assert_eq!(world.ringing(&conversation).await, [second.as_str()], "it rings on");
    world.accepts(&second, &conversation).await;

    world.with_human(&conversation).await;
    assert_eq!(world.past_transfers(&conversation).await, ["rejected", "accepted"]);
    assert_eq!(world.attender(&conversation).await, Some(second));
}

#[tokio::test]
async fn a_rejection_that_comes_late_says_nothing_of_who_is_rung_next() {
    // After the first one's deadline, before the second one's.
    rejected_and_taken(&Deployed::find(), json!({"delay_ms": 15_000}), 1).await;
}

#[tokio::test]
async fn a_rejection_that_comes_three_times_counts_once() {
    rejected_and_taken(&Deployed::find(), json!({"duplicate": 2}), 3).await;
}
