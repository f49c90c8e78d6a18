//! Nobody takes the chat: the visitor is told, the transcript is mailed, and only then the chat is closed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use dev::seed::NOVA;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::conversation::{Closed, Phase};
use shared::domain::drain::Finding;
use shared::domain::escalation::MailOccasion;
use shared::domain::router::{NobodyWhy, Reserved};
use shared::store::Store;
use tests::escalating::{LOOKING, WISH};
use tests::{Deployed, Kept, SOON, World, never, until};

const NOBODY: &str = "Nobody of the team is available right now. I'm passing your request and this conversation on to the team by e-mail.";
const CLOSED: &str = "Our team is outside its working hours right now. I'm passing your request and this conversation on to the team by e-mail.";
/// What is done for a visitor for whom nobody could be rung.
const WHOLE_COURSE: [&str; 4] = ["said", "said", "mailed", "closed"];

/// A world whose only human is busy.
async fn all_busy(deployed: &Deployed, change: impl FnOnce(&mut Value)) -> World<'_> {
    let world = World::new(deployed, change).await;
    world.human("Dana", |human| human["status"] = json!("Busy")).await;
    world
}

fn occasions(kept: &Kept) -> Vec<MailOccasion> {
    kept.conversation.mails.iter().map(|mail| mail.occasion).collect()
}

/// A chat whose mail is out and whose first close failed: the next try comes some seconds later.
async fn between_mail_and_close(world: &World<'_>) -> String {
    let conversation = world.open(WISH).await;
    world.first_close_fails(&conversation, 1010).await;
    world.close_failed(&conversation).await;
    assert_eq!(world.course(&conversation).await, ["said", "said", "mailed"]);
    conversation
}

/// From now on no webhook about a conversation arrives.
async fn webhooks_are_lost(world: &World<'_>, conversation: &str) {
    world.faults(json!([{"match": {"what": "webhook", "conversation": conversation}, "do": {"drop": true}}])).await;
}

#[tokio::test]
async fn a_visitor_for_whom_nobody_is_available_is_told_then_the_brand_gets_the_transcript_then_the_chat_is_closed() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;

    let conversation = world.open(WISH).await;

    let kept = world.ended(&conversation, Closed::Unattended).await;
    assert_eq!(world.course(&conversation).await, WHOLE_COURSE);
    assert_eq!(world.said(&conversation).await, [LOOKING, NOBODY]);
    assert_eq!(world.status(&conversation).await, "closed");
    assert_eq!(occasions(&kept), [MailOccasion::Nobody { why: NobodyWhy::NobodyAvailable }]);
    let mails = world.mails().await;
    assert_eq!((mails.len(), &mails[0].sent.to), (1, &vec![world.address("inbox")]));
    assert!(mails[0].text().contains(WISH) && mails[0].text().contains(NOBODY), "{}", mails[0].text());
}

#[tokio::test]
async fn outside_of_business_hours_nobody_is_rung_and_the_visitor_is_told_so() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| settings["business_hours"] = json!({"week": {}})).await;
    world.human("Dana", |_| {}).await;

    let conversation = world.open(WISH).await;

    let kept = world.ended(&conversation, Closed::Unattended).await;
    assert_eq!(world.course(&conversation).await, WHOLE_COURSE);
    assert_eq!(world.said(&conversation).await, [LOOKING, CLOSED]);
    assert_eq!(occasions(&kept), [MailOccasion::Nobody { why: NobodyWhy::OutOfHours }]);
    assert!(world.mails().await[0].subject().contains("outside of business hours"));
}

#[tokio::test]
async fn a_department_that_rings_in_vain_until_its_deadline_leads_to_the_mail() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |_| {}).await;
    world.human("Dana", |_| {}).await;

    let conversation = world.open(WISH).await;

    world.department_rings(&conversation, &world.department).await;
    assert!(world.mails().await.is_empty(), "mailed while it rang");
    let kept = world.ended(&conversation, Closed::Unattended).await;
    assert_eq!(world.course(&conversation).await, ["said", "rung", "said", "mailed", "closed"]);
    assert_eq!(occasions(&kept), [MailOccasion::Nobody { why: NobodyWhy::AllTried }]);
    assert!(world.mails().await[0].text().contains("did not answer in time"));
}

