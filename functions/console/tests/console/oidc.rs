//! Signing in with an identity provider.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use console::access::{Role, User, oidc};
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::config::ConsoleConfig;
use shared::store::Expected;

use crate::provider::{CLIENT, Provider, Signed};
use crate::site::{Answer, Browser, Site, email};

const PUBLIC: &str = "https://console.example";

async fn site_with(provider: &Provider) -> Site {
    let site = Site::configured(ConsoleConfig {
        public_url: Some(PUBLIC.to_owned()),
        admin_email: Some("First@demo.example".to_owned()),
        oidc_issuer: Some(provider.issuer()),
        oidc_client_id: Some(CLIENT.to_owned()),
        ..ConsoleConfig::default()
    })
    .await;
    site.add(&email(Role::Agent), Role::Agent).await;
    provider.vouches_for("Agent@Demo.example");
    site
}

/// Leaves for the provider, which sends the browser back: to where.
async fn leave(site: &Site, browser: &mut Browser<'_>, next: &str) -> String {
    let left = browser.get(&format!("/console/sign-in/oidc{next}")).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.body);
    let sent_back = site.http.get(left.header("location")).send().await.unwrap();
    assert_eq!(sent_back.status(), StatusCode::SEE_OTHER);
    let back = sent_back.headers()["location"].to_str().unwrap();
    back.strip_prefix(PUBLIC).unwrap_or_else(|| panic!("back to {back}")).to_owned()
}

async fn sign_in(site: &Site, browser: &mut Browser<'_>) -> Answer {
    let back = leave(site, browser, "").await;
    browser.get(&back).await
}

/// The page says this, and nobody is signed in.
fn refused(answer: &Answer, status: StatusCode, what: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains(what), "{what} is not in {}", answer.body);
    let cookies = answer.headers.get_all("set-cookie");
    assert!(
        cookies.iter().all(|cookie| !cookie.to_str().unwrap().starts_with("__Host-session=")),
        "nobody is signed in"
    );
}

#[tokio::test]
async fn who_the_provider_vouches_for_is_signed_in_and_led_on() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    let mut browser = site.browser();
    let page = browser.get("/console/sign-in?next=/console/account").await;
    assert!(page.body.contains(r#"href="/console/sign-in/oidc?next=%2Fconsole%2Faccount""#), "{}", page.body);
    let back = leave(&site, &mut browser, "?next=%2Fconsole%2Faccount").await;
    let answer = browser.get(&back).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/console/account"));
    let account = browser.get("/console/account").await;
    assert!(account.body.contains("agent@demo.example") && account.body.contains("identity provider"));
    assert!(browser.cookies.iter().all(|(name, _)| name != "__Host-signing-in"), "what is over is forgotten");
    let asked = provider.asked(|asked| asked.authorisations[0].clone());
    assert_eq!(asked["redirect_uri"], format!("{PUBLIC}/console/sign-in/oidc/callback"));
    assert_eq!(asked["scope"], "openid email profile");
    assert!(asked["state"].len() >= 43 && asked["nonce"].len() >= 43 && asked["code_challenge"].len() == 43);
}

#[tokio::test]
async fn the_host_of_the_request_is_where_the_provider_sends_the_browser_without_a_public_url() {
    let provider = Provider::start().await;
    let site = Site::configured(ConsoleConfig {
        oidc_issuer: Some(provider.issuer()),
        oidc_client_id: Some(CLIENT.to_owned()),
        ..ConsoleConfig::default()
    })
    .await;
    let request = Request::get("/console/sign-in/oidc").header("host", "abc.execute-api.localhost:4700");
    let answer = site.browser().send(request, Body::empty()).await;
    let callback = "redirect_uri=http%3A%2F%2Fabc.execute-api.localhost%3A4700%2Fconsole%2Fsign-in%2Foidc%2Fcallback";
    assert!(answer.header("location").contains(callback), "{}", answer.header("location"));
}

#[tokio::test]
async fn keys_of_rsa_a_clients_secret_and_truth_in_quotes_are_taken() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    site.secrets.write_of_deployment(oidc::SECRET, &SecretString::from("hush hush\n")).await.unwrap();
    provider.does(|script| {
        script.signed = Signed::Rs256;
        script.secret = Some("hush+hush".to_owned());
        script.claims["email_verified"] = json!("true");
    });
    assert_eq!(sign_in(&site, &mut site.browser()).await.header("location"), "/console");
}

