//! The AI with a model, tools and verified players, as a visitor meets it on the deployed stack.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::conversation::Phase;
use shared::domain::id::SecretName;
use shared::domain::player::{How, Level, Refusal};
use shared::domain::verdict::EscalationReason;
use shared::salesiq::oauth::secret::Secrets;
use tests::{Company, Deployed, QUESTION, SOON, World, until};

/// A claim has to run out and the sweep to come: 30 s, a minute, and what a busy machine adds.
const RECOVERED: Duration = Duration::from_mins(4);

/// What the site signs its players with.
const SITE_SECRET: &str = "a secret of the site, of well over 32 bytes";

/// A world whose AI thinks with the company's model, and whose site signs players.
async fn world<'a>(deployed: &'a Deployed, company: &Company, change: impl FnOnce(&mut Value)) -> World<'a> {
    let world = World::new(deployed, |settings| {
        settings["agent"] = json!({"backends": [company.backend()]});
        settings["identity"] = json!({"signed": {"secrets": ["site"]}});
        change(settings);
    })
    .await;
    let secrets = Secrets::manager(dev::seed::secrets_manager(&deployed.stack), "salesiq-operator/");
    for (name, value) in [("model", "sk-of-the-model"), ("site", SITE_SECRET), ("orders", "key-of-the-orders")] {
        let name = SecretName::parse(name).unwrap();
        secrets.write_named(&world.workspace, &name, &value.to_owned().into()).await.unwrap();
    }
    world
}

fn tool(company: &Company, name: &str, changes: &Value) -> Value {
    let mut tool = json!({
        "name": name, "description": "Looks into the company's system.", "access": "read", "method": "GET",
        "url": format!("{}/orders/{{order}}", company.url),
        "arguments": {
            "type": "object", "required": ["order"], "additionalProperties": false,
            "properties": {"order": {"type": "string"}},
        },
        "secret": "orders", "allowed_hosts": [company.host()], "private_hosts": [company.host()], "level": "anonymous",
    });
    for (key, value) in changes.as_object().unwrap() {
        tool[key] = value.clone();
    }
    tool
}

/// A token of the site in the compact form, good for five minutes.
fn token(player: &str, nonce: &str) -> String {
    let expiry = Clock::system().now().as_second() + 300;
    let signed = format!("v1.{}.{expiry}.{nonce}", URL_SAFE_NO_PAD.encode(player));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SITE_SECRET.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
}

/// A visitor opens a chat on a page that shows a token.
async fn open_with_token(world: &World<'_>, question: &str, name: &str, token: &str) -> String {
    let body = json!({
        "brand_id": world.brand, "department_id": world.department, "question": question,
        "visitor": {"name": name, "email": format!("{name}@example.com")},
        "page_url": "https://www.lumen.example/de-at/help", "customer_info": {"player_token": token, "Band": "Gold"},
    });
    let opened = world.deployed.portal.control(Method::POST, "visitors/conversations", Some(body)).await.unwrap();
    opened["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_model_calls_a_tool_and_answers_and_what_it_took_is_recorded() {
    let (deployed, company) = (Deployed::find(), Company::open().await);
    let world =
        world(&deployed, &company, |settings| settings["tools"] = json!([tool(&company, "order_status", &json!({}))]))
            .await;
    company.api_answers("GET /orders/77", json!({"status": "shipped on Monday"}));
    company.model_calls("order_status", &json!({"order": "77"}));
    company.model_says("Order 77 was shipped on Monday.");

    let conversation = world.open("Where is my order 77?").await;
    let said = world.answered(&conversation, 1).await;

    assert_eq!(said, ["Order 77 was shipped on Monday."]);
    let asked = company.requests("POST /v1/chat/completions");
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].headers["authorization"], "Bearer sk-of-the-model");
    assert!(asked[1].body.to_string().contains("shipped on Monday"), "{}", asked[1].body);
    let called = company.requests("GET /orders/");
    assert_eq!(called.len(), 1);
    assert_eq!(called[0].headers["authorization"], "Bearer key-of-the-orders");
    let counts = world.settled(&conversation, SOON).await.conversation.counts;
    assert_eq!((counts.model_calls, counts.input_tokens, counts.output_tokens), (2, 200, 20));
    assert_eq!((counts.cost_micros, counts.tool_calls, counts.tool_failures), (240, 1, 0));
}

