//! One access token for all processes: leases, limits and failures, against an accounts server over HTTP.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/documents.rs"]
mod support_documents;
mod world;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use url::Url;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use shared::domain::id::WorkspaceId;
use shared::salesiq::oauth::accounts::{Accounts, AccountsError, OauthClient};
use shared::salesiq::oauth::secret::{PrincipalSecret, Secrets};
use shared::salesiq::oauth::{Principal, REFRESH_LIMIT, TokenError, TokenSource, TokenTiming, Tokens};

use support::{Contains, http};
use support_documents::Documents;
use world::World;

const START_MS: i64 = 1_700_000_000_000;
const BOT: Principal = Principal::Bot;

fn workspace() -> WorkspaceId {
    WorkspaceId::parse("demo").unwrap()
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap()
}

async fn token(source: &TokenSource<Documents>) -> String {
    source.token(BOT).await.unwrap().expose_secret().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_of_several_processes_at_once_cause_one_refresh() {
    let world = World::new().await;
    let sources: Vec<_> = (0..5).map(|process| Arc::new(world.source(&format!("process-{process}")))).collect();
    let tasks: Vec<_> = (0..100)
        .map(|task| {
            let source = sources[task % sources.len()].clone();
            tokio::spawn(async move { token(&source).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "t1");
    }
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_warm_call_asks_nobody() {
    let world = World::new().await;
    let source = world.source("a");
    assert_eq!(token(&source).await, "t1");
    let (store, secrets) = (world.store.calls(), world.memory.calls());
    world.pass(3200);
    assert_eq!(token(&source).await, "t1");
    assert_eq!((world.store.calls(), world.memory.calls(), world.refreshes()), (store, secrets, 1));
}

#[tokio::test]
async fn a_process_that_starts_takes_the_token_of_the_others() {
    let world = World::new().await;
    world.connect(Some("shared"), 1200).await;
    assert_eq!(token(&world.source("a")).await, "shared");
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test]
async fn a_token_is_renewed_ahead_of_its_end() {
    let world = World::new().await;
    let (one, other) = (world.source("a"), world.source("b"));
    assert_eq!(token(&one).await, "t1");
    assert_eq!(token(&other).await, "t1");
    world.pass(3301);
    assert_eq!(token(&one).await, "t2");
    assert_eq!(token(&other).await, "t2");
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test]
async fn while_another_renews_the_old_token_is_used() {
    let world = World::new().await;
    world.connect(Some("old"), 240).await;
    world.lease_held_for(15).await;
    let source = world.source("a");
    assert_eq!(token(&source).await, "old");
    let calls = world.store.calls();
    assert_eq!(token(&source).await, "old");
    assert_eq!(world.store.calls(), calls, "it is looked at again only after a while");
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test]
async fn without_a_token_to_go_on_with_one_waits_for_the_other_but_not_for_ever() {
    let world = World::new().await;
    world.connect(Some("ended"), -1).await;
    world.lease_held_for(15).await;
    let timing = TokenTiming { pause: Duration::ZERO, looks: 3, ..TokenTiming::default() };
    let error = world.source("a").with_timing(timing).token(BOT).await.unwrap_err();
    assert!(matches!(error, TokenError::Busy { .. }));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_lease_of_a_process_that_died_is_taken_over() {
    let world = World::new().await;
    world.lease_held_for(15).await;
    world.pass(15);
    assert_eq!(token(&world.source("a")).await, "t1");
    assert!(!world.lease().await.unwrap().body.contains("holder"), "the lease was given back");
}

#[tokio::test]
async fn a_token_that_failed_is_replaced_by_the_one_in_the_secret() {
    let world = World::new().await;
    let source = world.source("a");
    let failed = source.token(BOT).await.unwrap();
    world.connect(Some("by another process"), 3600).await;
    source.token_failed(BOT, &failed).await;
    assert_eq!(token(&source).await, "by another process");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_token_that_failed_and_is_still_in_the_secret_is_renewed() {
    let world = World::new().await;
    let source = world.source("a");
    let failed = source.token(BOT).await.unwrap();
    source.token_failed(BOT, &failed).await;
    assert_eq!(token(&source).await, "t2");
    // A late report of the old token takes nothing away from the new one.
    source.token_failed(BOT, &failed).await;
    assert_eq!(token(&source).await, "t2");
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test]
async fn the_ninth_refresh_in_ten_minutes_is_refused_in_all_processes() {
    let world = World::new().await;
    let sources = [world.source("a"), world.source("b")];
    for number in 0..REFRESH_LIMIT {
        let source = &sources[number % 2];
        let got = source.token(BOT).await.unwrap();
        sources[0].token_failed(BOT, &got).await;
        sources[1].token_failed(BOT, &got).await;
        world.pass(10);
    }
    for source in &sources {
        let error = source.token(BOT).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(520)));
    }
    assert_eq!(world.refreshes(), 8);
    world.pass(520);
    assert_eq!(token(&sources[0]).await, "t9");
}

#[tokio::test]
async fn when_the_accounts_server_throttles_all_leave_it_alone() {
    let denied =
        json!({"error": "Access Denied", "error_description": "You have made too many requests continuously."});
    let world = World::answering(ResponseTemplate::new(200).set_body_json(denied)).await;
    let error = world.source("a").token(BOT).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
    world.pass(60);
    let error = world.source("b").token(BOT).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(9)));
    assert_eq!(world.server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_throttled_process_goes_on_with_the_token_that_it_has() {
    let denied = ResponseTemplate::new(400).set_body_json(json!({"error": "Access Denied"}));
    let world = World::answering(denied).await;
    world.connect(Some("old"), 240).await;
    assert_eq!(token(&world.source("a")).await, "old");
}

#[tokio::test]
async fn an_account_that_zoho_no_longer_accepts_must_be_connected_again() {
    let world = World::answering(ResponseTemplate::new(200).set_body_json(json!({"error": "invalid_code"}))).await;
    let error = world.source("a").token(BOT).await.unwrap_err();
    assert!(
        matches!(&error, TokenError::Denied { source: AccountsError::Refused { reason, .. }, .. } if reason == "invalid_code")
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_accounts_server_that_fails_may_be_asked_again() {
    let world = World::answering(ResponseTemplate::new(502)).await;
    let error = world.source("a").token(BOT).await.unwrap_err();
    assert!(matches!(error, TokenError::Accounts { .. }));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_account_that_was_never_connected_has_no_token() {
    let world = World::empty().await;
    let error = world.source("a").token(BOT).await.unwrap_err();
    assert!(matches!(error, TokenError::NotConnected { principal: Principal::Bot }));
}

#[tokio::test]
async fn when_salesiq_throttles_one_process_the_others_obey() {
    let world = World::new().await;
    let (one, other) = (world.source("a"), world.source("b"));
    one.throttled(Duration::from_mins(1)).await;
    for source in [&one, &other] {
        let error = source.token(BOT).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
    }
    world.pass(60);
    assert_eq!(token(&one).await, "t1");
}

#[tokio::test]
async fn an_account_connected_anew_during_a_refresh_is_left_alone() {
    struct Reconnects(Secrets);
    impl Respond for Reconnects {
        fn respond(&self, _: &Request) -> ResponseTemplate {
            let anew = PrincipalSecret {
                client_id: "1000.A".to_owned(),
                client_secret: SecretString::from("hush"),
                refresh_token: SecretString::from("refresh-2"),
                accounts_url: None,
                access_token: None,
                expires_at: None,
            };
            self.0.write(&workspace(), BOT, &anew).now_or_never().unwrap().unwrap();
            ResponseTemplate::new(200).set_body_json(json!({"access_token": "of refresh-1", "expires_in": 3600}))
        }
    }
    let world = World::empty().await;
    world.refreshes_with(Reconnects(world.secrets())).await;
    world.connect(None, 0).await;
    assert_eq!(token(&world.source("a")).await, "of refresh-1");
    let kept = world.secrets().read(&workspace(), BOT).await.unwrap().unwrap();
    assert_eq!(kept.refresh_token.expose_secret(), "refresh-2");
    assert!(kept.access_token.is_none());
}

#[tokio::test]
async fn a_code_is_exchanged_and_a_refresh_token_revoked() {
    let server = MockServer::start().await;
    let exchange =
        Mock::given(method("POST")).and(path("/oauth/v2/token")).and(Contains("grant_type=authorization_code"));
    let issued = json!({"access_token": "a", "refresh_token": "r", "expires_in": 3600, "api_domain": "https://www.zohoapis.com"});
    let exchange = exchange.and(Contains("code=1005.x")).and(Contains("redirect_uri=https%3A%2F%2Fexample.com%2Fback"));
    exchange.respond_with(ResponseTemplate::new(200).set_body_json(issued)).mount(&server).await;
    let revoke = Mock::given(method("POST")).and(path("/oauth/v2/token/revoke")).and(Contains("token=r"));
    revoke.respond_with(ResponseTemplate::new(200)).mount(&server).await;

    let accounts = Accounts::new(http(), Url::parse(&server.uri()).unwrap());
    let client = OauthClient { id: "1000.A".to_owned(), secret: SecretString::from("hush") };
    let back = Url::parse("https://example.com/back").unwrap();
    let issued = accounts.exchange(&client, &SecretString::from("1005.x"), &back).await.unwrap();
    assert_eq!(issued.expires_in, Duration::from_hours(1));
    assert!(!format!("{issued:?}").contains("\"r\""));
    accounts.revoke(&issued.refresh_token.unwrap()).await.unwrap();
}

#[tokio::test]
async fn secrets_manager_keeps_a_secret_under_its_name() {
    let server = MockServer::start().await;
    let target = |operation| header("x-amz-target", format!("secretsmanager.{operation}"));
    let kept = json!({"client_id": "1000.A", "client_secret": "hush", "refresh_token": "r", "accounts_url": "https://accounts.zoho.eu"});
    let named = Mock::given(target("GetSecretValue")).and(Contains("\"SecretId\":\"siq/demo/bot\""));
    named
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"SecretString": kept.to_string()})))
        .mount(&server)
        .await;
    let missing = json!({"__type": "ResourceNotFoundException", "message": "no"});
    let missing = ResponseTemplate::new(400).set_body_json(missing);
    Mock::given(target("GetSecretValue"))
        .and(Contains("siq/demo/facilitator"))
        .respond_with(missing.clone())
        .mount(&server)
        .await;
    Mock::given(target("PutSecretValue")).respond_with(missing).expect(1).mount(&server).await;
    let created = Mock::given(target("CreateSecret")).and(Contains("\"Name\":\"siq/demo/facilitator\""));
    created.respond_with(ResponseTemplate::new(200).set_body_json(json!({}))).expect(1).mount(&server).await;

    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::latest())
        .region(aws_sdk_secretsmanager::config::Region::new("eu-central-1"))
        .credentials_provider(aws_sdk_secretsmanager::config::Credentials::new("test", "test", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(server.uri())
        .build();
    let secrets = Secrets::manager(aws_sdk_secretsmanager::Client::from_conf(config), "siq/");
    let secret = secrets.read(&workspace(), BOT).await.unwrap().unwrap();
    assert_eq!(secret.accounts_url.as_ref().unwrap().as_str(), "https://accounts.zoho.eu/");
    assert!(secrets.read(&workspace(), Principal::Facilitator).await.unwrap().is_none());
    secrets.write(&workspace(), Principal::Facilitator, &secret).await.unwrap();
}