#[tokio::test]
async fn the_address_is_asked_for_where_the_token_does_not_tell_it() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    provider.does(|script| {
        script.claims = json!({});
        script.userinfo = json!({"email": email(Role::Agent), "email_verified": true});
    });
    assert_eq!(sign_in(&site, &mut site.browser()).await.header("location"), "/console");
    provider.does(|script| script.userinfo["sub"] = json!("somebody-else"));
    refused(&sign_in(&site, &mut site.browser()).await, StatusCode::BAD_GATEWAY, "did not finish the sign-in");
}

#[tokio::test]
async fn a_token_that_does_not_bear_examination_signs_nobody_in() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    site.secrets.write_of_deployment(oidc::SECRET, &SecretString::from("hush")).await.unwrap();
    provider.does(|script| script.secret = Some("hush".to_owned()));
    let lies = [
        ("another nonce", Signed::Es256, json!({"nonce": "x".repeat(43)})),
        ("no nonce", Signed::Es256, json!({"nonce": null})),
        ("another audience", Signed::Es256, json!({"aud": "somebody-else"})),
        ("one audience too many", Signed::Es256, json!({"aud": [CLIENT, "somebody-else"]})),
        ("expired", Signed::Es256, json!({"exp": 1_700_000_000})),
        ("another issuer", Signed::Es256, json!({"iss": "https://id.example"})),
        ("with another access token", Signed::Es256, json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})),
        ("not signed", Signed::Not, json!({})),
        ("signed by a stranger", Signed::ByStranger, json!({})),
        ("signed with the secret", Signed::Hs256, json!({})),
    ];
    for (lie, signed, claims) in lies {
        provider.vouches_for(&email(Role::Agent));
        provider.does(|script| {
            script.signed = signed;
            for (name, value) in claims.as_object().unwrap() {
                script.claims[name] = value.clone();
            }
        });
        let answer = sign_in(&site, &mut site.browser()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{lie}: {}", answer.body);
        refused(&answer, StatusCode::FORBIDDEN, "The identity provider&#39;s answer can&#39;t be trusted");
    }
    provider.vouches_for(&email(Role::Agent));
    provider.does(|script| script.signed = Signed::Es256);
    assert_eq!(sign_in(&site, &mut site.browser()).await.header("location"), "/console", "the truth is believed");
}

#[tokio::test]
async fn a_sign_in_is_finished_once_in_its_browser_and_in_time() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    let lost = "This sign-in can&#39;t be finished";

    let mut browser = site.browser();
    let back = leave(&site, &mut browser, "").await;
    let mut replayed = browser.clone();
    refused(&site.browser().get(&back).await, StatusCode::BAD_REQUEST, lost);
    let mut other = site.browser();
    leave(&site, &mut other, "").await;
    refused(&other.get(&back).await, StatusCode::BAD_REQUEST, lost);
    assert_eq!(browser.get(&back).await.header("location"), "/console", "others did not use it up");
    refused(&replayed.get(&back).await, StatusCode::BAD_REQUEST, lost);
    assert_eq!(provider.asked(|asked| asked.tokens), 1, "no code is tried for others");

    let mut late = site.browser();
    let back = leave(&site, &mut late, "").await;
    site.pass(10);
    refused(&late.get(&back).await, StatusCode::BAD_REQUEST, lost);
    refused(&late.get("/console/sign-in/oidc/callback").await, StatusCode::BAD_REQUEST, lost);
    refused(&late.get("/console/sign-in/oidc/callback?state=x&code=y").await, StatusCode::BAD_REQUEST, lost);
}

