//! A human is rung, and takes the chat or does not.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use serde_json::json;
use shared::domain::conversation::{Phase, Via};
use shared::domain::escalation::AttemptEnd;
use shared::domain::router::{Judgement, Loads, Outcome, Skipped};
use tests::escalating::{LOOKING, WISH, judgement};
use tests::{Deployed, QUESTION, World, never};

#[tokio::test]
async fn who_asks_for_a_human_is_told_then_noted_then_transferred_and_nothing_is_claimed_before_one_accepts() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::patient).await;
    let dana = world.human("Dana", |_| {}).await;
    let emil = world.human("Emil", |human| human["status"] = json!("Busy")).await;
    let conversation = world.open(WISH).await;

    let rung = world.department_rings(&conversation, &world.department).await;
    let performed = world.performed(&conversation).await;
    let place = |call: &str| performed.iter().position(|one| one.ends_with(call)).expect("the call");
    assert!(place(" messages") < place(" notes") && place(" notes") < place(" transfer"), "{performed:?}");
    let notes = world.notes(&conversation).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("visitor_asked") && notes[0].contains("about my bonus"), "{notes:?}");
    assert!(rung.note.contains("visitor_asked"), "{rung:?}");
    never("something is claimed while it rings", async || {
        let said = world.said(&conversation).await;
        said != [LOOKING] || !matches!(world.phase(&conversation).await, Some(Phase::Escalating(_)))
    })
    .await;
    world.accepts(&dana, &conversation).await;

    let kept = world.with_human(&conversation).await;
    assert!(matches!(kept.conversation.phase, Phase::WithHuman { via: Via::Attender, .. }));
    assert_eq!(world.said(&conversation).await, [LOOKING]);
    assert_eq!(world.attender(&conversation).await.as_deref(), Some(dana.as_str()));
    let decisions = world.decisions(&conversation).await;
    assert_eq!(decisions.len(), 1, "{decisions:#?}");
    assert_eq!((decisions[0].reason.as_str(), decisions[0].loads), ("visitor_asked", Loads::Full));
    assert_eq!(judgement(&decisions[0], &dana), &Judgement::Eligible);
    let busy = Skipped::NotAvailable { said: Some("Busy".to_owned()) };
    assert_eq!(judgement(&decisions[0], &emil), &Judgement::Skipped { why: busy });
}

#[tokio::test]
async fn who_rejects_is_followed_by_the_next_who_accepts() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::patient_and_direct).await;
    world.human("Dana", |_| {}).await;
    world.human("Emil", |_| {}).await;
    let conversation = world.open(WISH).await;

    let first = world.one_rings(&conversation, &[]).await;
    world.human_does(&first, "reject", json!({}), &conversation).await;
    let second = world.one_rings(&conversation, &[&first]).await;
    world.accepts(&second, &conversation).await;

    world.with_human(&conversation).await;
    assert_eq!(world.past_transfers(&conversation).await, ["rejected", "accepted"]);
    assert_eq!(world.attender(&conversation).await, Some(second));
    let attempts = world.attempts(&conversation).await;
    assert_eq!(attempts.iter().map(|one| one.end).collect::<Vec<_>>(), [AttemptEnd::Rejected]);
    assert_eq!(World::operator_of(&attempts[0]), Some(first.as_str()));
    let decisions = world.decisions(&conversation).await;
    assert_eq!(judgement(&decisions[1], &first), &Judgement::Skipped { why: Skipped::AlreadyTried });
    assert_eq!(
        (world.said(&conversation).await, world.notes(&conversation).await.len()),
        (vec![LOOKING.to_owned()], 1)
    );
}

