//! Whom a search rings: the least busy, in the right department, and evenly when many visitors come at once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeMap;

use dev::seed::NOVA;
use reqwest::Method;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::escalation::AttemptEnd;
use shared::domain::router::{DEPARTMENT_GONE, DepartmentSource, Judgement, Loads, Skipped};
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{PrincipalSecret, Secrets};
use tests::escalating::{LOOKING, WISH, department, judgement};
use tests::{Deployed, World};

fn skipped(why: Skipped) -> Judgement {
    Judgement::Skipped { why }
}

/// Puts a secret into the place of a principal's.
async fn put_secret(world: &World<'_>, principal: Principal, refresh_token: &str, access_token: &str) {
    let secrets = Secrets::manager(dev::seed::secrets_manager(&world.deployed.stack), "salesiq-operator/");
    let secret = PrincipalSecret {
        client_id: simulator::seed::CLIENT_ID.to_owned(),
        client_secret: simulator::seed::CLIENT_SECRET.to_owned().into(),
        refresh_token: refresh_token.to_owned().into(),
        accounts_url: None,
        access_token: Some(access_token.to_owned().into()),
        expires_at: Some(Clock::system().now() + jiff::SignedDuration::from_hours(24)),
    };
    secrets.write(&world.workspace, principal, &secret).await.unwrap();
}

#[tokio::test]
async fn the_least_busy_is_rung_first_and_who_can_take_no_chat_is_skipped_with_the_reason() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::patient_and_direct).await;
    // The one with a chat is the older account: by the id alone she would come first.
    let one = world.human("One chat", |_| {}).await;
    let free = world.human("Free", |_| {}).await;
    let two = world.human("Two chats", |human| human["maximum_concurrent_chat"] = json!("unlimited")).await;
    let full = world.human("Full", |human| human["maximum_concurrent_chat"] = json!("1")).await;
    let busy = world.human("Busy", |_| {}).await;
    let mute = world.human("Takes no chats", |human| human["is_chat_enabled"] = json!(false)).await;
    let off = world.human("Off", |human| human["is_enabled"] = json!(false)).await;
    let new = world.human("New", |human| human["is_confirmed"] = json!(false)).await;
    for (human, chats) in [(&one, 1), (&two, 2), (&full, 1)] {
        world.busy_with(human, chats).await;
    }
    world.change_human(&busy, json!({"status": "Busy"})).await;
    let conversation = world.open(WISH).await;

    assert_eq!(world.one_rings(&conversation, &[]).await, free);
    world.accepts(&free, &conversation).await;

    world.with_human(&conversation).await;
    let decision = world.decisions(&conversation).await.remove(0);
    let said = |human: &String| judgement(&decision, human).clone();
    assert_eq!([&free, &one, &two].map(said), [1, 2, 3].map(|rank| Judgement::Picked { rank }));
    assert_eq!(said(&full), skipped(Skipped::AtLimit));
    assert_eq!(said(&busy), skipped(Skipped::NotAvailable { said: Some("Busy".to_owned()) }));
    assert_eq!(said(&mute), skipped(Skipped::ChatDisabled));
    assert_eq!(said(&off), skipped(Skipped::Disabled));
    assert_eq!(said(&new), skipped(Skipped::Unconfirmed));
    assert_eq!(judgement(&decision, NOVA), &skipped(Skipped::Ours));
    let numbers = |human: &String| {
        let one = decision.considered.iter().find(|one| one.operator.as_str() == human).unwrap();
        (one.load, one.limit)
    };
    assert_eq!([&free, &one, &two, &full].map(numbers), [(0, Some(5)), (1, Some(5)), (2, None), (1, Some(1))]);
}

#[tokio::test]
async fn a_reasons_department_goes_before_the_brands_and_the_default() {
    let deployed = Deployed::find();
    let [of_reason, of_brand] =
        [department(&deployed, "Wishes", &[NOVA]).await, department(&deployed, "Brand", &[NOVA]).await];
    let world = World::new(&deployed, |settings| {
        World::patient(settings);
        settings["escalation"]["departments"] = json!({"visitor_asked": of_reason});
        settings["brands"][0]["escalation"]["department"] = json!(of_brand);
    })
    .await;
    let there = world.human("Dana", |human| human["departments"] = json!([of_reason])).await;
    world.human("Emil", |human| human["departments"] = json!([of_brand])).await;
    world.human("Finn", |_| {}).await;
    let conversation = world.open(WISH).await;

    world.department_rings(&conversation, &of_reason).await;

    assert_eq!(world.ringing(&conversation).await, [there.as_str()]);
    world.accepts(&there, &conversation).await;
    world.with_human(&conversation).await;
    let decision = world.decisions(&conversation).await.remove(0);
    let chain: Vec<_> = decision.departments.iter().map(|one| (one.department.as_str(), one.source)).collect();
    let expected = [
        (of_reason.as_str(), DepartmentSource::Reason),
        (of_brand.as_str(), DepartmentSource::Brand),
        (world.department.as_str(), DepartmentSource::Default),
    ];
    assert_eq!(chain, expected);
}

/// A world whose brand has a department of its own.
async fn of_department<'a>(deployed: &'a Deployed, department: &str) -> World<'a> {
    World::new(deployed, |settings| {
        World::patient(settings);
        settings["brands"][0]["escalation"]["department"] = json!(department);
    })
    .await
}