#[tokio::test]
async fn a_model_that_is_down_is_stood_in_for_by_the_playbook() {
    let (deployed, company) = (Deployed::find(), Company::open().await);
    let world = world(&deployed, &company, |_| {}).await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;

    let conversation = world.open(QUESTION).await;
    let said = world.answered(&conversation, 1).await;

    assert!(said.concat().contains("nine fortnights"), "{said:?}");
    let kept = world.settled(&conversation, SOON).await;
    assert!(kept.conversation.counts.fallbacks > 0);
    assert!(!company.requests("POST /v1/chat/completions").is_empty());
}

#[tokio::test]
async fn what_did_not_happen_is_not_said_whatever_the_model_writes() {
    let (deployed, company) = (Deployed::find(), Company::open().await);
    let world = world(&deployed, &company, |_| {}).await;
    for _ in 0..2 {
        company.model_says("I have refunded your deposit. You will see the money tomorrow.");
    }

    let conversation = world.open("I want my deposit back, it was taken twice").await;
    let said = world.answered(&conversation, 1).await;

    assert!(!said.concat().contains("refunded"), "{said:?}");
    assert_eq!(company.requests("POST /v1/chat/completions").len(), 2);
    let kept = world.kept(&conversation).await.unwrap().conversation;
    assert!(kept.counts.drafts_rejected >= 1);
    assert_eq!(kept.counts.escalations.len(), 1);
}

#[tokio::test]
async fn danger_needs_no_model() {
    let (deployed, company) = (Deployed::find(), Company::open().await);
    let world = world(&deployed, &company, |_| {}).await;
    company.model_says("Just play on, your luck will turn!");

    let conversation = world.open("I can't stop gambling, I lost my rent").await;
    world.answered(&conversation, 1).await;

    let kept = world.kept(&conversation).await.unwrap().conversation;
    assert_eq!(kept.counts.escalations.keys().collect::<Vec<_>>(), [EscalationReason::ResponsibleGaming.code()]);
    assert!(company.requests("POST /v1/").is_empty());
}

#[tokio::test]
async fn a_signed_player_is_verified_once_and_the_token_is_worth_nothing_elsewhere() {
    let (deployed, company) = (Deployed::find(), Company::open().await);
    let world = world(&deployed, &company, |settings| {
        let tool = tool(
            &company,
            "balance",
            &json!({"level": "verified", "url": format!("{}/players/{{player.id}}/{{order}}", company.url)}),
        );
        settings["tools"] = json!([tool]);
    })
    .await;
    company.api_answers("GET /players/p-7/main", json!({"balance": "12.50"}));
    let token = token("p-7", "n-1");
    company.model_calls("balance", &json!({"order": "main"}));
    company.model_says("Your balance is 12.50.");

    let first = open_with_token(&world, "What is my balance?", "mia", &token).await;
    assert_eq!(world.answered(&first, 1).await, ["Your balance is 12.50."]);

    let kept = world.settled(&first, SOON).await;
    let player = &kept.conversation.player;
    assert_eq!((player.level, player.how), (Level::Verified, Some(How::Signed)));
    assert_eq!(player.id.as_ref().map(shared::domain::id::PlayerId::as_str), Some("p-7"));
    let country = kept.conversation.country(&serde_json::from_value(world.settings.clone()).unwrap());
    assert_eq!(country.map(|country| country.code).as_deref(), Some("AT"));
    let state = serde_json::to_string(&kept.conversation).unwrap() + &serde_json::to_string(&kept.log).unwrap();
    assert!(!state.contains(&token) && !state.contains(token.rsplit('.').next().unwrap()), "the token was kept");

    company.model_calls("balance", &json!({"order": "main"}));
    company.model_says("Please sign in first.");
    let second = open_with_token(&world, "What is my balance?", "eve", &token).await;
    assert_eq!(world.answered(&second, 1).await, ["Please sign in first."]);

    let player = world.settled(&second, SOON).await.conversation.player;
    assert!(player.level < Level::Verified);
    let why: Vec<Refusal> = player.refusals.iter().map(|refused| refused.why).collect();
    assert!(why == [Refusal::OtherVisitor] || why == [Refusal::Replayed], "{why:?}");
    assert_eq!(company.requests("GET /players/").len(), 1, "account data was told to somebody who is not verified");
}