#[tokio::test]
async fn who_does_not_answer_is_rung_no_more_and_the_next_is_and_at_last_the_department() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::direct).await;
    world.human("Dana", |_| {}).await;
    world.human("Emil", |_| {}).await;
    let conversation = world.open(WISH).await;

    let first = world.one_rings(&conversation, &[]).await;
    assert_eq!(world.ringing(&conversation).await, [first.as_str()]);
    let second = world.one_rings(&conversation, &[&first]).await;
    assert_eq!(world.ringing(&conversation).await, [second.as_str()], "the ring before was not stopped");
    world.department_rings(&conversation, &world.department).await;
    let ringing = world.ringing(&conversation).await;
    assert!(ringing.len() == 2 && ringing.contains(&first) && ringing.contains(&second), "{ringing:?}");
    world.accepts(&first, &conversation).await;

    world.with_human(&conversation).await;
    assert_eq!(world.past_transfers(&conversation).await, ["withdrawn", "withdrawn", "accepted"]);
    let ends: Vec<_> = world.attempts(&conversation).await.iter().map(|one| one.end).collect();
    assert_eq!(ends, [AttemptEnd::NoAnswer, AttemptEnd::NoAnswer]);
    assert_eq!(world.said(&conversation).await, [LOOKING]);
}

#[tokio::test]
async fn an_operator_whom_salesiq_refuses_is_followed_by_the_next() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::patient_and_direct).await;
    world.human("Dana", |_| {}).await;
    world.human("Emil", |_| {}).await;
    for code in [1020, 1024] {
        let conversation = world.attended("Hello").await;
        world
            .faults(json!([{
                "match": {"what": "rest", "path_contains": "/transfer", "conversation": conversation},
                "do": {"error_code": code}, "times": 1,
            }]))
            .await;
        world.says(&conversation, WISH).await;

        let second = world.one_rings(&conversation, &[]).await;
        world.accepts(&second, &conversation).await;

        world.with_human(&conversation).await;
        assert_eq!(world.past_transfers(&conversation).await, ["accepted"], "{code}");
        let attempts = world.attempts(&conversation).await;
        let ends: Vec<_> = attempts.iter().map(|one| one.end).collect();
        assert_eq!(ends, [AttemptEnd::Refused { code: Some(code) }]);
        assert_ne!(World::operator_of(&attempts[0]), Some(second.as_str()));
        assert!(attempts[0].target.operator.is_some());
    }
}

#[tokio::test]
async fn a_note_that_fails_goes_along_with_the_transfer() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::patient).await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.attended("Hello").await;
    let notes = json!({"what": "rest", "path_contains": "/notes", "conversation": conversation});
    world.faults(json!([{"match": notes, "do": {"status": 500}}])).await;
    world.says(&conversation, WISH).await;

    let rung = world.department_rings(&conversation, &world.department).await;
    world.accepts(&dana, &conversation).await;

    world.with_human(&conversation).await;
    assert!(world.notes(&conversation).await.is_empty());
    for part in ["visitor_asked", "about my bonus", "Tried by the AI", "Mia"] {
        assert!(rung.note.contains(part), "{part} is missing in {}", rung.note);
    }
}

#[tokio::test]
async fn where_all_are_at_their_limit_the_departments_queue_rings() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::patient_and_direct).await;
    let dana = world.human("Dana", |human| human["maximum_concurrent_chat"] = json!("1")).await;
    world.busy_with(&dana, 1).await;
    let conversation = world.open(WISH).await;

    let rung = world.department_rings(&conversation, &world.department).await;

    assert_eq!(rung.operator, None);
    let decision = world.decisions(&conversation).await.remove(0);
    assert_eq!(judgement(&decision, &dana), &Judgement::Skipped { why: Skipped::AtLimit });
    let Outcome::Ring { targets } = decision.outcome else { panic!("nobody is rung: {decision:?}") };
    assert!(targets.iter().all(|target| target.operator.is_none()), "{targets:?}");
    assert!(matches!(world.phase(&conversation).await, Some(Phase::Escalating(_))));
    assert!(world.mails().await.is_empty());
    assert_eq!(world.said(&conversation).await, [LOOKING]);
}

#[tokio::test]
async fn an_answered_question_leaves_its_article_in_the_note() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::patient).await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.attended(QUESTION).await;
    world.says(&conversation, WISH).await;
    world.rings(&conversation, &dana).await;

    let note = world.notes(&conversation).await.concat();

    assert!(note.contains("How long a withdrawal takes") && note.contains("answers: 1"), "{note}");
}
