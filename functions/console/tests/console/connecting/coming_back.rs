//! Coming back from Zoho: by whom, with what, and whose account it is.

use axum::http::{Method, StatusCode};
use console::access::Role;
use serde_json::{Value, json};
use shared::domain::id::OperatorId;
use shared::salesiq::oauth::Principal;
use shared::store::{DocumentWrite, Expected, Store as _};
use simulator::seed;

use super::wizard::{Wizard, acme, by_hand, site};

#[tokio::test]
async fn a_way_back_is_good_once() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    let url = wizard.leave("bot", "").await;
    let back = wizard.at_zoho(&url, &[("operator", seed::OPERATOR_NOVA), ("answer", "accept")]).await;
    assert_eq!(wizard.get(&back).await.status, StatusCode::SEE_OTHER);
    let again = wizard.get(&back).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("was taken already"), "{}", again.body);
    assert_eq!(wizard.exchanges().await, 1);
}

#[tokio::test]
async fn another_session_can_not_come_back_in_its_place_and_the_own_one_still_can() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    let url = wizard.leave("bot", "").await;
    let back = wizard.at_zoho(&url, &[("operator", seed::OPERATOR_NOVA), ("answer", "accept")]).await;
    let mut other = site.signed_in(Role::Admin).await;
    let refused = other.get(&back).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("is not known"), "{}", refused.body);
    assert_eq!(wizard.exchanges().await, 0);
    assert_eq!(wizard.get(&back).await.status, StatusCode::SEE_OTHER);
    let made_up = wizard.get("/console/connect/callback?state=made-up&code=1").await;
    assert!(made_up.body.contains("is not known"));
}

#[tokio::test]
async fn who_takes_longer_than_ten_minutes_begins_again() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    let url = wizard.leave("bot", "").await;
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    // As if it had been written eleven minutes ago.
    let hash = ring::digest::digest(&ring::digest::SHA256, state.as_bytes());
    let partition = format!("OAUTH#{}", shared::domain::fingerprint::hex(hash.as_ref()));
    let document = site.store.document(&partition, "STATE").await.unwrap().unwrap();
    assert!(!document.body.contains(&state));
    let mut errand: Value = serde_json::from_str(&document.body).unwrap();
    errand["until"] = json!(site.console.clock.now() - jiff::SignedDuration::from_mins(1));
    let write = DocumentWrite {
        partition,
        name: "STATE".to_owned(),
        expected: Expected::Anything,
        body: errand.to_string(),
        expires_at: None,
    };
    site.store.put_document(&write).await.unwrap();
    let back = wizard.at_zoho(&url, &[("operator", seed::OPERATOR_NOVA), ("answer", "accept")]).await;
    let late = wizard.get(&back).await;
    assert!(late.body.contains("longer than ten minutes"), "{}", late.body);
    assert_eq!(wizard.exchanges().await, 0);
}

#[tokio::test]
async fn a_strangers_server_gets_no_code() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    let url = wizard.leave("bot", "").await;
    let back = wizard.at_zoho(&url, &[("operator", seed::OPERATOR_NOVA), ("answer", "accept")]).await;
    let (query, _) = back.split_once("&accounts-server=").unwrap();
    let answer = wizard.get(&format!("{query}&accounts-server=https%3A%2F%2Faccounts.zoho.com.evil.example")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("does not come from Zoho"), "{}", answer.body);
    assert_eq!(wizard.exchanges().await, 0);
    assert!(site.secrets.read_pending(&acme(), Principal::Bot).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refusal_is_explained_and_changes_nothing() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    let url = wizard.leave("bot", "").await;
    let back = wizard.at_zoho(&url, &[("answer", "reject")]).await;
    let answer = wizard.get(&back).await;
    assert!(answer.body.contains("Access was not granted") && answer.body.contains("/console/w/acme/connect"));
    assert!(site.secrets.read_pending(&acme(), Principal::Bot).await.unwrap().is_none());
}

#[tokio::test]
async fn a_wrong_client_secret_is_told_with_what_to_compare() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.client(seed::CLIENT_ID, "another-secret").await;
    let answer = wizard.grant("bot", seed::OPERATOR_NOVA).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Zoho does not know this client") && answer.body.contains("data"), "{}", answer.body);
    assert!(!answer.body.contains("another-secret"));
}

#[tokio::test]
async fn somebody_elses_account_is_not_taken_for_the_chosen_one() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.grant("bot", seed::OPERATOR_ADA).await;
    let choice = [("operator", seed::OPERATOR_NOVA), ("sure", "1")];
    let answer = wizard.post("/console/w/acme/connect/account/bot", &choice).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("It is not Nova") && answer.body.contains("account"), "{}", answer.body);
    assert!(site.secrets.read(&acme(), Principal::Bot).await.unwrap().is_none());
}

#[tokio::test]
async fn one_account_can_not_be_both() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.connect("bot", seed::OPERATOR_NOVA).await;
    wizard.grant("facilitator", seed::OPERATOR_NOVA).await;
    let page = wizard.get("/console/w/acme/connect/account/facilitator").await;
    assert!(page.body.contains("connected as the other account already"), "{}", page.body);
    let choice = [("operator", seed::OPERATOR_NOVA)];
    let answer = wizard.post("/console/w/acme/connect/account/facilitator", &choice).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("be the same account"), "{}", answer.body);
    assert!(site.secrets.read(&acme(), Principal::Facilitator).await.unwrap().is_none());
}

