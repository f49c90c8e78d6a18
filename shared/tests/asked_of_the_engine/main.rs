//! What people ask for in the console, carried out before a simulated SalesIQ.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;
mod world;

use jiff::Timestamp;
use shared::attachments;
use shared::domain::ask::{Ask, FileRef};
use shared::domain::asked::{Outcome, Refused};
use shared::domain::conversation::{Closed, Phase, Via};
use shared::domain::drain::{Deed, LogEntry};
use shared::domain::id::{DepartmentId, OperatorId};
use shared::domain::message::{Author, Sender};
use shared::domain::router::Target;
use shared::engine::decisions;
use simulator::seed;
use world::World;

const QUESTION: &str = "Hello?";

fn say(text: &str) -> Ask {
    Ask::Say { text: text.to_owned() }
}

fn to(operator: &str) -> Target {
    Target {
        department: DepartmentId::parse(seed::DEPARTMENT_SUPPORT).unwrap(),
        operator: Some(OperatorId::parse(operator).unwrap()),
    }
}

#[tokio::test]
async fn a_person_picks_a_waiting_chat_up_speaks_in_it_and_ends_it() {
    let world = World::opened(QUESTION).await;
    assert_eq!(world.ask(say("Good morning, Mia.")).await, Outcome::Done);
    assert_eq!(world.ask(say("How can I help?")).await, Outcome::Done);
    assert_eq!(world.said().await, ["Good morning, Mia.", "How can I help?"]);
    let kept = world.kept().await;
    assert!(matches!(kept.phase, Phase::WithHuman { via: Via::Console, .. }) && kept.unanswered.is_empty());
    assert_eq!(world.ask(Ask::End { countdown: false }).await, Outcome::Done);
    assert_eq!(world.said().await.len(), 3);
    assert_eq!(world.kept().await.phase, Phase::Closed { how: Closed::Human });
    let named = world.log().await.into_iter().filter(|entry| {
        matches!(entry, LogEntry::Line { author: Author::Human, message, .. }
            if matches!(&message.sender, Sender::Operator { name: Some(name), .. } if name == "Ada Lovelace"))
    });
    assert_eq!(named.count(), 2);
    assert_eq!(world.ask(say("Too late?")).await, Outcome::Refused { why: Refused::Over });
}

#[tokio::test]
async fn a_lost_answer_says_nothing_twice() {
    let world = World::opened(QUESTION).await;
    world.ask(Ask::PickUp).await;
    world.lose_the_next_answer().await;
    assert_eq!(world.ask(say("Once.")).await, Outcome::Underway);
    world.ask(say("And then.")).await;
    assert_eq!(world.said().await, ["Once."], "the next waits");
    world.after(31).await;
    assert_eq!(world.said().await, ["Once.", "And then."]);
    let kept = world.kept().await;
    assert!(kept.asks.iter().all(|asked| asked.outcome == Outcome::Done), "{:?}", kept.asks);
}

#[tokio::test]
async fn a_file_is_sent_and_one_that_is_gone_is_not() {
    let world = World::opened(QUESTION).await;
    let file =
        FileRef { id: "f1".to_owned(), name: "terms.pdf".to_owned(), mime: "application/pdf".to_owned(), size: 4 };
    let now = Timestamp::from_second(1_767_225_600).unwrap();
    attachments::keep(&world.store, &world.key.workspace, &file, b"%PDF", now).await.unwrap();
    let send = |file: &FileRef| Ask::SendFile { file: file.clone(), comment: Some("Page 2.".to_owned()) };
    assert_eq!(world.ask(send(&file)).await, Outcome::Done);
    assert_eq!(world.said().await, ["[terms.pdf] Page 2."]);
    let gone = FileRef { id: "f2".to_owned(), ..file };
    assert_eq!(world.ask(send(&gone)).await, Outcome::Refused { why: Refused::FileGone });
    assert_eq!(world.said().await.len(), 1);
}

#[tokio::test]
async fn a_reassigned_chat_rings_who_was_chosen_and_the_record_says_by_whom() {
    let world = World::opened(QUESTION).await;
    let ask = Ask::Reassign { target: to(seed::OPERATOR_BEN), note: "Speaks French.".to_owned() };
    assert_eq!(world.ask(ask).await, Outcome::Done);
    let chat = world.chat().await;
    assert_eq!(chat["transfer"]["operator_id"], seed::OPERATOR_BEN, "{chat}");
    assert!(chat["transfer"]["note"].as_str().unwrap().contains("Speaks French. — Ada Lovelace"), "{chat}");
    assert_eq!(world.said().await, ["I'm looking for a colleague who can help you."]);
    let decisions = decisions::read(&world.store, &world.key).await.unwrap();
    assert_eq!(decisions[0].chosen_by, Some(world::ada()));
    // Nobody answers: the next is whom the rules give.
    world.after(120).await;
    let decisions = decisions::read(&world.store, &world.key).await.unwrap();
    assert!(decisions.len() == 2 && decisions[1].chosen_by.is_none(), "{decisions:?}");
    // Ada takes it herself instead.
    assert_eq!(world.ask(say("I'll see to it.")).await, Outcome::Done);
    let chat = world.chat().await;
    assert!(chat["transfer"].is_null(), "nobody is rung any more: {chat}");
    assert_eq!(world.said().await.last().unwrap(), "I'll see to it.");
}

#[tokio::test]
async fn notes_tags_and_copies_leave_the_chat_where_it_is() {
    let world = World::opened("How are you?").await;
    world.wake().await;
    let before = world.kept().await.phase;
    assert_eq!(world.ask(Ask::Note { text: "Called them.".to_owned() }).await, Outcome::Done);
    assert_eq!(world.ask(Ask::Tag { tags: vec!["VIP".to_owned()] }).await, Outcome::Done);
    let to = vec!["boss@example.com".parse().unwrap(), "desk@example.com".parse().unwrap()];
    assert_eq!(world.ask(Ask::MailTranscript { to }).await, Outcome::Done);
    assert_eq!(world.kept().await.phase, before);
    let chat = world.chat().await;
    assert!(chat["notes"].to_string().contains("Called them.\\n— Ada Lovelace"), "{chat}");
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].letter.to, ["boss@example.com", "desk@example.com"]);
    assert!(mails[0].tags.contains(&("to".to_owned(), "copy".to_owned())), "{:?}", mails[0].tags);
    let text = &mails[0].letter.text;
    assert!(text.contains("Ada Lovelace (Console)") && text.contains("put a note for the team on the chat"), "{text}");
    assert!(!text.contains("Called them."), "{text}");
    let log = world.log().await;
    let deeds = log.iter().filter(|entry| matches!(entry, LogEntry::Asked { .. }));
    assert_eq!(deeds.count(), 3);
    assert!(log.iter().any(|entry| matches!(entry, LogEntry::Asked { deed: Deed::Mailed { addresses: 2 }, .. })));
}