#[tokio::test]
async fn a_busy_department_is_rung_all_the_same_where_the_settings_say_so() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |settings| settings["escalation"]["when_nobody"] = json!("ring")).await;

    let conversation = world.open(WISH).await;

    let kept = world.ended(&conversation, Closed::Unattended).await;
    assert_eq!(world.course(&conversation).await, ["said", "rung", "said", "mailed", "closed"]);
    let attempts = kept.conversation.last_escalation.unwrap().attempts;
    assert_eq!((attempts.len(), attempts[0].target.department.as_str()), (1, world.department.as_str()));
    assert!((attempts[0].ended_at - attempts[0].at).get_seconds() >= 7, "not rung to the deadline: {attempts:?}");
}

async fn reserved(world: &World<'_>, operator: &str, conversation: &str) -> bool {
    let partition = format!("OPLOAD#{}", world.workspace);
    let document = world.deployed.store.document(&partition, operator).await.unwrap();
    let reserved: Option<Reserved> = document.map(|document| serde_json::from_str(&document.body).unwrap());
    reserved.is_some_and(|reserved| reserved.until.contains_key(&world.key(conversation).conversation))
}

#[tokio::test]
async fn a_visitor_who_leaves_while_a_human_is_rung_is_mailed_and_the_human_is_free_again() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::direct).await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.open(WISH).await;
    until("Dana to be rung", SOON, async || {
        let rung = world.transfers(&conversation).await.pop()?;
        (rung.operator.as_ref() == Some(&dana)).then_some(())
    })
    .await;
    assert!(reserved(&world, &dana, &conversation).await);

    let end = format!("visitors/conversations/{conversation}/end");
    deployed.portal.control(Method::POST, &end, Some(json!({}))).await.unwrap();

    let kept = world.ended(&conversation, Closed::Visitor).await;
    assert_eq!(occasions(&kept), [MailOccasion::LeftWaiting]);
    let mails = world.mailed(1).await;
    assert!(mails[0].subject().contains("Left while waiting"), "{}", mails[0].subject());
    assert!(!reserved(&world, &dana, &conversation).await, "Dana is still kept free for it");
    assert_eq!(world.close_calls(&conversation).await, [] as [Value; 0]);
}

