//! The console in a real browser, on the deployed stack.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use console::access::Role;
use tests::Deployed;
use tests::browser::{Browser, Scheme};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_and_out() {
    let deployed = Deployed::find();
    let browser = Browser::start(&deployed, Scheme::Light).await;
    browser.open("/w/demo/chats").await;
    browser.see("Sign in").await;
    browser.shoot_all("sign-in").await;
    browser.is_accessible("sign-in").await;
    browser.sign_in(Role::Admin).await;
    browser.open("/w/demo/chats").await;
    browser.see("Live chats").await;
    browser.is_accessible("chats").await;
    browser.press("Sign out").await;
    browser.see("Password").await;
    browser.close().await;
}