#[tokio::test]
async fn what_keeps_an_account_from_serving_chats_is_told_before_it_is_chosen() {
    let site = site().await;
    let faulty = json!({"departments": [], "is_confirmed": false, "maximum_concurrent_chat": "5"});
    site.control(Method::PUT, &format!("operators/{}", seed::OPERATOR_NOVA), faulty).await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.grant("bot", seed::OPERATOR_NOVA).await;
    let page = wizard.get("/console/w/acme/connect/account/bot").await.body;
    for fault in ["departments: it is in none", "invitation accepted: is_confirmed is false", "chats at a time: 5;"] {
        assert!(page.contains(fault), "{fault}: {page}");
    }
}

#[tokio::test]
async fn whose_it_is_must_be_confirmed_where_salesiq_does_not_tell() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.grant("bot", seed::OPERATOR_NOVA).await;
    let fault =
        json!([{"match": {"what": "rest", "method": "PUT", "path_contains": "/status"}, "do": {"status": 503}}]);
    site.control(Method::PUT, "faults", fault).await;
    let chooses = "/console/w/acme/connect/account/bot";
    let asked = wizard.post(chooses, &[("operator", seed::OPERATOR_NOVA)]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.body.contains("I am sure"), "{}", asked.body);
    let sure = wizard.post(chooses, &[("operator", seed::OPERATOR_NOVA), ("sure", "1")]).await;
    assert_eq!(sure.status, StatusCode::SEE_OTHER, "{}", sure.body);
    let page = wizard.get("/console/w/acme/connect").await;
    assert!(page.body.contains("could not tell whether the account is theirs"), "{}", page.body);
}

#[tokio::test]
async fn an_account_that_was_revoked_is_connected_again_in_one_step() {
    let site = site().await;
    by_hand(&site).await;
    let mut wizard = Wizard::new(&site).await;
    wizard.client(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    let first = wizard.grant("bot", seed::OPERATOR_NOVA).await;
    assert_eq!(first.header("location"), "/console/w/acme/connect", "{}", first.body);
    let before = site.secrets.read(&acme(), Principal::Bot).await.unwrap().unwrap();
    // Signed in as somebody else: what works stays.
    let wrong = wizard.grant("bot", seed::OPERATOR_ADA).await;
    assert!(wrong.body.contains("That was not Nova"), "{}", wrong.body);
    let after = site.secrets.read(&acme(), Principal::Bot).await.unwrap().unwrap();
    let text = |secret: &shared::salesiq::oauth::secret::PrincipalSecret| {
        secrecy::ExposeSecret::expose_secret(&secret.refresh_token).to_owned()
    };
    assert_eq!(text(&before), text(&after));
    wizard.grant("bot", seed::OPERATOR_NOVA).await;
    let anew = site.secrets.read(&acme(), Principal::Bot).await.unwrap().unwrap();
    assert_ne!(text(&before), text(&anew));
}

#[tokio::test]
async fn another_operator_is_taken_only_when_that_was_meant() {
    let site = site().await;
    by_hand(&site).await;
    let mut wizard = Wizard::new(&site).await;
    wizard.client(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    let url = wizard.leave("bot", "another=1").await;
    let back = wizard.at_zoho(&url, &[("operator", seed::OPERATOR_CHLOE), ("answer", "accept")]).await;
    let answer = wizard.get(&back).await;
    assert_eq!(answer.header("location"), "/console/w/acme/connect/account/bot");
    assert!(site.secrets.read(&acme(), Principal::Bot).await.unwrap().is_none(), "nothing is used before it is known");
    wizard.post("/console/w/acme/connect/account/bot", &[("operator", seed::OPERATOR_CHLOE)]).await;
    let settings = wizard.settings().await;
    assert_eq!(settings.bot_operator, OperatorId::parse(seed::OPERATOR_CHLOE).unwrap());
    assert_eq!((settings.retention_days, settings.time_zone.as_str()), (90, "Europe/Malta"));
}

#[tokio::test]
async fn an_account_with_several_portals_is_asked_for_one() {
    let site = site().await;
    site.control(Method::POST, "portals", json!({"name": "Other Group", "screen_name": "other"})).await;
    let mut wizard = Wizard::begun(&site).await;
    wizard.grant("bot", seed::OPERATOR_NOVA).await;
    let chooses = "/console/w/acme/connect/account/bot";
    let page = wizard.get(chooses).await;
    assert!(page.body.contains("Which portal?") && page.body.contains("Other Group"), "{}", page.body);
    let stranger = wizard.post("/console/w/acme/connect/portal/bot", &[("screen_name", "third")]).await;
    assert_eq!(stranger.status, StatusCode::UNPROCESSABLE_ENTITY);
    let chosen = wizard.post("/console/w/acme/connect/portal/bot", &[("screen_name", seed::SCREEN_NAME)]).await;
    assert_eq!(chosen.header("location"), chooses, "{}", chosen.body);
    let page = wizard.get(chooses).await;
    assert!(page.body.contains("Nova") && !page.body.contains("Which portal?"));
}

#[tokio::test]
async fn without_scripts_a_page_with_a_link_leads_to_zoho() {
    let site = site().await;
    let mut wizard = Wizard::begun(&site).await;
    let page = wizard.post("/console/w/acme/connect/consent/bot", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    let link = format!("href=\"{}/oauth/v2/auth?client_id=", site.running.base_url());
    assert!(page.body.contains(&link) && page.body.contains("prompt=consent"), "{}", page.body);
    let organisation = wizard.post("/console/w/acme/connect/consent/organisation", &[]).await;
    assert!(organisation.body.contains("There is no client yet"));
}