#[tokio::test]
async fn of_two_who_come_back_at_once_one_is_signed_in() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    let mut browser = site.browser();
    let back = leave(&site, &mut browser, "").await;
    let mut twin = browser.clone();
    let (one, other) = tokio::join!(browser.get(&back), twin.get(&back));
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [StatusCode::SEE_OTHER, StatusCode::BAD_REQUEST]);
}

#[tokio::test]
async fn sign_ins_begun_in_two_windows_are_both_finished() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    let mut browser = site.browser();
    let first = leave(&site, &mut browser, "").await;
    let mut window = browser.clone();
    let second = leave(&site, &mut window, "").await;
    assert_eq!(window.get(&first).await.header("location"), "/console");
    assert_eq!(browser.get(&second).await.header("location"), "/console");
    assert_eq!(provider.asked(|asked| asked.discovery), 1, "what the provider says of itself is kept");
}

#[tokio::test]
async fn an_address_that_is_not_vouched_for_is_nobodys_word() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    let claims = |claims: Value| provider.does(|script| script.claims = claims);
    claims(json!({"email": email(Role::Agent), "email_verified": false}));
    refused(&sign_in(&site, &mut site.browser()).await, StatusCode::FORBIDDEN, "Your e-mail address is not verified");
    claims(json!({"email": email(Role::Agent)}));
    refused(&sign_in(&site, &mut site.browser()).await, StatusCode::FORBIDDEN, "Your e-mail address is not verified");
    claims(json!({"email": email(Role::Agent), "xms_edov": true}));
    refused(&sign_in(&site, &mut site.browser()).await, StatusCode::FORBIDDEN, "Your e-mail address is not verified");
    claims(json!({}));
    refused(&sign_in(&site, &mut site.browser()).await, StatusCode::FORBIDDEN, "did not tell your e-mail address");
}

#[tokio::test]
async fn only_people_of_the_console_are_let_in_and_the_others_are_told_whom_to_ask() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    provider.vouches_for("stranger@demo.example");
    let answer = sign_in(&site, &mut site.browser()).await;
    refused(&answer, StatusCode::FORBIDDEN, "You are not a user of this console yet");
    assert!(answer.body.contains("stranger@demo.example") && answer.body.contains("Ask an admin"), "{}", answer.body);
    assert!(site.user("stranger@demo.example").await.is_none());

    let agent = site.user(&email(Role::Agent)).await.unwrap();
    site.console.users.put(&User { disabled: true, ..agent }, Expected::Anything).await.unwrap();
    provider.vouches_for(&email(Role::Agent));
    refused(&sign_in(&site, &mut site.browser()).await, StatusCode::FORBIDDEN, "You may not sign in any more");
}

#[tokio::test]
async fn the_address_that_the_deployment_names_becomes_admin_when_it_comes_first() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    provider.vouches_for("first@demo.example");
    provider.does(|script| script.claims["name"] = json!("Fay First"));
    let mut browser = site.browser();
    assert_eq!(sign_in(&site, &mut browser).await.header("location"), "/console");
    let user = site.user("first@demo.example").await.unwrap();
    assert_eq!((user.role, user.name.as_str(), user.password), (Role::Admin, "Fay First", None));
    assert_eq!(browser.get("/console/people").await.status, StatusCode::OK);
    let expected = "first@demo.example people.first_admin first@demo.example: as the deployment says";
    assert_eq!(site.audited().await, [expected]);

    let demoted = User { role: Role::Viewer, ..site.user("first@demo.example").await.unwrap() };
    site.console.users.put(&demoted, Expected::Anything).await.unwrap();
    sign_in(&site, &mut site.browser()).await;
    assert_eq!(site.user("first@demo.example").await.unwrap().role, Role::Viewer, "only when it is not known");
}