/// SalesIQ tells that a chat which rings somebody was missed.
async fn told_as_missed(world: &World<'_>, conversation: &str) {
    let portal = &world.deployed.portal;
    let mut event = until("the ring to be told of", SOON, async || {
        let deliveries = portal.deliveries(conversation).await.unwrap();
        let ring = deliveries.iter().find(|delivery| delivery["event"] == "conversation.transfer.initiated")?;
        Some(serde_json::from_str::<Value>(ring["sent"].as_str()?).unwrap())
    })
    .await;
    let after = event["event_time"].as_str().unwrap().parse::<i64>().unwrap() + 1000;
    event["event"] = json!("conversation.missed");
    event["event_time"] = json!(after.to_string());
    let entity = event["entity"].as_object_mut().unwrap();
    entity.retain(|field, _| field != "transfer" && field != "owner");
    entity.insert("missed_time".to_owned(), json!(after.to_string()));
    entity.insert("status".to_owned(), json!("Missed"));
    let status =
        json!({"status_code": 1, "state": 3, "label": "Missed", "state_key": "missed", "status_key": "closed"});
    entity.insert("chat_status".to_owned(), status);
    let url = world.deployed.webhook_url_of(world.workspace.as_str());
    let (status, answer) = portal.deliver(&url, &event, "valid").await.unwrap();
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_chat_that_is_missed_before_our_deadline_is_mailed_and_the_mail_says_that_the_visitor_was_not_told() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| settings["escalation"]["department_deadline_s"] = json!(60)).await;
    world.human("Dana", |_| {}).await;
    let conversation = world.open(WISH).await;
    world.department_rings(&conversation, &world.department).await;

    told_as_missed(&world, &conversation).await;

    let kept = world.ended(&conversation, Closed::Missed).await;
    assert_eq!(occasions(&kept), [MailOccasion::Missed]);
    let mails = world.mails().await;
    assert!(mails[0].text().contains("The visitor was not told anything."), "{}", mails[0].text());
    assert!(mails[0].subject().contains("Chat missed"), "{}", mails[0].subject());
    assert_eq!(world.said(&conversation).await, [LOOKING]);
    assert_eq!(world.close_calls(&conversation).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_chat_that_is_missed_since_it_could_not_be_picked_up_is_mailed() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |_| {}).await;
    world.human("Dana", |_| {}).await;
    // It can't be picked up, from the first try on: its opening is heard of only when the fault is there.
    let opening = json!({"what": "webhook", "path_contains": world.workspace, "event": "conversation.created"});
    world.faults(json!([{"match": opening, "do": {"delay_ms": 2000}, "times": 1}])).await;
    let conversation = world.open_as(|opening| opening["wait_time_ms"] = json!(10_000)).await;
    let pickup = json!({"what": "rest", "path_contains": "/pickup", "conversation": conversation});
    world.faults(json!([{"match": pickup, "do": {"error_code": 1010}}])).await;

    let kept = world.ended(&conversation, Closed::Missed).await;

    assert_eq!(occasions(&kept), [MailOccasion::Missed]);
    assert_eq!(world.course(&conversation).await, ["mailed"]);
    let mails = world.mails().await;
    assert!(mails[0].text().contains("The visitor was not told anything."), "{}", mails[0].text());
    assert!(mails[0].text().contains(WISH));
    assert_eq!(world.close_calls(&conversation).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_chat_that_is_missed_after_the_zobot_failed_is_mailed() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| settings["pickup"] = json!("wait_for_transfer")).await;
    let brand = format!("brands/{}", world.brand);
    deployed.portal.control(Method::PUT, &brand, Some(json!({"zobot": true}))).await.unwrap();
    let conversation = world.open_as(|opening| opening["wait_time_ms"] = json!(3000)).await;
    until("it to be watched", SOON, async || {
        (world.phase(&conversation).await? == Phase::AwaitingHandoff).then_some(())
    })
    .await;

    let fail = format!("zobot/{conversation}/fail");
    deployed.portal.control(Method::POST, &fail, Some(json!({}))).await.unwrap();

    let kept = world.ended(&conversation, Closed::Missed).await;
    assert_eq!(occasions(&kept), [MailOccasion::Missed]);
    assert_eq!(world.course(&conversation).await, ["mailed"]);
    assert!(world.mails().await[0].subject().contains("Chat missed"));
}

/// A human takes a chat between its mail and its close.
async fn taken_between_mail_and_close(heard_of: bool) {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| settings["business_hours"] = json!({"week": {}})).await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = between_mail_and_close(&world).await;
    if !heard_of {
        webhooks_are_lost(&world, &conversation).await;
    }

    let to_dana = json!({"department_id": world.department, "operator_id": dana});
    world.human_does(NOVA, "transfer", to_dana, &conversation).await;
    world.accepts(&dana, &conversation).await;

    world.with_human(&conversation).await;
    never("it was closed over a human", async || world.close_calls(&conversation).await.len() > 1).await;
    assert_eq!(
        (world.status(&conversation).await.as_str(), world.attender(&conversation).await),
        ("connected", Some(dana))
    );
    assert_eq!(world.mails().await.len(), 1);
}

#[tokio::test]
async fn a_human_who_takes_the_chat_between_mail_and_close_keeps_it() {
    taken_between_mail_and_close(true).await;
}