#[tokio::test]
async fn a_call_that_writes_takes_place_once_although_the_function_dies_right_after_it() {
    let (deployed, company) = (Deployed::find(), Company::open().await);
    let world = world(&deployed, &company, |settings| {
        let tool = tool(
            &company,
            "refund",
            &json!({
                "access": "write", "method": "POST", "proves": ["refunded"],
                "url": format!("{}/players/{{player.id}}/refunds", company.url),
            }),
        );
        settings["tools"] = json!([tool]);
    })
    .await;
    company.api_answers("POST /players/p-9/refunds", json!({"refund": "r-1"}));
    let conversation = open_with_token(&world, QUESTION, "mia", &token("p-9", "n-9")).await;
    world.answered(&conversation, 1).await;
    world.settled(&conversation, SOON).await;
    world.steps(json!([{"conversation": conversation, "step": "writemade", "do": "die", "times": 1}])).await;
    // The one that dies, and the one that comes after it.
    for _ in 0..2 {
        company.model_calls("refund", &json!({"order": "77"}));
    }
    company.model_says("I have refunded order 77.");

    world.says(&conversation, "Please refund order 77, it never came").await;
    until("a death after the write", SOON, async || {
        (deployed.stopped_at(&conversation, "writemade").await == 1).then_some(())
    })
    .await;
    let kept = world.settled(&conversation, RECOVERED).await;

    assert_eq!(world.said(&conversation).await.last().map(String::as_str), Some("I have refunded order 77."));
    let made = company.requests("POST /players/p-9/refunds");
    let keys: Vec<&String> = made.iter().filter_map(|request| request.headers.get("idempotency-key")).collect();
    assert_eq!((made.len(), keys.len()), (2, 2), "made again, with a key");
    assert_eq!(keys[0], keys[1], "the company's system can tell that it is the same");
    assert_eq!(kept.conversation.writes.len(), 1);
}

#[tokio::test]
async fn a_file_that_nobody_here_can_see_goes_to_a_human() {
    let (deployed, company) = (Deployed::find(), Company::open().await);
    let world = world(&deployed, &company, |settings| {
        // In this world the playbook is alone.
        settings["agent"] = json!({});
    })
    .await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    let dana = world.human("Dana", |_| {}).await;
    let conversation = world.open(QUESTION).await;
    world.answered(&conversation, 1).await;
    world.settled(&conversation, SOON).await;

    let url = format!("{}/_control/visitors/conversations/{conversation}/messages", deployed.stack.simulator_url);
    let part = reqwest::multipart::Part::bytes(vec![0x89, b'P', b'N', b'G']).file_name("id.png");
    let form = reqwest::multipart::Form::new().part("file", part.mime_str("image/png").unwrap());
    #[allow(clippy::disallowed_methods, reason = "a visitor's browser")]
    let sent = reqwest::Client::new().post(url).multipart(form).send().await.unwrap();
    assert!(sent.status().is_success(), "{}", sent.status());

    world.rings(&conversation, &dana).await;
    let kept = world.kept(&conversation).await.unwrap().conversation;
    let Phase::Escalating(escalation) = &kept.phase else { panic!("{:?}", kept.phase) };
    assert_eq!(escalation.reason, EscalationReason::FileShared);
}