#[tokio::test]
async fn a_provider_that_is_down_or_says_no_is_told_as_such() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    let mut browser = site.browser();
    leave(&site, &mut browser, "").await;
    let state = provider.asked(|asked| asked.authorisations[0]["state"].clone());
    let no = format!("/console/sign-in/oidc/callback?error=access_denied&error_description=x&state={state}");
    let answer = browser.get(&no).await;
    refused(&answer, StatusCode::FORBIDDEN, "The identity provider did not sign you in");
    assert!(answer.body.contains("access_denied"));

    let mut browser = site.browser();
    leave(&site, &mut browser, "").await;
    let state = provider.asked(|asked| asked.authorisations[1]["state"].clone());
    let odd = format!("/console/sign-in/oidc/callback?error=Call+0900&state={state}");
    let answer = browser.get(&odd).await;
    assert!(answer.body.contains("no reason") && !answer.body.contains("0900"), "{}", answer.body);

    provider.does(|script| script.token_status = StatusCode::INTERNAL_SERVER_ERROR);
    refused(&sign_in(&site, &mut site.browser()).await, StatusCode::BAD_GATEWAY, "did not finish the sign-in");

    let nowhere = Site::configured(ConsoleConfig {
        public_url: Some(PUBLIC.to_owned()),
        oidc_issuer: Some("http://127.0.0.1:1".to_owned()),
        oidc_client_id: Some(CLIENT.to_owned()),
        ..ConsoleConfig::default()
    })
    .await;
    let answer = nowhere.browser().get("/console/sign-in/oidc").await;
    refused(&answer, StatusCode::SERVICE_UNAVAILABLE, "The identity provider can&#39;t be reached");
    assert_eq!(nowhere.browser().get("/console/sign-in").await.status, StatusCode::OK, "passwords work still");
    let without = Site::empty().await;
    refused(
        &without.browser().get("/console/sign-in/oidc").await,
        StatusCode::NOT_FOUND,
        "There is no identity provider",
    );
    assert!(!without.browser().get("/console/sign-in").await.body.contains("oidc"));
}

#[tokio::test]
async fn a_document_that_names_another_issuer_or_an_open_road_is_not_believed() {
    for lie in [json!({"issuer": "https://id.example"}), json!({"token_endpoint": "http://id.example/token"})] {
        let provider = Provider::start().await;
        let site = site_with(&provider).await;
        provider.does(|script| script.metadata = lie.clone());
        let answer = site.browser().get("/console/sign-in/oidc").await;
        refused(&answer, StatusCode::SERVICE_UNAVAILABLE, "The identity provider can&#39;t be reached");
    }
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_learnt_within_the_hour() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    assert_eq!(sign_in(&site, &mut site.browser()).await.header("location"), "/console");
    site.pass(2);
    provider.does(|script| script.claims["exp"] = json!(4_000_000_000_i64));
    provider.changes_its_key();
    assert_eq!(sign_in(&site, &mut site.browser()).await.header("location"), "/console");
    assert_eq!(provider.asked(|asked| asked.discovery), 2);
}

#[tokio::test]
async fn who_signs_out_is_signed_out_at_the_provider_too() {
    let provider = Provider::start().await;
    let site = site_with(&provider).await;
    let mut browser = site.browser();
    sign_in(&site, &mut browser).await;
    browser.learn_token().await;
    let answer = browser.post("/console/sign-out", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let url = answer.body.split(r#"content="0; url="#).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let url: url::Url = url.replace("&#38;", "&").parse().unwrap();
    assert!(url.as_str().starts_with(&format!("{}/out?from=console&", provider.issuer())), "{url}");
    let query: std::collections::HashMap<_, _> = url.query_pairs().collect();
    assert_eq!(query["client_id"], CLIENT);
    assert_eq!(query["post_logout_redirect_uri"], format!("{PUBLIC}/console/sign-in"));
    assert_eq!(query["id_token_hint"].split('.').count(), 3);
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    assert!(browser.get("/console").await.header("location").starts_with("/console/sign-in"));

    let mut by_password = site.signed_in(Role::Agent).await;
    let answer = by_password.post("/console/sign-out", &[]).await;
    assert_eq!(answer.header("location"), "/console/sign-in", "the provider has no session of theirs");
}
