//! Every page of the console, as it is seen on a desktop and on a phone, light and dark, and by who can't see it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use console::access::Role;
use serde_json::json;
use tests::browser::{Browser, Scheme, Window};
use tests::{Deployed, QUESTION, SOON, World};

/// Pages of a workspace, by what their pictures are called.
const PAGES: [(&str, &str); 24] = [
    ("knowledge-new", "knowledge/new"),
    ("settings-text", "settings/text"),
    ("settings-import", "settings/import"),
    ("chats", "chats"),
    ("find", "find?q=mia@example.com"),
    ("router", "router"),
    ("analytics", "analytics"),
    ("knowledge", "knowledge"),
    ("settings", "settings"),
    ("settings-escalation", "settings/escalation"),
    ("settings-brands", "settings/brands/0"),
    ("settings-ai", "settings/ai"),
    ("settings-tools", "settings/tools"),
    ("settings-procedures", "settings/procedures"),
    ("settings-identity", "settings/identity"),
    ("settings-masking", "settings/masking"),
    ("settings-silence", "settings/idle"),
    ("settings-sentinel", "settings/sentinel"),
    ("settings-review", "settings/review"),
    ("settings-history", "settings/history"),
    ("connect", "connect"),
    ("health", "health"),
    ("privacy", "privacy"),
    ("audit", "audit"),
];

/// What is wrong with a page: it may not be there, keep people out, or be too wide.
async fn looked_at(browser: &Browser, name: &str) -> Vec<String> {
    let heading = browser.find("h1").await.text().await.unwrap();
    let wrong = ["404", "503", "did not work", "There is no such page", "You may not do that"];
    let mut found = Vec::new();
    if wrong.iter().any(|word| heading.contains(word)) {
        found.push(format!("{name} says: {heading}\n{}", browser.text().await));
    }
    for window in Window::ALL {
        browser.resize(window).await;
        found.extend(browser.barriers(name).await);
    }
    found.extend(browser.shoot_all(name).await);
    found
}

async fn all_pages(scheme: Scheme) {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| {
        World::patient(settings);
        settings["idle"] = json!({"check_in_s": 0, "close_s": 0, "countdown_s": [90, 60]});
    })
    .await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    world.human("Ben", |_| {}).await;
    let answered = world.open(QUESTION).await;
    let wish = world.open("I want to talk to a real person").await;
    world.answered(&answered, 1).await;
    world.escalating(&wish).await;
    world.settled(&answered, SOON).await;
    let browser = Browser::start(&deployed, scheme).await;
    browser.open("/sign-in").await;
    let mut wrong = looked_at(&browser, "sign-in").await;
    browser.sign_in(Role::Admin).await;
    for (name, path) in
        [("workspaces", ""), ("people", "/people"), ("account", "/account"), ("connect-begin", "/connect")]
    {
        browser.open(path).await;
        wrong.extend(looked_at(&browser, name).await);
    }
    for (name, path) in PAGES {
        browser.open(&format!("/w/{}/{path}", world.workspace)).await;
        wrong.extend(looked_at(&browser, name).await);
    }
    for (name, chat) in [("conversation", &answered), ("conversation-escalating", &wish)] {
        browser.open(&format!("/w/{}/chats/{chat}", world.workspace)).await;
        wrong.extend(looked_at(&browser, name).await);
    }
    browser.open("/nowhere").await;
    browser.see("There is no such page").await;
    wrong.extend(browser.barriers("problem").await);
    browser.close().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_whole_and_keeps_nobody_out() {
    all_pages(Scheme::Light).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_in_the_dark() {
    all_pages(Scheme::Dark).await;
}
