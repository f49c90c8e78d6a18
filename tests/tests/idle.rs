//! A visitor who says nothing more is asked, then seen off; a countdown ends a chat unless the visitor writes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::time::Duration;

use dev::seed::bus;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::conversation::{Closed, Phase};
use shared::domain::countdown::end_asked;
use shared::domain::drain::{Finding, LogEntry};
use shared::domain::message::Author;
use shared::store::{Recorded, Store};
use tests::escalating::{LOOKING, WISH};
use tests::{Deployed, Kept, QUESTION, SOON, World, never, until};

const CHECK_IN: &str = "Are you still there? If I can help you with anything else, just write here.";
const LAST_WORD: &str = "I'm closing this chat now. If you need anything else, just write to us again.";
/// What the world's only article says.
const ANSWER: &str = "nine fortnights";
/// The sweep comes each minute; the queue gives a lost alarm again only after three.
const SWEPT: Duration = Duration::from_secs(150);

/// A world with short deadlines, in which [`QUESTION`] is answered.
async fn world(deployed: &Deployed, check_in_s: u32, close_s: u32) -> World<'_> {
    let idle = json!({"check_in_s": check_in_s, "close_s": close_s, "countdown_s": [15, 10, 5]});
    let world = World::new(deployed, |settings| settings["idle"] = idle).await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    world
}

/// One in which nobody is asked, and no chat is ended for silence.
async fn patient_world(deployed: &Deployed) -> World<'_> {
    world(deployed, 0, 0).await
}

fn left(seconds: u32) -> String {
    format!("This chat ends in {seconds} seconds. If you still need something, just write here.")
}

/// Records that somebody asks for the end, as `cargo dev end` does. Twice, since it may be repeated.
async fn ask_for_the_end(world: &World<'_>, conversation: &str, countdown: bool) {
    let key = world.key(conversation);
    let request = end_asked(&key.conversation, countdown, "this test", Clock::system().now());
    let store = &world.deployed.store;
    assert_eq!(store.record(&key, &request).await.unwrap(), Recorded::New);
    assert_ne!(store.record(&key, &request).await.unwrap(), Recorded::New);
    bus(&world.deployed.stack).conversation_news(&[key]).await.unwrap();
}

/// When our line with a text was written, by SalesIQ's clock.
fn said_at(kept: &Kept, text: &str) -> Timestamp {
    let time = kept.log.iter().find_map(|entry| match entry {
        LogEntry::Line { message, author: Author::Ours, .. } if message.content.readable() == text => {
            Some(message.time)
        }
        _ => None,
    });
    time.expect("our line in the log")
}

/// Checks what was said of a countdown: it begins with the whole time, goes down, and is kept to.
fn assert_counted_down(kept: &Kept, said: &[String]) {
    let all = [15, 10, 5].map(left);
    assert_eq!(said[0], all[0]);
    // A machine so busy that a step is late leaves it out.
    let places: Vec<usize> =
        said.iter().map(|line| all.iter().position(|step| step == line).expect("a step")).collect();
    assert!(places.is_sorted_by(|one, next| one < next), "{said:?}");
    let ended_at = kept.conversation.facts.ended.time().unwrap();
    let took = ended_at.duration_since(said_at(kept, &all[0]));
    assert!(took >= SignedDuration::from_secs(15), "closed {took:#} after 15 s were told");
}

#[tokio::test]
async fn a_silent_visitor_is_asked_and_then_seen_off() {
    let deployed = Deployed::find();
    let world = world(&deployed, 5, 6).await;

    let conversation = world.open(QUESTION).await;

    let kept = world.ended(&conversation, Closed::Idle).await;
    let said = world.said(&conversation).await;
    assert!(said[0].contains(ANSWER), "{said:?}");
    assert_eq!(said[1..], [CHECK_IN, LAST_WORD]);
    assert_eq!(world.course(&conversation).await, ["said", "said", "said", "closed"]);
    assert_eq!(world.status(&conversation).await, "closed");
    assert!(said_at(&kept, LAST_WORD).duration_since(said_at(&kept, CHECK_IN)) >= SignedDuration::from_secs(6));
    assert_eq!((kept.conversation.counts.check_ins, kept.conversation.counts.idle_closed), (1, 1));
    assert!(world.mails().await.is_empty());
}

#[tokio::test]
async fn a_line_after_the_check_in_is_answered_and_the_chat_goes_on() {
    let deployed = Deployed::find();
    let world = world(&deployed, 5, 20).await;
    let conversation = world.open(QUESTION).await;
    assert_eq!(world.answered(&conversation, 2).await[1], CHECK_IN);

    world.says(&conversation, QUESTION).await;

    // The silence begins anew: only after a second check-in the chat is ended.
    world.ended(&conversation, Closed::Idle).await;
    let said = world.said(&conversation).await;
    assert!(said[2].contains(ANSWER), "{said:?}");
    assert_eq!(said[3..], [CHECK_IN, LAST_WORD]);
}