/// A brand whose department no longer takes chats, and a visitor who wants a human: the default department is rung.
async fn the_default_takes_over(deployed: &Deployed, gone: Value) -> Vec<AttemptEnd> {
    let of_brand = department(deployed, "Brand", &[NOVA]).await;
    let world = of_department(deployed, &of_brand).await;
    world.human("Emil", |human| human["departments"] = json!([of_brand])).await;
    let there = world.human("Dana", |_| {}).await;
    deployed.portal.control(Method::PUT, &format!("departments/{of_brand}"), Some(gone)).await.unwrap();
    let conversation = world.open(WISH).await;

    world.department_rings(&conversation, &world.department).await;
    world.accepts(&there, &conversation).await;

    world.with_human(&conversation).await;
    assert_eq!(world.attender(&conversation).await, Some(there));
    assert_eq!(world.said(&conversation).await, [LOOKING]);
    assert!(world.mails().await.is_empty());
    world.attempts(&conversation).await.iter().map(|one| one.end).collect()
}

#[tokio::test]
async fn for_a_department_that_is_switched_off_the_default_is_rung_at_once() {
    let deployed = Deployed::find();
    assert_eq!(the_default_takes_over(&deployed, json!({"is_enabled": false})).await, []);
}

#[tokio::test]
async fn for_a_department_that_was_deleted_the_default_is_rung() {
    let deployed = Deployed::find();
    let tried = the_default_takes_over(&deployed, json!({"deleted": true})).await;
    // SalesIQ may be asked, or its list of departments may have told.
    assert!(tried.iter().all(|end| *end == AttemptEnd::Refused { code: Some(DEPARTMENT_GONE) }), "{tried:?}");
}

#[tokio::test]
async fn a_department_that_salesiq_refuses_is_followed_by_the_default() {
    let deployed = Deployed::find();
    let of_brand = department(&deployed, "Brand", &[NOVA]).await;
    let world = of_department(&deployed, &of_brand).await;
    world.human("Emil", |human| human["departments"] = json!([of_brand])).await;
    let there = world.human("Dana", |_| {}).await;
    let conversation = world.attended("Hello").await;
    let transfer = json!({"what": "rest", "path_contains": "/transfer", "conversation": conversation});
    world.faults(json!([{"match": transfer, "do": {"error_code": DEPARTMENT_GONE}, "times": 1}])).await;
    world.says(&conversation, WISH).await;

    world.department_rings(&conversation, &world.department).await;
    world.accepts(&there, &conversation).await;

    world.with_human(&conversation).await;
    let attempts = world.attempts(&conversation).await;
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].target.department.as_str(), of_brand);
    assert_eq!(attempts[0].end, AttemptEnd::Refused { code: Some(DEPARTMENT_GONE) });
}

#[tokio::test]
async fn ten_visitors_at_once_are_spread_over_three_humans_with_few_listings() {
    let deployed = Deployed::find();
    // An operator of its own for the AI, so that its calls can be told from other worlds'.
    let own = json!({"nick_name": "Nova of ten", "maximum_concurrent_chat": "unlimited"});
    let own = deployed.portal.control(Method::POST, "operators", Some(own)).await.unwrap();
    let own = own["id"].as_str().unwrap();
    let world = World::new(&deployed, |settings| {
        World::patient_and_direct(settings);
        settings["bot_operator"] = json!(own);
    })
    .await;
    world.change_human(own, json!({"departments": [world.department]})).await;
    let minted = json!({"operator": own, "seconds": 86_400});
    let minted = deployed.portal.control(Method::POST, "tokens", Some(minted)).await.unwrap();
    put_secret(&world, Principal::Bot, "1000.unused", minted["access_token"].as_str().unwrap()).await;
    for name in ["Dana", "Emil", "Finn"] {
        world.human(name, |_| {}).await;
    }
    let mut visitors = Vec::new();
    for _ in 0..10 {
        visitors.push(world.open(WISH).await);
    }

    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for conversation in &visitors {
        let human = world.one_rings(conversation, &[]).await;
        world.accepts(&human, conversation).await;
        *taken.entry(human).or_default() += 1;
    }

    for conversation in &visitors {
        world.with_human(conversation).await;
        assert_eq!(world.past_transfers(conversation).await, ["accepted"]);
    }
    let mut chats: Vec<usize> = taken.into_values().collect();
    chats.sort_unstable();
    assert_eq!(chats, [3, 3, 4]);
    let calls = deployed.portal.control(Method::GET, "calls", None).await.unwrap();
    let listings = calls.as_array().unwrap().iter().filter(|call| {
        let path = call["path"].as_str().unwrap_or_default().split('?').next().unwrap_or_default();
        call["principal"] == own && call["method"] == "GET" && path.ends_with("/operators")
    });
    let listings = listings.count();
    assert!((1..=5).contains(&listings), "{listings} listings of operators");
}

#[tokio::test]
async fn without_a_facilitator_loads_are_partial_and_it_works_all_the_same() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| {
        World::patient_and_direct(settings);
        settings["escalation"].as_object_mut().unwrap().remove("facilitator");
    })
    .await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.open(WISH).await;

    assert_eq!(world.one_rings(&conversation, &[]).await, dana);
    world.accepts(&dana, &conversation).await;

    world.with_human(&conversation).await;
    assert_eq!(world.decisions(&conversation).await[0].loads, Loads::Partial);
}

#[tokio::test]
async fn where_the_facilitators_token_is_refused_the_department_is_rung() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, World::patient_and_direct).await;
    put_secret(&world, Principal::Facilitator, "1000.revoked", "1000.broken").await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.open(WISH).await;

    world.department_rings(&conversation, &world.department).await;
    world.accepts(&dana, &conversation).await;

    world.with_human(&conversation).await;
    let decision = world.decisions(&conversation).await.remove(0);
    assert_eq!((decision.loads, judgement(&decision, &dana)), (Loads::Refused, &Judgement::Eligible));
    assert_eq!(world.past_transfers(&conversation).await, ["accepted"]);
}