#[tokio::test]
async fn a_human_of_whom_no_webhook_tells_is_seen_right_before_the_close() {
    taken_between_mail_and_close(false).await;
}

/// The visitor writes between mail and close.
async fn written_between_mail_and_close(heard_of: bool) {
    const MORE: &str = "My account is mia77, please hurry.";
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;
    let conversation = between_mail_and_close(&world).await;
    if !heard_of {
        webhooks_are_lost(&world, &conversation).await;
    }

    world.says(&conversation, MORE).await;

    let kept = world.ended(&conversation, Closed::Unattended).await;
    let first = MailOccasion::Nobody { why: NobodyWhy::NobodyAvailable };
    assert_eq!(occasions(&kept), [first, MailOccasion::Supplement]);
    assert_eq!(world.course(&conversation).await, ["said", "said", "mailed", "mailed", "closed"]);
    let mails = world.mails().await;
    assert!(!mails[0].text().contains(MORE) && mails[1].text().contains(MORE), "{}", mails[1].text());
    assert!(mails[1].subject().contains("More from the visitor"), "{}", mails[1].subject());
}

#[tokio::test]
async fn what_the_visitor_writes_between_mail_and_close_is_mailed_before_the_close() {
    written_between_mail_and_close(true).await;
}

#[tokio::test]
async fn a_line_of_which_no_webhook_tells_is_seen_right_before_the_close_and_mailed() {
    written_between_mail_and_close(false).await;
}

#[tokio::test]
async fn a_close_that_is_refused_since_we_are_not_the_attender_is_tried_again_after_a_pickup() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;
    let conversation = world.open(WISH).await;
    world.first_close_fails(&conversation, 1016).await;

    world.ended(&conversation, Closed::Unattended).await;

    let calls = world.calls(&conversation).await;
    let ends = calls.iter().filter_map(|call| call["path"].as_str()?.rsplit('/').next());
    let taken: Vec<&str> = ends.filter(|end| ["close", "pickup"].contains(end)).collect();
    assert_eq!(taken, ["pickup", "close", "pickup", "close"]);
    assert_eq!((world.status(&conversation).await.as_str(), world.mails().await.len()), ("closed", 1));
}

#[tokio::test]
async fn without_a_department_the_visitor_is_told_and_the_last_resort_gets_the_mail_and_it_is_reported() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| {
        settings.as_object_mut().unwrap().remove("default_department");
        settings["brands"][0]["escalation"] = json!({});
    })
    .await;
    world.human("Dana", |_| {}).await;

    let conversation = world.open(WISH).await;

    let kept = world.ended(&conversation, Closed::Unattended).await;
    assert_eq!(world.course(&conversation).await, WHOLE_COURSE);
    assert_eq!(world.said(&conversation).await, [LOOKING, NOBODY]);
    assert_eq!(occasions(&kept), [MailOccasion::Nobody { why: NobodyWhy::NoDepartment }]);
    assert_eq!(world.mails().await[0].sent.to, [world.address("duty")]);
    let finding = world.found(Finding::EscalationUnsettled).await;
    assert_eq!(finding.conversation.unwrap().as_str(), conversation);
}

#[tokio::test]
async fn without_any_address_the_visitor_is_told_and_the_chat_stays_open_and_it_is_reported() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |settings| {
        settings["escalation"].as_object_mut().unwrap().remove("last_resort_email");
        settings["brands"][0]["escalation"] = json!({});
    })
    .await;

    let conversation = world.open(WISH).await;

    world.found(Finding::EscalationUnsettled).await;
    assert_eq!(world.said(&conversation).await, [LOOKING, NOBODY]);
    never("it was closed although nobody was told", async || {
        !world.close_calls(&conversation).await.is_empty() || world.status(&conversation).await != "connected"
    })
    .await;
    assert!(matches!(world.phase(&conversation).await, Some(Phase::Unattended { .. })));
}