#[tokio::test]
async fn a_line_whose_webhook_was_lost_is_found_before_the_close_and_answered() {
    let deployed = Deployed::find();
    let world = world(&deployed, 5, 10).await;
    let conversation = world.open(QUESTION).await;
    world.answered(&conversation, 2).await;
    world.faults(json!([{"match": {"what": "webhook", "conversation": conversation}, "do": {"drop": true}}])).await;

    world.says(&conversation, QUESTION).await;

    let said = world.answered(&conversation, 4).await;
    assert_eq!(said[1..3], [CHECK_IN, LAST_WORD]);
    assert!(said[3].contains(ANSWER), "{said:?}");
    assert_eq!(world.close_calls(&conversation).await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_end_that_is_asked_for_is_counted_down() {
    let deployed = Deployed::find();
    let world = patient_world(&deployed).await;
    let conversation = world.attended(QUESTION).await;

    ask_for_the_end(&world, &conversation, true).await;

    let kept = world.ended(&conversation, Closed::Resolved).await;
    assert_counted_down(&kept, &world.said(&conversation).await[1..]);
    assert_eq!(kept.conversation.counts.countdowns, 1, "a repeated request is one");
    assert_eq!(world.course(&conversation).await.last(), Some(&"closed"));
}

#[tokio::test]
async fn a_line_cancels_the_countdown_and_is_answered() {
    let deployed = Deployed::find();
    let world = patient_world(&deployed).await;
    let conversation = world.attended(QUESTION).await;
    ask_for_the_end(&world, &conversation, true).await;
    world.answered(&conversation, 2).await;

    world.says(&conversation, QUESTION).await;

    until("an answer", SOON, async || world.said(&conversation).await.last()?.contains(ANSWER).then_some(())).await;
    let kept = world.settled(&conversation, SOON).await;
    assert_eq!((&kept.conversation.phase, &kept.conversation.countdown), (&Phase::Assisting, &None));
    assert_eq!(kept.conversation.counts.countdowns_cancelled, 1);
    let said = world.said(&conversation).await.len();
    never("the countdown went on", async || {
        world.said(&conversation).await.len() > said || world.status(&conversation).await == "closed"
    })
    .await;
}

#[tokio::test]
async fn an_end_that_is_asked_for_at_once_is_a_last_word_and_the_close() {
    let deployed = Deployed::find();
    let world = patient_world(&deployed).await;
    let conversation = world.attended(QUESTION).await;

    ask_for_the_end(&world, &conversation, false).await;

    world.ended(&conversation, Closed::Resolved).await;
    assert_eq!(world.said(&conversation).await[1..], [LAST_WORD]);
}

#[tokio::test]
async fn the_end_of_a_chat_that_a_human_has_is_not_ours() {
    let deployed = Deployed::find();
    let world = patient_world(&deployed).await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.open(WISH).await;
    world.department_rings(&conversation, &world.department).await;
    world.accepts(&dana, &conversation).await;
    world.with_human(&conversation).await;

    ask_for_the_end(&world, &conversation, true).await;

    world.found(Finding::EndNotOurs).await;
    assert_eq!(
        (world.said(&conversation).await, world.status(&conversation).await.as_str()),
        (vec![LOOKING.to_owned()], "connected")
    );
}

#[tokio::test]
async fn who_says_that_it_is_solved_may_still_object_while_it_is_counted_down() {
    let deployed = Deployed::find();
    let world = patient_world(&deployed).await;
    world.human("Dana", |_| {}).await;
    let conversation = world.open(WISH).await;
    world.department_rings(&conversation, &world.department).await;

    world.says(&conversation, "never mind, it's solved").await;
    let said = world.answered(&conversation, 3).await;
    assert!(said[1].contains("goodbye"), "{said:?}");
    assert_eq!(said[2], left(15));
    world.says(&conversation, "no, wait, I do want to talk to a human").await;

    world.department_rings(&conversation, &world.department).await;
    assert_ne!(world.status(&conversation).await, "closed");
}

#[tokio::test]
async fn a_check_in_whose_alarm_rang_in_vain_is_made_good_by_the_sweep() {
    let deployed = Deployed::find();
    let world = world(&deployed, 20, 0).await;
    let conversation = world.open(QUESTION).await;
    until("the answer's echo", SOON, async || {
        let kept = world.kept(&conversation).await?;
        (kept.conversation.spoke && kept.unread == 0 && kept.conversation.actions.is_empty()).then_some(())
    })
    .await;
    // What wakes it next is the alarm.
    world.steps(json!([{"conversation": conversation, "step": "loaded", "do": "die", "times": 1}])).await;
    until("the alarm to ring in vain", SOON, async || {
        (deployed.stopped_at(&conversation, "loaded").await == 1).then_some(())
    })
    .await;

    until("the check-in", SWEPT, async || (world.said(&conversation).await.len() == 2).then_some(())).await;

    assert_eq!(world.said(&conversation).await[1], CHECK_IN);
    never("asked twice", async || world.said(&conversation).await.len() > 2).await;
}
