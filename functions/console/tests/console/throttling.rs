//! How often one may try to sign in.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use console::access::{Role, User};
use futures_util::future::join_all;
use shared::store::{Expected, Store as _};

use crate::site::{Answer, PASSWORD, Site, email};

/// Tries to sign in from an address.
async fn attempt(site: &Site, from: &str, email: &str, password: &str) -> Answer {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("email", email).append_pair("password", password);
    let request = Request::post("/console/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", format!("203.0.113.99, {from}"));
    site.browser().send(request, Body::from(form.finish())).await
}

#[tokio::test]
async fn after_five_failures_even_the_right_password_has_to_wait() {
    let site = Site::new().await;
    let agent = email(Role::Agent);
    for _ in 0..5 {
        assert_eq!(attempt(&site, "192.0.2.1", &agent, "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    let answer = attempt(&site, "192.0.2.1", &agent, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: i64 = answer.header("retry-after").parse().unwrap();
    assert!((880..=900).contains(&seconds), "{seconds}");
    assert!(answer.body.contains("Too many attempts did not succeed. Try again in 15 min."), "{}", answer.body);
    assert_eq!(attempt(&site, "192.0.2.2", &agent, PASSWORD).await.status, StatusCode::SEE_OTHER, "elsewhere not");
    site.pass(15);
    assert_eq!(attempt(&site, "192.0.2.1", &agent, PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let site = Site::new().await;
    let agent = email(Role::Agent);
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(attempt(&site, "192.0.2.1", &agent, "wrong").await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(attempt(&site, "192.0.2.1", &agent, PASSWORD).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn known_unknown_disabled_and_passwordless_accounts_look_the_same_to_the_end() {
    let site = Site::new().await;
    let agent = site.user(&email(Role::Agent)).await.unwrap();
    site.console.users.put(&User { disabled: true, ..agent.clone() }, Expected::Anything).await.unwrap();
    let viewer = site.user(&email(Role::Viewer)).await.unwrap();
    site.console.users.put(&User { password: None, ..viewer }, Expected::Anything).await.unwrap();
    let accounts = [
        email(Role::Admin),
        "nobody@demo.example".to_owned(),
        email(Role::Agent),
        email(Role::Viewer),
        "no address".to_owned(),
    ];
    let mut seen = Vec::new();
    for (number, account) in accounts.iter().enumerate() {
        let mut told = Vec::new();
        for _ in 0..6 {
            let answer = attempt(&site, &format!("192.0.2.{number}"), account, "wrong").await;
            let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            told.push((answer.status, headers, answer.body.replace(account.as_str(), "X")));
        }
        seen.push(told);
    }
    assert_eq!(seen[0][5].0, StatusCode::TOO_MANY_REQUESTS);
    assert!(seen.iter().all(|told| *told == seen[0]));
}

#[tokio::test]
async fn many_accounts_from_one_place_are_slowed_together() {
    let site = Site::new().await;
    for number in 0..20 {
        let answer = attempt(&site, "192.0.2.1", &format!("person{number}@demo.example"), "wrong").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{number}");
    }
    let answer = attempt(&site, "192.0.2.1", &email(Role::Agent), PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn nobody_is_kept_out_of_where_they_usually_sign_in_by_guesses_from_elsewhere() {
    let site = Site::new().await;
    let agent = email(Role::Agent);
    assert_eq!(attempt(&site, "198.51.100.1", &agent, PASSWORD).await.status, StatusCode::SEE_OTHER);
    for number in 0..30 {
        let answer = attempt(&site, &format!("192.0.2.{number}"), &agent, "wrong").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{number}");
    }
    let guess = attempt(&site, "192.0.2.200", &agent, "wrong").await;
    assert_eq!(guess.status, StatusCode::TOO_MANY_REQUESTS, "guesses from new places are slowed");
    let answer = attempt(&site, "198.51.100.1", &agent, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "their own place is not");
}

#[tokio::test]
async fn of_many_guesses_at_the_same_moment_no_more_get_through() {
    let site = Site::new().await;
    let agent = email(Role::Agent);
    let answers = join_all((0..12).map(|_| attempt(&site, "192.0.2.1", &agent, "wrong"))).await;
    let tried = answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED).count();
    let refused = answers.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS).count();
    assert!(tried <= 5 && tried + refused == 12, "{tried} tried, {refused} refused");
    assert!(tried >= 1);
}

#[tokio::test]
async fn no_address_of_the_network_and_no_password_is_written_down() {
    let site = Site::new().await;
    attempt(&site, "192.0.2.77", "no password of mine", "hunter2 hunter2").await;
    let key = console::access::UserKey::typed("no password of mine");
    let documents = site.store.documents(&format!("CONSOLE#ATTEMPTS#{}", key.as_str()), "").await.unwrap();
    assert_eq!(documents.len(), 2);
    let all = format!("{documents:?}");
    assert!(!all.contains("192.0.2.77") && !all.contains("hunter2"), "{all}");
}
